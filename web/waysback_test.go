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

// Where nobody signs in with a password a sign-up asks for none: the code that
// proves the address is the first sign-in.
func TestSignUpWithoutAPassword(t *testing.T) {
	h := webtest.Start(t, ways(identity.FactorEmailCode))
	page := h.Browser().Get(webtest.AuthorizeURL()).Follow("Sign up").At("/signup")
	if page.Doc.Find("[type=password]").Length() != 0 {
		t.Fatal("it asks for a password")
	}
	page.Submit("username", "").Is(web.Unprocessable).SaysNot("password")
	page = page.Submit("username", ann).At("/login/code").Says("a***@e***.test")
	page.Submit("code", h.Mail(ann).Secrets["code"]).Lands(webtest.Callback)
}

// Nobody is sent a code for a password that is good for nothing, not even from
// a page that was open when passwords were given up.
func TestThereIsNoResetWithoutPasswords(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	stale := b.Get("/forgotPassword").At("/forgotPassword")
	h.Pool(identity.Pool{ID: webtest.PoolID, Name: "Acme", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"}, Policies: only(identity.FactorEmailCode)})
	for _, page := range []*webtest.Answer{stale.Submit("username", ann), b.Get("/forgotPassword?username=" + ann)} {
		if name, _ := page.At("/login").Form("username"); name.Get("username") != ann {
			t.Errorf("the page has %v", name)
		}
	}
	if sent := h.AllMail(ann); len(sent) != 0 {
		t.Errorf("sent %v", sent)
	}
}

// A link that an administrator hands over went to no address, and names none.
func TestALinkThatWasHandedOverNamesNoAddress(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	got, err := h.Admin().RecoveryLink(t.Context(), webtest.PoolID, ann, false)
	if err != nil {
		t.Fatal(err)
	}
	h.Browser().Get("/resetPassword?link=" + got.Link).Says("Set a new password").SaysNot("***").SaysNot("For the account")
}

func TestAPasswordIsResetByARecoveryCode(t *testing.T) {
	h := webtest.Start(t, demands())
	h.User(ann)
	_, after := enrolApp(h, h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password))
	saved := after.Press("/backup/codes").Doc.Find("#recovery-codes code").First().Text()
	page := h.Browser().Get("/forgotPassword").Submit("username", ann).At("/resetPassword").Follow("Use a recovery code instead")
	page = page.Submit("code", "0000-0000-0000-0000", "new_password", "a much longer one").Is(web.Unprocessable).Says("This code does not match")
	page.Submit("code", saved, "new_password", "a much longer one").At("/login").Says("Your password was changed")
	h.Browser().SignIn(ann, "a much longer one").SaysNot(wrongWords)
}

// risky makes a pool that writes to people about every sign-in it doubts.
func risky(_ *web.Deps, p *identity.Pool) {
	act := identity.RiskAction{EventAction: "NO_ACTION", Notify: true}
	p.AddOns.AdvancedSecurityMode = "ENFORCED"
	p.Risk.AccountTakeover.Actions = identity.RiskActions{Low: act, Medium: act, High: act}
}

// doubted signs in from a browser and a network that are new, and answers the
// link of the message about it.
func doubted(h *webtest.House) (stranger *webtest.Browser, link string) {
	h.Helper()
	h.User(ann)
	h.Browser().SignIn(ann, webtest.Password).At("/account")
	h.After(time.Hour)
	stranger = h.Browser()
	stranger.Address = "203.0.113.9:40000"
	stranger.Send.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
	stranger.SignIn(ann, webtest.Password).At("/account")
	return stranger, "/notMe?link=" + h.Mail(ann).Secrets["link"]
}

func TestASignInOfSomebodyElseIsEndedFromTheMail(t *testing.T) {
	h := webtest.Start(t, risky)
	stranger, link := doubted(h)
	owner := h.Browser()
	for range 2 {
		page := owner.Get(link).Is(http.StatusOK).Says("Was this not you?").Says("a***@e***.test")
		if strings.Contains(page.URL.String(), "link=") {
			t.Fatalf("the address bar still holds the secret: %s", page.URL)
		}
	}
	stranger.Get("/account").At("/account")
	owner.Get(link).Press("/notMe").Is(http.StatusOK).Says("Everything is signed out").Follow("Set a new password").At("/forgotPassword")
	stranger.Get("/account").At("/login")
	stranger.SignIn(ann, webtest.Password).SaysNot("Profile")
	owner.Get(link).Is(http.StatusGone).Says("This link was used already")
	owner.Get("/notMe?link=nonsense").Is(http.StatusGone).Says("This link does not work")
}

// Settings may change while somebody chooses: no page may then lead to itself.
func TestAChoiceThatIsGoneLeadsToAFreshStart(t *testing.T) {
	h := webtest.Start(t, choices)
	h.User(ann)
	b := h.Browser()
	page := b.Get("/login").Submit("username", ann).At("/login/choose")
	h.Pool(identity.Pool{ID: webtest.PoolID, Name: "Acme", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"}, Policies: only(identity.FactorPassword)})
	b.Get(page.URL.String()).At("/login").Says("so we started over")
}

func only(f identity.Factor) (p identity.Policies) {
	p.SignInPolicy.AllowedFirstAuthFactors = []identity.Factor{f}
	return p
}
