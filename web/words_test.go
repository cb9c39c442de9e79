package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/assets"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// problems answers the error summary's lines.
func problems(page *webtest.Answer) string {
	var all []string
	page.Doc.Find("#errors li").Each(func(_ int, s *selection) { all = append(all, strings.TrimSpace(s.Text())) })
	return strings.Join(all, " | ")
}

// A list of errors names what each is about, in the order of the page.
func TestEmptyFieldsAreNamed(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) {
		p.Schema = []identity.Attribute{{Name: "given_name", Required: true}, {Name: "zoneinfo", Required: true}}
	})
	page := h.Browser().Get("/signup").Submit("username", "").Is(web.Unprocessable)
	want := "Enter your email address. | Enter your first name. | Fill in “Time zone”. | Enter your password."
	if got := problems(page); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestRefusedValuesAreNamed(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	page := h.Browser().Get("/signup").Submit("username", "nonsense", "password", webtest.Password).Is(web.Unprocessable)
	if got := problems(page); got != "Enter an email address such as name@example.com." {
		t.Errorf("sign-up: %s", got)
	}
	b := h.Browser()
	page = b.SignIn(ann, webtest.Password).Press("/account/address", "email", "nonsense").Is(web.Unprocessable)
	if got := problems(page); got != "Enter an email address such as name@example.com." {
		t.Errorf("account: %s", got)
	}
	page = b.Get("/account/password").Submit("password", "wrong", "new_password", "another long one").Is(web.Unprocessable)
	if got := problems(page); got != "This is not your current password. Check it and try again." {
		t.Errorf("password: %s", got)
	}
}

func TestARefusedValueNamesItsBounds(t *testing.T) {
	five, nine := 5, 9.0
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) {
		p.Schema = []identity.Attribute{
			{Name: "custom:tier", StringRule: &identity.StringConstraints{MaxLength: &five}},
			{Name: "custom:level", DataType: "Number", NumberRule: &identity.NumberConstraints{MaxValue: &nine, MinValue: new(float64)}},
		}
	})
	h.User(ann)
	page := h.Browser().SignIn(ann, webtest.Password)
	for value, want := range map[[2]string]string{
		{"custom:tier", "platinum"}: "Check the length of “Tier”: 5 characters or fewer.",
		{"custom:level", "12"}:      "“Level” is a number from 0 to 9.",
	} {
		if got := problems(page.Press("/account", value[0], value[1]).Is(web.Unprocessable)); got != want {
			t.Errorf("%s: %s", value, got)
		}
	}
}

func TestANewAddressCanBeGivenUp(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	page := h.Browser().SignIn(ann, webtest.Password).Press("/account/address", "email", "new@example.test").Says("Keep the old one")
	page.Press("/account/keep").At("/account").Says("The old one stays").SaysNot("new@example.test")
}

func TestAnExpiredSignUpLinkSendsANewOne(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password)
	h.After(48 * time.Hour)
	page := h.Browser().Get("/confirm?link=" + h.Mail(ann).Secrets["link"]).Is(http.StatusGone).Says("This link is too old")
	page = page.Press("/confirm/again").At("/confirm").Is(http.StatusOK).Says("a new one is on its way to a***@e***")
	if got := len(h.AllMail(ann)); got != 2 {
		t.Fatalf("%d mails", got)
	}
	h.Browser().Get("/confirm?link=" + h.Mail(ann).Secrets["link"]).Press("/confirm").At("/login").Says("Your account is confirmed")
	page.Follow("Sign in").At("/login")
}

// Whoever used the link needs no other: the way on is to sign in.
func TestAUsedSignUpLinkOffersNoOther(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password)
	link := "/confirm?link=" + h.Mail(ann).Secrets["link"]
	h.Browser().Get(link).Press("/confirm")
	page := h.Browser().Get(link).Is(http.StatusGone).SaysNot("Send a new one")
	if got := page.Doc.Find("main a.button:not(.plain)").Text(); got != "Sign in" {
		t.Errorf("the way on is %q", got)
	}
}

func TestAPageThatIsNotThereLeadsOn(t *testing.T) {
	h := webtest.Start(t)
	for _, path := range []string{"/nowhere", "/nowhere/else", "/local_nobody/login"} {
		page := h.Browser().Get(path).Is(http.StatusNotFound).Says("Page not found – Acme")
		page.Follow("Go to the start page").Is(http.StatusOK).Says("Your Acme account")
	}
}

