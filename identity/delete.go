package identity

import (
	"context"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Delete removes the person's own account for good, with everything issued to
// it; or, where the pool has a grace period, signs its person out everywhere and
// lets it go at User.DeleteAt, unless they come back and Keep it.
func (a *Accounts) Delete(ctx context.Context, auth Authentication, typed string, o Origin) error {
	const op = "Accounts.Delete"
	m, err := a.view(ctx, op, auth)
	if err != nil {
		return err
	}
	d := deed{Action: "delete_user", Client: auth.client, Session: auth.session, Origin: o}
	switch {
	case auth.bearer: // Cognito DeleteUser: the app has asked
	case m.cred.Hash != "":
		err = a.proveAgain(ctx, op, m, typed, d)
	default:
		err = a.Fresh(auth, DeleteAccount)
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
		if now.pool.AccountDeletion.GraceDays > 0 {
			return nil, a.letGo(w, &now.pool, &now.user, d)
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
