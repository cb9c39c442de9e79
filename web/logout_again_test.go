package web_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// claimOf reads one claim of a token, unverified.
func claimOf(h *webtest.House, token any, name string) any {
	h.Helper()
	parts := strings.Split(token.(string), ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		h.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		h.Fatal(err)
	}
	return claims[name]
}

func TestProvingOneselfAgainEndsNothing(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	first := redeem(h, codeFor(h, b))
	cookie := b.Cookies()["__Host-ph_session"]
	code := b.SignInTo(webtest.AuthorizeURL("prompt", "login"), ann, webtest.Password).Lands(webtest.Callback).Get("code")
	second := redeem(h, code)
	if a, b := claimOf(h, first["id_token"], "sid"), claimOf(h, second["id_token"], "sid"); a != b {
		t.Errorf("the session was %v and is %v", a, b)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first["refresh_token"].(string)}}
	if got := postAs(h, "/oauth2/token", refresh); got.StatusCode != http.StatusOK {
		t.Errorf("the refresh token from before is answered %d", got.StatusCode)
	}
	thief := h.Browser()
	thief.SetCookie("__Host-ph_session", cookie)
	thief.Get("/account").At("/login")
}

func TestSomebodyElsesSignInEndsTheSession(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	tokens := redeem(h, codeFor(h, b))
	h.User("bob@example.test")
	b.SignInTo(webtest.AuthorizeURL("prompt", "login"), "bob@example.test", webtest.Password).Lands(webtest.Callback)
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
	if got := postAs(h, "/oauth2/token", refresh); got.StatusCode != http.StatusBadRequest {
		t.Errorf("the refresh token from before is answered %d", got.StatusCode)
	}
}

func TestAPairwiseAppSignsOutByItsIDToken(t *testing.T) {
	for _, claim := range []string{"sub", "sid"} {
		h := webtest.Start(t)
		h.Client(identity.Client{ID: "app", Name: "App", ClientOAuth: identity.ClientOAuth{SubjectType: "pairwise"}}, webtest.Secret)
		b := h.Browser()
		hint := redeem(h, codeFor(h, b))["id_token"].(string)
		b.Get(logoutURL("id_token_hint", hint, "logout_hint", "somebody else")).Says("Sign out?")
		known := claimOf(h, hint, claim).(string)
		b.Get(logoutURL("id_token_hint", hint, "logout_hint", known, "post_logout_redirect_uri", webtest.AfterOut)).Lands(webtest.AfterOut)
		isOut(t, b)
	}
}
