package identity

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"poolhouse.dev/storage"
)

// Active answers the user and their groups, strongest first. SessionEnded says
// that nothing issued under this epoch is good any more: the user was deleted,
// disabled, reset or signed out everywhere.
func (c *Core) Active(r storage.Reader, pool PoolID, user UserID, epoch int) (User, []Group, error) {
	const op = "Core.Active"
	u, err := getUser(r, pool, user)
	if errors.Is(err, storage.ErrNotFound) {
		return User{}, nil, refuse(op, SessionEnded)
	}
	if err != nil {
		return User{}, nil, err
	}
	if u.Disabled || u.Epoch != epoch || u.Status != Confirmed && u.Status != ExternalProvider {
		return User{}, nil, refuse(op, SessionEnded)
	}
	belongs, err := groupsOf(r, &u)
	return u, belongs, err
}

// Suffices says that the sign-in proved what the client demands: one that let
// somebody in to the account pages, or to another client, may have asked less.
func (c *Core) Suffices(r storage.Reader, auth Authentication, client ClientID) (bool, error) {
	return c.Sufficed(r, auth.twice, User{PoolID: auth.pool, ID: auth.user}, client)
}

// Sufficed is Suffices for a sign-in of which this is left: whether two factors were
// proven (Authentication.Twice).
func (c *Core) Sufficed(r storage.Reader, twice bool, u User, client ClientID) (bool, error) {
	if twice {
		return true, nil
	}
	p, cl, err := c.reopen(r, "Core.Suffices", u.PoolID, client)
	if err != nil {
		return false, err
	}
	required, err := requiredOf(r, &p, &cl, &u)
	return !required, err
}

// groupsOf answers the user's groups by precedence, the weakest (nil) last.
func groupsOf(r storage.Reader, u *User) ([]Group, error) {
	all, err := memberships.List(r, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return nil, fmt.Errorf("memberships: %w", err)
	}
	var belongs []Group
	for _, m := range all {
		g, err := groups.Get(r, string(m.PoolID), m.Group)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("group: %w", err)
		}
		belongs = append(belongs, g)
	}
	slices.SortStableFunc(belongs, byPrecedence)
	return belongs, nil
}

func byPrecedence(a, b Group) int {
	switch {
	case a.Precedence == nil && b.Precedence == nil:
		return cmp.Compare(a.Name, b.Name)
	case a.Precedence == nil:
		return 1
	case b.Precedence == nil:
		return -1
	}
	return cmp.Or(cmp.Compare(*a.Precedence, *b.Precedence), cmp.Compare(a.Name, b.Name))
}
