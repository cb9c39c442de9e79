package identity

import (
	"context"
	"errors"
	"strconv"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// letGo marks an account to be deleted after the pool's grace period. Its
// sessions and all that was issued to it end now.
func (c *Core) letGo(w storage.Writer, p *Pool, u *User, d deed) error {
	u.DeleteAt = c.Now().Add(time.Duration(p.AccountDeletion.GraceDays) * 24 * time.Hour)
	if err := c.signOutEverywhere(w, u); err != nil {
		return err
	}
	if err := c.saveUser(w, p, u); err != nil {
		return err
	}
	if to, ok := noticeAddress(u); ok {
		more := map[string]string{"on": u.DeleteAt.UTC().Format(time.RFC3339), "days": strconv.Itoa(p.AccountDeletion.GraceDays)}
		if err := c.notifyAt(w, u, message.DeletionPlanned, to, d.Origin, more); err != nil {
			return err
		}
	}
	d.Action = "plan_deletion"
	return c.record(w, u, d)
}

// Keep takes back the deletion of the person's own account. InvalidState says
// that none is under way.
func (a *Accounts) Keep(ctx context.Context, auth Authentication, o Origin) error {
	const op = "Accounts.Keep"
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		if m.user.DeleteAt.IsZero() {
			return refuse(op, InvalidState), nil
		}
		m.user.DeleteAt = time.Time{}
		if err := a.saveUser(w, &m.pool, &m.user); err != nil {
			return nil, err
		}
		return nil, a.record(w, &m.user, deed{Action: "keep_account", Client: auth.client, Session: auth.session, Origin: o})
	})
}

// leavingPage is how many accounts one look of the sweep takes; each goes in a
// transaction of its own, for it may take many records along.
const leavingPage = 50

// sweepLeaving deletes the accounts whose time has come.
func (c *Core) sweepLeaving(ctx context.Context) (int, error) {
	for gone := 0; ; {
		var due []User
		err := c.Store.View(ctx, func(r storage.Reader) (err error) {
			due, err = users.List(r, storage.Page{Index: "leaving", Limit: leavingPage})
			return err
		})
		if err != nil {
			return gone, err
		}
		due = filter(due, c.isDue)
		for _, u := range due {
			if err := c.deleteDue(ctx, u); err != nil {
				return gone, err
			}
			gone++
		}
		if len(due) < leavingPage {
			return gone, nil
		}
	}
}

func (c *Core) isDue(u User) bool { return !u.DeleteAt.IsZero() && !c.Now().Before(u.DeleteAt) }

// deleteDue deletes one account, unless it is kept by now.
func (c *Core) deleteDue(ctx context.Context, seen User) error {
	return c.update(ctx, func(w storage.Writer) (*Error, error) {
		u, err := getUser(w, seen.PoolID, seen.ID)
		if errors.Is(err, storage.ErrNotFound) || err == nil && !c.isDue(u) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return nil, c.deleteUser(w, &u, deed{Action: "delete_user", Detail: map[string]string{"why": "grace period over"}})
	})
}
