package views_test

import (
	"strings"
	"testing"

	"poolhouse.dev/views/backup"
	"poolhouse.dev/views/enrol"
	"poolhouse.dev/views/factor"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/linkpage"
	"poolhouse.dev/views/reset"
	"poolhouse.dev/views/signin"
	"poolhouse.dev/views/signup"
	"poolhouse.dev/views/upgrade"
)

const options = `{"publicKey":{"challenge":"AAAA"}}`

func step() factor.Step {
	return factor.Step{
		Page: frame(), Action: "/step", Identifier: "ann@example.test", NotYouURL: "/login?request=r", OtherURL: "/login/choose?attempt=a",
	}
}

func passkeyPage(t *testing.T, change func(*signin.Props)) doc {
	p := signInPage("")
	p.Passkey = &signin.Passkey{Action: "/login/passkey", Options: options, State: "sealed"}
	if change != nil {
		change(&p)
	}
	return render(t, signin.View(p))
}

// A passkey is offered behind the name's field and by a button that only the
// script shows; without it the page is the one it was.
func TestPasskeysAreOfferedOnTheSignInPage(t *testing.T) {
	d := passkeyPage(t, nil)
	d.is("#username", "autocomplete", "username webauthn")
	d.has(1, "form[data-passkey=get][data-conditional] button#passkey[type=button][hidden]")
	d.is("form[data-passkey]", "action", "/login/passkey")
	d.is("form[data-passkey]", "data-options", options)
	d.is("form[data-passkey] input[name=passkey_state]", "value", "sealed")
	d.has(1, "form[data-passkey] input[name=credential][type=hidden]")
	d.has(1, "form[data-passkey] .outcome[role=status]")
	d.has(0, "[data-signal]")
	d.has(0, "script:not([src])")
	d = render(t, signin.View(signInPage("")))
	d.is("#username", "autocomplete", "username")
	d.has(0, "form[data-passkey]")
}

func TestABrowserIsToldOfAPasskeyThatIsNotKnown(t *testing.T) {
	d := passkeyPage(t, func(p *signin.Props) { p.Passkey.Unknown = `{"rpId":"x"}` })
	d.is("[data-signal]", "data-signal", "signalUnknownCredential")
	d.is("[data-signal]", "data-with", `{"rpId":"x"}`)
}

func TestTheNameMayBeAskedFirst(t *testing.T) {
	d := passkeyPage(t, func(p *signin.Props) { p.NameOnly = true })
	d.has(0, "input[type=password]")
	d.says("form button[type=submit]", "Continue")
	d.has(1, "#username[autofocus]")
}

func TestTheChoiceListsEachFactorAsAButton(t *testing.T) {
	d := render(t, factor.Choose(factor.ChooseProps{Step: step(), Options: []factor.Option{
		{Factor: factor.Password}, {Factor: factor.EmailCode, Destination: "a•••@e•••.test"}, {Factor: factor.Passkey},
	}}))
	d.has(1, "form[method=post][action='/step']")
	d.has(3, "form button[type=submit][name=factor]")
	d.says("button[value=EMAIL_OTP] bdi", "a•••@e•••.test")
	d.has(3, "button .badge[hidden]") // only the browser knows which was last
	d.says("button[value=WEB_AUTHN] .badge", "Last used")
	d.says(".person bdi", "ann@example.test")
	d.is(".person a", "href", "/login?request=r")
	d.has(0, ".foot")
}

func TestWhoeverLostADeviceIsToldWhatToDo(t *testing.T) {
	s := step()
	s.Second = true
	for name, d := range map[string]doc{
		"choice":  render(t, factor.Choose(factor.ChooseProps{Step: s, Kind: factor.Second, Options: []factor.Option{{Factor: factor.TOTP}}})),
		"app":     render(t, factor.Code(factor.CodeProps{Step: s, Factor: factor.TOTP})),
		"passkey": render(t, factor.AskPasskey(factor.PasskeyProps{Step: s, Options: options})),
	} {
		if got := d.Find(".foot details").Text(); !strings.Contains(got, "Lost your device?") || !strings.Contains(got, "ask the people who run Notes") {
			t.Errorf("%s: it says %q", name, got)
		}
	}
	render(t, factor.Code(factor.CodeProps{Step: step(), Factor: factor.EmailCode})).has(0, ".foot")
}

func TestThePasswordStepHoldsTheName(t *testing.T) {
	d := render(t, factor.AskPassword(factor.PasswordProps{Step: step(), ForgotURL: "/forgotPassword"}))
	d.is("form input[name=username]", "autocomplete", "username")
	d.is("form input[name=username]", "value", "ann@example.test")
	d.has(1, "form input[name=username][readonly]")
	d.is("#password", "autocomplete", "current-password")
	d.has(1, "#password[autofocus]")
	d.is(".away a", "href", "/login/choose?attempt=a")
}

