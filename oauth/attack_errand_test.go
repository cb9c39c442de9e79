package oauth

import (
	"net/netip"
	"net/url"
	"testing"

	"poolhouse.dev/identity"
)

// By Cognito's rule openid alone gives the address, telephone number and the rest: the
// page of a device that asks for it has to say so, as the consent page does.
func TestAttackDeviceAsksForLessThanItGets(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { c.GrantTypes = []string{identity.GrantDevice} })
	in := TokenRequest{Form: url.Values{"scope": {"openid"}}, Auth: as(web)}
	got, err := k.AuthorizeDevice(t.Context(), testPool, in, "https://login.example.test/device", netip.Addr{})
	k.must(err)
	e, err := k.DeviceErrand(t.Context(), testPool, got.UserCode, netip.Addr{})
	k.must(err)
	said := map[string]bool{}
	for _, s := range e.Scopes {
		said[s.Scope] = true
	}
	for _, scope := range []string{scopeOpenID, scopeEmail, scopePhone, scopeProfile, scopeAddress} {
		if !said[scope] {
			t.Errorf("%s is given and not said", scope)
		}
	}
}
