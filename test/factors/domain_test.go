package factors

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// domains gives the first pool a host name and a prefix. The whole of .localhost is
// this machine, as browsers have it.
func domains(m kit.Map) {
	p := kit.PoolOf(m)
	p["domain"], p["custom_domain"] = "acme", "auth.localhost"
	p["web_authn_configuration"] = kit.Map{"relying_party_id": "auth.localhost"}
}

// at answers the server's URL under another host.
func at(s *kit.Server, host string) string { return strings.Replace(s.URL, "localhost", host, 1) }

// begun answers where the app would send its people, at a host.
func begun(t *testing.T, s *kit.Server, host string) string {
	t.Helper()
	to, err := s.App.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(to, s.URL, at(s, host), 1)
}

// A pool's domain is a whole front door: password, passkey, the way back to the app,
// the account and the sign-out. The token says the pool's issuer, so that an app
// which discovered by it takes the token.
func TestAPersonSignsInAtTheDomainOfThePool(t *testing.T) {
	const name = "dora@example.test"
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(nil, name), domains)
	here, prefix := at(s, "auth.localhost"), at(s, "acme.localhost")
	b := browse(t, s)
	b.Allow(here, prefix)
	device := b.Authenticator(t, kit.AuthenticatorOptions{})

	for _, host := range []string{"acme.localhost", "auth.localhost"} { // the session of the one is none of the other
		b.Open(t, begun(t, s, host))
		b.Type(t, "username", name)
		b.Enter(t, "password", kit.AnnPassword)
		b.See(t, "Hello, "+name)
	}
	b.Open(t, here+"/account/factors/passkey")
	b.Wait(t, "#passkey")
	b.Press(t, "Create a passkey")
	b.See(t, "The passkey is added.")
	if id := device.Passkeys(t)[0].RpID; id != "auth.localhost" {
		t.Errorf("the passkey belongs to %q", id)
	}
	b.Open(t, here+"/logout?client_id=web&logout_uri="+s.App.URL+"/")
	device.Presence(t, false) // it would sign in by itself
	b.Open(t, here+"/account")
	if where := b.Location(t); !strings.HasPrefix(where, here+"/login") {
		t.Errorf("after the sign-out the account is at %s", where)
	}
	device.Presence(t, true)
	b.Open(t, begun(t, s, "auth.localhost"))
	b.See(t, "Hello, "+name)
	if iss := s.App.Last(t).Claims["iss"]; iss != s.URL {
		t.Errorf("the token is by %v", iss)
	}
}

// A domain that the API makes is served with the next request, and gone with the
// next after it is deleted.
func TestADomainOfTheAPIIsServedAtOnce(t *testing.T) {
	s := kit.Start(t, kit.AtLocalhost, domains)
	answer := func(host string) (int, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, "http://"+s.Address+"/.well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host + ":" + s.Address[strings.LastIndex(s.Address, ":")+1:]
		got, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		var document struct {
			Authorize string `json:"authorization_endpoint"`
		}
		_ = json.NewDecoder(got.Body).Decode(&document) // a page, where it is refused
		return got.StatusCode, document.Authorize
	}
	if status, to := answer("auth.localhost"); status != http.StatusOK || to != at(s, "auth.localhost")+"/oauth2/authorize" {
		t.Errorf("%d, %s", status, to)
	}
	if status, _ := answer("evil.localhost"); status != http.StatusMisdirectedRequest {
		t.Errorf("a host of nobody answers %d", status)
	}
}
