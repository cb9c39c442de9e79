package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/storage"
)

// keepReserved refuses a username that begins as those of a provider's people do
// (ProviderName_subject): whoever had it would be in the way of its owner. It
// counts every provider of the pool, whatever the client lists.
func (c *Core) keepReserved(ctx context.Context, op string, p *Pool, username string) error {
	if len(p.UsernameAttributes) > 0 {
		return nil // the username is made here
	}
	var names []string
	err := c.Store.View(ctx, func(r storage.Reader) (err error) {
		names, err = providerNames(r, p)
		return err
	})
	if err != nil {
		return err
	}
	if err := checkUsername(p, username, names); err != nil {
		return &Error{Code: InvalidUsername, Op: op, Field: "username", Err: err}
	}
	return nil
}

func providerNames(r storage.Reader, p *Pool) (names []string, err error) {
	list, err := providers.List(r, storage.Page{Prefix: []any{string(p.ID)}})
	for _, one := range list {
		names = append(names, one.Name)
	}
	return names, err
}

// keepsReserved is keepReserved for names that come otherwise than by sign-up: an
// administrator's or the file's user, a preferred_username that is a name to sign
// in with. added are the names that the user did not have before; what somebody
// has already stays theirs.
func keepsReserved(r storage.Reader, p *Pool, u *User, added []string) error {
	if !slices.ContainsFunc(added, func(name string) bool { return strings.Contains(name, "_") }) {
		return nil
	}
	all, err := providerNames(r, p)
	if err != nil {
		return err
	}
	return either(leavesReserved(p, u, added, all), nil)
}

// leavesReserved answers the name that the user chose among those that are
// reserved for people from a provider.
func leavesReserved(p *Pool, u *User, added, providers []string) *Error {
	for _, chosen := range []struct {
		field, value string
		counts       bool
		code         Code
	}{
		{"username", u.Username, len(p.UsernameAttributes) == 0 && u.Status != ExternalProvider, InvalidUsername},
		{attrPreferredUsername, u.Attributes[attrPreferredUsername], true, AttributeRefused},
	} {
		name, err := canonicalName(p, chosen.value)
		if err != nil || !chosen.counts || !slices.Contains(added, name) {
			continue
		}
		if from := reservedFor(name, providers); from != "" {
			return &Error{Code: chosen.code, Op: "names", Field: chosen.field, Err: errors.New("it is reserved for people from " + from)}
		}
	}
	return nil
}
