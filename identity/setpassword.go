package identity

import (
	"context"
	"slices"

	"poolhouse.dev/storage"
)

// SetPassword gives a first password to somebody who signs in without one, a
// moment after they did. InvalidState says that they have one already,
// NotAllowed that nobody signs in with a password here. This session stays, the
// others end.
func (a *Accounts) SetPassword(ctx context.Context, auth Authentication, text string, o Origin) error {
	const op = "Accounts.SetPassword"
	m, err := a.view(ctx, op, auth)
	if err != nil {
		return err
	}
	if failed := a.mayHavePassword(op, auth, &m); failed != nil {
		return failed
	}
	if failed := policyRefusal(op, &m.pool, &m.client, &m.user, text); failed != nil {
		return failed
	}
	if failed := a.breachRefusal(ctx, op, &m.pool, lookAtChange, text); failed != nil {
		return failed
	}
	made, err := a.keep(ctx, op, &m.pool, &m.user, text)
	if err != nil {
		return err
	}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		return a.recordChange(w, op, auth, m, made, deed{Action: "set_password", Client: auth.client, Session: auth.session, Origin: o})
	})
}

func (a *Accounts) mayHavePassword(op string, auth Authentication, m *account) *Error {
	switch {
	case m.cred.Hash != "":
		return refuse(op, InvalidState)
	case !slices.Contains(a.firstFactors(&m.pool, &m.client), FactorPassword):
		return refuse(op, NotAllowed)
	}
	return a.stale(op, auth, SetOwnPassword)
}

// HasPassword says whether the person can sign in with a password.
func (a *Accounts) HasPassword(ctx context.Context, auth Authentication) (bool, error) {
	m, err := a.view(ctx, "Accounts.HasPassword", auth)
	return m.cred.Hash != "", err
}
