package oauth

import (
	"net/netip"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// TooOften refuses what was tried too often. Nothing was looked at.
type TooOften struct{ Wait time.Duration }

func (e *TooOften) Error() string { return "oauth: too often; wait " + e.Wait.String() }

// take takes one from a limit; a wait above zero says that there is none now.
func (p *Provider) take(w storage.Writer, l identity.Limit, key string) (time.Duration, error) {
	wait, err := p.Identity.Wait(w, l, key)
	if err != nil || wait > 0 {
		return wait, err
	}
	return 0, p.Identity.Take(w, l, key)
}

// limitKey is what an address in a pool is counted as; "" for no address.
func limitKey(pool identity.PoolID, from netip.Addr) string {
	if network := identity.Network(from); network != "" {
		return string(pool) + " " + network
	}
	return ""
}
