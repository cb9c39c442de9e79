package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// logoutLinks are both of Cognito's forms, which carry no proof of where they come from.
func logoutLinks(t *testing.T) []string {
	return []string{
		"/logout?" + url.Values{"client_id": {"app"}, "logout_uri": {webtest.AfterOut}}.Encode(),
		"/logout?" + mustQuery(t, webtest.AuthorizeURL()),
	}
}

// comes makes the browser say which page leads it on.
func comes(b *webtest.Browser, site, referer string) {
	b.Send.Del("Sec-Fetch-Site")
	b.Send.Del("Referer")
	for name, value := range map[string]string{"Sec-Fetch-Site": site, "Referer": referer} {
		if value != "" {
			b.Send.Set(name, value)
		}
	}
}

func TestAttackForeignLinkSignsOut(t *testing.T) {
	for _, from := range [][2]string{
		{"cross-site", "https://evil.test/"}, {"cross-site", ""}, {"same-site", "https://blog.example.test/"}, {"", "https://evil.test/"},
		{"cross-site", "https://app.example.test.evil.test/"}, {"cross-site", "http://app.example.test/"}, {"cross-site", "https://app.example.test:444/"},
	} {
		for _, link := range logoutLinks(t) {
			h := webtest.Start(t)
			h.User(ann)
			b := h.Browser()
			b.SignIn(ann, webtest.Password)
			comes(b, from[0], from[1])
			b.Get(link).Is(http.StatusOK).Says("Sign out?")
			comes(b, "none", "")
			b.Get("/account").At("/account")
		}
	}
}

func TestSignOutByTheAppItselfAsksNothing(t *testing.T) {
	for _, from := range [][2]string{
		{"cross-site", "https://app.example.test/"}, {"same-site", "https://app.example.test/page?x"}, {"none", ""}, {"same-origin", ""}, {"", ""},
		{"", "https://app.example.test/"}, {"cross-site", webtest.PublicURL + "/account"},
	} {
		h := webtest.Start(t)
		h.User(ann)
		b := h.Browser()
		b.SignIn(ann, webtest.Password)
		comes(b, from[0], from[1])
		b.Get(logoutLinks(t)[0]).Lands(webtest.AfterOut)
	}
}

func TestSignOutThatWasAskedLeadsOn(t *testing.T) {
	for i, link := range logoutLinks(t) {
		h := webtest.Start(t)
		h.User(ann)
		b := h.Browser()
		b.SignIn(ann, webtest.Password)
		comes(b, "cross-site", "")
		page := b.Get(link)
		if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://app.example.test;") {
			t.Errorf("the page's form may not lead to the app: %s", csp)
		}
		comes(b, "same-origin", "")
		if done := page.Press("/logout/confirm"); i == 0 {
			done.Lands(webtest.AfterOut)
		} else {
			done.At("/login")
		}
	}
}

// Somebody registers a client, and sends links to this server that lead on to their
// address (RFC 9700 §4.11.2).
func TestAttackLogoutAsRedirectorOfARegisteredApp(t *testing.T) {
	h := webtest.Start(t)
	for _, of := range []string{"", identity.ByRegistration} {
		h.Client(identity.Client{
			ID: "app", Name: "App", RegisteredBy: of, AllowedOAuthScopes: []string{"openid"}, ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantCode}},
		}, webtest.Secret)
		for name, link := range map[string]string{
			"by Cognito's form": logoutLinks(t)[0], "without a hint": logoutURL("client_id", "app", "post_logout_redirect_uri", webtest.AfterOut),
		} {
			page := h.Browser().Get(link)
			if of == "" {
				page.Lands(webtest.AfterOut)
			} else if page.URL.Path != "/signedout" {
				t.Errorf("%s: at %s", name, page.URL)
			}
		}
	}
}
