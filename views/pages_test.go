package views_test

import (
	"testing"

	"poolhouse.dev/views/autopost"
	"poolhouse.dev/views/confirm"
	"poolhouse.dev/views/failure"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/linkpage"
	"poolhouse.dev/views/newpassword"
	"poolhouse.dev/views/reset"
	"poolhouse.dev/views/signup"
	"poolhouse.dev/views/toomany"
)

func TestSignUpAsksOncePerThing(t *testing.T) {
	d := render(t, signup.View(signup.Props{
		Page: frame(), Action: "/signup", Names: byEmail, Rules: rules, SignInURL: "/login",
		Attributes: []form.Attribute{
			{Name: "given_name", Required: true}, {Name: "phone_number"}, {Name: "custom:team", MaxLength: 40}, {Name: "custom:age", Type: "Number"},
		},
	}))
	d.has(1, "input[type=password]")
	for attribute, value := range map[string]string{
		"name": "password", "autocomplete": "new-password", "minlength": "8", "maxlength": "256",
		"passwordrules": "minlength: 8; maxlength: 256;", "aria-describedby": "password-rules",
	} {
		d.is("#password", attribute, value)
	}
	d.is("#given_name", "autocomplete", "given-name")
	d.is("#phone_number", "autocomplete", "tel")
	d.is("#phone_number", "inputmode", "tel")
	d.says("label[for=phone_number]", "Phone number (optional)")
	d.says("label[for=given_name]", "First name")
	d.has(1, "#given_name[required]")
	d.has(0, "#phone_number[required]")
	d.is("#custom-team", "name", "custom:team")
	d.says("label[for=custom-team]", "Team (optional)")
	d.is("#custom-age", "inputmode", "decimal")
	d.has(0, "input[type=number]")
}

func TestCompositionIsShownOnlyWhenItIsAsked(t *testing.T) {
	page := func(r form.Rules) doc {
		return render(t, signup.View(signup.Props{Page: frame(), Action: "/signup", Names: byEmail, Rules: r}))
	}
	d := page(rules)
	d.has(0, "#password-rules li")
	d.says("#password-rules p", "At least 8 characters. A few unrelated words make a good password.")
	d = page(form.Rules{MinLength: 12, Lowercase: true, Uppercase: true, Numbers: true, Symbols: true})
	d.has(4, "#password-rules li")
	d.is("#password", "passwordrules", "minlength: 12; maxlength: 256; required: lower; required: upper; required: digit; required: special;")
}

func codePage() confirm.Props {
	return confirm.Props{
		Page: frame(), Action: "/confirm", Destination: "a•••@e•••.test", Medium: "EMAIL", WrongURL: "/signup?request=r",
		ResendAction: "/confirm/resend", ResendWait: 65,
	}
}

func TestTheCodeIsOneField(t *testing.T) {
	d := render(t, confirm.View(codePage()))
	d.has(1, "input[name=code]")
	for attribute, value := range map[string]string{
		"autocomplete": "one-time-code", "inputmode": "numeric", "pattern": "[0-9]*", "maxlength": "16", "dir": "ltr", "type": "text",
	} {
		d.is("#code", attribute, value)
	}
	d.says(".lead", "We sent a code to a•••@e•••.test. Only the newest code works.")
	d.is(".foot a", "href", "/signup?request=r")
}

func TestResendIsAButtonWithItsWait(t *testing.T) {
	d := render(t, confirm.View(codePage()))
	d.is("form.resend", "action", "/confirm/resend")
	d.is("form.resend", "data-wait", "65")
	d.has(1, "form.resend button[type=submit]:not([disabled])")
	d.says("[data-countdown]", "You can ask for a new code in 1:05.")
	p := codePage()
	p.ResendWait = 0
	render(t, confirm.View(p)).has(0, "[data-countdown]")
}

