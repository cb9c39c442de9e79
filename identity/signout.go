package identity

import (
	"context"
	"fmt"

	"poolhouse.dev/storage"
)

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

// endSessions ends the user's sessions but the one to keep, and what was
// issued under them.
func (c *Core) endSessions(w storage.Writer, u *User, keep string) error {
	all, err := sessions.List(w, userSessions(u.PoolID, u.ID))
	if err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	for _, s := range all {
		if s.ID == keep {
			continue
		}
		if err := c.dropSession(w, s, "session_ended"); err != nil {
			return err
		}
	}
	if c.SignedOut == nil {
		return nil
	}
	return c.SignedOut(w, u.PoolID, u.ID, keep)
}

// signOutEverywhere ends all sessions, and by the epoch all that was issued to
// the user without one. The caller stores u.
func (c *Core) signOutEverywhere(w storage.Writer, u *User) error {
	u.Epoch++
	return c.endSessions(w, u, "")
}
