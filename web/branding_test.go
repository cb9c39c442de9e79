package web_test

import (
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/theme"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// TestStylesAndDocumentsOfTheAPIAreShown: classic CSS, a logo and documents of a
// client reach the sign-in page of that client, over what its file says, and no other.
func TestStylesAndDocumentsOfTheAPIAreShown(t *testing.T) {
	sheet, err := theme.Classic(".submitButton-customizable { letter-spacing: 1px }")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("cd", 32)
	h := webtest.Start(t, func(d *web.Deps, p *identity.Pool) {
		d.ThemeFiles = shelf{name, "text/css", sheet}
		p.Theme.Primary = "#0a5c2e"
	})
	h.Client(identity.Client{ID: "green", Name: "Green", ClientOAuth: identity.ClientOAuth{TermsURI: "https://green.example.test/old"}}, webtest.Secret)
	settings := &identity.Settings{Core: h.Core}
	style := identity.UIStyle{PoolID: webtest.PoolID, ClientID: "green", CSS: "x", Look: identity.Theme{ColorScheme: "light", CSS: name, Logo: name}}
	if _, err := settings.SetUIStyle(t.Context(), style); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"cognito:default": "https://green.example.test/terms", "cognito:german": "https://green.example.test/agb"}
	if _, err := settings.CreateTerms(t.Context(), identity.Terms{PoolID: webtest.PoolID, ClientID: "green", Name: identity.TermsOfUse, Links: links}); err != nil {
		t.Fatal(err)
	}
	b := h.Browser()
	for _, c := range []struct{ lang, want string }{{"en", "terms"}, {"de", "agb"}} {
		page := b.Get(webtest.AuthorizeURL("client_id", "green", "ui_locales", c.lang))
		if page.Doc.Find(`a[href="https://green.example.test/`+c.want+`"]`).Length() != 1 {
			t.Errorf("in %s the page does not lead to the document", c.lang)
		}
		href := page.Doc.Find(`link[rel="stylesheet"]`).AttrOr("href", "")
		css := read(t, b.Once(href))
		if !strings.Contains(css, "button.button:not(.plain){letter-spacing: 1px}") || !strings.Contains(css, "#0a5c2e") {
			t.Errorf("%s lacks a rule", href)
		}
		if got := page.Doc.Find("html").AttrOr("data-theme", ""); got != "light" {
			t.Errorf("the scheme is %q", got)
		}
		if !strings.Contains(page.Doc.Find("img.logo").AttrOr("src", ""), name) {
			t.Error("the logo is not shown")
		}
	}
	if page := b.Get(webtest.AuthorizeURL()); page.Doc.Find("img.logo").Length() > 0 {
		t.Error("another client has the logo, too")
	}
}
