package main

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/oauth/keys"
)

// choreTime is how often the chores run. Each is a few small transactions.
const choreTime = 10 * time.Minute

// How long sent messages and audit events are kept.
const (
	keepSent  = 7 * 24 * time.Hour
	keepAudit = 365 * 24 * time.Hour
)

// chores makes and rotates signing keys and removes what has expired, every
// choreTime until ctx ends.
func (srv *server) chores(ctx context.Context) {
	srv.firstKeys(ctx)
	tick := time.NewTicker(choreTime)
	defer tick.Stop()
	for {
		srv.chore(ctx, "rotate keys", srv.ring.Due)
		srv.chore(ctx, "sweep", srv.sweep)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// firstKeys makes the signing keys of new pools in the background: RSA keys
// take long to find, and the first page needs none.
func (srv *server) firstKeys(ctx context.Context) {
	for _, pool := range srv.settings.Pools {
		srv.chore(ctx, "make signing key", func(ctx context.Context) error {
			return srv.ring.Ready(ctx, pool.ID, keys.RS256)
		})
	}
}

func (srv *server) chore(ctx context.Context, name string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		srv.log.Error("a chore failed; it is tried again in ten minutes", "chore", name, "error", err)
	}
}

// sweep removes what is past its time.
func (srv *server) sweep(ctx context.Context) error {
	_, people := srv.core.Sweep(ctx)
	_, tokens := srv.provider.Sweep(ctx)
	_, sent := message.Sweep(ctx, srv.store, time.Now().Add(-keepSent))
	_, old := audit.Sweep(ctx, srv.store, time.Now().Add(-keepAudit))
	return errors.Join(people, tokens, sent, old)
}
