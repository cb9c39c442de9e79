package amazon

import (
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/oidc"
)

// profile is the answer of
// https://developer.amazon.com/docs/login-with-amazon/obtain-customer-profile.html
func profile() map[string]any {
	return map[string]any{"user_id": "amznl.account.K2LI23KL2LK2", "email": "mhashimoto-04@example.test", "name": "Mork Hashimoto", "postal_code": "98052"}
}

// tokenInfo is the answer of
// https://developer.amazon.com/docs/login-with-amazon/verify-access-token.html
func tokenInfo(client string) map[string]any {
	return map[string]any{"iss": "https://www.amazon.com", "user_id": "amznl.account.K2LI23KL2LK2", "aud": client, "app_id": "amznl.application.436457DFHDH", "exp": 3597, "iat": 1311280970}
}

func signIn(t *testing.T, u *federationtest.Upstream, info, person any) (federation.Answer, error) {
	t.Helper()
	u.Handle("/profile", func(w http.ResponseWriter, _ *http.Request) { federationtest.JSON(w, 200, person) })
	u.Handle("/info", func(w http.ResponseWriter, _ *http.Request) { federationtest.JSON(w, 200, info) })
	p, err := oidc.Type(Profile).Open(u.Settings(federation.LoginWithAmazon, map[string]string{
		"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "attributes_url": u.At("/profile"), "tokeninfo_url": u.At("/info"),
	}), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	trip := federationtest.Begin(t, p)
	if q := federationtest.Query(t, trip.URL); q.Get("scope") != "profile" || q.Has("nonce") || !q.Has("code_challenge") {
		t.Error(q)
	}
	return federationtest.Finish(t, p, trip, u.Approve(trip.URL, nil))
}

func TestTheDocumentedProfileIsTaken(t *testing.T) {
	u := federationtest.Start(t)
	answer, err := signIn(t, u, tokenInfo(federationtest.Client), profile())
	if err != nil || answer.Subject != "amznl.account.K2LI23KL2LK2" || answer.Issuer != federation.Site(u.At("/")) || answer.EmailVerified || answer.Claims["name"] != "Mork Hashimoto" {
		t.Errorf("%+v %v", answer, err)
	}
	if u.Requests("/info")[0].Query.Get("access_token") != "access-4711" || u.Requests("/profile")[0].Header.Get("Authorization") != "Bearer access-4711" {
		t.Error("the access token does not go where Amazon wants it")
	}
}

func TestATokenOfAnotherClientOpensNothing(t *testing.T) {
	for name, info := range map[string]any{"another client": tokenInfo("other"), "nobody": map[string]any{}, "a list": []string{}, "aud as a list": map[string]any{"aud": []string{federationtest.Client}}} {
		u := federationtest.Start(t)
		_, err := signIn(t, u, info, profile())
		federationtest.Refused(t, err, federation.Invalid)
		if len(u.Requests("/profile")) != 0 {
			t.Error(name, "the profile is read")
		}
	}
}

func TestTheProfileIsOfThePersonOfTheToken(t *testing.T) {
	for name, person := range map[string]any{
		"another":   map[string]any{"user_id": "victim"},
		"nobody":    map[string]any{},
		"no text":   map[string]any{"user_id": []string{"x"}},
		"no object": "x",
	} {
		u := federationtest.Start(t)
		if _, err := signIn(t, u, tokenInfo(federationtest.Client), person); err == nil {
			t.Error(name)
		}
	}
	person := profile()
	person["email_verified"] = true
	if answer, err := signIn(t, federationtest.Start(t), tokenInfo(federationtest.Client), person); err != nil || answer.EmailVerified || answer.Claims["email_verified"] != nil {
		t.Error("Amazon is made to vouch:", err)
	}
}

// https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html has no parameter for it.
func TestAmazonIsNotAskedWhatItDoesNotKnow(t *testing.T) {
	u := federationtest.Start(t)
	p, err := oidc.Type(Profile).Open(u.Settings(federation.LoginWithAmazon, nil), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	trip, err := p.Begin(t.Context(), federation.Start{State: "s", SelectAccount: true, Fresh: true, LoginHint: "ann", Locale: "de"})
	if q := federationtest.Query(t, trip.URL); err != nil || len(q) != 7 || !strings.HasPrefix(trip.URL, "https://www.amazon.com/ap/oa?") {
		t.Error(trip.URL, err)
	}
}

func TestSettings(t *testing.T) {
	s := federation.Settings{Details: map[string]string{"client_id": "a", "tokeninfo_url": "ftp://x"}}
	if err := oidc.Type(Profile).Check(s); err == nil || !strings.Contains(err.Error(), "client_secret is missing") || !strings.Contains(err.Error(), "tokeninfo_url must be") {
		t.Error(err)
	}
}
