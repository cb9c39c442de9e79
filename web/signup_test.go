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

func TestSignUpWithTheMailedCode(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	page := b.Get(webtest.AuthorizeURL()).Follow("Sign up").At("/signup").Says("to use Notes")
	page = page.Submit("username", ann, "password", webtest.Password).At("/confirm").Says("a***@e***")
	page = page.Submit("code", "000000").Is(web.Unprocessable).Says("This code does not match")
	code := h.Mail(ann).Secrets["code"]
	if got := page.Submit("code", code[:3]+" "+code[3:]).Lands(webtest.Callback); got.Get("code") == "" {
		t.Fatalf("landed with %v", got)
	}
}

func TestCodePageSurvivesReload(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	page := b.Get("/signup").Submit("username", ann, "password", webtest.Password).At("/confirm")
	b.Get(page.URL.String()).Is(http.StatusOK).Submit("code", h.Mail(ann).Secrets["code"]).At("/account")
	if page.Status != http.StatusOK {
		t.Fatal("a post that went well answers no redirect")
	}
}

func TestSignUpWithATakenAddressLooksLikeSuccess(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	fresh := h.Browser().Get("/signup").Submit("username", "axx@example.test", "password", webtest.Password)
	taken := h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password)
	if fresh.Status != taken.Status || fresh.URL.Path != taken.URL.Path || fresh.Text() != taken.Text() {
		t.Fatalf("they differ:\n%s\n%s", fresh.Text(), taken.Text())
	}
	if kind := h.Mail(ann).Kind; kind != "account_exists" {
		t.Fatalf("the owner was sent %q", kind)
	}
	taken.Submit("code", "123456").Is(web.Unprocessable).Says("This code does not match")
}

func TestSignUpKeepsWhatWasTyped(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) {
		p.Schema = []identity.Attribute{{Name: "given_name", Required: true}}
	})
	page := h.Browser().Get("/signup").Submit("username", ann, "password", "short", "given_name", "Ann").Is(web.Unprocessable)
	fields, _ := page.Form("username")
	if fields.Get("username") != ann || fields.Get("given_name") != "Ann" || fields.Get("password") != "" {
		t.Fatalf("the form came back with %v", fields)
	}
	page.Submit("given_name", "").Is(web.Unprocessable).Says("Enter your first name.")
}

func TestSignUpTakesOnlyWhatThePageAsks(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password, "email_verified", "true", "custom:role", "admin", "sub", "x").At("/confirm")
	u, err := h.Admin().User(t.Context(), webtest.PoolID, ann)
	if err != nil || u.Attributes["email_verified"] == "true" || u.Attributes["custom:role"] != "" {
		t.Fatalf("%v %v", u.Attributes, err)
	}
}

func TestClosedSignUp(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.AdminCreateUserConfig.AllowAdminCreateUserOnly = true })
	page := h.Browser().Get("/login").SaysNot("Sign up")
	h.Browser().Get("/signup").At("/login")
	fields, _ := page.Form("csrf")
	fields.Set("username", ann)
	fields.Set("password", webtest.Password)
	h.Browser().Post("/signup", fields)
	if _, err := h.Admin().User(t.Context(), webtest.PoolID, ann); err == nil {
		t.Fatal("signed up")
	}
}

func TestResendSendsAnotherCode(t *testing.T) {
	h := webtest.Start(t)
	page := h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password)
	page = page.Press("/resend").At("/confirm").Says("A new code is on its way")
	mails := h.AllMail(ann)
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	page.Submit("code", mails[1].Secrets["code"]).At("/account")
}

func TestExpiredAttemptLeadsToAFreshPage(t *testing.T) {
	h := webtest.Start(t)
	page := h.Browser().Get(webtest.AuthorizeURL()).Follow("Sign up").Submit("username", ann, "password", webtest.Password)
	h.After(16 * time.Minute)
	page.Submit("code", h.Mail(ann).Secrets["code"]).At("/login").Says("so we started over").Says("Notes")
}

func TestMailedLinkChangesNothingWhenOpened(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password).At("/confirm")
	link := "/confirm?link=" + h.Mail(ann).Secrets["link"]
	scanner := h.Browser()
	scanner.Send.Set("User-Agent", "mail-scanner/1.0")
	for range 2 {
		if got := scanner.Once(link); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("answers %d", got.StatusCode)
		}
		scanner.Get(link)
	}
	if u, _ := h.Admin().User(t.Context(), webtest.PoolID, ann); u.Status != identity.Unconfirmed {
		t.Fatalf("opening the link made the user %s", u.Status)
	}
	reader := h.Browser()
	page := reader.Get(link).Is(http.StatusOK).Says("Confirm your account").Says("a***@e***")
	if strings.Contains(page.URL.String(), "link=") {
		t.Fatalf("the address bar still holds the secret: %s", page.URL)
	}
	page.Press("/confirm").At("/login").Says("Your account is confirmed")
	if u, _ := h.Admin().User(t.Context(), webtest.PoolID, ann); u.Status != identity.Confirmed {
		t.Fatalf("the button left the user %s", u.Status)
	}
	reader.Get(link).Is(http.StatusGone).Says("This link was used already")
}