func TestResetTellsManagersWhoseItIs(t *testing.T) {
	p := reset.Props{Page: frame(), Action: "/resetPassword", Identifier: "ann@example.test", Destination: "a•••@e•••.test", Rules: rules}
	d := render(t, reset.View(p))
	d.is("form input[name=username]", "autocomplete", "username")
	d.is("form input[name=username]", "value", "ann@example.test")
	d.has(1, "form input[name=username][readonly]")
	d.has(1, "#code")
	d.is("#new_password", "autocomplete", "new-password")
	d.has(1, "input[type=password]")
	p.Link = "from-the-mail"
	d = render(t, reset.View(p))
	d.has(0, "#code")
	d.is("input[name=link]", "value", "from-the-mail")
}

func TestNewPasswordAsksForWhatIsMissing(t *testing.T) {
	d := render(t, newpassword.View(newpassword.Props{
		Page: frame(), Action: "/newPassword", Identifier: "ann@example.test", Rules: rules, Missing: []form.Attribute{{Name: "name", Required: true}},
	}))
	d.is("#name", "autocomplete", "name")
	d.is("input[name=username]", "value", "ann@example.test")
	d.has(1, "#new_password")
}

func TestALinkPageHasOneButton(t *testing.T) {
	p := linkpage.Props{Page: frame(), Action: "/link", Purpose: linkpage.SignUp, State: linkpage.Good, Link: "L", Destination: "a•••@e•••.test", AgainURL: "/forgotPassword"}
	d := render(t, linkpage.View(p))
	d.has(1, "main form[method=post] button")
	d.has(0, "main a")
	d.says(".lead bdi", "a•••@e•••.test")
	d.is("input[name=link]", "value", "L")
	seen := map[string]bool{}
	for _, state := range []string{linkpage.Used, linkpage.Expired, linkpage.Replaced, linkpage.Unknown} {
		p.State = state
		d := render(t, linkpage.View(p))
		seen[d.Find("h1").Text()] = true
		d.says("main a.button", "Send a new one")
		d.has(0, "main form")
	}
	if len(seen) != 4 {
		t.Errorf("states are told by the same words: %v", seen)
	}
}

func TestAFailureHasReferenceAndWayBack(t *testing.T) {
	p := frame()
	p.ReturnURL = "https://notes.example.test/"
	d := render(t, failure.View(failure.Props{Page: p}))
	d.says(".reference", "Reference: 7f3a")
	d.says("a.button", "Back to Notes")
	d.has(1, ".button")
	p.ReturnURL = ""
	d = render(t, failure.View(failure.Props{Page: p}))
	d.has(0, ".actions") // which leave a gap when there are none
}

func TestAWaitIsSaidInWordsAndAsATime(t *testing.T) {
	for seconds, words := range map[int]string{
		0: "Try again in 1 second.", 1: "Try again in 1 second.", 60: "Try again in 60 seconds.", 61: "Try again in 2 minutes.",
		5400: "Try again in 90 minutes.", 5401: "Try again in 2 hours.",
	} {
		if got := layout.Wait(frame(), seconds); got != words {
			t.Errorf("%d: %q, want %q", seconds, got, words)
		}
	}
	d := render(t, toomany.View(toomany.Props{Page: frame(), Seconds: 240, Until: layout.Moment{Machine: "2026-05-03T14:06:00Z", Words: "14:06 UTC"}}))
	d.says(".note p", "Try again in 4 minutes. The wait ends at 14:06 UTC.")
	d.is("time", "datetime", "2026-05-03T14:06:00Z")
	if got := layout.Wait(spoken("ar"), 120); got != "حاول مجددًا بعد دقيقتين." { // the dual
		t.Errorf("two minutes in Arabic: %s", got)
	}
}

func TestAnAnswerThatPostsItselfHasAButtonToo(t *testing.T) {
	d := render(t, autopost.View(autopost.Props{
		Page: frame(), Action: "https://notes.example.test/cb", Fields: []form.Hidden{{Name: "code", Value: "c"}, {Name: "state", Value: ""}},
	}))
	d.is("form[data-autopost]", "action", "https://notes.example.test/cb")
	d.has(1, "form button[type=submit]")
	d.has(1, "input[name=state]") // an empty value is a value
	d.has(0, "input[name=csrf]")  // ours stays here
}
