package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

func TestAccountNeedsASessionAndComesBack(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	for _, path := range []string{"/account", "/account/password", "/account/sessions", "/account/delete"} {
		h.Browser().Get(path).At("/login").Submit("username", ann, "password", webtest.Password).At(path)
	}
}

func TestProfileIsSaved(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password).Submit("name", "Ann Example").At("/account").Says("Your changes are saved.")
	fields, _ := b.Get("/account").Form("name")
	if fields.Get("name") != "Ann Example" {
		t.Fatalf("form %v", fields)
	}
}

func TestProfileTakesOnlyWhatThePageOffers(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Browser().SignIn(ann, webtest.Password).Submit("name", "Ann", "email_verified", "false", "sub", "x", "custom:role", "admin")
	u, err := h.Admin().User(t.Context(), webtest.PoolID, ann)
	if err != nil || u.Attributes["email_verified"] != "true" || u.Attributes["custom:role"] != "" || u.Attributes["name"] != "Ann" {
		t.Fatalf("%v %v", u.Attributes, err)
	}
}

func TestNewAddressWaitsForItsCode(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	page := b.SignIn(ann, webtest.Password).Press("/account/address", "email", "new@example.test")
	page = page.At("/account").Says("We sent a code to new@example.test").Says(ann)
	if u, _ := h.Admin().User(t.Context(), webtest.PoolID, ann); u.Attributes["email"] != ann {
		t.Fatalf("the address changed at once: %v", u.Attributes)
	}
	page = page.Press("/account/verify", "code", "000000").Is(web.Unprocessable).Says("This code does not match")
	page.Press("/account/verify", "code", h.Mail("new@example.test").Secrets["code"]).Says("The address is confirmed.")
	h.Browser().SignIn("new@example.test", webtest.Password).At("/account")
}

func TestChangedPasswordSignsOutOtherBrowsers(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	other, b := h.Browser(), h.Browser()
	other.SignIn(ann, webtest.Password)
	b.SignIn(ann, webtest.Password)
	page := b.Get("/account/password").Submit("password", "wrong", "new_password", "another long one").Is(web.Unprocessable)
	page = page.Submit("password", webtest.Password, "new_password", "short").Is(web.Unprocessable)
	page.Submit("password", webtest.Password, "new_password", "another long one").At("/account/password").Says("Your password was changed")
	b.Get("/account").At("/account")
	other.Get("/account").At("/login")
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	other, b := h.Browser(), h.Browser()
	other.Address = "198.51.100.4:1"
	other.SignIn(ann, webtest.Password)
	b.SignIn(ann, webtest.Password)
	page := b.Get("/account/sessions").Says("Firefox").Says("198.51.100.4").Says("This browser")
	mine, theirs := "", ""
	page.Doc.Find(`form input[name="session"]`).Each(func(_ int, s *selection) { theirs = s.AttrOr("value", "") })
	if theirs == "" {
		t.Fatalf("no session to end on %s (%s)", page.Text(), mine)
	}
	page.Press("/account/sessions/end", "session", theirs).Says("That browser was signed out.")
	other.Get("/account").At("/login")
	b.Get("/account").At("/account")
}

func TestSessionOfAnotherPersonStays(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.User("mal@example.test")
	victim, mallory := h.Browser(), h.Browser()
	victim.SignIn(ann, webtest.Password)
	fields, _ := mallory.SignIn("mal@example.test", webtest.Password).Form("csrf")
	for _, s := range sessionsOf(h, ann) {
		mallory.Post("/account/sessions/end", url.Values{"csrf": {fields.Get("csrf")}, "session": {s}})
	}
	victim.Get("/account").At("/account")
}

func TestSignOutEverywhere(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	other, b := h.Browser(), h.Browser()
	other.SignIn(ann, webtest.Password)
	b.SignIn(ann, webtest.Password)
	b.Get("/account/sessions").Press("/account/sessions/endall").At("/signedout")
	other.Get("/account").At("/login")
	b.Get("/account").At("/login")
}

func TestDeletingTheAccountAsksThePassword(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	page := b.Get("/account/delete").Submit("password", "wrong").Is(web.Unprocessable)
	page.Submit("password", webtest.Password).At("/login").Says("Your account was deleted.")
	h.Browser().SignIn(ann, webtest.Password).Is(web.Unprocessable).Says(wrongWords)
}

func TestIdleSessionEnds(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	h.After(61 * time.Minute)
	b.Get("/account").At("/login")
}

func TestStaleTabRecoversAfterSignOut(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	tab := b.SignIn(ann, webtest.Password)
	b.Get("/account").Press("/account/signout").At("/signedout")
	tab.Submit("name", "Ann").At("/login").Submit("username", ann, "password", webtest.Password).At("/account")
}

func TestSignOutClearsTheBrowser(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	b.Get("/logout").Says("Sign out?").Press("/logout/confirm").At("/signedout")
	if _, ok := b.Cookies()["__Host-ph_session"]; ok {
		t.Fatal("the cookie stays")
	}
}

func TestChangePasswordIsWellKnown(t *testing.T) {
	h := webtest.Start(t)
	got := h.Browser().Once("/.well-known/change-password")
	if got.StatusCode != http.StatusSeeOther || !strings.HasSuffix(got.Header.Get("Location"), "/account/password") {
		t.Fatalf("%d %s", got.StatusCode, got.Header.Get("Location"))
	}
}
