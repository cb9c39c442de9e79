package facebook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/oidc"
)

// open answers Facebook Login whose Graph API answers person, in the shape of
// https://developers.facebook.com/docs/graph-api/reference/user
func open(t *testing.T, u *federationtest.Upstream, more, person map[string]any) federation.Provider {
	t.Helper()
	details := map[string]string{"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "jwks_uri": u.At("/keys"), "attributes_url": u.At("/me?fields=")}
	for key, value := range more {
		details[key] = value.(string)
	}
	u.Handle("/me", func(w http.ResponseWriter, _ *http.Request) { federationtest.JSON(w, 200, person) })
	p, err := oidc.Type(Profile).Open(u.Settings(federation.Facebook, details), u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ann() map[string]any {
	return map[string]any{
		"id": "10158424240206639", "name": "Ann Lee", "first_name": "Ann", "last_name": "Lee", "email": "ann@example.test",
		"picture": map[string]any{"data": map[string]any{"height": 50, "url": "https://platform-lookaside.fbsbx.com/p", "is_silhouette": false}},
	}
}

func TestTheGraphIsAskedWithProof(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil, ann())
	answer, err := u.SignIn(p, nil)
	if err != nil || answer.Subject != "10158424240206639" || answer.Issuer != u.At("") || answer.EmailVerified || answer.Claims["email"] != "ann@example.test" {
		t.Fatalf("%+v %v", answer, err)
	}
	sent := u.Requests("/me")[0]
	// https://developers.facebook.com/docs/graph-api/guides/secure-requests: appsecret_proof
	proof := hmac.New(sha256.New, []byte(federationtest.Secret))
	proof.Write([]byte("access-4711"))
	if sent.Query.Get("appsecret_proof") != hex.EncodeToString(proof.Sum(nil)) || sent.Query.Get("fields") != defaultFields || sent.Query.Has("access_token") || sent.Header.Get("Authorization") != "Bearer access-4711" {
		t.Errorf("%+v", sent)
	}
	if mapped, problems := federation.Map(answer.Claims, map[string]string{"picture": "picture.data.url"}); len(problems) != 0 || mapped["picture"] == "" {
		t.Error(mapped, problems)
	}
}

func TestTheVersionIsTheSettings(t *testing.T) {
	u := federationtest.Start(t)
	s := u.Settings(federation.Facebook, map[string]string{"api_version": "v19.0", "authorize_scopes": "public_profile, email"})
	p, err := oidc.Type(Profile).Open(s, u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	trip := federationtest.Begin(t, p)
	if q := federationtest.Query(t, trip.URL); !strings.HasPrefix(trip.URL, "https://www.facebook.com/v19.0/dialog/oauth?") || q.Get("scope") != "public_profile email" || q.Has("nonce") {
		t.Error(trip.URL)
	}
}

// https://developers.facebook.com/docs/facebook-login/guides/advanced/oidc-token
func TestWithOpenIDTheIDTokenMustHold(t *testing.T) {
	for name, row := range map[string]struct {
		claims, person map[string]any
		right          bool
	}{
		"right":                  {map[string]any{}, ann(), true},
		"of another issuer":      {map[string]any{"iss": "https://evil.example"}, ann(), false},
		"another person's graph": {map[string]any{}, map[string]any{"id": "victim", "email": "victim@example.test"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			claims := map[string]any{"iss": "https://www.facebook.com", "sub": "10158424240206639", "email": "ann@example.test"}
			maps.Copy(claims, row.claims)
			answer, err := u.SignIn(open(t, u, map[string]any{"authorize_scopes": "openid,email"}, row.person), claims)
			if (err == nil) != row.right || row.right && (answer.Subject != "10158424240206639" || answer.Issuer != u.At("") || answer.EmailVerified) {
				t.Error(answer, err)
			}
		})
	}
}

// The documents of Limited Login name a place for its keys of its own.
func TestTheKeysOfLimitedLoginAreTheirOwn(t *testing.T) {
	for set, want := range map[string]string{"": "https://limited.facebook.com/.well-known/oauth/openid/jwks/", "https://keys.example.test": "https://keys.example.test"} {
		s := federation.Settings{Details: map[string]string{"client_id": "a", "client_secret": "b"}}
		if set != "" {
			s.Details["jwks_uri"] = set
		}
		p, err := Profile(s)
		if err != nil || p.AppKeys != want || set == "" && p.Endpoints.Keys != "https://www.facebook.com/.well-known/oauth/openid/jwks/" {
			t.Errorf("%q: %+v %v", set, p, err)
		}
	}
}

// https://developers.facebook.com/docs/facebook-login/limited-login/token and
// …/limited-login/token/validating: the token that an app on a telephone gets.
func TestTheTokenOfLimitedLoginIsTaken(t *testing.T) {
	const nonce = "from-the-app"
	for name, row := range map[string]struct {
		claims map[string]any
		right  bool
	}{
		"as documented": {nil, true}, "another app's": {map[string]any{"aud": "other"}, false}, "of another issuer": {map[string]any{"iss": "https://limited.facebook.example"}, false},
		"another nonce": {map[string]any{"nonce": "x"}, false}, "no nonce": {map[string]any{"nonce": nil}, false}, "expired": {map[string]any{"exp": 1}, false}, "nobody": {map[string]any{"sub": nil}, false},
	} {
		u := federationtest.Start(t)
		p := open(t, u, nil, ann()).(*oidc.Provider)
		claims := map[string]any{
			"iss": "https://www.facebook.com", "sub": "10158424240206639", "jti": "QXTY.123abc", "email": "ann@example.test", "given_name": "Ann", "family_name": "Lee",
			"name": "Ann Lee", "picture": "https://platform-lookaside.fbsbx.com/p", "user_birthday": "01/01/1990", "user_friends": []string{"1", "2"},
		}
		maps.Copy(claims, row.claims)
		answer, err := p.IDToken(t.Context(), u.IDToken(nonce, claims), nonce)
		if (err == nil) != row.right || (answer.Subject == "10158424240206639") != row.right || answer.EmailVerified {
			t.Errorf("%s: %+v %v", name, answer, err)
		}
	}
	u := federationtest.Start(t)
	p := open(t, u, nil, ann()).(*oidc.Provider)
	u.Sign = func(claims map[string]any) string {
		return federationtest.Sign(t, jose.HS256, []byte(strings.Repeat(federationtest.Secret, 3)), nil, claims)
	}
	_, err := p.IDToken(t.Context(), u.IDToken(nonce, nil), nonce)
	federationtest.Refused(t, err, federation.Invalid) // signed with what every copy of the app may hold
}

// https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow: a
// person who cancels; https://developers.facebook.com/docs/graph-api/guides/error-handling
func TestFacebooksWaysToSayNo(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil, map[string]any{"id": 7})
	back, _ := url.ParseQuery("error_reason=user_denied&error=access_denied&error_description=Permissions+error.&state=" + federationtest.State)
	_, err := federationtest.Finish(t, p, federationtest.Begin(t, p), back)
	federationtest.Refused(t, err, federation.Denied)
	_, err = u.SignIn(p, nil)
	federationtest.Refused(t, err, federation.Invalid) // an id that is no text
	federationtest.Bound(t, federationtest.Query(t, federationtest.Begin(t, p).URL), true, false)
	openID := open(t, federationtest.Start(t), map[string]any{"authorize_scopes": "openid,email"}, nil)
	federationtest.Bound(t, federationtest.Query(t, federationtest.Begin(t, openID).URL), true, true)
	u.SaysNo(p, "GET",
		federationtest.No{Query: "error_reason=user_denied&error=access_denied&error_description=Permissions+error.", Code: federation.Denied, Reason: "access_denied"},
		federationtest.No{Query: "error_code=1349187&error_message=This+app+is+not+available", Code: federation.Refused, Reason: "1349187"},
		federationtest.No{Query: "granted_scopes=email", Code: federation.Invalid},
		federationtest.No{Status: 400, Body: `{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100,"error_subcode":36009,"fbtrace_id":"x"}}`, Code: federation.Refused, Reason: "400"},
		federationtest.No{Status: 500, Body: `{"error":{"message":"An unexpected error has occurred. Please retry your request later.","type":"OAuthException","is_transient":true,"code":2}}`, Code: federation.Unreachable, Reason: "500"},
	)
	u.Refuse = func(url.Values) (int, string) {
		return 400, `{"error":{"message":"Error validating client secret.","type":"OAuthException","code":1,"fbtrace_id":"EJplcsCHuLu"}}`
	}
	_, err = u.SignIn(p, nil)
	if e := federationtest.Refused(t, err, federation.Refused); !strings.Contains(e.Detail, "Error validating client secret.") {
		t.Error(e)
	}
}

// https://developers.facebook.com/docs/graph-api/guides/error-handling
func TestAPersonWhomTheGraphDoesNotTellIsNobody(t *testing.T) {
	for status, want := range map[int]federation.Code{400: federation.Refused, 401: federation.Refused, 403: federation.Refused, 500: federation.Unreachable, 503: federation.Unreachable} {
		u := federationtest.Start(t)
		u.Handle("/graph/me", func(w http.ResponseWriter, _ *http.Request) {
			federationtest.JSON(w, status, map[string]any{"id": "7", "error": map[string]any{"message": "Invalid appsecret_proof provided in the API argument", "type": "GraphMethodException", "code": 100}})
		})
		_, err := u.SignIn(open(t, u, map[string]any{"attributes_url": u.At("/graph/me")}, nil), nil)
		federationtest.Refused(t, err, want)
	}
}

func TestSettings(t *testing.T) {
	for field, values := range map[string][]string{"api_version": {"19", "v19.0/../x"}, "fields": {"name", "id&x=y", "id,"}, "client_secret": {""}} {
		for _, value := range values {
			s := federation.Settings{Details: map[string]string{"client_id": "a", "client_secret": "b"}}
			s.Details[field] = value
			if err := oidc.Type(Profile).Check(s); err == nil || !strings.HasPrefix(err.Error(), field) {
				t.Errorf("%s=%s: %v", field, value, err)
			}
		}
	}
}
