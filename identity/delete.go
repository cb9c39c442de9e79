package identity

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// freshFor is how recent a sign-in must be to change an address, and for
// somebody without a password to do what otherwise takes the password again.
const freshFor = 15 * time.Minute

// SignOutEverywhere ends all sessions of the person, this one too, and all
// that was issued to them.
func (a *Accounts) SignOutEverywhere(ctx context.Context, auth Authentication) error {
	const op = "Accounts.SignOutEverywhere"
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		if err := a.signOutEverywhere(w, &m.user); err != nil {
			return nil, err
		}
		if err := a.saveUser(w, &m.pool, &m.user); err != nil {
			return nil, err
		}
		return nil, a.record(w, &m.user, deed{Action: "sign_out_everywhere", Client: auth.client, Session: auth.session})
	})
}

// Delete removes the person's own account for good, with everything issued to it.
func (a *Accounts) Delete(ctx context.Context, auth Authentication, typed string, o Origin) error {
	const op = "Accounts.Delete"
	m, err := a.view(ctx, op, auth)
	if err != nil {
		return err
	}
	d := deed{Action: "delete_user", Client: auth.client, Session: auth.session, Origin: o}
	if m.cred.Hash != "" {
		err = a.proveAgain(ctx, op, m, typed, d)
	} else if a.Now().Sub(auth.at) > freshFor {
		err = refuse(op, FreshSignInNeeded)
	}
	if err != nil {
		return err
	}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		now, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		if now.cred.Hash != m.cred.Hash {
			return refuse(op, IncorrectPassword), nil
		}
		return nil, a.deleteUser(w, &now.user, d)
	})
}

// deleteUser removes the user and tells them.
func (c *Core) deleteUser(w storage.Writer, u *User, d deed) error {
	if err := c.notify(w, u, message.UserDeleted, d.Origin); err != nil {
		return err
	}
	if err := c.removeUser(w, u); err != nil {
		return err
	}
	return c.record(w, u, d)
}

// joinNames lists the attributes of a change for the audit, without values.
func joinNames(checked map[string]string, waiting []address) string {
	names := slices.Collect(maps.Keys(checked))
	for _, a := range waiting {
		names = append(names, a.Attribute)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}
