package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// The certification modules of signing out: each sub-test bears the name of the
// module whose requests it makes and whose expectations it holds.

// signedInTo is a house with Ann signed in to "app", and what the app was given.
func signedInTo(t *testing.T, options ...webtest.Option) (h *webtest.House, b *webtest.Browser, idToken string) {
	h = webtest.Start(t, options...)
	b = h.Browser()
	return h, b, redeem(h, codeFor(h, b))["id_token"].(string)
}

// logoutURL is a logout request with the pairs; an empty value is left out.
func logoutURL(pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return "/logout?" + query.Encode()
}

// silently is what prompt=none answers.
func silently(b *webtest.Browser) url.Values {
	return b.Get(webtest.AuthorizeURL("prompt", "none", "nonce", "n2")).Lands(webtest.Callback)
}

// isOut fails unless prompt=none gives a login error.
func isOut(t *testing.T, b *webtest.Browser) {
	t.Helper()
	errs := []string{"login_required", "interaction_required", "account_selection_required", "consent_required"}
	if got := silently(b); !slices.Contains(errs, got.Get("error")) || got.Has("code") || got.Get("state") != "s1" {
		t.Errorf("after the logout prompt=none lands with %v", got)
	}
}

// discovered is the discovery document, with every endpoint held to https.
func discovered(t *testing.T, h *webtest.House) map[string]any {
	t.Helper()
	document := decode(h, h.Browser().Once("/.well-known/openid-configuration"))
	for name, value := range document {
		if at, _ := value.(string); strings.HasSuffix(name, "_endpoint") && !strings.HasPrefix(at, "https://") {
			t.Errorf("%s is %s", name, at)
		}
	}
	if document["end_session_endpoint"] != webtest.PublicURL+"/logout" {
		t.Errorf("end_session_endpoint %v", document["end_session_endpoint"])
	}
	return document
}

var state128 = strings.Repeat("aB3-", 32)

func TestConformanceRPInitiatedLogout(t *testing.T) {
	const p = "post_logout_redirect_uri"
	t.Run("oidcc-rp-initiated-logout-discovery-endpoint-verification", func(t *testing.T) {
		discovered(t, webtest.Start(t))
	})
	t.Run("oidcc-rp-initiated-logout", func(t *testing.T) {
		_, b, hint := signedInTo(t)
		got := b.Get(logoutURL("id_token_hint", hint, p, webtest.AfterOut, "state", state128)).Lands(webtest.AfterOut)
		if got.Get("state") != state128 || len(got) != 1 {
			t.Errorf("landed with %v", got)
		}
		isOut(t, b)
	})
	t.Run("oidcc-rp-initiated-logout-no-state", func(t *testing.T) {
		_, b, hint := signedInTo(t)
		if got := b.Get(logoutURL("id_token_hint", hint, p, webtest.AfterOut)).Lands(webtest.AfterOut); len(got) != 0 {
			t.Errorf("landed with %v", got)
		}
		isOut(t, b)
	})
	t.Run("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", func(t *testing.T) {
		_, b, hint := signedInTo(t)
		staysHere(t, b.Get(logoutURL("id_token_hint", hint, p, webtest.AfterOut+"/x8f2", "state", state128)))
	})
	t.Run("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", func(t *testing.T) {
		_, b, hint := signedInTo(t)
		staysHere(t, b.Get(logoutURL("id_token_hint", hint, p, webtest.AfterOut+"?foo=bar", "state", state128)))
	})
	t.Run("oidcc-rp-initiated-logout-modified-id-token-hint", func(t *testing.T) {
		_, b, hint := signedInTo(t)
		none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + strings.Split(hint, ".")[1] + "."
		staysHere(t, b.Get(logoutURL("id_token_hint", none, p, webtest.AfterOut, "state", state128)))
	})
	t.Run("oidcc-rp-initiated-logout-bad-id-token-hint", func(t *testing.T) {
		_, b, hint := signedInTo(t)
		_, _, foreign := signedInTo(t) // the same claims by another key
		parts := strings.Split(hint, ".")
		staysHere(t, b.Get(logoutURL("id_token_hint", parts[0]+"."+parts[1]+"."+strings.Split(foreign, ".")[2], p, webtest.AfterOut, "state", state128)))
	})
	t.Run("oidcc-rp-initiated-logout-no-id-token-hint", func(t *testing.T) {
		_, b, _ := signedInTo(t)
		staysHere(t, b.Get(logoutURL(p, webtest.AfterOut, "state", state128)))
	})
	t.Run("oidcc-rp-initiated-logout-no-params", func(t *testing.T) { leavesWithoutProof(t, "") })
	t.Run("oidcc-rp-initiated-logout-only-state", func(t *testing.T) { leavesWithoutProof(t, state128) })
	t.Run("oidcc-rp-initiated-logout-no-post-logout-redirect-uri", func(t *testing.T) {
		_, b, hint := signedInTo(t)
		page := b.Get(logoutURL("id_token_hint", hint, "state", state128)).At("/signedout").Says("You are signed out")
		staysHere(t, page)
		isOut(t, b)
	})
}

