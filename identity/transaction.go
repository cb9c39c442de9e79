package identity

import (
	"context"
	"errors"

	"poolhouse.dev/storage"
)

// update runs fn in one transaction, which may ask triggers, and wakes the outbox. A refusal that fn
// answers as its value is kept with what was counted; as an error it rolls back.
// fn may run more than once.
func (c *Core) update(ctx context.Context, fn func(storage.Writer) (*Error, error)) error {
	var failed *Error
	err := c.transact(ctx, func(w storage.Writer) (err error) {
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

// open loads the pool and, unless it is "", the client. What is missing is a
// refusal.
func (c *Core) open(ctx context.Context, op string, pool PoolID, client ClientID) (p Pool, cl Client, err error) {
	err = c.Store.View(ctx, func(r storage.Reader) (err error) {
		p, cl, err = c.reopen(r, op, pool, client)
		return err
	})
	return p, cl, err
}

// reopen is open in the caller's transaction. Its refusal rolls back. The pool is
// as the client has it: with the client's own risk configuration, if there is one.
func (c *Core) reopen(r storage.Reader, op string, pool PoolID, client ClientID) (Pool, Client, error) {
	p, err := pools.Get(r, string(pool))
	if errors.Is(err, storage.ErrNotFound) {
		return Pool{}, Client{}, refuse(op, PoolNotFound)
	}
	if err != nil || client == "" {
		return p, Client{}, err
	}
	cl, err := clients.Get(r, string(pool), string(client))
	if errors.Is(err, storage.ErrNotFound) {
		return Pool{}, Client{}, refuse(op, ClientNotFound)
	}
	p.Risk = p.Risk.under(cl.Risk)
	return p, cl, err
}
