package identity

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"poolhouse.dev/storage"
)

// CancelPending drops the address that waits in an attribute; the one in use
// stays. Code and link that were sent for it die with it. Nothing waiting is
// no error: what was asked for is so already.
func (a *Accounts) CancelPending(ctx context.Context, auth Authentication, attribute string, o Origin) error {
	const op = "Accounts.CancelPending"
	d := deed{Action: "cancel_attribute_change", Client: auth.client, Session: auth.session, Origin: o}
	d.Detail = map[string]string{"attributes": attribute}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := a.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		why, failed := forVerify(op, attribute)
		if failed != nil {
			return failed, nil
		}
		if m.user.Pending[attribute] == "" {
			return nil, nil
		}
		return nil, a.recordCancel(w, m, attribute, codeKey{Pool: m.pool.ID, User: m.user.ID, Purpose: why}, d)
	})
}

func (a *Accounts) recordCancel(w storage.Writer, m account, attribute string, key codeKey, d deed) error {
	m.user.Pending = maps.Clone(m.user.Pending)
	delete(m.user.Pending, attribute)
	if err := a.saveUser(w, &m.pool, &m.user); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	if err := codes.Delete(w, key.id()...); err != nil && !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("cancel: %w", err)
	}
	return a.record(w, &m.user, d)
}
