package identity

import (
	"errors"
	"fmt"
	"slices"

	"poolhouse.dev/storage"
)

// insertUser stores a new user under a new sub and reserves its names.
// *nameTaken says that one is another's; nothing is left behind then.
func insertUser(w storage.Writer, p *Pool, u *User) error {
	if err := setNames(p, u); err != nil {
		return err
	}
	if err := reserveNames(w, u, u.Names); err != nil {
		return err
	}
	return users.Insert(w, *u)
}

// saveUser stores a changed user and moves its names. u.Names still holds the
// names it had. *nameTaken says that a new one is another's; nothing is changed then.
func (c *Core) saveUser(w storage.Writer, p *Pool, u *User) error {
	had := u.Names
	if err := setNames(p, u); err != nil {
		return err
	}
	added := missingFrom(had, u.Names)
	err := keepsReserved(w, p, u, added)
	if err == nil {
		err = reserveNames(w, u, added)
	}
	if err != nil {
		u.Names = had
		return err
	}
	for _, name := range missingFrom(u.Names, had) {
		if err := userNames.Delete(w, string(u.PoolID), name); err != nil {
			return err
		}
	}
	u.ModifiedAt = c.Now()
	return users.Put(w, *u)
}

// reserveNames takes all of the names or none.
func reserveNames(w storage.Writer, u *User, names []string) error {
	for i, name := range names {
		err := reserveName(w, u.PoolID, name, u.ID)
		if err == nil {
			continue
		}
		for _, taken := range names[:i] {
			err = errors.Join(err, userNames.Delete(w, string(u.PoolID), taken))
		}
		return err
	}
	return nil
}

// missingFrom answers the names that list lacks.
func missingFrom(list, names []string) []string {
	var missing []string
	for _, name := range names {
		if !slices.Contains(list, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// insertOrTake stores a new user, or refuses with the code of the name that is taken.
func (c *Core) insertOrTake(w storage.Writer, op string, p *Pool, u *User, force bool) error {
	if err := setNames(p, u); err != nil {
		return err
	}
	if err := keepsReserved(w, p, u, u.Names); err != nil {
		return err
	}
	for {
		err := insertUser(w, p, u)
		taken := (*nameTaken)(nil)
		if !errors.As(err, &taken) {
			return err
		}
		if own, _ := canonicalName(p, u.Username); own == taken.Name || len(p.UsernameAttributes) > 0 {
			return &Error{Code: UsernameExists, Op: op, Field: "username"}
		}
		moved := false
		if force {
			if moved, err = c.takeAlias(w, p, taken); err != nil {
				return err
			}
		}
		if !moved {
			return refuse(op, AliasExists)
		}
	}
}

// saveOrTake saves the user. AliasExists says that another user holds the
// address verified; with force that user loses it as an alias.
func (c *Core) saveOrTake(w storage.Writer, op string, p *Pool, u *User, force bool) (*Error, error) {
	for {
		err := c.saveUser(w, p, u)
		taken := (*nameTaken)(nil)
		if !errors.As(err, &taken) {
			return nil, err
		}
		moved, err := false, error(nil)
		if force {
			moved, err = c.takeAlias(w, p, taken)
		}
		if err != nil || !moved {
			return refuse(op, AliasExists), err
		}
	}
}

// takeAlias frees a name that its holder has as a verified alias; false when
// it is the holder's own name.
func (c *Core) takeAlias(w storage.Writer, p *Pool, taken *nameTaken) (bool, error) {
	if len(p.AliasAttributes) == 0 {
		return false, nil
	}
	holder, err := getUser(w, p.ID, taken.Holder)
	if err != nil {
		return false, err
	}
	for _, attribute := range []string{attrEmail, attrPhone} {
		spelled, err := canonicalName(p, holder.Attributes[attribute])
		if err != nil || spelled != taken.Name || !verified(&holder, attribute) {
			continue
		}
		holder.Attributes[attribute+verifiedSuffix] = "false"
		if err := c.saveUser(w, p, &holder); err != nil {
			return false, err
		}
		freed := !slices.Contains(holder.Names, taken.Name)
		return freed, c.record(w, &holder, deed{Action: "alias_moved"})
	}
	return false, nil
}

// removeUser removes a user with sessions, codes, memberships, names and
// password. Tokens end too: SignedOut revokes them, and Active no longer finds
// the user.
func (c *Core) removeUser(w storage.Writer, u *User) error {
	if err := c.endSessions(w, u, ""); err != nil {
		return err
	}
	if err := removeCodes(w, u); err != nil {
		return err
	}
	if err := removeMemberships(w, u); err != nil {
		return err
	}
	for _, name := range u.Names {
		if err := userNames.Delete(w, string(u.PoolID), name); err != nil {
			return err
		}
	}
	if err := avatars.Delete(w, string(u.PoolID), string(u.ID)); err != nil {
		return err
	}
	if err := removePossessions(w, u); err != nil {
		return err
	}
	if err := removeIdentities(w, u); err != nil {
		return err
	}
	if err := removeTraces(w, u); err != nil {
		return err
	}
	if err := removeConsents(w, u); err != nil {
		return err
	}
	return users.Delete(w, string(u.PoolID), string(u.ID))
}

func removeCodes(w storage.Writer, u *User) error {
	all, err := codes.List(w, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return err
	}
	for _, k := range all {
		if err := codes.Delete(w, k.key().id()...); err != nil {
			return err
		}
	}
	return nil
}

// removePossessions removes all that the user could prove themselves with.
func removePossessions(w storage.Writer, u *User) error {
	if err := credentials.Delete(w, string(u.PoolID), string(u.ID), string(FactorPassword)); err != nil {
		return err
	}
	return removeFactors(w, u)
}

// removeIdentities takes every provider off the user.
func removeIdentities(w storage.Writer, u *User) error {
	all, err := identitiesOf(w, u)
	if err != nil {
		return err
	}
	for _, i := range all {
		if err := identities.Delete(w, string(i.PoolID), i.Provider, i.Subject); err != nil {
			return err
		}
	}
	return nil
}

// removeBrowsers makes every browser of the user unknown.
func removeBrowsers(w storage.Writer, u *User) error {
	all, err := knownBrowsers.List(w, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := knownBrowsers.Delete(w, string(d.PoolID), string(d.UserID), d.Hash); err != nil {
			return err
		}
	}
	return nil
}

// removeTraces removes what the user did: browsers and sign-ins. The audit
// keeps its own record.
func removeTraces(w storage.Writer, u *User) error {
	if err := removeBrowsers(w, u); err != nil {
		return err
	}
	events, err := signInEvents.List(w, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := signInEvents.Delete(w, string(e.PoolID), string(e.UserID), e.ID); err != nil {
			return err
		}
	}
	return nil
}

func removeMemberships(w storage.Writer, u *User) error {
	all, err := memberships.List(w, storage.Page{Prefix: []any{string(u.PoolID), string(u.ID)}})
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := memberships.Delete(w, string(m.PoolID), string(m.UserID), m.Group); err != nil {
			return err
		}
	}
	return nil
}

// getUser answers storage.ErrNotFound for a user who is gone.
func getUser(r storage.Reader, pool PoolID, id UserID) (User, error) {
	u, err := users.Get(r, string(pool), string(id))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return User{}, fmt.Errorf("user: %w", err)
	}
	return u, err
}
