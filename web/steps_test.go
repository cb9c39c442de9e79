package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// ways makes a pool with these ways in.
func ways(factors ...identity.Factor) webtest.Option {
	return func(_ *web.Deps, p *identity.Pool) { p.Policies.SignInPolicy.AllowedFirstAuthFactors = factors }
}

var choices = ways(identity.FactorPassword, identity.FactorEmailCode, identity.FactorPasskey)

// buttons answers the factors that a choice offers, in order.
func buttons(page *webtest.Answer) string {
	var all []string
	page.Doc.Find("button[name=factor]").Each(func(_ int, s *selection) { all = append(all, s.AttrOr("value", "")) })
	return strings.Join(all, " ")
}

func TestTheNameComesFirstWhereMoreThanAPasswordMayFollow(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User(ann)
	b := h.Browser()
	page := b.Get(webtest.AuthorizeURL()).At("/login")
	if page.Doc.Find("[type=password]").Length() != 0 {
		t.Fatal("the password is asked beside the name")
	}
	page = page.Submit("username", ann).At("/login/choose").Says(ann)
	if got := buttons(page); got != "PASSWORD EMAIL_OTP WEB_AUTHN" {
		t.Fatalf("it offers %s", got)
	}
	page = page.Press("/login/choose", "factor", "PASSWORD").At("/login/password").Says(ann)
	page = page.Submit("password", "wrong").Is(web.Unprocessable).Says(wrongWords)
	page.Submit("password", webtest.Password).Lands(webtest.Callback)
}

func TestSignInByAMailedCode(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User(ann)
	page := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann)
	page = page.Press("/login/choose", "factor", "EMAIL_OTP").At("/login/code").Says("Check your email").Says("a***@e***")
	page = page.Submit("code", "000000").Is(web.Unprocessable).Says("This code does not match")
	page.Submit("code", "").Is(web.Unprocessable).Says("Enter the code.")
	code := h.Mail(ann).Secrets["code"]
	page.Submit("code", code[:3]+" "+code[3:]).Lands(webtest.Callback)
}

// Nobody learns from the steps whether there is such an account.
func TestTheStepsLookTheSameForANameThatIsNotThere(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User("abc@example.test")
	words := func(page *webtest.Answer) string {
		page.Doc.Find(".number").Remove() // drawn anew each time
		return page.Text()
	}
	walk := func(name string) string {
		page := h.Browser().Get("/login").Submit("username", name).At("/login/choose")
		all := buttons(page)
		page = page.Press("/login/choose", "factor", "EMAIL_OTP").At("/login/code")
		all += words(page)
		return strings.ReplaceAll(all+words(page.Submit("code", "000000").Is(web.Unprocessable)), name, "NAME")
	}
	if known, unknown := walk("abc@example.test"), walk("axx@example.test"); known != unknown {
		t.Errorf("they differ:\n%s\n%s", known, unknown)
	}
}

// Back from a step leads to the choice; a step that is over by now leads to
// where the attempt stands.
func TestBackLeadsToTheChoice(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User(ann)
	b := h.Browser()
	choice := b.Get("/login").Submit("username", ann).At("/login/choose")
	code := choice.Press("/login/choose", "factor", "EMAIL_OTP").At("/login/code")
	b.Get(choice.URL.String()).At("/login/choose").Is(http.StatusOK).Press("/login/choose", "factor", "PASSWORD").At("/login/password")
	b.Get(code.URL.String()).At("/login/password")
	code.Submit("code", "123456").At("/login/password").Is(http.StatusOK)
	choice.Press("/login/choose", "factor", "SMS_MFA").Is(web.Unprocessable).Says("This way is not available here")
}

func TestTheNameCanBeChangedFromAStep(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User(ann)
	page := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", "an@example.test").Follow("Not you?").At("/login")
	fields, _ := page.Form("username")
	if fields.Get("username") != "an@example.test" {
		t.Fatalf("the form has %v", fields)
	}
	page.Submit("username", ann).Press("/login/choose", "factor", "PASSWORD").Submit("password", webtest.Password).Lands(webtest.Callback)
}

func TestAStepThatWaitedTooLongStartsAnew(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User(ann)
	page := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann)
	h.After(time.Hour)
	page.Press("/login/choose", "factor", "PASSWORD").At("/login").Says("so we started over").Says("Notes")
}

// A network that is shut out gets no page further than the first.
func TestABlockedSignInSaysWhatToDo(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.Risk.Exceptions.Blocked = []string{"192.0.2.0/24"} })
	h.User(ann)
	h.Browser().SignIn(ann, webtest.Password).Is(web.Unprocessable).At("/login").Says("This sign-in was stopped to protect the account")
}

func TestAPageMayLoadFromWhereItWasTold(t *testing.T) {
	h := webtest.Start(t)
	h.Server.Add(web.Route{Method: http.MethodGet, Path: "/told", Handle: func(r *web.Request) error {
		r.MayLoadFrom("https://captcha.example.test")
		return r.CookiesBlocked()
	}})
	told := h.Browser().Get("/told").Header.Get("Content-Security-Policy")
	for _, part := range []string{"script-src 'self' https://captcha.example.test;", "frame-src https://captcha.example.test;", "connect-src 'self' https://captcha.example.test;"} {
		if !strings.Contains(told, part) {
			t.Errorf("no %s in %s", part, told)
		}
	}
	if csp := h.Browser().Get("/login").Header.Get("Content-Security-Policy"); strings.Contains(csp, "captcha") || strings.Contains(csp, "frame-src") {
		t.Errorf("every page may: %s", csp)
	}
}