func TestEveryCodeIsOneFieldWithItsWords(t *testing.T) {
	titles := map[string]string{
		factor.EmailCode: "Check your email", factor.Email: "Check your email", factor.SMSCode: "Check your phone", factor.SMS: "Check your phone",
		factor.TOTP: "Enter the code from your app", factor.Recovery: "Enter a recovery code",
	}
	for name, title := range titles {
		d := render(t, factor.Code(factor.CodeProps{Step: step(), Factor: name, Destination: "a•••@e•••.test", Left: 3, ResendAction: "/resend"}))
		d.says("h1", title)
		d.has(1, "#code[name=code]")
		d.is("form input[name=factor]", "value", name)
		sent := name != factor.TOTP && name != factor.Recovery
		d.has(map[bool]int{true: 1, false: 0}[sent], "form.resend")
		if name != factor.Recovery {
			d.is("#code", "autocomplete", "one-time-code")
			d.is("#code", "inputmode", "numeric")
		}
		d.has(0, "input[name=remember]")
	}
	s := step()
	s.Remember = 30
	d := render(t, factor.Code(factor.CodeProps{Step: s, Factor: factor.Recovery, Left: 3}))
	d.says(".lead", "Each works once. You have 3 left.")
	d.has(0, "#code[inputmode]") // letters, too
	d.has(1, "#remember[type=checkbox]:not([checked])")
}

func TestTheWindowThatAskedShowsTheNumber(t *testing.T) {
	d := render(t, factor.Code(factor.CodeProps{
		Step: step(), Factor: factor.EmailCode, Match: "42", StateURL: "/login/state?attempt=a", LinkAction: "/login/continue-link?attempt=a",
	}))
	d.says(".number", "42")
	d.is("form[data-state]", "data-state", "/login/state?attempt=a")
	d.is("form[data-state]", "action", "/login/continue-link?attempt=a")
	d.says("form[data-state] button[type=submit]", "I have opened the link") // what there is without script
	d.has(1, "[data-waiting][hidden]")
}

// A page that asks for a passkey says what is needed where there is none.
func TestThePasskeyStepIsCompleteWithoutScript(t *testing.T) {
	d := render(t, factor.AskPasskey(factor.PasskeyProps{Step: step(), Options: options}))
	d.has(1, "form[data-passkey=get] button#passkey[type=button][hidden]")
	d.has(1, "form noscript")
	d.has(1, "[data-unable][hidden]")
	d.is(".away a", "href", "/login/choose?attempt=a")
}

func TestAnAppIsSetUpByPictureAndByKey(t *testing.T) {
	d := render(t, enrol.View(enrol.Props{Step: step(), Factor: factor.TOTP, Secret: "JBSWY3DPEHPK3PXPAB", URI: "otpauth://totp/x?secret=JBSWY3DPEHPK3PXPAB"}))
	d.has(1, "svg.qr")
	d.says("#key", "JBSW Y3DP EHPK 3PXP AB")
	d.is("[data-copy]", "data-copy", "key")
	d.has(1, "[data-copy][hidden]")
	d.has(1, "#code[autocomplete='one-time-code']")
	d.is("form input[name=factor]", "value", factor.TOTP)
}

func TestAMessageFactorAsksForItsAddressFirst(t *testing.T) {
	d := render(t, enrol.View(enrol.Props{Step: step(), Factor: factor.SMS, NeedsAddress: true}))
	d.is("#phone_number", "autocomplete", "tel")
	d.has(0, "#code")
	d = render(t, enrol.View(enrol.Props{Step: step(), Factor: factor.Email, Destination: "a•••@e•••.test", AddressURL: "/again", ResendAction: "/resend"}))
	d.has(1, "#code")
	d.says(".lead bdi", "a•••@e•••.test")
	d.is(".help a", "href", "/again")
}

func TestASpareWayInCanBeSkipped(t *testing.T) {
	d := render(t, backup.Offer(backup.OfferProps{Page: frame(), CodesAction: "/backup/codes", PasskeyAction: "/backup/passkey", Options: options, SkipURL: "/on"}))
	d.is(".away a", "href", "/on")
	d.has(1, "form[action='/backup/codes'] button[type=submit]")
	d.has(1, "form[data-passkey=create] #passkey.plain")
}