func TestMailedLinkPagesAreDistinct(t *testing.T) {
	h := webtest.Start(t)
	page := h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password)
	first := "/confirm?link=" + h.Mail(ann).Secrets["link"]
	h.After(time.Minute)
	page.Press("/resend")
	second := "/confirm?link=" + h.Mail(ann).Secrets["link"]
	h.Browser().Get(first).Is(http.StatusGone).Says("There is a newer link")
	h.After(48 * time.Hour)
	h.Browser().Get(second).Is(http.StatusGone).Says("This link is too old")
	h.Browser().Get("/confirm?link=nonsense").Is(http.StatusGone).Says("This link does not work")
	b := h.Browser()
	b.Get("/confirm?link=%22%3B%20Path%3D").Is(http.StatusGone).Says("This link does not work")
	if kept, ok := b.Cookies()["__Host-ph_link"]; ok {
		t.Errorf("what is no link is kept: %q", kept)
	}
}

func TestMailedLinkWithoutCookies(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password)
	h.Browser().Without().Get("/confirm?link=" + h.Mail(ann).Secrets["link"]).Is(web.Unprocessable).Says("Cookies are blocked")
}

func TestForgottenPasswordByCode(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	elsewhere := h.Browser()
	elsewhere.SignIn(ann, webtest.Password)
	page := h.Browser().Get(webtest.AuthorizeURL()).Follow("Forgot password?").Submit("username", ann).At("/resetPassword").Says("a***@e***")
	page = page.Submit("code", "000000", "new_password", "another long one").Is(web.Unprocessable).Says("This code does not match")
	page = page.Submit("code", h.Mail(ann).Secrets["code"], "new_password", "short").Is(web.Unprocessable).Says("Use at least 8 characters")
	page = page.Submit("code", h.Mail(ann).Secrets["code"], "new_password", "another long one").At("/login").Says("Your password was changed")
	page.Submit("username", ann, "password", "another long one").Lands(webtest.Callback)
	elsewhere.Get("/account").At("/login")
}

func TestForgottenPasswordByLink(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Browser().Get("/forgotPassword").Submit("username", ann)
	link := "/resetPassword?link=" + h.Mail(ann).Secrets["link"]
	h.Browser().Get(link)
	page := h.Browser().Get(link).Is(http.StatusOK).Says("Set a new password")
	page.Submit("new_password", "another long one").At("/login").Says("Your password was changed")
	h.Browser().SignIn(ann, "another long one").At("/account")
	h.Browser().Get(link).Is(http.StatusGone).Says("This link was used already")
}

func TestResetCodeIsSentAgain(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	page := h.Browser().Get("/forgotPassword").Submit("username", ann)
	page = page.Press("/forgotPassword").At("/resetPassword").Says("A new code is on its way")
	page.Submit("code", h.Mail(ann).Secrets["code"], "new_password", "another long one").At("/login").Says("Your password was changed")
}

func TestEveryLinkOfAPageThatWasPostedWorks(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	page := b.Get("/signup").Submit("username", ann, "password", webtest.Password).At("/confirm")
	for page.Status != http.StatusTooManyRequests {
		page = page.Press("/resend")
	}
	page.Follow("Try again").Is(http.StatusOK).At("/confirm").Follow("Deutsch").Is(http.StatusOK).At("/confirm")
	h.User("bob@example.test")
	account := h.Browser().SignIn("bob@example.test", webtest.Password).Press("/account/address", "email", "nonsense").Is(web.Unprocessable)
	account.Follow("Deutsch").Is(http.StatusOK).At("/account")
}

func TestResetPageWithoutACodeSentBeginsBefore(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/resetPassword").At("/forgotPassword")
	h.Browser().Get("/resetPassword?sent=forged.mac").At("/forgotPassword")
}

func TestASignUpThatWaitsAsksForNoCode(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) {
		p.AutoVerifiedAttributes, p.SignUpConfirmation = nil, identity.ByAdministrator
	})
	page := h.Browser().Get("/signup").Submit("username", ann, "password", webtest.Password).At("/login").Says("Your account is created.")
	page.Submit("username", ann, "password", webtest.Password).Is(web.Unprocessable).Says("have to confirm it before you can sign in")
}
