package oidc

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/identity/fetch"
)

// OI-14: the userinfo endpoint speaks of somebody else.
func TestOI14UserInfoOfAnotherPerson(t *testing.T) {
	for name, info := range map[string]map[string]any{"swapped": {"sub": "victim"}, "absent": {"email": "victim@example.test"}, "no text": {"sub": 1}, "empty": {"sub": ""}} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.UserInfo = info
			_, err := u.SignIn(open(t, u, nil), nil)
			federationtest.Refused(t, err, federation.Invalid)
		})
	}
}

// One source's address with the other's word would verify what nobody verified.
func TestAnAddressIsNotVerifiedByTheWordForAnother(t *testing.T) {
	for name, row := range map[string]struct {
		token, info map[string]any
		email       any
		verified    bool
	}{
		"word of userinfo for another address": {map[string]any{"email": "victim@example.test"}, map[string]any{"email": "mine@example.test", "email_verified": true}, "victim@example.test", false},
		"word of userinfo for the same":        {map[string]any{"email": "ann@example.test"}, map[string]any{"email": "ann@example.test", "email_verified": true}, "ann@example.test", true},
		"word of the token without address":    {map[string]any{"email_verified": true}, map[string]any{"email": "victim@example.test"}, "victim@example.test", false},
		"both by userinfo":                     {nil, map[string]any{"email": "ann@example.test", "email_verified": true}, "ann@example.test", true},
		"the token unsays it":                  {map[string]any{"email": "ann@example.test", "email_verified": false}, map[string]any{"email": "ann@example.test", "email_verified": true}, "ann@example.test", false},
		"lists":                                {map[string]any{"email": []string{"a"}}, map[string]any{"email": []string{"a"}, "email_verified": true}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.UserInfo = map[string]any{"sub": "person-1"}
			for key, value := range row.info {
				u.UserInfo[key] = value
			}
			answer, err := u.SignIn(open(t, u, nil), row.token)
			if err != nil || answer.EmailVerified != row.verified || row.email != nil && answer.Claims["email"] != row.email {
				t.Error(answer, err)
			}
		})
	}
}

