package identity

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"poolhouse.dev/identity/audit"
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
	if err := reserveNames(w, u, missingFrom(had, u.Names)); err != nil {
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

// removeUser removes a user with all that hangs on it. What was issued to it
// ends with its sessions, and by Active.
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
	if err := credentials.Delete(w, string(u.PoolID), string(u.ID), string(FactorPassword)); err != nil {
		return err
	}
	return users.Delete(w, string(u.PoolID), string(u.ID))
}

func removeCodes(w storage.Writer, u *User) error {
	for _, p := range []Purpose{PurposeSignUp, PurposeReset, PurposeVerifyEmail, PurposeVerifyPhone} {
		if err := codes.Delete(w, codeKey{Pool: u.PoolID, User: u.ID, Purpose: p}.id()...); err != nil {
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

// ghost stands for somebody who does not exist, always the same for the same
// name: codes, counts and limits then go the same way as for a real user, so
// that neither answers nor timing tell them apart.
func (c *Core) ghost(p *Pool, typed string) User {
	mac := c.Sealer.MAC("ghost", string(p.ID), looseName(p, typed))
	id := uuid.UUID(mac[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562 §5.4: as random as a sub looks
	return User{PoolID: p.ID, ID: UserID(id.String())}
}

// hidesExistence says that the client is not told whether a user exists
// (Cognito PreventUserExistenceErrors; ENABLED here unless said otherwise).
func (cl *Client) hidesExistence() bool { return cl.PreventExistence != "LEGACY" }

// deed is one audited change to an account.
type deed struct {
	Action  string
	Client  ClientID
	Session string
	Origin  Origin
	Detail  map[string]string
}

// record writes that a change was made.
func (c *Core) record(w storage.Writer, u *User, d deed) error {
	return audit.Write(w, c.deedEvent(u, d, "ok", ""))
}

// recordFailure writes that a change was refused.
func (c *Core) recordFailure(w storage.Writer, u *User, d deed, code Code) error {
	return audit.Write(w, c.deedEvent(u, d, "refused", string(code)))
}

func (c *Core) deedEvent(u *User, d deed, outcome, reason string) audit.Event {
	a := attempt{PoolID: u.PoolID, ClientID: d.Client}
	if !u.isGhost() {
		a.UserID = u.ID
	}
	return c.event(d.Action, outcome, a, d.Origin, func(e *audit.Event) {
		e.Session, e.Reason, e.Detail = d.Session, reason, d.Detail
	})
}
