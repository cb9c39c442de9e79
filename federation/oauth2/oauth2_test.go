package oauth2

import (
	"maps"
	"strings"
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/oidc"
)

func open(t *testing.T, u *federationtest.Upstream, more map[string]string) federation.Provider {
	t.Helper()
	details := map[string]string{"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "attributes_url": u.At("/userinfo"), "authorize_scopes": "identify email"}
	maps.Copy(details, more)
	p, err := oidc.Type(Profile).Open(u.Settings(federation.OAuth2, details), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePersonsKeyIsFoundByItsPath(t *testing.T) {
	for path, want := range map[string]string{"": "person-1", "id": "80351110224678912", "user.key": "k", "accounts[0].id": "1"} {
		u := federationtest.Start(t)
		u.UserInfo = map[string]any{
			"sub": "person-1", "id": 80351110224678912, "email": "ann@example.test", "user": map[string]any{"key": "k"}, "accounts": []any{map[string]any{"id": 1}},
		}
		p := open(t, u, map[string]string{"subject_attribute": path})
		trip, err := p.Begin(t.Context(), federation.Start{State: federationtest.State, SelectAccount: true, Fresh: true, LoginHint: "ann", Locale: "de"})
		if err != nil {
			t.Fatal(err)
		}
		if q := federationtest.Query(t, trip.URL); len(q) != 7 || q.Get("scope") != "identify email" || q.Has("nonce") || q.Has("prompt") {
			t.Error(q)
		}
		answer, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, nil))
		if err != nil || answer.Subject != want || answer.Issuer != u.At("/userinfo") || answer.EmailVerified {
			t.Errorf("%q: %+v %v", path, answer, err)
		}
	}
	for _, path := range []string{"missing", "user", "sub.x"} {
		u := federationtest.Start(t)
		u.UserInfo = map[string]any{"sub": "person-1", "user": map[string]any{}}
		_, err := u.SignIn(open(t, u, map[string]string{"subject_attribute": path}), nil)
		federationtest.Refused(t, err, federation.Invalid)
	}
}

// Mix-up: an answer that names an issuer is another provider's, unless the
// settings name the same.
func TestAnAnswerWithAnIssuerIsAnothers(t *testing.T) {
	for issuer, want := range map[string]bool{"": false, "https://discord.example": true, "https://evil.example": false} {
		u := federationtest.Start(t)
		p := open(t, u, map[string]string{"oidc_issuer": issuer})
		trip := federationtest.Begin(t, p)
		back := u.Approve(trip.URL, nil)
		back.Set("iss", "https://discord.example")
		if _, err := federationtest.Finish(t, p, trip, back); (err == nil) != want || (len(u.Requests("/token")) > 0) != want {
			t.Error(issuer, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for field, values := range map[string][]string{
		"authorize_url": {"", "http://example.test"}, "token_url": {""}, "attributes_url": {""}, "subject_attribute": {"=everyone", "\x01"}, "client_secret": {""},
	} {
		for _, value := range values {
			s := federation.Settings{Details: map[string]string{
				"client_id": "a", "client_secret": "b", "authorize_url": "https://example.test/a", "token_url": "https://example.test/t", "attributes_url": "https://example.test/u",
			}}
			s.Details[field] = value
			if err := oidc.Type(Profile).Check(s); err == nil || !strings.HasPrefix(err.Error(), field) {
				t.Errorf("%s=%q: %v", field, value, err)
			}
		}
	}
	u := federationtest.Start(t)
	p, err := oidc.Type(Profile).Open(u.Settings(federation.OAuth2, map[string]string{
		"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "attributes_url": u.At("/userinfo"), "oidc_issuer": u.At(""),
	}), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.(*oidc.Provider).IDToken(t.Context(), u.IDToken("n", nil), "n")
	federationtest.Refused(t, err, federation.Misconfigured)
}
