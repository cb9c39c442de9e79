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

// A provider may answer our post with a redirect to another host of its own.
func TestAPostToTheProviderMayLeadAnywhereThatIsSafe(t *testing.T) {
	h, idp := withIDP(t, nil)
	byPost := strings.ReplaceAll(idp.Metadata(), "bindings:HTTP-Redirect", "bindings:HTTP-POST")
	h.Provider(nil, identity.IdentityProvider{Name: "Corp", Type: "SAML", Details: map[string]string{"MetadataFile": byPost, "RequestBinding": "post"}})
	page := h.Browser().Get(webtest.AuthorizeURL()).Follow("Continue with Corp").Is(http.StatusOK)
	_, to := page.Form("SAMLRequest")
	if policy := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(to, webtest.IDPURL) || !strings.Contains(policy, "form-action https:;") {
		t.Errorf("the form leads to %s, the policy is %s", to, policy)
	}
}
