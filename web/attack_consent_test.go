package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/web/internal/webtest"
)

const mal = "mal@example.test"

func (h house) nothingAllowed(t *testing.T) {
	t.Helper()
	if given := h.events("consent_given"); len(given) != 0 {
		t.Errorf("allowed: %+v", given)
	}
}

func TestAttackConsentByAnotherSitesForm(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	fields := mustFields(b.SignInTo(plannerURL(), ann, webtest.Password).At("/consent"))
	for name, spoil := range map[string]func(url.Values){
		"from another site":    func(url.Values) { comes(b, "cross-site", "https://evil.test/") },
		"without the token":    func(v url.Values) { v.Del("csrf") },
		"with another's token": func(v url.Values) { v.Set("csrf", "AAAA") },
	} {
		sent := url.Values{}
		for field, all := range fields {
			sent[field] = all
		}
		spoil(sent)
		if page := b.Post("/consent", sent); page.Header.Get("Location") != "" {
			t.Errorf("%s: it leads to %s", name, page.Header.Get("Location"))
		}
		comes(b, "same-origin", "")
	}
	h.nothingAllowed(t)
}

// A link that presses the button.
func TestAttackConsentByALink(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	fields := mustFields(b.SignInTo(plannerURL(), ann, webtest.Password).At("/consent"))
	b.Get("/consent?" + fields.Encode()).At("/consent").Is(http.StatusOK)
	h.nothingAllowed(t)
}

// The sealed request of the form is exchanged for another.
func TestAttackConsentSealedRequestSwapped(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	small := mustFields(b.SignInTo(plannerURL(), ann, webtest.Password).At("/consent"))
	large := mustFields(b.Get(plannerURL("scope", "openid email calendar/read")).At("/consent"))
	for _, swap := range [][]string{{"request"}, {"request", "ticket"}, {"ticket"}, {"shown"}} {
		sent := url.Values{}
		for field, all := range small {
			sent[field] = all
		}
		for _, field := range swap {
			sent[field] = large[field]
		}
		b.Post("/consent", sent).At("/consent").Is(http.StatusOK)
	}
	h.nothingAllowed(t)
}

// The page was made for somebody else who used this browser.
func TestAttackConsentBySessionOfAnotherUser(t *testing.T) {
	h := stranger(t)
	h.User(mal)
	b := h.Browser()
	page := b.SignInTo(plannerURL(), mal, webtest.Password).At("/consent")
	link, fields := page.URL.String(), mustFields(page)
	b.Get("/account").Press("/account/signout")
	b.SignIn(ann, webtest.Password)
	again := b.Post("/consent", fields)
	again.At("/consent").Says(ann).SaysNot(mal)
	b.Get(link).At("/consent").Says(ann).SaysNot(mal)
	elsewhere := h.Browser()
	elsewhere.Get(link).At("/login")
	h.nothingAllowed(t)
}

// A link from another session would say that this one's sign-in met prompt=login.
func TestAttackConsentLinkSparesTheSignIn(t *testing.T) {
	h := stranger(t)
	h.User(mal)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	h.After(10 * time.Minute)
	link := h.Browser().SignInTo(plannerURL("prompt", "login"), mal, webtest.Password).At("/consent").URL.String()
	b.Get(link).At("/login")
}

func TestAttackConsentPageInAFrame(t *testing.T) {
	h := stranger(t)
	page := h.Browser().SignInTo(plannerURL(), ann, webtest.Password).At("/consent").Has("X-Frame-Options", "DENY")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %s", csp)
	}
}

// Each tab answers for its own request.
func TestAttackConsentOfTwoTabs(t *testing.T) {
	h := stranger(t)
	b := h.Browser()
	first := b.SignInTo(plannerURL("state", "one"), ann, webtest.Password).At("/consent")
	second := b.Get(plannerURL("state", "two", "scope", "openid email")).At("/consent")
	if got := first.Press("/consent", "answer", "allow").Lands(webtest.Callback); got.Get("state") != "one" {
		t.Errorf("the first leads to %v", got)
	}
	if given := h.events("consent_given"); len(given) != 1 || given[0].Detail["scopes"] != "openid" {
		t.Errorf("the first allowed %+v", given)
	}
	if got := second.Press("/consent", "answer", "deny").Lands(webtest.Callback); got.Get("state") != "two" || got.Get("error") != "access_denied" {
		t.Errorf("the second leads to %v", got)
	}
}

// Nothing of a request may become a link or a tag of the page.
func TestAttackConsentPageIsWrittenInto(t *testing.T) {
	h := stranger(t)
	page := h.Browser().SignInTo(plannerURL("authorization_details", `[{"type":"payment_initiation","<script>x</script>":"<a href=javascript:x>click</a>"}]`), ann, webtest.Password).At("/consent")
	if page.Doc.Find("main script, main a[href^=javascript]").Length() != 0 {
		t.Error(page.Body)
	}
}
