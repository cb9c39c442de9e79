package identity

import (
	"errors"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Reachable answers somebody who can be asked to approve what an app wants, by what
// they sign in with, or by their sub when the name is "". False for whoever could not
// sign in, and for nobody.
func (c *Core) Reachable(r storage.Reader, pool PoolID, name string, id UserID) (User, bool, error) {
	p, err := pools.Get(r, string(pool))
	if err != nil {
		return User{}, false, err
	}
	u, err := User{}, error(nil)
	if name != "" {
		u, err = c.findUser(r, &p, name)
	} else {
		u, err = getUser(r, pool, id)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return User{}, false, nil
	}
	if err != nil {
		return User{}, false, err
	}
	_, _, err = c.Active(r, pool, u.ID, u.Epoch)
	if code, ok := CodeOf(err); ok && code == SessionEnded {
		return User{}, false, nil
	}
	return u, err == nil && u.DeleteAt.IsZero(), err
}

// TellOfApproval writes to somebody that an app asks them for something, in the
// caller's transaction. Whoever has no address finds it on the account pages.
func (c *Core) TellOfApproval(w storage.Writer, u *User, client ClientID) error {
	to, ok := noticeAddress(u)
	if !ok {
		return nil
	}
	return c.tell(w, u, letter{Kind: message.ApprovalAsked, Client: client, To: to})
}