// Callbacks that this browser's trip does not end with.
func TestAnswersToNoRequestOfOurs(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	trip := federationtest.Begin(t, p)
	good := func() url.Values { return u.Approve(trip.URL, nil) }
	with := func(name string, values ...string) federation.Return {
		v := good()
		if v[name] = values; values == nil {
			delete(v, name)
		}
		return federation.Return{Method: "GET", Values: v}
	}
	other := u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.At("")})
	other.Name = "Other"
	elsewhere := federationtest.Begin(t, openAt(t, u, other, u.Deps()))
	for name, row := range map[string]struct {
		kept []byte
		back federation.Return
	}{
		"without state": {trip.Pending, with("state")}, "with an empty state": {trip.Pending, with("state", "")}, "with another state": {trip.Pending, with("state", "x")},
		"with two states": {trip.Pending, with("state", federationtest.State, "x")}, "with two codes": {trip.Pending, with("code", "a", "b")},
		"without code": {trip.Pending, with("code")}, "with a code of 9 KB": {trip.Pending, with("code", strings.Repeat("c", 9<<10))},
		"posted":                     {trip.Pending, federation.Return{Method: "POST", Values: good()}},
		"nothing pending":            {nil, federation.Return{Method: "GET", Values: good()}},
		"pending is empty":           {[]byte("{}"), federation.Return{Method: "GET", Values: url.Values{"state": {""}, "code": {"a"}}}},
		"pending at another":         {elsewhere.Pending, federation.Return{Method: "GET", Values: good()}},
		"pending without state":      {without(t, trip.Pending, "state"), with("state")},
		"pending without nonce":      {without(t, trip.Pending, "nonce"), federation.Return{Method: "GET", Values: good()}},
		"pending without verifier":   {without(t, trip.Pending, "verifier"), federation.Return{Method: "GET", Values: good()}},
		"an error of somebody else":  {trip.Pending, federation.Return{Method: "GET", Values: url.Values{"error": {"access_denied"}, "state": {"x"}}}},
		"an error of another issuer": {trip.Pending, federation.Return{Method: "GET", Values: url.Values{"error": {"access_denied"}, "state": {federationtest.State}, "iss": {"https://evil.example"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.Finish(t.Context(), row.kept, row.back)
			federationtest.Refused(t, err, federation.Invalid)
		})
	}
	if len(u.Requests("/token")) != 0 {
		t.Error("a code was redeemed")
	}
}

func without(t *testing.T, kept []byte, name string) []byte {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(kept, &all); err != nil {
		t.Fatal(err)
	}
	delete(all, name)
	text, _ := json.Marshal(all)
	return text
}

// Mix-up (RFC 9207): an attacker's provider sends the browser on to an honest
// one, whose code would then be handed to the attacker.
func TestMixUpOfTwoProviders(t *testing.T) {
	honest, evil := federationtest.Start(t), federationtest.Start(t)
	honest.Document["authorization_response_iss_parameter_supported"] = true
	p := open(t, evil, nil)
	trip := federationtest.Begin(t, p)
	passedOn := strings.Replace(trip.URL, evil.At("/authorize"), honest.At("/authorize"), 1)
	back := honest.Approve(passedOn, nil)
	back.Set("iss", honest.Issuer)
	_, err := federationtest.Finish(t, p, trip, back)
	federationtest.Refused(t, err, federation.Invalid)
	if len(evil.Requests("/token")) != 0 {
		t.Error("the honest provider's code was handed to the attacker")
	}
	for name, iss := range map[string]string{"absent": "", "another": evil.Issuer, "with a slash": honest.Issuer + "/"} {
		p := open(t, honest, nil)
		trip := federationtest.Begin(t, p)
		back := honest.Approve(trip.URL, nil)
		if back.Set("iss", iss); iss == "" {
			back.Del("iss")
		}
		if _, err := federationtest.Finish(t, p, trip, back); err == nil {
			t.Error(name, "is taken from a provider that announces it")
		}
		back = honest.Approve(trip.URL, nil)
		back.Set("iss", honest.Issuer)
		if _, err := federationtest.Finish(t, p, trip, back); err != nil {
			t.Error(err)
		}
	}
}

// Code injection: a code that another browser, or another provider, got.
func TestInjectedCodes(t *testing.T) {
	a, b := federationtest.Start(t), federationtest.Start(t)
	atA, atB := open(t, a, nil), open(t, b, nil)
	victim, attacker := federationtest.Begin(t, atA), federationtest.Begin(t, atA)
	stolen := a.Approve(victim.URL, map[string]any{"sub": "victim"})
	_, err := federationtest.Finish(t, atA, attacker, stolen)
	federationtest.Refused(t, err, federation.Refused) // the provider: PKCE
	a.AnyCode = true                                   // a provider that ignores PKCE
	_, err = federationtest.Finish(t, atA, attacker, a.Approve(victim.URL, map[string]any{"sub": "victim"}))
	federationtest.Refused(t, err, federation.Invalid) // the nonce
	trip := federationtest.Begin(t, atB)
	_, err = federationtest.Finish(t, atB, trip, a.Approve(victim.URL, nil))
	federationtest.Refused(t, err, federation.Refused)
	if _, err = federationtest.Finish(t, atB, trip, b.Approve(trip.URL, nil)); err != nil {
		t.Error(err)
	}
}

// AC-07: two providers name two people alike. Their keys are equal; what they
// left with tells them apart, and neither's answer ends the other's trip.
func TestAC07TwoProvidersClaimTheSameSub(t *testing.T) {
	a, b := federationtest.Start(t), federationtest.Start(t)
	atA := open(t, a, nil)
	s := b.Settings(federation.OIDC, map[string]string{"oidc_issuer": b.At("")})
	s.Name = "Down"
	atB := openAt(t, b, s, b.Deps())
	a.UserInfo, b.UserInfo = map[string]any{"sub": "same"}, map[string]any{"sub": "same"}
	one, errOne := a.SignIn(atA, map[string]any{"sub": "same"})
	two, errTwo := b.SignIn(atB, map[string]any{"sub": "same"})
	if errOne != nil || errTwo != nil || one.Subject != two.Subject {
		t.Fatal(errOne, errTwo)
	}
	if one.Claims["iss"] == two.Claims["iss"] {
		t.Error("nothing tells the two apart")
	}
	trip := federationtest.Begin(t, atA)
	if _, err := federationtest.Finish(t, atB, trip, a.Approve(trip.URL, nil)); err == nil {
		t.Error("B ends a trip to A")
	}
}

// OI-12: tokens with random kids make nobody fetch.
func TestOI12AFloodOfUnknownKids(t *testing.T) {
	u := federationtest.Start(t)
	p := openAt(t, u, u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.At("")}), u.Deps())
	kid := 0
	u.Sign = func(claims map[string]any) string {
		kid++
		return sign(t, u.Key, map[jose.HeaderKey]any{"kid": strconv.Itoa(kid)}, claims)
	}
	for range 200 {
		if _, err := u.SignIn(p, nil); err == nil {
			t.Fatal("an unknown kid is taken")
		}
	}
	if n := len(u.Requests("/keys")); n != 2 { // one for want of keys, one in search of a kid
		t.Errorf("%d fetches within a minute", n)
	}
	u.Sign, u.Now = nil, u.Now.Add(time.Minute)
	u.Key, u.KeyID = newKey(t), "second"
	if _, err := u.SignIn(p, nil); err != nil || len(u.Requests("/keys")) != 3 {
		t.Error("a rotated key is not found:", err)
	}
}

