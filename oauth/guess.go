package oauth

import (
	"context"
	"net/netip"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// Guarded runs a request that a client authenticates, unless there were too
// many wrong secrets for it from there: the wait is above zero then. Right ones
// cost no write.
func (p *Provider) Guarded(ctx context.Context, pool identity.PoolID, auth ClientAuth, from netip.Addr, request func() error) (wait time.Duration, err error) {
	if auth.Method == identity.AuthNone {
		return 0, request()
	}
	err = p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		wait, err = p.Identity.Wait(r, identity.WrongSecrets, identity.ClientAddressKey(pool, auth.ID, identity.Network(from)))
		return err
	})
	if err != nil || wait > 0 {
		return wait, err
	}
	err = request()
	if code, _ := CodeOf(err); code == InvalidClient {
		return 0, p.countGuess(ctx, pool, auth.ID, from, err)
	}
	return 0, err
}

// countGuess counts a wrong secret. A client that is not there has none to guess.
func (p *Provider) countGuess(ctx context.Context, pool identity.PoolID, id identity.ClientID, from netip.Addr, refused error) error {
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		if _, _, known, err := p.client(w, pool, id); err != nil || !known {
			return err
		}
		return p.Identity.Take(w, identity.WrongSecrets, identity.ClientAddressKey(pool, id, identity.Network(from)))
	})
	if err != nil {
		return fault("count guess", err)
	}
	return refused
}
