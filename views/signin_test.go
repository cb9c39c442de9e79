package views_test

import (
	"testing"

	"poolhouse.dev/views/form"
	"poolhouse.dev/views/signin"
)

func signInPage(typed string) signin.Props {
	return signin.Props{
		Page: frame(), Action: "/login", Identifier: typed, Names: byEmail,
		SignUpURL: "/signup?request=r", ForgotURL: "/forgotPassword?request=r", CancelURL: "/cancel?request=r",
	}
}

func TestSignInIsOneFormThatManagersFill(t *testing.T) {
	d := render(t, signin.View(signInPage("")))
	d.has(1, "form")
	d.is("form", "method", "post")
	d.is("form", "action", "/login")
	d.has(1, `form button[type=submit]`)
	d.is(`form input[name=csrf]`, "value", "form-token")
	d.is(`form input[name=request]`, "value", "sealed-request")
	for attribute, value := range map[string]string{
		"id": "username", "autocomplete": "username", "type": "email", "inputmode": "email",
		"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "dir": "ltr",
	} {
		d.is(`input[name=username]`, attribute, value)
	}
	// Managers know the field by these; they are the same in every release.
	for attribute, value := range map[string]string{"id": "password", "type": "password", "autocomplete": "current-password"} {
		d.is(`input[name=password]`, attribute, value)
	}
	d.has(2, "input[required]")
	d.has(0, "input[placeholder]")
}

func TestTheNameIsWhatThePoolSays(t *testing.T) {
	for _, row := range []struct {
		names             form.Names
		label, kind, mode string
	}{
		{form.Names{}, "Username", "text", ""},
		{form.Names{Email: true}, "Email", "email", "email"},
		{form.Names{Phone: true}, "Phone number", "tel", "tel"},
		{form.Names{Username: true, Email: true}, "Username or email", "text", "email"},
		{form.Names{Email: true, Phone: true}, "Email or phone number", "text", "email"},
		{form.Names{Username: true, Email: true, Phone: true}, "Username, email or phone number", "text", "email"},
	} {
		p := signInPage("")
		p.Names = row.names
		d := render(t, signin.View(p))
		d.says(`label[for=username]`, row.label)
		d.is("#username", "type", row.kind)
		if row.mode != "" {
			d.is("#username", "inputmode", row.mode)
		}
	}
}

func TestSignInSaysWhereItLeads(t *testing.T) {
	d := render(t, signin.View(signInPage("")))
	d.says("h1", "Sign in to Notes")
	d.says("title", "Sign in to Notes")
	d.says("footer .value", "notes.example.test")
	d.is(".foot a", "href", "/signup?request=r")
	d.is(".beside a", "href", "/forgotPassword?request=r")
	d.is(".away a", "href", "/cancel?request=r")
}

func TestClosedSignUpHasNoLink(t *testing.T) {
	p := signInPage("")
	p.SignUpURL, p.CancelURL = "", ""
	d := render(t, signin.View(p))
	d.has(0, ".foot")
	d.has(0, ".away")
}

func TestAfterARefusalTheNameStaysAndThePasswordIsAsked(t *testing.T) {
	p := signInPage("ann@example.test")
	p.Page = wrong("password", p.T("error.incorrect_password"))
	d := render(t, signin.View(p))
	d.says("title", "Error: Sign in to Notes")
	d.is("#username", "value", "ann@example.test")
	d.has(0, "#password[value]")
	d.has(1, "#password[autofocus]")
	d.has(1, "[autofocus]")
	if first := d.Find("main").Children().First(); !first.Is("#errors[tabindex='-1']") {
		t.Error("the summary is not first in <main>")
	}
	d.says("#errors h2", "There is a problem")
	d.is("#errors a", "href", "#password")
	d.is("#password", "aria-invalid", "true")
	d.is("#password", "aria-describedby", "password-error")
	d.has(0, "#username[aria-invalid]")
	if next := d.Find("#password-error").Next(); next.Find("#password").Length() != 1 {
		t.Error("the message does not stand before its field")
	}
}

func TestTheCaretStartsWhereSomethingIsMissing(t *testing.T) {
	d := render(t, signin.View(signInPage("")))
	d.has(1, "#username[autofocus]")
	d.has(1, "[autofocus]")
	d = render(t, signin.View(signInPage("ann@example.test")))
	d.has(1, "#password[autofocus]")
	d.has(0, "#username[readonly]") // login_hint can be changed
	p := signInPage("")
	p.Page = wrong("username", "Enter your email address.")
	d = render(t, signin.View(p))
	d.has(0, "[autofocus]") // the summary takes it
	if !d.Find("#username-error").Next().Is("#username") {
		t.Error("the message does not stand before its field")
	}
}

func TestShowingThePasswordIsAButtonOfItsOwn(t *testing.T) {
	d := render(t, signin.View(signInPage("")))
	d.has(1, "button.reveal[type=button][hidden]") // useless without script
	d.is(".reveal", "aria-label", "Show password")
	d.is(".reveal", "data-hide", "Hide password")
	d.is(".reveal", "aria-pressed", "false")
	d.is(".reveal", "aria-controls", "password")
}

func TestNoticesAreAnnounced(t *testing.T) {
	p := signInPage("")
	p.Notice = p.T("notice.password_changed")
	d := render(t, signin.View(p))
	d.says("main .note.good[role=status]", "Your password was changed. Sign in with the new one.")
	p.Warn = true
	render(t, signin.View(p)).has(1, "main .note.warn[role=status]")
}

func TestWhoeverIsSignedInMayGoOnOrChange(t *testing.T) {
	d := render(t, signin.Choose(signin.ChooseProps{Page: frame(), Action: "/login", Name: "ann@example.test", OtherURL: "/login?other=1"}))
	d.says("main bdi", "ann@example.test")
	d.has(1, "button[type=submit]")
	d.is("a.button", "href", "/login?other=1")
	d.is("input[name=csrf]", "value", "form-token")
}

func TestWhatPeopleTypeIsEscaped(t *testing.T) {
	p := signInPage(`"><script>alert(1)</script>`)
	p.AppName = `<img src=x onerror=alert(1)>`
	p.CancelURL = "javascript:alert(1)"
	d := render(t, signin.View(p))
	d.has(1, "script") // our own
	d.has(0, "img")
	d.is("#username", "value", `"><script>alert(1)</script>`)
	d.is(".away a", "href", "about:invalid#TemplFailedSanitizationURL")
}
