package web_test

import (
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// Chromium holds a page's form-action against each redirect that its post leads
// through, and the page of the hop names no app.
func TestTheSecondPostIsLedOnByAPage(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) { p.Type, p.Details = "SignInWithApple", nil })
	b := h.Browser()
	values := b.Get(webtest.AuthorizeURL()).Follow("Continue with Apple").Approve(h.up, vouched("s-1", ann))
	req, err := http.NewRequest(http.MethodPost, h.Server.PublicURL+"/oauth2/idpresponse?hop=1", strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := b.Do(req).Is(http.StatusOK)
	to := strings.TrimPrefix(answer.Header.Get("Refresh"), "0; url=")
	if link, _ := answer.Doc.Find("main a.button").Attr("href"); link != to || !strings.HasPrefix(to, "/") {
		t.Fatalf("Refresh leads to %q, the link to %q", to, link)
	}
	b.Get(to).Lands(webtest.Callback)
}
