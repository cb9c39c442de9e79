package identity

import (
	"context"
	"errors"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// update runs fn in one transaction and wakes the outbox. A refusal that fn
// answers as its value is kept with what was counted; as an error it rolls back.
// fn may run more than once.
func (c *Core) update(ctx context.Context, fn func(storage.Writer) (*Error, error)) error {
	var failed *Error
	err := c.Store.Update(ctx, func(w storage.Writer) (err error) {
		failed, err = fn(w)
		return err
	})
	if err != nil {
		return err
	}
	c.wake()
	if failed != nil {
		return failed
	}
	return nil
}

// updateStep is update for what ends in a step. A refusal or a fault leaves
// none: a finished step carries the secret of a session.
func (c *Core) updateStep(ctx context.Context, fn func(storage.Writer) (Step, *Error, error)) (Step, error) {
	var next Step
	err := c.update(ctx, func(w storage.Writer) (failed *Error, err error) {
		next, failed, err = fn(w)
		return failed, err
	})
	if err != nil {
		return Step{}, err
	}
	return next, nil
}

// either turns a refusal into an error. Returned from a transaction, it then
// rolls everything back, counts too.
func either(failed *Error, err error) error {
	if err == nil && failed != nil {
		return failed
	}
	return err
}

// open loads the pool and, unless it is "", the client.
func (c *Core) open(ctx context.Context, op string, pool PoolID, client ClientID) (p Pool, cl Client, err error) {
	var failed *Error
	err = c.Store.View(ctx, func(r storage.Reader) (err error) {
		p, cl, failed, err = c.place(r, op, pool, client)
		return err
	})
	return p, cl, either(failed, err)
}

// reopen is open inside a transaction; the refusal is an error.
func (c *Core) reopen(r storage.Reader, op string, pool PoolID, client ClientID) (Pool, Client, error) {
	p, cl, failed, err := c.place(r, op, pool, client)
	return p, cl, either(failed, err)
}

// hash makes the hash to store; what the hasher refuses is a refusal here.
func (c *Core) hash(ctx context.Context, op, text string) (string, error) {
	made, err := c.Passwords.Hash(ctx, text)
	failed, err := hashRefusal(op, err)
	if failed != nil {
		return "", failed
	}
	return made, err
}

// unused refuses a password that is or was the user's, as far as the policy's
// history reaches. It verifies hashes: nothing may be open.
func (c *Core) unused(ctx context.Context, op string, p *Pool, cred *Credential, text string) error {
	reused, err := c.Passwords.Reused(ctx, text, cred.recent(p.Policies.PasswordPolicy))
	failed, err := hashRefusal(op, err)
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	case reused:
		return &Error{Code: PasswordRefused, Op: op, Field: "password", Violations: []string{violationReused}}
	}
	return nil
}

// violationReused stands beside the violations of password.Policy, which knows no history.
const violationReused = "reused"

// recent answers the hashes that may not be used again, newest first.
func (c *Credential) recent(policy password.Policy) []string {
	if c.Hash == "" {
		return nil
	}
	hashes := append([]string{c.Hash}, c.History...)
	return hashes[:min(len(hashes), policy.PasswordHistorySize)]
}

// putPassword stores a password the user chose; the one before joins the history.
func (c *Core) putPassword(w storage.Writer, p *Pool, u *User, hash string) error {
	cred, err := credentials.Get(w, string(u.PoolID), string(u.ID), string(FactorPassword))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return credentials.Put(w, Credential{
		PoolID: u.PoolID, UserID: u.ID, Kind: FactorPassword, Hash: hash,
		History: cred.recent(p.Policies.PasswordPolicy), ChangedAt: c.Now(),
	})
}
