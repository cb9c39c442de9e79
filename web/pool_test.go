package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

func TestPoolsAreKeptApart(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Pool(identity.Pool{ID: "local_two", Name: "Two", UsernameAttributes: []string{"email"}})
	h.Import(identity.ImportUser{Pool: "local_two", Username: "bob@example.test", Password: webtest.Password, Attributes: map[string]string{"email": "bob@example.test"}})
	b := h.Browser()
	b.SignIn(ann, webtest.Password).At("/account")
	b.Get("/local_two/account").At("/local_two/login").Submit("username", "bob@example.test", "password", webtest.Password).At("/local_two/account").Says("bob@example.test")
	b.Get("/account").At("/account").Says(ann)
	b.Get("/local_main/account").At("/local_main/account").Says(ann)
	b.Get("/local_two/login").At("/local_two/account")
	h.Browser().Get("/local_two/login").Submit("username", ann, "password", webtest.Password).Is(web.Unprocessable).Says(wrongWords)
}

func TestBaseURLOfAPoolIsItsHome(t *testing.T) {
	h := webtest.Start(t)
	h.Pool(identity.Pool{ID: "local_two", Name: "Two"})
	for path, name := range map[string]string{"/": "Acme", "/local_two": "Two", "/local_two/": "Two", "/local_main": "Acme"} {
		h.Browser().Get(path).Is(http.StatusOK).Says("Your " + name + " account")
	}
	h.Browser().Get("/local_none").Is(http.StatusNotFound)
}

func TestSealedRequestOfAnotherPoolIsNone(t *testing.T) {
	h := webtest.Start(t)
	h.Pool(identity.Pool{ID: "local_two", Name: "Two"})
	h.Client(identity.Client{PoolID: "local_two", ID: "app", Name: "Notes"}, webtest.Secret) // the very same client
	page := h.Browser().Get(webtest.AuthorizeURL())
	h.Browser().Get("/local_two/login?" + page.URL.RawQuery).Is(http.StatusOK).SaysNot("Notes").SaysNot("app.example.test")
}

func TestLanguageOrder(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	lang := func(page *webtest.Answer) string { return page.Doc.Find("html").AttrOr("lang", "") }
	if got := lang(b.Get("/login")); got != "en" {
		t.Fatalf("default %s", got)
	}
	b.Send.Set("Accept-Language", "fr, ar;q=0.8, de;q=0.5")
	page := b.Get("/login")
	if got := lang(page); got != "ar" || page.Doc.Find("html").AttrOr("dir", "") != "rtl" {
		t.Fatalf("Accept-Language gives %s", got)
	}
	page = b.Get(webtest.AuthorizeURL("ui_locales", "fr de"))
	if got := lang(page); got != "de" {
		t.Fatalf("ui_locales gives %s", got)
	}
	page = page.Follow("English").At("/login")
	if got := lang(page); got != "en" {
		t.Fatalf("the choice gives %s", got)
	}
	page.Says("Notes")
	if got := lang(b.Get("/login")); got != "en" {
		t.Fatalf("the choice is forgotten: %s", got)
	}
	if got := lang(b.Get("/login?lang=de")); got != "de" {
		t.Fatalf("lang gives %s", got)
	}
}

func TestPoolDefaultLanguage(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.DefaultLanguage = "de" })
	if got := h.Browser().Get("/login").Doc.Find("html").AttrOr("lang", ""); got != "de" {
		t.Fatalf("lang %s", got)
	}
}

// shelf keeps one theme file.
type shelf struct{ name, kind, content string }

func (s shelf) ThemeFile(_ context.Context, _ identity.PoolID, sha string) ([]byte, string, error) {
	if sha != s.name {
		return nil, "", http.ErrMissingFile
	}
	return []byte(s.content), s.kind, nil
}

func TestThemeOfPoolAndClient(t *testing.T) {
	logo := strings.Repeat("ab", 32)
	h := webtest.Start(t, func(d *web.Deps, p *identity.Pool) {
		d.ThemeFiles = shelf{logo, "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`}
		p.Theme = identity.Theme{Primary: "#0a5c2e", Logo: logo, ColorScheme: "dark"}
	})
	h.Client(identity.Client{ID: "green", Name: "Green", Theme: &identity.Theme{Primary: "#5c0a2e"}}, webtest.Secret)
	b := h.Browser()
	css := func(page *webtest.Answer) string {
		href := page.Doc.Find(`link[rel="stylesheet"]`).AttrOr("href", "")
		answer := b.Once(href)
		if answer.StatusCode != http.StatusOK || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
			t.Fatalf("%s: %d %v", href, answer.StatusCode, answer.Header)
		}
		return read(t, answer)
	}
	page := b.Get("/login")
	if got := css(page); !strings.Contains(got, "#0a5c2e") {
		t.Error("the pool's colour is not in its stylesheet")
	}
	if page.Doc.Find("html").AttrOr("data-theme", "") != "dark" {
		t.Error("the forced scheme is lost")
	}
	if got := css(b.Get(webtest.AuthorizeURL("client_id", "green"))); !strings.Contains(got, "#5c0a2e") {
		t.Error("the client's colour is not in its stylesheet")
	}
	src := page.Doc.Find("img.logo").AttrOr("src", "")
	image := b.Once(src)
	if image.StatusCode != http.StatusOK || image.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" ||
		image.Header.Get("Content-Disposition") != "inline" || image.Header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("%s: %d %v", src, image.StatusCode, image.Header)
	}
}

// firstUser is a set-up that waits for its token.
type firstUser struct{ open, username string }

func (f *firstUser) Valid(token string) bool { return f.open != "" && token == f.open }

func (f *firstUser) Create(_ context.Context, form web.SetupForm) error {
	if form.Password == "short" {
		return &identity.Error{Code: identity.PasswordRefused, Violations: []string{"too_short"}}
	}
	f.open, f.username = "", form.Username
	return nil
}

func TestFirstUserIsMadeOnce(t *testing.T) {
	first := &firstUser{open: "token"}
	h := webtest.Start(t, func(d *web.Deps, _ *identity.Pool) { d.Setup = first })
	h.Browser().Get("/setup?token=wrong").Is(http.StatusGone)
	page := h.Browser().Get("/setup?token=token").Is(http.StatusOK).Submit("username", ann, "password", "short").Is(web.Unprocessable)
	page.Submit("username", ann, "password", webtest.Password).At("/setup").Says("The first account is created")
	if first.username != ann {
		t.Fatalf("made %q", first.username)
	}
	h.Browser().Get("/setup?token=token").Is(http.StatusGone)
}

func TestNoSetupWithoutOne(t *testing.T) {
	webtest.Start(t).Browser().Get("/setup?token=").Is(http.StatusGone)
}

func TestWrongPublicURLsAreRefused(t *testing.T) {
	for _, raw := range []string{"", "login.example.test", "ftp://a.test", "https://a.test/path", "https://u:p@a.test", "https://a.test?x=1"} {
		if _, err := web.New(web.Deps{PublicURL: raw}); err == nil || !strings.Contains(err.Error(), "public_url") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestPlainHTTPBeyondThisMachineTakesTheTokenForProof(t *testing.T) {
	h := webtest.Start(t, func(d *web.Deps, _ *identity.Pool) { d.PublicURL = "http://login.lan" })
	h.User(ann)
	b := h.Browser()
	b.Send.Set("Origin", "null") // what browsers send there, for our Referrer-Policy is no-referrer
	b.SignIn(ann, webtest.Password).At("/account")
}
