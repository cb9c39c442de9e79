package web_test

import (
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// Where links confirm sign-ups the page waits for the link, and asks for no code that
// nobody was sent. Waiting costs no try.
func TestASignUpThatALinkConfirms(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.Verification.DefaultEmailOption = identity.ByLink })
	page := h.Browser().Get(webtest.AuthorizeURL("prompt", "create")).Submit("username", "zoe@example.test", "password", webtest.Password).At("/confirm")
	page.Says("We sent a link to")
	if strings.Contains(page.Body, `name="code"`) {
		t.Errorf("the page asks for a code:\n%s", page.Body)
	}
	for range 6 {
		page = page.Press("/confirm").At("/confirm").Says("The link is not confirmed yet")
	}
	page = page.Press("/resend").At("/confirm").Says("A new link is on its way")
	link := webtest.PublicURL + "/confirm?" + url.Values{"link": {h.Mail("zoe@example.test").Secrets["link"]}}.Encode()
	h.Browser().Get(link).Press("/confirm").At("/login").Says("Your account is confirmed")
	if got := page.Press("/confirm").Lands(webtest.Callback); got.Get("code") == "" {
		t.Errorf("after the link: %v", got)
	}
}
