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

// takeOfStranger is take for the address behind a request that anybody may have made:
// of a client that needs prove nothing, or that anybody may have registered. One of the
// house speaks for many people from one address.
func (p *Provider) takeOfStranger(w storage.Writer, c *identity.Client, l identity.Limit, from netip.Addr) (time.Duration, error) {
	if !c.Public() && c.RegisteredBy == "" {
		return 0, nil
	}
	return p.take(w, l, identity.Network(from))
}
