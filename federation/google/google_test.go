package google

import (
	"strings"
	"testing"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/oidc"
)

func open(t *testing.T, u *federationtest.Upstream, more map[string]string) federation.Provider {
	t.Helper()
	details := map[string]string{"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "jwks_uri": u.At("/keys"), "authorize_scopes": "email profile"}
	for key, value := range more {
		details[key] = value
	}
	p, err := oidc.Type(Profile).Open(u.Settings(federation.Google, details), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// documented is the ID token of
// https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
func documented() map[string]any {
	return map[string]any{
		"iss": "https://accounts.google.com", "azp": federationtest.Client, "sub": "10769150350006150715113082367", "hd": "example.com",
		"email": "jsmith@example.com", "email_verified": "true", "name": "J Smith", "picture": "https://lh3.googleusercontent.com/a/x",
	}
}

// shown are details that Cognito adds when it is asked for the provider, and that
// stand in many Terraform files.
var shown = map[string]string{
	"attributes_url": "https://people.googleapis.com/v1/people/me?personFields=", "attributes_url_add_attributes": "true",
	"oidc_issuer": "https://accounts.google.com", "token_request_method": "POST",
}

func TestTheDocumentedIDTokenIsTaken(t *testing.T) {
	for _, issuer := range []string{"https://accounts.google.com", "accounts.google.com"} {
		u := federationtest.Start(t)
		claims := documented()
		claims["iss"] = issuer
		answer, err := u.SignIn(open(t, u, shown), claims)
		if err != nil || answer.Subject != "10769150350006150715113082367" || answer.Issuer != "https://accounts.google.com" || !answer.EmailVerified || answer.Claims["picture"] == "" {
			t.Errorf("%s: %+v %v", issuer, answer, err)
		}
		if n := len(u.Requests("/userinfo")) + len(u.Requests("/.well-known/openid-configuration")); n != 0 {
			t.Error("more is asked than needed")
		}
	}
	u := federationtest.Start(t)
	_, err := u.SignIn(open(t, u, nil), nil)
	federationtest.Refused(t, err, federation.Invalid) // of the server's own issuer
}

func TestTheRequestAsksForOpenID(t *testing.T) {
	u := federationtest.Start(t)
	trip, err := open(t, u, map[string]string{"hosted_domain": "Example.com"}).Begin(t.Context(), federation.Start{State: "s", LoginHint: "ann@example.com", Locale: "de", SelectAccount: true})
	q := federationtest.Query(t, trip.URL)
	if err != nil || q.Get("scope") != "openid email profile" || q.Get("hd") != "example.com" || q.Get("hl") != "de" || q.Get("prompt") != "select_account" || q.Get("login_hint") == "" {
		t.Error(q, err)
	}
}

// https://developers.google.com/identity/openid-connect/openid-connect#authenticationuriparameters
// knows no prompt=login and no max_age.
func TestGoogleIsAskedToChooseWhereANewSignInIsWanted(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	trip, err := p.Begin(t.Context(), federation.Start{State: federationtest.State, Fresh: true})
	if q := federationtest.Query(t, trip.URL); err != nil || q.Get("prompt") != "select_account" || q.Has("max_age") {
		t.Error(q, err)
	}
	claims := documented()
	claims["auth_time"] = u.Now.Add(-time.Hour).Unix() // "session age claims"; nobody could make it newer
	if _, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, claims)); err != nil {
		t.Error(err)
	}
}

// https://developers.google.com/identity/gsi/web/guides/verify-google-id-token:
// when Google is authoritative for an address.
func TestAnAddressIsVerifiedWhereGoogleIsInChargeOfIt(t *testing.T) {
	for _, row := range []struct {
		email, hd string
		verified  any
		want      bool
	}{
		{"ann@gmail.com", "", true, true}, {"Ann@GoogleMail.com", "", true, true}, {"ann@corp.example", "corp.example", "true", true}, {"ann@gmail.com", "", false, false},
		{"ann@elsewhere.example", "", true, false}, {"ann@notgmail.com", "", true, false}, {"gmail.com", "", true, false}, {"ann@corp.example", "corp.example", 1, false},
	} {
		u := federationtest.Start(t)
		claims := documented()
		claims["email"], claims["email_verified"], claims["hd"] = row.email, row.verified, row.hd
		if answer, err := u.SignIn(open(t, u, nil), claims); err != nil || answer.EmailVerified != row.want {
			t.Errorf("%+v: %v %v", row, answer.EmailVerified, err)
		}
	}
}

func TestOnlyPeopleOfTheHostedDomainsComeIn(t *testing.T) {
	for domains, want := range map[string]bool{"example.com": true, "a.example Example.COM": true, "*": true, "other.example": false, "ample.com": false} {
		u := federationtest.Start(t)
		if _, err := u.SignIn(open(t, u, map[string]string{"hosted_domain": domains}), documented()); (err == nil) != want {
			t.Error(domains, err)
		}
	}
	for _, hd := range []any{nil, "", 1} {
		u := federationtest.Start(t)
		claims := documented()
		claims["hd"] = hd
		_, err := u.SignIn(open(t, u, map[string]string{"hosted_domain": "*"}), claims)
		federationtest.Refused(t, err, federation.Invalid)
	}
}

func TestSettings(t *testing.T) {
	err := oidc.Type(Profile).Check(federation.Settings{})
	if err == nil || !strings.Contains(err.Error(), "client_id is missing") || !strings.Contains(err.Error(), "client_secret is missing") {
		t.Error(err)
	}
}

// https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors
// and what the token endpoint answers.
func TestGooglesWaysToSayNo(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	federationtest.Bound(t, federationtest.Query(t, federationtest.Begin(t, p).URL), true, true)
	u.SaysNo(p, "GET",
		federationtest.No{Query: "error=access_denied&error_subtype=access_denied", Code: federation.Denied, Reason: "access_denied"},
		federationtest.No{Query: "error=admin_policy_enforced", Code: federation.Refused, Reason: "admin_policy_enforced"},
		federationtest.No{Query: "error=org_internal&error_description=Access+blocked", Code: federation.Refused, Reason: "org_internal"},
		federationtest.No{Query: "authuser=0&prompt=consent", Code: federation.Invalid},
		federationtest.No{Status: 400, Body: `{"error":"invalid_grant","error_description":"Malformed auth code."}`, Code: federation.Refused, Reason: "invalid_grant"},
		federationtest.No{Status: 400, Body: `{"error":"redirect_uri_mismatch","error_description":"Bad Request"}`, Code: federation.Misconfigured, Reason: "redirect_uri_mismatch"},
		federationtest.No{Status: 401, Body: `{"error":"invalid_client","error_description":"The provided client secret is invalid."}`, Code: federation.Misconfigured, Reason: "invalid_client"},
		federationtest.No{Status: 503, Body: `{"error":"backend_error"}`, Code: federation.Unreachable, Reason: "backend_error"},
		federationtest.No{Status: 500, Body: `<!DOCTYPE html>`, Code: federation.Unreachable, Reason: "500"},
	)
}
