package main

import (
	"context"
	"maps"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
)

// anyone says whether a pool has a user.
func anyone(ctx context.Context, admin *identity.Admin, pool identity.PoolID) (bool, error) {
	some, _, err := admin.Users(ctx, pool, identity.Page{Limit: 1})
	return len(some) > 0, err
}

// createOwner makes the first user, with the address taken as verified: whoever
// holds the set-up link is the operator. The password meets the pool's policy
// like anybody's.
func createOwner(ctx context.Context, admin *identity.Admin, pool identity.PoolID, form web.SetupForm) error {
	attributes := maps.Clone(form.Attributes)
	if attributes == nil {
		attributes = map[string]string{}
	}
	switch {
	case strings.Contains(form.Username, "@"):
		attributes["email"] = form.Username
	case strings.HasPrefix(form.Username, "+"):
		attributes["phone_number"] = form.Username
	}
	for _, address := range []string{"email", "phone_number"} {
		if attributes[address] != "" {
			attributes[address+"_verified"] = "true"
		}
	}
	ctx = identity.WithActor(ctx, "setup")
	made, _, err := admin.CreateUser(ctx, identity.NewUser{
		Pool: pool, Username: form.Username, Attributes: attributes, TemporaryPassword: form.Password, Suppress: true,
	})
	if err != nil {
		return err
	}
	return admin.SetPassword(ctx, pool, string(made.ID), form.Password, true)
}