func TestAProviderThatIsDownIsTrustedByTheKeysItHad(t *testing.T) {
	u := federationtest.Start(t)
	d := u.Deps()
	d.Cache = fetch.NewCache(0)
	s := u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.At("")})
	if _, err := u.SignIn(openAt(t, u, s, d), nil); err != nil {
		t.Fatal(err)
	}
	u.Keys = func() any { return "broken" }
	u.Document["issuer"] = "https://moved.example"
	u.Now = u.Now.Add(2 * time.Hour)
	if _, err := u.SignIn(openAt(t, u, s, d), nil); err != nil {
		t.Error("a hiccup of the provider's documents:", err)
	}
	u.Now = u.Now.Add(24 * time.Hour)
	_, err := openAt(t, u, s, d).Begin(t.Context(), federation.Start{State: "s"})
	federationtest.Refused(t, err, federation.Misconfigured)
	u.Document["issuer"] = u.Issuer
	u.Now = u.Now.Add(time.Minute)
	_, err = u.SignIn(openAt(t, u, s, d), nil)
	federationtest.Refused(t, err, federation.Unreachable)
}

// OI-11: key sets that are meant to hurt.
func TestOI11HostileKeySets(t *testing.T) {
	many := make([]any, 101)
	key := jose.JSONWebKey{Key: newKey(t).Public(), KeyID: "x"}
	for i := range many {
		many[i] = key
	}
	for name, keys := range map[string]any{
		"2 MB": map[string]any{"keys": []any{map[string]string{"kty": "EC", "x": strings.Repeat("x", 2<<20)}}}, "101 keys": map[string]any{"keys": many},
		"a point off the curve": map[string]any{"keys": []any{map[string]string{"kty": "EC", "crv": "P-256", "kid": "first", "x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "y": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}},
		"no keys":               map[string]any{}, "no object": []any{}, "null": nil,
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.Keys = func() any { return keys }
			if name == "101 keys" {
				many[100] = jose.JSONWebKey{Key: u.Key.Public(), KeyID: "first"}
			}
			_, err := u.SignIn(open(t, u, nil), nil)
			federationtest.Refused(t, err, federation.Unreachable)
		})
	}
}

// OI-13, WH-01, WH-03: documents that lead elsewhere.
func TestOI13HostileDiscovery(t *testing.T) {
	begin := func(u *federationtest.Upstream, d federation.Deps) error {
		p := openAt(t, u, u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.At("")}), d)
		_, err := p.Begin(t.Context(), federation.Start{State: "s"})
		return err
	}
	for member, value := range map[string]any{
		"issuer": "https://evil.example", "authorization_endpoint": "javascript:alert(1)", "token_endpoint": "", "jwks_uri": "file:///etc/passwd",
		"userinfo_endpoint": "http://example.test/", "end_session_endpoint": "javascript:alert(1)", "id_token_signing_alg_values_supported": "ES256",
	} {
		u := federationtest.Start(t)
		u.Document[member] = value
		if err := begin(u, u.Deps()); err == nil {
			t.Errorf("%s=%v is taken", member, value)
		}
	}
	for name, to := range map[string]string{"metadata": "http://169.254.169.254/latest", "private": "http://10.0.0.1/", "another host": "https://evil.example/", "file": "file:///etc/passwd"} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			s := u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.At("/moved")})
			u.Handle("/moved/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
			_, err := openAt(t, u, s, u.Deps()).Begin(t.Context(), federation.Start{State: "s"})
			federationtest.Refused(t, err, federation.Misconfigured)
		})
	}
	u := federationtest.Start(t)
	closed := u.Deps()
	closed.Client = fetch.New(fetch.Options{})
	federationtest.Refused(t, begin(u, closed), federation.Misconfigured)
	if len(u.Requests("/.well-known/openid-configuration")) != 0 {
		t.Error("this machine was asked, though nobody opened it")
	}
}

func TestOI13AnIssuerWithTLSHasEndpointsWithTLS(t *testing.T) {
	p := New(federation.Settings{Name: "Up"}, federation.Profile{Issuer: "https://example.test"}, federation.Deps{})
	e := federation.Endpoints{Authorize: "https://example.test/a", Token: "https://example.test/t", Keys: "https://other.example/k"}
	if err := p.checkDiscovered(e); err != nil {
		t.Error(err)
	}
	e.Token = "http://localhost/t"
	federationtest.Refused(t, p.checkDiscovered(e), federation.Misconfigured)
}