// leavesWithoutProof asks for a logout with a state at most: the person is asked first.
func leavesWithoutProof(t *testing.T, state string) {
	t.Helper()
	_, b, _ := signedInTo(t)
	page := b.Get(logoutURL("state", state))
	staysHere(t, page)
	page.Press("/logout/confirm").At("/signedout").Says("You are signed out")
	isOut(t, b)
}

// staysHere fails when the browser is led to an app, or shown a fault.
func staysHere(t *testing.T, page *webtest.Answer) {
	t.Helper()
	if page.Header.Get("Location") != "" || page.Header.Get("Refresh") != "" || page.Status >= 500 || page.URL.Host != "login.example.test" {
		t.Errorf("%s answers %d and leads to %q", page.URL, page.Status, page.Header.Get("Location"))
	}
}

// managed switches session management on.
func managed(_ *web.Deps, p *identity.Pool) { p.SessionManagement = "ON" }

// frameSays is what the script of the check_session_iframe computes (Session Management §3.2).
func frameSays(b *webtest.Browser, sessionState string) string {
	sum, salt, _ := strings.Cut(sessionState, ".")
	now := sha256.Sum256([]byte("app https://app.example.test " + b.Cookies()["__Host-ph_state"] + " " + salt))
	if sum == base64.RawURLEncoding.EncodeToString(now[:]) {
		return "unchanged"
	}
	return "changed"
}

func TestConformanceSessionManagement(t *testing.T) {
	t.Run("oidcc-session-management-discovery-endpoint-verification", func(t *testing.T) {
		h := webtest.Start(t, managed)
		if at := discovered(t, h)["check_session_iframe"]; at != webtest.PublicURL+oauth.CheckSessionPath {
			t.Errorf("check_session_iframe %v", at)
		}
	})
	t.Run("oidcc-session-management-rp-initiated-logout", func(t *testing.T) {
		h := webtest.Start(t, managed)
		h.User(ann)
		b := h.Browser()
		got := b.SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Lands(webtest.Callback)
		hint := redeem(h, got.Get("code"))["id_token"].(string)
		before := got.Get("session_state")
		if before == "" || frameSays(b, before) != "unchanged" {
			t.Fatalf("session_state %q is %s", before, frameSays(b, before))
		}
		again := silently(b)
		if again.Get("code") == "" || frameSays(b, again.Get("session_state")) != "unchanged" || again.Get("session_state") == before {
			t.Errorf("prompt=none lands with %v", again)
		}
		b.Get(logoutURL("id_token_hint", hint, "post_logout_redirect_uri", webtest.AfterOut, "state", state128)).Lands(webtest.AfterOut)
		if frameSays(b, before) != "changed" {
			t.Error("nothing changed with the logout")
		}
		out := silently(b)
		if out.Get("error") != "login_required" || frameSays(b, out.Get("session_state")) != "unchanged" {
			t.Errorf("prompt=none lands with %v", out)
		}
		b.SignIn(ann, webtest.Password)
		if frameSays(b, out.Get("session_state")) != "changed" {
			t.Error("nothing changed with the sign-in")
		}
	})
}

func TestConformanceFrontChannelLogout(t *testing.T) {
	t.Run("oidcc-frontchannel-logout-discovery-endpoint-verification", func(t *testing.T) {
		document := discovered(t, webtest.Start(t))
		if document["frontchannel_logout_supported"] != true || document["frontchannel_logout_session_supported"] != true {
			t.Errorf("discovery %v", document)
		}
	})
	t.Run("oidcc-frontchannel-rp-initiated-logout", func(t *testing.T) {
		h := webtest.Start(t)
		c := identity.Client{ID: "app", Name: "Notes"}
		c.FrontchannelLogoutURI, c.FrontchannelLogoutSID = "https://app.example.test/front", true
		h.Client(c, webtest.Secret)
		b := h.Browser()
		hint := redeem(h, codeFor(h, b))["id_token"].(string)
		page := b.Get(logoutURL("id_token_hint", hint, "post_logout_redirect_uri", webtest.AfterOut, "state", state128)).Is(http.StatusOK)
		frame, err := url.Parse(page.Doc.Find("[data-frame]").AttrOr("data-frame", ""))
		if err != nil || frame.Path != "/front" || frame.Query().Get("iss") != claimOf(h, hint, "iss") || frame.Query().Get("sid") != claimOf(h, hint, "sid") {
			t.Errorf("loads %s", frame)
		}
		if next := page.Doc.Find("a[data-next]").AttrOr("href", ""); next != webtest.AfterOut+"?state="+state128 {
			t.Errorf("goes on to %s", next)
		}
		isOut(t, b)
	})
}

