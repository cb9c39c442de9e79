package github

import (
	"net/http"
	"net/url"
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/oidc"
)

// user is part of the answer of https://docs.github.com/en/rest/users/users#get-the-authenticated-user
func user() map[string]any {
	return map[string]any{"login": "octocat", "id": 9007199254740993, "avatar_url": "https://github.com/images/error/octocat_happy.gif", "name": "monalisa octocat", "email": "public@example.test", "email_verified": true}
}

func address(email string, primary, verified any) map[string]any {
	return map[string]any{"email": email, "primary": primary, "verified": verified, "visibility": "public"}
}

func open(t *testing.T, u *federationtest.Upstream, person any, status int, emails any) federation.Provider {
	t.Helper()
	u.Handle("/api/v3/user", func(w http.ResponseWriter, _ *http.Request) { federationtest.JSON(w, 200, person) })
	u.Handle("/api/v3/user/emails", func(w http.ResponseWriter, _ *http.Request) { federationtest.JSON(w, status, emails) })
	p, err := oidc.Type(Profile).Open(u.Settings(federation.GitHub, map[string]string{
		"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "attributes_url": u.At("/api/v3/user"),
	}), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// https://docs.github.com/en/rest/users/emails#list-email-addresses-for-the-authenticated-user
func TestOnlyThePrimaryVerifiedAddressCounts(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		emails any
		want   string
	}{
		"primary and verified":      {200, []any{address("old@example.test", false, true), address("octocat@github.com", true, true)}, "octocat@github.com"},
		"verified, not primary":     {200, []any{address("a@example.test", false, true)}, ""},
		"primary, not verified":     {200, []any{address("victim@example.test", true, false)}, ""},
		"verified is text":          {200, []any{address("victim@example.test", true, "true")}, ""},
		"none":                      {200, []any{}, ""},
		"no list":                   {200, map[string]any{"email": "x"}, ""},
		"the scope was not granted": {404, map[string]any{"message": "Not Found"}, ""},
		"the app may not ask":       {403, map[string]any{"message": "Resource not accessible by integration"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			answer, err := u.SignIn(open(t, u, user(), row.status, row.emails), nil)
			email, _ := answer.Claims["email"].(string)
			if err != nil || email != row.want || answer.EmailVerified != (row.want != "") {
				t.Errorf("%v %v", answer.Claims, err)
			}
			if _, said := answer.Claims["email_verified"]; said != (row.want != "") {
				t.Error("the public address is vouched for")
			}
			if answer.Subject != "9007199254740993" {
				t.Error("the key is not the number:", answer.Subject)
			}
			if answer.Issuer != u.At("") {
				t.Error("the key is of", answer.Issuer)
			}
		})
	}
}

func TestAFailureIsNotAPersonWithoutAddress(t *testing.T) {
	u := federationtest.Start(t)
	_, err := u.SignIn(open(t, u, user(), 502, nil), nil)
	federationtest.Refused(t, err, federation.Unreachable)
	for _, person := range []any{map[string]any{"login": "octocat"}, map[string]any{"id": "1"}, []any{}} {
		u := federationtest.Start(t)
		_, err := u.SignIn(open(t, u, person, 200, nil), nil)
		federationtest.Refused(t, err, federation.Invalid)
	}
}

// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: such
// an answer says nothing of the person's addresses.
func TestARateLimitIsNotAPersonWithoutAddress(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		header string
		value  string
		want   federation.Code
	}{
		"primary": {403, "X-RateLimit-Remaining", "0", federation.Unreachable}, "secondary": {403, "Retry-After", "60", federation.Unreachable},
		"too many": {429, "X-RateLimit-Remaining", "0", federation.Unreachable}, "too many, bare": {429, "X-Any", "1", federation.Unreachable},
		"not allowed": {403, "X-RateLimit-Remaining", "4999", ""},
	} {
		u := federationtest.Start(t)
		u.Handle("/user", func(w http.ResponseWriter, _ *http.Request) { federationtest.JSON(w, 200, user()) })
		u.Handle("/user/emails", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(row.header, row.value)
			federationtest.JSON(w, row.status, map[string]any{"message": "API rate limit exceeded for user ID 1."})
		})
		p, err := oidc.Type(Profile).Open(u.Settings(federation.GitHub, map[string]string{
			"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "attributes_url": u.At("/user"),
		}), u.Deps())
		if err != nil {
			t.Fatal(err)
		}
		_, err = u.SignIn(p, nil)
		if code, _ := federation.CodeOf(err); code != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
func TestTheRequestIsGitHubs(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, user(), 200, nil)
	trip, err := p.Begin(t.Context(), federation.Start{State: "s", LoginHint: "octocat", SelectAccount: true})
	q := federationtest.Query(t, trip.URL)
	if err != nil || q.Get("scope") != "read:user user:email" || q.Get("login") != "octocat" || q.Get("prompt") != "select_account" || !q.Has("code_challenge") || q.Has("nonce") {
		t.Error(q, err)
	}
	if trip, err := p.Begin(t.Context(), federation.Start{State: "s", Fresh: true}); err != nil || federationtest.Query(t, trip.URL).Get("prompt") != "select_account" {
		t.Error(trip.URL, err)
	}
	plain, err := oidc.Type(Profile).Open(u.Settings(federation.GitHub, nil), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	if trip := federationtest.Begin(t, plain); trip.URL[:len(endpoints.Authorize)] != endpoints.Authorize {
		t.Error(trip.URL)
	}
}

// GitHub answers errors of the token endpoint with status 200, and tokens as a
// form where JSON is not asked for: see "Troubleshooting OAuth app access token request errors".
func TestGitHubsTokenAnswers(t *testing.T) {
	for body, code := range map[string]federation.Code{
		`{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}`:                        federation.Refused,
		`{"error":"incorrect_client_credentials","error_description":"The client_id and/or client_secret passed are incorrect."}`: federation.Misconfigured,
	} {
		u := federationtest.Start(t)
		u.Refuse = func(url.Values) (int, string) { return 200, body }
		_, err := u.SignIn(open(t, u, user(), 200, nil), nil)
		federationtest.Refused(t, err, code)
	}
	u := federationtest.Start(t)
	u.Handle("/form", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		w.Write([]byte("access_token=access-4711&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer"))
	})
	open(t, u, user(), 200, []any{})
	s := u.Settings(federation.GitHub, map[string]string{"authorize_url": u.At("/authorize"), "token_url": u.At("/form"), "attributes_url": u.At("/api/v3/user")})
	p, err := oidc.Type(Profile).Open(s, u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := u.SignIn(p, nil); err != nil || answer.Claims["login"] != "octocat" {
		t.Error(answer, err)
	}
}

func TestSettings(t *testing.T) {
	if err := oidc.Type(Profile).Check(federation.Settings{Details: map[string]string{"client_id": "a"}}); err == nil {
		t.Error("a client without secret is taken")
	}
}

// https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors
// and …/troubleshooting-oauth-app-access-token-request-errors: status 200 for both.
func TestGitHubsWaysToSayNo(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, user(), 200, []any{})
	federationtest.Bound(t, federationtest.Query(t, federationtest.Begin(t, p).URL), true, false)
	const docs = `"error_uri":"https://docs.github.com/apps/managing-oauth-apps/troubleshooting"`
	u.SaysNo(p, "GET",
		federationtest.No{Query: "error=access_denied&error_description=The+user+has+denied+your+application+access.&error_uri=%2Fx", Code: federation.Denied, Reason: "access_denied"},
		federationtest.No{Query: "error=application_suspended&error_description=Your+application+has+been+suspended.", Code: federation.Refused, Reason: "application_suspended"},
		federationtest.No{Query: "error=redirect_uri_mismatch&error_description=The+redirect_uri+MUST+match", Code: federation.Refused, Reason: "redirect_uri_mismatch"},
		federationtest.No{Status: 200, Body: `{"error":"incorrect_client_credentials","error_description":"The client_id and/or client_secret passed are incorrect.",` + docs + `}`, Code: federation.Misconfigured, Reason: "incorrect_client_credentials"},
		federationtest.No{Status: 200, Body: `{"error":"redirect_uri_mismatch","error_description":"The redirect_uri MUST match",` + docs + `}`, Code: federation.Misconfigured, Reason: "redirect_uri_mismatch"},
		federationtest.No{Status: 200, Body: `{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired.",` + docs + `}`, Code: federation.Refused, Reason: "bad_verification_code"},
		federationtest.No{Status: 200, Body: `{"error":"unverified_user_email","error_description":"The user must have a verified primary email.",` + docs + `}`, Code: federation.Refused, Reason: "unverified_user_email"},
		federationtest.No{Status: 404, Body: `{"message":"Not Found"}`, Code: federation.Refused, Reason: "404"},
	)
}

// https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
func TestAUserThatGitHubDoesNotTellIsNobody(t *testing.T) {
	for status, want := range map[int]federation.Code{401: federation.Refused, 403: federation.Refused, 429: federation.Unreachable, 503: federation.Unreachable} {
		u := federationtest.Start(t)
		u.Handle("/user", func(w http.ResponseWriter, _ *http.Request) {
			federationtest.JSON(w, status, map[string]any{"message": "Bad credentials", "id": 1, "login": "octocat"})
		})
		p, err := oidc.Type(Profile).Open(u.Settings(federation.GitHub, map[string]string{"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "attributes_url": u.At("/user")}), u.Deps())
		if err != nil {
			t.Fatal(err)
		}
		_, err = u.SignIn(p, nil)
		federationtest.Refused(t, err, want)
	}
}
