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
	if q := federationtest.Query(t, trip.URL); q.Get("scope") != "profile" || q.Has("nonce") {
		t.Error(q)
	}
	federationtest.Bound(t, federationtest.Query(t, trip.URL), true, false)
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

// https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html:
// errors of the authorization and of the token endpoint.
func TestAmazonsWaysToSayNo(t *testing.T) {
	u := federationtest.Start(t)
	p, err := oidc.Type(Profile).Open(u.Settings(federation.LoginWithAmazon, map[string]string{"authorize_url": u.At("/authorize"), "token_url": u.At("/token")}), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	u.SaysNo(p, "GET",
		federationtest.No{Query: "error=access_denied&error_description=Access+not+permitted.", Code: federation.Denied, Reason: "access_denied"},
		federationtest.No{Query: "error=invalid_scope&error_description=An+unknown+scope+was+requested", Code: federation.Refused, Reason: "invalid_scope"},
		federationtest.No{Query: "error=temporarily_unavailable", Code: federation.Refused, Reason: "temporarily_unavailable"},
		federationtest.No{Query: "scope=profile", Code: federation.Invalid},
		federationtest.No{Status: 400, Body: `{"error":"invalid_grant","error_description":"The request has an invalid grant parameter : code","request_id":"d917ceac-2245-11e2-a270-0bc161cb589d"}`, Code: federation.Refused, Reason: "invalid_grant"},
		federationtest.No{Status: 401, Body: `{"error":"invalid_client","error_description":"Client authentication failed","request_id":"x"}`, Code: federation.Misconfigured, Reason: "invalid_client"},
		federationtest.No{Status: 500, Body: `{"error":"ServerError"}`, Code: federation.Unreachable, Reason: "ServerError"},
	)
}

// https://developer.amazon.com/docs/login-with-amazon/obtain-customer-profile.html
// and verify-access-token.html: what their endpoints refuse with.
func TestWhatAmazonDoesNotTellIsNobody(t *testing.T) {
	for name, row := range map[string]struct {
		info, person int
		body         string
		want         federation.Code
	}{
		"the token is not known":    {400, 200, `{"error":"invalid_token","error_description":"The request has an invalid parameter : access_token"}`, federation.Refused},
		"the token has expired":     {200, 400, `{"error":"invalid_token","error_description":"The access token provided has expired"}`, federation.Refused},
		"the scope was not granted": {200, 401, `{"error":"insufficient_scope","error_description":"The access token provided does not have access to the required scope"}`, federation.Refused},
		"tokeninfo is down":         {500, 200, `{"error":"ServerError"}`, federation.Unreachable},
		"the profile is down":       {200, 503, `{"error":"ServiceUnavailable"}`, federation.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			say := func(status int, right any) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) {
					if status == 200 {
						federationtest.JSON(w, status, right)
						return
					}
					w.WriteHeader(status)
					w.Write([]byte(row.body))
				}
			}
			u.Handle("/info", say(row.info, tokenInfo(federationtest.Client)))
			u.Handle("/profile", say(row.person, profile()))
			p, err := oidc.Type(Profile).Open(u.Settings(federation.LoginWithAmazon, map[string]string{
				"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "attributes_url": u.At("/profile"), "tokeninfo_url": u.At("/info"),
			}), u.Deps())
			if err != nil {
				t.Fatal(err)
			}
			_, err = u.SignIn(p, nil)
			if e := federationtest.Refused(t, err, row.want); strings.Contains(e.Error(), "access-4711") {
				t.Error("the failure tells the token:", e)
			}
		})
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