// listener is a relying party on this machine that waits for logout tokens.
func listener(t *testing.T) (address string, tokens <-chan url.Values) {
	heard := make(chan url.Values, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm() == nil && r.Method == http.MethodPost && r.URL.RawQuery == "" {
			heard <- r.PostForm
		}
		w.Header().Set("Cache-Control", "no-store")
	}))
	t.Cleanup(s.Close)
	return s.URL + "/back", heard
}

// sends runs the outbox of a house for calls to apps.
func sends(t *testing.T, h *webtest.House) {
	client := fetch.New(fetch.Options{Redirects: -1, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	sender := &message.Sender{
		Store: h.Core.Store, Sealer: h.Core.Sealer, Now: h.Core.Now, Log: h.Server.Log,
		App: message.OpenApp(client), ComposeApp: oauth.Calls{Provider: h.OAuth},
	}
	h.Core.Wake = sender.Wake
	done := make(chan struct{})
	ctx := t.Context()
	go func() { _ = sender.Run(ctx); close(done) }()
	t.Cleanup(func() { <-done })
}

func TestConformanceBackChannelLogout(t *testing.T) {
	t.Run("oidcc-backchannel-logout-discovery-endpoint-verification", func(t *testing.T) {
		document := discovered(t, webtest.Start(t))
		if document["backchannel_logout_supported"] != true || document["backchannel_logout_session_supported"] != true {
			t.Errorf("discovery %v", document)
		}
	})
	t.Run("oidcc-backchannel-rp-initiated-logout", func(t *testing.T) {
		h := webtest.Start(t)
		address, tokens := listener(t)
		c := identity.Client{ID: "app", Name: "Notes"}
		c.BackchannelLogoutURI, c.BackchannelLogoutSID = address, true
		h.Client(c, webtest.Secret)
		sends(t, h)
		b := h.Browser()
		hint := redeem(h, codeFor(h, b))["id_token"].(string)
		got := b.Get(logoutURL("id_token_hint", hint, "post_logout_redirect_uri", webtest.AfterOut, "state", state128)).Lands(webtest.AfterOut)
		if got.Get("state") != state128 || len(got) != 1 {
			t.Errorf("landed with %v", got)
		}
		isOut(t, b)
		var form url.Values
		select {
		case form = <-tokens:
		case <-time.After(30 * time.Second):
			t.Fatal("no logout token came")
		}
		if len(form) != 1 {
			t.Errorf("the app is sent %v", form)
		}
		claims := verified(t, h, form.Get("logout_token"))
		now := float64(h.Now().Unix())
		events, _ := claims["events"].(map[string]any)
		event, there := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any)
		iat, _ := claims["iat"].(float64)
		exp, _ := claims["exp"].(float64)
		_, nonce := claims["nonce"]
		switch {
		case claims["iss"] != webtest.PublicURL, claims["aud"] != "app", text(claims["jti"]) == "", nonce:
		case len(events) != 1, !there, len(event) != 0:
		case iat > now+1, iat < now-60, exp <= now, exp > iat+120:
		case claims["sub"] != claimOf(h, hint, "sub"), claims["sid"] != claimOf(h, hint, "sid"):
		default:
			return
		}
		t.Errorf("the logout token says %v", claims)
	})
}

// verified answers the claims of a logout token that a published key signed.
func verified(t *testing.T, h *webtest.House, token string) map[string]any {
	t.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(read(t, h.Browser().Once("/.well-known/jwks.json"))), &keys); err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	head := signed.Signatures[0].Protected
	if head.ExtraHeaders[jose.HeaderType] != "logout+jwt" {
		t.Errorf("typ %v", head.ExtraHeaders)
	}
	raw, err := signed.Verify(keys.Key(head.KeyID)[0])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
