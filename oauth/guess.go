package oauth

import (
	"context"
	"net/netip"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// wrongSecrets bounds the guessing of a client's secret from one address: 20 at
// once, 20 a minute (RFC 6749 §2.3.1: the server must protect the endpoint
// against brute force). It is counted in the store, so that neither a restart
// nor another node forgets.
var wrongSecrets = identity.Limit{Name: "client_secret", Burst: 20, Every: 3 * time.Second}

func guessKey(pool identity.PoolID, id identity.ClientID, from netip.Addr) string {
	if network := identity.Network(from); network != "" {
		return string(pool) + " " + string(id) + " " + network
	}
	return ""
}

// Guarded runs a request that a client authenticates, unless there were too
// many wrong secrets for it from there: the wait is above zero then. Right ones
// cost no write.
func (p *Provider) Guarded(ctx context.Context, pool identity.PoolID, auth ClientAuth, from netip.Addr, request func() error) (wait time.Duration, err error) {
	if auth.Method == identity.AuthNone {
		return 0, request()
	}
	err = p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		wait, err = p.Identity.Wait(r, wrongSecrets, guessKey(pool, auth.ID, from))
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
		return p.Identity.Take(w, wrongSecrets, guessKey(pool, id, from))
	})
	if err != nil {
		return fault("count guess", err)
	}
	return refused
}
