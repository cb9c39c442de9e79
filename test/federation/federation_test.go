// Package federation signs people in with providers that nobody here wrote:
// npm's oidc-provider, Debian's SimpleSAMLphp and crewjam's samlidp, each as it
// comes, with the built program between them and a real browser. The pages are
// at localhost and the providers at 127.0.0.1, so that they are other sites to
// one another, as they are outside.
package federation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/test/kit"
)

const (
	ann   = "ann@example.test" // has an account
	carl  = "carl@gmail.com"   // has none; Google is in charge of the address
	bob   = "bob@corp.test"    // nor has he; Corp answers for corp.test
	erika = "erika@example.test"
)

// people are the accounts at the OpenID provider.
func people() kit.Map {
	return kit.Map{
		"ann":   kit.Map{"email": ann, "email_verified": true, "name": "Ann"},
		"carl":  kit.Map{"email": carl, "email_verified": true, "name": "Carl"},
		"bob":   kit.Map{"email": bob, "email_verified": true, "name": "Bob", "hd": "corp.test"},
		"erika": kit.Map{"email": erika, "email_verified": false, "name": "Erika"},
		"mute":  kit.Map{"name": "Mute"},
	}
}

// up is a server with oidc-provider twice in its pool: as Google, with the
// secret of a client and addresses given, and as Corp, by discovery and with
// private_key_jwt.
type up struct {
	*kit.Server
	oidc *kit.OIDCProvider
}

// prepare makes one; neither runs yet.
func prepare(t *testing.T, change ...func(kit.Map)) up {
	t.Helper()
	t.Parallel()
	u := up{oidc: kit.NewOIDCProvider(t)}
	key, public := signingKey(t)
	changes := append([]func(kit.Map){kit.AtLocalhost, outgoing, providers(google(u.oidc.URL), corp(u.oidc.URL, key))}, change...)
	u.Server = kit.Prepare(t, changes...)
	back := kit.List{u.URL + "/oauth2/idpresponse"}
	u.oidc.Accounts = people()
	u.oidc.Clients = kit.List{
		kit.Map{"client_id": "by-secret", "client_secret": upstreamSecret, "token_endpoint_auth_method": "client_secret_post", "redirect_uris": back},
		kit.Map{"client_id": "by-key", "token_endpoint_auth_method": "private_key_jwt", "redirect_uris": back,
			"jwks": kit.Map{"keys": kit.List{public}}},
	}
	return u
}

// open is prepare, and both run.
func open(t *testing.T, change ...func(kit.Map)) up {
	t.Helper()
	u := prepare(t, change...)
	u.oidc.InIDToken = true
	u.oidc.Run(t)
	u.Server.Run(t)
	return u
}

const upstreamSecret = "the secret of poolhouse at the upstream"

// outgoing opens loopback for what the server fetches.
func outgoing(m kit.Map) {
	m["outgoing"] = kit.Map{"allow_networks": kit.List{"127.0.0.0/8", "::1/128"}}
}

// providers puts identity providers into the pool and has the app take them.
func providers(all ...kit.Map) func(kit.Map) {
	return func(m kit.Map) {
		pool := kit.PoolOf(m)
		names, list := kit.List{"COGNITO"}, kit.List{}
		for _, p := range all {
			names, list = append(names, p["provider_name"]), append(list, p)
		}
		pool["identity_providers"] = list
		pool["clients"].(kit.List)[0].(kit.Map)["supported_identity_providers"] = names
	}
}

func google(at string) kit.Map {
	return kit.Map{"provider_name": "Google", "provider_type": "Google", "provider_details": kit.Map{
		"client_id": "by-secret", "client_secret": upstreamSecret, "authorize_scopes": "openid email profile", "oidc_issuer": at,
		"authorize_url": at + "/auth", "token_url": at + "/token", "jwks_uri": at + "/jwks"}}
}

func corp(at, key string) kit.Map {
	return kit.Map{"provider_name": "Corp", "provider_type": "OIDC", "idp_identifiers": kit.List{"corp.test"}, "provider_details": kit.Map{
		"client_id": "by-key", "oidc_issuer": at, "token_endpoint_auth_method": "private_key_jwt", "private_key": key, "key_id": "k1"}}
}

// change changes the provider of that name.
func change(name string, with kit.Map) func(kit.Map) {
	return func(m kit.Map) {
		for _, p := range kit.PoolOf(m)["identity_providers"].(kit.List) {
			if p := p.(kit.Map); p["provider_name"] == name {
				for key, value := range with {
					p[key] = value
				}
			}
		}
	}
}

func signingKey(t *testing.T) (private string, public jose.JSONWebKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pemmed := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return string(pemmed), jose.JSONWebKey{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}
}

// browse opens a browser that may go to the server, its app and the provider.
func (u up) browse(t *testing.T) *kit.Browser {
	t.Helper()
	b := kit.NewBrowser(t, u.URL, u.App.URL, u.oidc.URL)
	b.Expect("status of 422") // pages that say what did not work
	return b
}

// begin opens the app's sign-in and goes to the provider.
func (u up) begin(t *testing.T, b *kit.Browser, provider string) {
	t.Helper()
	b.Open(t, u.App.URL+"/start")
	b.Press(t, "Continue with "+provider)
}

// signIn is a whole sign-in in a browser of its own; it answers what the app was told.
func (u up) signIn(t *testing.T, provider, name, email string) kit.Arrival {
	t.Helper()
	b := u.browse(t)
	u.begin(t, b, provider)
	u.oidc.SignIn(t, b, name)
	return u.arrives(t, b, email)
}

// arrives says that the app greets the person, and answers what it was told.
func (u up) arrives(t *testing.T, b *kit.Browser, email string) kit.Arrival {
	t.Helper()
	b.See(t, "Hello, "+email)
	return u.App.Last(t)
}

// subject answers the sub of somebody who signs in with the password, as the
// app is told it.
func (u up) subject(t *testing.T, name string) string {
	t.Helper()
	page := kit.NewClient().Open(t, u.App.URL+"/start").Submit(t, kit.Fields{"username": name})
	page.Submit(t, kit.Fields{"password": kit.AnnPassword}).Want(t, 200, "Hello, "+name)
	return u.App.Last(t).ID.Subject
}
