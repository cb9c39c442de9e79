package webtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"net/url"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/apple"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/google"
	"poolhouse.dev/federation/oidc"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/web"
)

// elsewhereURL is where a house is that federationtest's providers call back.
const elsewhereURL = "https://auth.example.test"

// Elsewhere lets a house open providers, on this machine too.
func Elsewhere() Option {
	return func(d *web.Deps, _ *identity.Pool) {
		d.PublicURL = elsewhereURL
		types := federation.Types{
			federation.OIDC: oidc.Type(oidc.Profile), federation.Google: oidc.Type(google.Profile), federation.SignInWithApple: oidc.Type(apple.Profile),
			federation.SAML: saml.Type(web.SAMLOptions(d.Identity)),
		}
		d.Federation = web.NewFederation(types, federation.Deps{
			Client: fetch.New(fetch.Options{Allow: federationtest.Loopback, SameHost: true}), Now: d.Now,
		})
	}
}

// Upstream starts a provider on this machine, in the house's time.
func (h *House) Upstream() *federationtest.Upstream {
	h.Helper()
	up := federationtest.Start(h.T)
	up.Now = h.Now()
	return up
}

// Provider stores a provider that asks up; the rest of p is the test's.
func (h *House) Provider(up *federationtest.Upstream, p identity.IdentityProvider) {
	h.Helper()
	p.PoolID = PoolID
	if p.Type == "" {
		p.Type = federation.OIDC
	}
	if p.Details == nil {
		p.Details = h.details(up)
	}
	settings := &identity.Settings{Core: h.Core}
	_, err := settings.PutProvider(h.Context(), p)
	h.must(err)
}

// Approve lets a person with these claims sign in at the provider that the
// browser was sent to, and answers what comes back with it.
func (a *Answer) Approve(up *federationtest.Upstream, claims map[string]any) url.Values {
	a.b.h.Helper()
	a.Lands(up.At("/authorize"))
	up.UserInfo = map[string]any{"sub": claims["sub"]}
	return up.Approve(a.Header.Get("Location"), claims)
}

// ComesBack brings the browser back from the provider.
func (b *Browser) ComesBack(values url.Values) *Answer {
	b.h.Helper()
	return b.Get("/oauth2/idpresponse?" + values.Encode())
}

// details are settings that every type takes, of a provider whose every address is up's.
func (h *House) details(up *federationtest.Upstream) map[string]string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	h.must(err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	h.must(err)
	return map[string]string{
		"client_id": federationtest.Client, "client_secret": federationtest.Secret, "oidc_issuer": up.Issuer,
		"authorize_url": up.At("/authorize"), "token_url": up.At("/token"), "jwks_uri": up.At("/keys"),
		"team_id": "ABCDE12345", "key_id": "KEYID12345", "private_key": base64.StdEncoding.EncodeToString(raw),
	}
}
