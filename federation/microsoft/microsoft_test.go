package microsoft

import (
	"maps"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/oidc"
)

const (
	work  = "9122040d-6c67-4c5b-b112-36a304b66dad"
	other = "11111111-6c67-4c5b-b112-36a304b66dad"
	abe   = "00000000-0000-0000-66f3-3332eca7ea81"
)

func open(t *testing.T, u *federationtest.Upstream, more map[string]string) federation.Provider {
	t.Helper()
	details := map[string]string{"login_url": u.At("/"), "token_url": u.At("/token"), "jwks_uri": u.At("/keys")}
	maps.Copy(details, more)
	p, err := oidc.Type(Profile).Open(u.Settings(federation.Microsoft, details), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// documented is the ID token of version 2.0 in
// https://learn.microsoft.com/en-us/entra/identity-platform/id-tokens, with an address.
func documented(u *federationtest.Upstream, tenant string) map[string]any {
	return map[string]any{
		"ver": "2.0", "iss": u.At("/" + tenant + "/v2.0"), "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "name": "Abe Lincoln",
		"preferred_username": "AbeLi@microsoft.com", "oid": abe, "tid": tenant, "email": "abeli@microsoft.com",
	}
}

func TestTheDocumentedIDTokenIsTaken(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, map[string]string{"authorize_scopes": "openid email"})
	trip := federationtest.Begin(t, p)
	if q := federationtest.Query(t, trip.URL); !strings.HasPrefix(trip.URL, u.At("/common/oauth2/v2.0/authorize?")) || q.Get("scope") != "openid email profile" {
		t.Error(trip.URL)
	}
	answer, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, documented(u, work)))
	if err != nil || answer.Subject != work+"."+abe || answer.Issuer != u.At("/"+work+"/v2.0") || answer.EmailVerified {
		t.Errorf("%+v %v", answer, err)
	}
}

// AC-06, nOAuth: an attacker's own tenant puts the victim's address into email,
// as true as the attacker likes. The key stays the attacker's, and the address
// counts for nothing.
func TestAC06TheEmailClaimOfAnotherTenantIsNobody(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	victim, err := u.SignIn(p, documented(u, work))
	if err != nil {
		t.Fatal(err)
	}
	for name, claims := range map[string]map[string]any{
		"plain": {}, "email_verified": {"email_verified": true}, "xms_edov false": {"xms_edov": false}, "xms_edov 1": {"xms_edov": 1}, "xms_edov text 1": {"xms_edov": "1"},
		"verified_primary_email": {"verified_primary_email": []string{"abeli@microsoft.com"}}, "the victim's sub": {"sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"},
	} {
		attack := documented(u, other)
		attack["sub"] = "attacker"
		maps.Copy(attack, claims)
		answer, err := u.SignIn(p, attack)
		if err != nil || answer.Subject == victim.Subject || answer.Issuer == victim.Issuer || answer.EmailVerified || answer.Subject != other+"."+abe {
			t.Errorf("%s: %+v %v", name, answer, err)
		}
	}
	moved := documented(u, work)
	moved["email"], moved["sub"], moved["xms_edov"] = "abe@new.example", "sub-at-another-app", true
	if answer, err := u.SignIn(p, moved); err != nil || answer.Subject != victim.Subject || !answer.EmailVerified {
		t.Error("the same person with another address:", answer, err)
	}
}

// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow:
// prompt=login; auth_time is one of the optional claims.
func TestANewSignInAtMicrosoft(t *testing.T) {
	for name, row := range map[string]struct {
		at    any
		right bool
	}{"not said": {nil, true}, "new": {0, true}, "old": {-3600, false}, "text": {"x", false}} {
		u := federationtest.Start(t)
		p := open(t, u, nil)
		trip, err := p.Begin(t.Context(), federation.Start{State: federationtest.State, SelectAccount: true, Fresh: true})
		if q := federationtest.Query(t, trip.URL); err != nil || q.Get("prompt") != "login" || q.Has("max_age") {
			t.Error(q, err)
		}
		claims := documented(u, work)
		switch at := row.at.(type) {
		case int:
			claims["auth_time"] = u.Now.Unix() + int64(at)
		case string:
			claims["auth_time"] = at
		}
		_, err = federationtest.Finish(t, p, trip, u.Approve(trip.URL, claims))
		if code, _ := federation.CodeOf(err); (err == nil) != row.right || err != nil && code != federation.Stale {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTenantsAreKeptApart(t *testing.T) {
	for _, row := range []struct {
		tenant, allowed, from string
		right                 bool
	}{
		{"common", "", work, true}, {"common", "", personal, true}, {"organizations", "", work, true}, {"organizations", "", personal, false},
		{"consumers", "", personal, true}, {"consumers", "", work, false}, {work, "", work, true}, {work, "", other, false}, {strings.ToUpper(work), "", work, true},
		{"common", work, work, true}, {"common", work + " " + other, other, true}, {"common", work, other, false},
	} {
		u := federationtest.Start(t)
		if _, err := u.SignIn(open(t, u, map[string]string{"tenant": row.tenant, "allowed_tenants": row.allowed}), documented(u, row.from)); (err == nil) != row.right {
			t.Errorf("%+v: %v", row, err)
		}
	}
}

func TestTheIssuerIsTheTenants(t *testing.T) {
	u := federationtest.Start(t)
	for name, claims := range map[string]map[string]any{
		"iss of another tenant": {"iss": u.At("/" + other + "/v2.0")}, "iss of version 1": {"iss": "https://sts.windows.net/" + work + "/"}, "the template": {"iss": u.At("/{tenantid}/v2.0")},
		"no tid": {"tid": nil}, "tid is a path": {"tid": work + "/../x"}, "tid in capitals": {"tid": strings.ToUpper(work)}, "no oid": {"oid": nil}, "oid is no id": {"oid": "abe"},
	} {
		attack := documented(u, work)
		maps.Copy(attack, claims)
		_, err := u.SignIn(open(t, u, nil), attack)
		e := federationtest.Refused(t, err, federation.Invalid)
		if noTenant := e.Detail == "the ID token names no tenant (tid)"; e.Claims == nil || noTenant != strings.Contains(name, "tid") {
			t.Error(name, e)
		}
	}
}

// https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-the-signing-key-issuer
func TestAKeyOfAnotherTenantSignsNothing(t *testing.T) {
	for issuer, want := range map[string]bool{"/{tenantid}/v2.0": true, "/" + work + "/v2.0": true, "/" + personal + "/v2.0": false, "": true} {
		u := federationtest.Start(t)
		u.Keys = func() any {
			key, _ := (&jose.JSONWebKey{Key: u.Key.Public(), KeyID: u.KeyID}).MarshalJSON()
			if issuer == "" {
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: u.Key.Public(), KeyID: u.KeyID}}}
			}
			return map[string]any{"keys": []any{joined(t, key, map[string]any{"issuer": u.At(issuer)})}}
		}
		if _, err := u.SignIn(open(t, u, nil), documented(u, work)); (err == nil) != want {
			t.Error(issuer, err)
		}
	}
}

func TestTheIssuerInTheAnswerIsThatOfTheToken(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	for iss, want := range map[string]bool{u.At("/" + work + "/v2.0"): true, u.At("/" + other + "/v2.0"): false, "https://evil.example": false} {
		trip := federationtest.Begin(t, p)
		back := u.Approve(trip.URL, documented(u, work))
		back.Set("iss", iss)
		if _, err := federationtest.Finish(t, p, trip, back); (err == nil) != want {
			t.Error(iss, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, row := range []struct{ field, value, problem string }{
		{"tenant", "contoso.onmicrosoft.com", "tenant must be"}, {"allowed_tenants", work + " x", "allowed_tenants must be"}, {"login_url", "http://evil.example", "login_url"},
		{"trust_email", "true", "trust_email is for named tenants"}, {"client_secret", "", "client_secret is missing"},
	} {
		details := map[string]string{"client_id": "a", "client_secret": "b"}
		details[row.field] = row.value
		if err := oidc.Type(Profile).Check(federation.Settings{Details: details}); err == nil || !strings.Contains(err.Error(), row.problem) {
			t.Errorf("%s: %v", row.field, err)
		}
	}
	for _, named := range []map[string]string{{"tenant": work}, {"allowed_tenants": work}} {
		u := federationtest.Start(t)
		named["trust_email"] = "true"
		if answer, err := u.SignIn(open(t, u, named), documented(u, work)); err != nil || !answer.EmailVerified {
			t.Error(named, err)
		}
	}
}