func TestBrowsersAreNamedInTheLanguageOfThePage(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	b.Get("/account/sessions?lang=de").Says("Firefox unter Linux")
	words := assets.Catalogues().For("ar")
	if got := web.Device(words.T, b.Send.Get("User-Agent")); got != "\u200fFirefox على Linux" {
		t.Errorf("%q", got)
	}
	b.Send.Set("User-Agent", "x")
	b.Get("/account/signout")
	nameless := h.Browser()
	nameless.Send.Set("User-Agent", "")
	nameless.SignIn(ann, webtest.Password)
	nameless.Get("/account/sessions").Says("Unknown browser")
}

// Choosing a language after an error keeps the app and what was typed.
func TestALanguageIsChosenWithoutLosingTheName(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	page := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann, "password", "wrong").Is(web.Unprocessable)
	page = page.Follow("Deutsch").At("/login").Says("Bei Notes anmelden")
	fields, _ := page.Form("password")
	if got := fields.Get("username"); got != ann {
		t.Errorf("the name is now %q", got)
	}
	page.Submit("password", webtest.Password).Lands(webtest.Callback)
}

const ownScheme = "com.example.app:/callback"

// Apps with a scheme of their own (RFC 8252 §7.1) get every kind of answer.
func TestAnAppWithItsOwnScheme(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Client(identity.Client{ID: "phone", Name: "Phone", CallbackURLs: []string{ownScheme}, LogoutURLs: []string{"com.example.app:/bye"}}, "")
	ask := func(pairs ...string) string {
		return webtest.AuthorizeURL(append([]string{
			"client_id", "phone", "redirect_uri", ownScheme, "code_challenge_method", "S256",
			"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
		}, pairs...)...)
	}
	page := h.Browser().Get(ask()).Is(http.StatusOK).Says("Sign in to Phone")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' com.example.app:;") {
		t.Errorf("the form must not end there: %s", csp)
	}
	if got := page.Submit("username", ann, "password", webtest.Password).Lands(ownScheme + "?"); got.Get("code") == "" {
		t.Errorf("landed with %v", got)
	}
	if got := h.Browser().Get(ask()).Follow("Cancel").Lands(ownScheme + "?"); got.Get("error") != "access_denied" {
		t.Errorf("cancelled with %v", got)
	}
	page = h.Browser().Get(ask("response_mode", "form_post")).Submit("username", ann, "password", webtest.Password)
	if got := page.Doc.Find("form").AttrOr("action", ""); got != ownScheme {
		t.Errorf("the answer is posted to %q", got)
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action com.example.app:;") {
		t.Errorf("the post is not allowed: %s", csp)
	}
	h.Browser().Get("/logout?client_id=phone&logout_uri=com.example.app:/bye").Lands("com.example.app:/bye")
}

// A language asked by the URL holds for the pages that follow.
func TestALanguageInTheURLIsKept(t *testing.T) {
	h := webtest.Start(t)
	page := h.Browser().Get("/login?lang=de").Says("Bei Acme anmelden")
	page.Submit("username", ann, "password", "wrong").Is(web.Unprocessable).Says("Bei Acme anmelden")
}

// The profile shows the pool's attributes in its order, and nothing that is
// empty and not to be filled in.
func TestTheProfileKeepsTheOrderOfTheSchema(t *testing.T) {
	fixed := false
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) {
		p.Schema = []identity.Attribute{{Name: "given_name"}, {Name: "birthdate"}, {Name: "custom:card", DataType: "String", Mutable: &fixed}}
	})
	h.User(ann)
	page := h.Browser().SignIn(ann, webtest.Password).At("/account")
	var names []string
	page.Doc.Find(`form[action="/account"] input:not([type=hidden])`).Each(func(_ int, s *selection) { names = append(names, s.AttrOr("name", "")) })
	if got := strings.Join(names, " "); got != "name given_name birthdate" {
		t.Errorf("the profile asks %s", got)
	}
}

// The page that posts an answer says to which app, and claims nothing else:
// the answer may be that the person did not sign in.
func TestAPostedAnswerNamesTheApp(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	ask := webtest.AuthorizeURL("response_mode", "form_post")
	b := h.Browser()
	b.Get(ask).Follow("Cancel").Says("Returning to Notes").SaysNot("signed in")
	b.SignInTo(ask, ann, webtest.Password).Says("Returning to Notes").Says("Continue to Notes").Says("app.example.test")
	b.Get(ask).Says("Returning to Notes")
}