func TestRecoveryCodesCanBeTakenAlong(t *testing.T) {
	codes := []string{"k3f9-0tq7-vh2m-x8dc", "p1zs-77wd-a0rj-4yne"}
	d := render(t, backup.Codes(backup.CodesProps{Page: frame(), Codes: codes, ContinueURL: "/on"}))
	d.has(2, "ol[dir=ltr] code")
	for _, selector := range []string{"[data-copy=recovery-codes]", "[data-print]", "[data-save=recovery-codes]"} {
		d.has(1, "button[type=button][hidden]"+selector)
	}
	d.is("#recovery-codes", "data-text", "Notes\n\n"+strings.Join(codes, "\n")+"\n")
	d.says("a.button", "I have saved them")
}

func TestAnUpgradeGoesOnWithoutScript(t *testing.T) {
	d := render(t, upgrade.View(upgrade.Props{Page: frame(), Action: "/upgrade", Options: options}))
	d.has(1, "form[data-passkey=create][data-upgrade] button[type=submit]")
	d.is("form", "action", "/upgrade")
}

func TestASignInLinkNamesActionAccountAndApp(t *testing.T) {
	p := linkpage.Props{Page: frame(), Action: "/login/link", Purpose: linkpage.SignIn, State: linkpage.Good, Link: "L", Destination: "a•••@e•••.test"}
	d := render(t, linkpage.View(p))
	d.says("main form button", "Continue as a•••@e•••.test on Notes")
	d.has(0, ".number")
	p.Match, p.AskedFrom = "42", "Firefox on Linux, 192.0.2.7"
	d = render(t, linkpage.View(p))
	d.says(".number", "42")
	d.has(1, "main button")
	p.State = linkpage.Approved
	d = render(t, linkpage.View(p))
	d.says("h1", "Go back to your other window")
	d.has(0, "main form, main a")
}

func TestAPuzzleSaysHowLongToWaitWithoutScript(t *testing.T) {
	p := signInPage("")
	p.Puzzle = &layout.Puzzle{Token: "ticket", Salt: "salt", Bits: 16, WaitSeconds: 20}
	d := render(t, signin.View(p))
	d.is("form input[name=puzzle]", "value", "ticket")
	d.has(1, "form input[name=puzzle_solution]")
	d.says(".puzzle[role=status]", "Many people are here at the moment. Wait 20 seconds before you press the button.")
	d.is(".puzzle", "data-salt", "salt")
	d.has(2, "script[src][defer]")
	p.Puzzle.Captcha = &layout.Captcha{Script: "https://captcha.example.test/api.js", Class: "h-captcha", SiteKey: "site"}
	d = render(t, signin.View(p))
	d.is(".h-captcha", "data-sitekey", "site")
	d.has(1, "script[src='https://captcha.example.test/api.js']")
	d.has(0, ".puzzle")
}

func TestOneFieldHoldsARecoveryCodesProblem(t *testing.T) {
	p := wrong("code", "This code does not match.")
	d := render(t, form.Answer(p, "Recovery code"))
	d.is("#code", "aria-invalid", "true")
	d.is("#code", "aria-describedby", "code-error")
}

func TestAResetTakesARecoveryCodeToo(t *testing.T) {
	p := reset.Props{Page: frame(), Action: "/resetPassword", Identifier: "ann@example.test", Rules: rules, OtherURL: "/other"}
	d := render(t, reset.View(p))
	d.says(".away a", "Use a recovery code instead")
	p.ByRecovery = true
	d = render(t, reset.View(p))
	d.says("label[for=code]", "Recovery code")
	d.has(0, "#code[inputmode], form.resend")
	d.says(".away a", "Use the code we sent")
}

func TestWhoeverSaysItWasNotThemIsToldWhatEnds(t *testing.T) {
	p := linkpage.Props{Page: frame(), Action: "/notMe", Purpose: linkpage.NotMe, State: linkpage.Good, Link: "L", Destination: "a•••@e•••.test"}
	d := render(t, linkpage.View(p))
	d.says("main form button", "It was not me")
	d.says(".lead", "For the account a•••@e•••.test. The button signs out every browser, removes sign-in methods added since, and makes the password useless.")
	p.State, p.AgainURL = linkpage.Disowned, "/forgotPassword"
	d = render(t, linkpage.View(p))
	d.is("main a.button", "href", "/forgotPassword")
	d.says("main a.button", "Set a new password")
	d.has(0, "main form")
}

func TestSignUpAsksForNoPasswordWhereNobodyHasOne(t *testing.T) {
	d := render(t, signup.View(signup.Props{Page: frame(), Action: "/signup", Names: byEmail, NoPassword: true}))
	d.has(0, "input[type=password], .strength")
	d.has(1, "#username")
}
