package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web/internal/webtest"
)

// startFront makes an app that may be given everything by the browser.
func startFront(t *testing.T, more identity.ClientOAuth) (*webtest.House, *webtest.Browser) {
	t.Helper()
	h := webtest.Start(t)
	h.User(ann)
	more.GrantTypes = []string{identity.GrantCode, identity.GrantImplicit, identity.GrantRefresh}
	more.ResponseTypes = []string{"code", "code id_token token"}
	h.Client(identity.Client{ID: "app", Name: "Notes", ClientOAuth: more}, webtest.Secret)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	return h, b
}

var allParts = []string{"response_type", "code id_token token", "nonce", "n-1"}

// Tokens in an address must leave no trace on their way (RFC 9700 §4.3).
func TestAttackTokensOfTheBrowserLeaveNoTrace(t *testing.T) {
	h, b := startFront(t, identity.ClientOAuth{})
	page := b.Get(webtest.AuthorizeURL(allParts...))
	to, err := url.Parse(page.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := url.ParseQuery(to.EscapedFragment())
	if err != nil || to.RawQuery != "" || got.Get("access_token") == "" || got.Get("id_token") == "" || got.Get("code") == "" {
		t.Fatalf("%v: %s", err, to)
	}
	page.Has("Cache-Control", "no-store").Has("Referrer-Policy", "no-referrer")
	for _, name := range []string{"access_token", "id_token", "code"} {
		if strings.Contains(h.Log.String(), got.Get(name)) {
			t.Errorf("the log has the %s", name)
		}
	}
	t.Run("nor may a query carry them", func(t *testing.T) {
		to := b.Get(webtest.AuthorizeURL(append([]string{"response_mode", "query"}, allParts...)...)).Header.Get("Location")
		if !strings.HasPrefix(to, webtest.Callback+"#") || !strings.Contains(to, "error=invalid_request") || strings.Contains(to, "access_token") {
			t.Errorf("led to %s", to)
		}
	})
}

func TestAPostedAnswerGoesToTheAppAlone(t *testing.T) {
	_, b := startFront(t, identity.ClientOAuth{})
	for mode, fields := range map[string][]string{
		"form_post": {"access_token", "code", "id_token", "iss", "state"}, "form_post.jwt": {"response"},
	} {
		page := b.Get(webtest.AuthorizeURL(append([]string{"response_mode", mode}, allParts...)...)).Is(http.StatusOK)
		policy := page.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "form-action https://app.example.test;") || strings.Contains(policy, "'unsafe") {
			t.Errorf("%s: policy %s", mode, policy)
		}
		posted, action := page.Form(fields[0])
		if action != webtest.Callback {
			t.Errorf("%s: posts to %s", mode, action)
		}
		for _, name := range fields {
			if !posted.Has(name) {
				t.Errorf("%s: posts %v", mode, posted)
			}
		}
		if mode == "form_post.jwt" && len(posted) != 1 {
			t.Errorf("%s: posts %v", mode, posted)
		}
	}
}

func TestASignedAnswerIsOneParameter(t *testing.T) {
	_, b := startFront(t, identity.ClientOAuth{})
	got := b.Get(webtest.AuthorizeURL("response_mode", "jwt")).Lands(webtest.Callback + "?")
	if len(got) != 1 || strings.Count(got.Get("response"), ".") != 2 {
		t.Errorf("landed with %v", got)
	}
}

func TestUserInfoAsAJWT(t *testing.T) {
	key := oauthtest.NewKey(t, "ES256")
	set := keysOf(t, key)
	set.Keys[0].Use, set.Keys[0].Algorithm = "enc", ""
	for name, c := range map[string]struct {
		settings identity.ClientOAuth
		dots     int
	}{
		"signed":    {identity.ClientOAuth{UserInfoSigningAlg: "ES256"}, 2},
		"encrypted": {identity.ClientOAuth{UserInfoEncryptionAlg: "ECDH-ES", JWKS: set}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			h, b := startFront(t, c.settings)
			tokens := redeem(h, lands(b).Get("code"))
			req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", nil)
			req.Header.Set("Authorization", "Bearer "+tokens["access_token"].(string))
			got := h.Do(req)
			body := read(t, got)
			if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/jwt" || strings.Count(body, ".") != c.dots {
				t.Errorf("%d %v: %s", got.StatusCode, got.Header, body)
			}
			if got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%v", got.Header)
			}
		})
	}
}
