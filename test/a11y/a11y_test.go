// Package a11y asks axe-core about every hosted page, in its states: light,
// dark, on the narrowest phone and right to left. axe-core comes from
// test/package.json; `make deps` puts it there.
package a11y

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

const (
	ann = "ann@example.test"
	eve = "eve@example.test"
)

// rules are WCAG 2.2 A and AA, and axe's own best practices.
const rules = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`

// ask answers a line for every rule that a page breaks.
const ask = `axe.run(document, {runOnly: ` + rules + `}).then(found => found.violations.map(v =>
	v.id + " (" + v.impact + "): " + v.nodes.map(n => n.html.slice(0, 160)).join(" | ")))`

var looks = []struct {
	name          string
	width, height int64
	scheme        string
}{
	{"light", 1280, 900, "light"}, {"dark", 1280, 900, "dark"}, {"phone", 320, 640, "light"},
}

// auditor is a browser with axe-core.
type auditor struct {
	*kit.Browser
	t   *testing.T
	axe string
}

func start(t *testing.T, change ...func(kit.Map)) (*kit.Server, auditor) {
	t.Helper()
	t.Parallel()
	s := kit.Start(t, change...)
	return s, audited(t, s)
}

// audited answers a further browser with axe-core.
func audited(t *testing.T, s *kit.Server) auditor {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join(kit.Root(t), "test", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is not there: run `make deps`: %v", err)
	}
	b := kit.NewBrowser(t, s.URL, s.App.URL)
	for _, status := range []string{"status of 404", "status of 410", "status of 422", "status of 429"} {
		b.Expect(status)
	}
	return auditor{b, t, string(axe)}
}

// check asks about the page in front, in every look.
func (a auditor) check(page string) {
	a.t.Helper()
	for _, l := range looks {
		a.Look(a.t, l.width, l.height, l.scheme)
		a.ask(page + ", " + l.name)
	}
	a.Look(a.t, 1280, 900, "light")
}

// ask asks about the page as it looks now.
func (a auditor) ask(page string) {
	a.t.Helper()
	if kit.Ask(a.t, a.Browser, chromedp.Evaluate[bool](`typeof axe === "undefined"`)) {
		kit.Ask(a.t, a.Browser, chromedp.Evaluate[bool](a.axe+"; true"))
	}
	kit.Ask(a.t, a.Browser, chromedp.Evaluate[bool](`document.getAnimations().forEach(a => a.finish()); true`))
	for _, broken := range kit.Ask(a.t, a.Browser, chromedp.Evaluate[[]string](ask, chromedp.EvalAwaitPromise)) {
		a.t.Errorf("%s: %s", page, broken)
	}
	a.fits(page)
}

// fits wants that the page is read without moving it sideways.
func (a auditor) fits(page string) {
	a.t.Helper()
	if wide := kit.Ask(a.t, a.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); wide > 0 {
		a.t.Errorf("%s reaches %d pixels over the edge", page, wide)
	}
}

// inArabic asks about the page in front from right to left, on the narrowest
// phone, where the long words of German must fit as well. The page must bear
// being loaded again.
func (a auditor) inArabic(page string) {
	a.t.Helper()
	at, err := url.Parse(a.Location(a.t))
	if err != nil {
		a.t.Fatal(err)
	}
	in := func(lang string) {
		query := at.Query()
		query.Set("lang", lang)
		at.RawQuery = query.Encode()
		a.Open(a.t, at.String())
	}
	a.Look(a.t, 320, 640, "light")
	in("de")
	a.fits(page + ", German")
	in("ar")
	a.ask(page + ", Arabic")
	in("en")
	a.Look(a.t, 1280, 900, "light")
}

// both checks the page in front in every look and language.
func (a auditor) both(page string) {
	a.t.Helper()
	a.check(page)
	a.inArabic(page)
}

// opened opens a page and checks it.
func (a auditor) opened(page, address string) {
	a.t.Helper()
	a.Open(a.t, address)
	a.check(page)
}

// sent presses the first button of the page's form and checks what comes.
func (a auditor) sent(page, sees string) {
	a.t.Helper()
	a.Do(a.t, chromedp.Click(chromedp.CSS(`main form button[type="submit"]`)))
	a.See(a.t, sees)
	a.check(page)
}

func TestPagesBeforeSigningIn(t *testing.T) {
	s, a := start(t)
	for _, lang := range []string{"en", "ar"} {
		a.opened("sign-in "+lang, s.App.URL+"/start")
		for page, path := range map[string]string{
			"home": "/", "sign-up": "/signup", "forgot": "/forgotPassword", "not found": "/nowhere",
			"unknown link": "/confirm?link=nonsense", "signed out": "/signedout",
		} {
			a.opened(page+" "+lang, s.URL+path)
		}
		a.Open(t, s.URL+"/login?lang=ar")
	}
	a.Open(t, s.URL+"/login?lang=en")
	a.sent("sign-in, empty", "There is a problem")
	a.Type(t, "username", ann)
	a.Type(t, "password", "not the password")
	a.sent("sign-in, wrong", "does not match")
	a.Open(t, s.URL+"/forgotPassword")
	a.Type(t, "username", ann)
	a.sent("reset", "Set a new password")
	a.sent("reset, empty", "There is a problem")
	a.opened("reset by link", s.Mail(t, ann, 1).Link(t))
}

func TestPagesOfASignUp(t *testing.T) {
	s, a := start(t)
	a.Open(t, s.App.URL+"/start")
	a.Follow(t, "/signup")
	a.Wait(t, "#password-rules")
	a.sent("sign-up, empty", "There is a problem")
	a.Type(t, "username", eve)
	a.Type(t, "password", kit.AnnPassword)
	a.sent("confirm", "Check your email")
	a.sent("confirm, empty", "There is a problem")
	link := s.Mail(t, eve, 1).Link(t)
	a.opened("link", link)
	a.sent("confirmed", "Your account is confirmed")
	a.opened("used link", link)
}

func TestPagesOfAnAccount(t *testing.T) {
	s, a := start(t)
	a.Open(t, s.URL+"/login")
	a.Type(t, "username", ann)
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "About you")
	a.check("profile")
	for _, page := range []string{"password", "sessions", "delete"} {
		a.opened(page, s.URL+"/account/"+page)
		a.opened(page+" ar", s.URL+"/account/"+page+"?lang=ar")
		a.Open(t, s.URL+"/account?lang=en")
	}
	a.Open(t, s.URL+"/account/password")
	a.sent("password, empty", "There is a problem")
	a.Open(t, s.URL+"/account")
	a.Do(t, chromedp.Click(chromedp.CSS("main details summary")))
	a.check("address")
	a.Enter(t, "email", eve)
	a.See(t, "Keep the old one")
	a.check("address, waiting")
	a.opened("sign-out", s.URL+"/logout")
}
