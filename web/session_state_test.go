package web_test

import (
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

func TestTheCheckSessionPageAloneMayBeFramed(t *testing.T) {
	h := webtest.Start(t, managed)
	page := h.Browser().Get("/check_session").Is(http.StatusOK)
	page.Has("Content-Security-Policy", "default-src 'none'; script-src 'self'; frame-ancestors *; base-uri 'none'; form-action 'none'").
		Has("X-Frame-Options", "").Has("Cross-Origin-Resource-Policy", "cross-origin").Has("X-Content-Type-Options", "nosniff")
	script := page.Doc.Find("script")
	if script.AttrOr("data-cookie", "") != "__Host-ph_state" || !strings.HasPrefix(script.AttrOr("src", ""), "/assets/session.") || script.Text() != "" {
		t.Errorf("page %s", page.Body)
	}
	if got := h.Browser().Once("/login"); got.Header.Get("X-Frame-Options") != "DENY" {
		t.Error("another page may be framed")
	}
	off := webtest.Start(t)
	off.Browser().Get("/check_session").Is(http.StatusNotFound)
}

func TestTheStateCookieFollowsTheSession(t *testing.T) {
	h := webtest.Start(t, managed)
	h.User(ann)
	h.User("bob@example.test")
	b := h.Browser()
	state := func() string { return b.Cookies()["__Host-ph_state"] }
	if b.Get("/login"); state() != "" {
		t.Errorf("nobody has %q", state())
	}
	b.SignIn(ann, webtest.Password)
	anns := state()
	b.SignInTo(webtest.AuthorizeURL("prompt", "login"), "bob@example.test", webtest.Password)
	if anns == "" || state() == anns || state() == "" {
		t.Errorf("was %q, is %q", anns, state())
	}
	b.Get("/account").Press("/account/signout")
	if state() != "" {
		t.Errorf("after sign-out %q", state())
	}
	b.SignIn(ann, webtest.Password)
	b.Forget("__Host-ph_session") // the session is over, and the page before knows nothing of it
	b.Get(webtest.AuthorizeURL("prompt", "none")).Lands(webtest.Callback)
	if state() != "" {
		t.Errorf("without a session %q", state())
	}
}

func TestScriptOfOtherSitesPagesReadsTheStateAlone(t *testing.T) {
	h := webtest.Start(t, managed)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	b.Forget("__Host-ph_state")
	set := b.Once(webtest.AuthorizeURL()).Header.Values("Set-Cookie")
	if len(set) != 1 {
		t.Errorf("sets %q", set)
	}
	for _, c := range set {
		if !strings.HasPrefix(c, "__Host-ph_state=") || !strings.HasSuffix(c, "; Path=/; Secure; SameSite=None") {
			t.Errorf("sets %s", c)
		}
	}
}

func TestTheStateCookieOnPlainHTTP(t *testing.T) {
	h := webtest.Start(t, managed, func(d *web.Deps, _ *identity.Pool) { d.PublicURL = "http://127.0.0.1:8080" })
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	if b.Cookies()["ph_state"] == "" {
		t.Error("no cookie")
	}
}
