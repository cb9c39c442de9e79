package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// mailed begins a sign-in by message and answers its page and its link.
func mailed(h *webtest.House, b *webtest.Browser) (*webtest.Answer, string) {
	h.Helper()
	page := b.Get(webtest.AuthorizeURL()).Submit("username", ann).At("/login/code")
	return page, "/login/link?link=" + h.Mail(ann).Secrets["link"]
}

func byMail(t *testing.T) *webtest.House {
	t.Helper()
	h := webtest.Start(t, ways(identity.FactorEmailCode))
	h.User(ann)
	return h
}

func stateOf(b *webtest.Browser, page *webtest.Answer) string {
	return b.Get(page.Doc.Find("[data-state]").AttrOr("data-state", "")).Body
}

func TestASignInLinkChangesNothingWhenOpened(t *testing.T) {
	h := byMail(t)
	b := h.Browser()
	page, link := mailed(h, b)
	scanner := h.Browser()
	scanner.Send.Set("User-Agent", "mail-scanner/1.0")
	for range 2 {
		opened := scanner.Get(link).Is(http.StatusOK)
		if strings.Contains(opened.URL.String(), "link=") {
			t.Fatalf("the address bar still holds the secret: %s", opened.URL)
		}
		req, _ := http.NewRequest(http.MethodHead, webtest.PublicURL+link, nil)
		scanner.Do(req)
	}
	if got := stateOf(b, page); got != `{"state":"waiting"}` {
		t.Fatalf("opening the link made it %s", got)
	}
	if scanner.Cookies()["__Host-ph_session"] != "" {
		t.Error("the scanner has a session")
	}
	b.Get(link).Press("/login/link").Lands(webtest.Callback)
}

// Opened in the browser that asked, in a tab of its own, the link leads to the
// app, and the tab that waits goes there, too.
func TestASignInLinkInTheSameBrowserLeadsToTheApp(t *testing.T) {
	h := byMail(t)
	b := h.Browser()
	page, link := mailed(h, b)
	opened := b.Get(link).Says("Continue as a***@e***.test on Notes")
	if opened.Doc.Find(".number").Length() != 0 {
		t.Error("there is nothing to compare in the same browser")
	}
	if got := opened.Press("/login/link").Lands(webtest.Callback); got.Get("code") == "" || got.Get("state") != "s1" {
		t.Fatalf("landed with %v", got)
	}
	if got := stateOf(b, page); got != `{"state":"approved"}` {
		t.Errorf("the tab that waits is told %s", got)
	}
	if got := page.Press("/login/continue-link").Lands(webtest.Callback); got.Get("state") != "s1" {
		t.Errorf("the tab that waits landed with %v", got)
	}
}

func TestASignInLinkInAnotherBrowserLetsTheFirstGoOn(t *testing.T) {
	h := byMail(t)
	b, phone := h.Browser(), h.Browser()
	phone.Address = "198.51.100.9:40000"
	phone.Send.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1")
	page, link := mailed(h, b)
	page = page.Press("/login/continue-link").At("/login/code").Says("The link is not confirmed yet")
	number := page.Doc.Find(".number").Text()
	opened := phone.Get(link).Says("Continue as a***@e***.test on Notes").Says("Firefox on Linux, 192.0.2.7")
	if got := opened.Doc.Find(".number").Text(); got != number || len(number) != 2 {
		t.Fatalf("one shows %q, the other %q", number, got)
	}
	opened.Press("/login/link").Is(http.StatusOK).Says("Go back to your other window")
	if phone.Cookies()["__Host-ph_session"] != "" {
		t.Error("the browser that followed the link is signed in")
	}
	if got := stateOf(b, page); got != `{"state":"approved"}` {
		t.Fatalf("the first window is told %s", got)
	}
	page.Press("/login/continue-link").Lands(webtest.Callback)
	phone.Get(link).Is(http.StatusGone).Says("This link was used already")
}

func TestSignInLinksThatAreOverSaySo(t *testing.T) {
	h := byMail(t)
	b := h.Browser()
	page, link := mailed(h, b)
	h.Browser().Get("/login/link?link=nonsense").Is(http.StatusGone).Says("This link does not work")
	h.Browser().Get("/login/link?mailed=1").Says("Cookies are blocked")
	h.After(time.Hour)
	h.Browser().Get(link).Is(http.StatusGone).Says("This link is too old").Follow("Send a new one").At("/login")
	if got := stateOf(b, page); got != `{"state":"over"}` {
		t.Errorf("the window that waits is told %s", got)
	}
}

// A link of another kind opens no sign-in.
func TestALinkForSomethingElseSignsNobodyIn(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password)
	link := "/login/link?link=" + h.Mail(ann).Secrets["link"]
	h.Browser().Get(link).Is(http.StatusGone).Says("This link does not work")
}

// Whether a link was followed is told to the browser that asked, and nobody else.
func TestTheStateIsToldToNobodyElse(t *testing.T) {
	h := byMail(t)
	page, link := mailed(h, h.Browser())
	h.Browser().Get(link).Press("/login/link")
	if got := stateOf(h.Browser(), page); got != `{"state":"over"}` {
		t.Errorf("another browser is told %s", got)
	}
}
