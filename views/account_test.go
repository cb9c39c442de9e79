package views_test

import (
	"testing"

	"poolhouse.dev/views/account"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
)

func accountFrame(current string) account.Frame {
	return account.Frame{
		Page: frame(), Name: "ann@example.test", Portrait: account.Portrait{Initials: "AE"}, Current: current, SignOutAction: "/account/signout",
		Menu: []account.Link{
			{Page: account.PageProfile, Href: "/account"}, {Page: account.PagePassword, Href: "/account/password"},
			{Page: account.PageSessions, Href: "/account/sessions"},
		},
	}
}

var then = layout.Moment{Machine: "2026-05-03T14:02:00Z", Words: "3 May 2026, 14:02 UTC"}

func TestTheAccountSaysWhereYouAre(t *testing.T) {
	d := render(t, account.Password(account.PasswordProps{Frame: accountFrame(account.PagePassword), Action: "/account/password", Rules: rules}))
	d.has(1, "nav a[aria-current=page]")
	d.is("nav a[aria-current=page]", "href", "/account/password")
	d.has(3, "nav.pages a") // deleting is not offered here
	d.is("a.skip", "href", "#main")
	d.is("#password", "autocomplete", "current-password")
	d.is("#new_password", "autocomplete", "new-password")
}

func TestAFirstPasswordAsksForNoOther(t *testing.T) {
	d := render(t, account.Password(account.PasswordProps{Frame: accountFrame(account.PagePassword), First: true, Rules: rules}))
	d.says("h1", "Set a password")
	d.has(0, "#password")
	d.has(1, "#new_password")
}

func TestAPendingAddressAsksForItsCode(t *testing.T) {
	a := account.Address{Attribute: "email", Value: "ann@example.test", Verified: true, Pending: "new@example.test",
		ChangeAction: "/account/address", VerifyAction: "/account/verify", SendAction: "/account/code", CancelAction: "/account/keep"}
	p := account.ProfileProps{Frame: accountFrame(account.PageProfile), Action: "/account", Addresses: []account.Address{a, {Attribute: "phone_number", Value: "+49", SendAction: "/account/code"}}}
	d := render(t, account.Profile(p))
	d.is(`form[action="/account/verify"] input[name=attribute]`, "value", "email")
	d.is("#code-email", "name", "code")
	d.says(".present .badge", "Confirmed")
	d.has(1, `form[action="/account/keep"]`)
	d.has(1, `form[action="/account/code"] button:contains("Send a code")`)
}

func TestAPersonIsShownByPictureOrInitials(t *testing.T) {
	p := account.ProfileProps{Frame: accountFrame(account.PageProfile), PictureField: account.PictureField{Action: "/account/avatar"}}
	d := render(t, account.Profile(p))
	d.says(".who .portrait", "AE")
	d.is(".who .portrait", "aria-hidden", "true") // the name stands beside it
	d.is(`form[action="/account/avatar"]`, "enctype", "multipart/form-data")
	d.is("#picture", "type", "file")
	d.has(0, ".portraits .link")
	p.Portrait.URL, p.PictureField.RemoveAction = "/avatars/a.png", "/account/avatar/remove"
	d = render(t, account.Profile(p))
	d.is("img.portrait.large", "alt", "")
	d.has(1, `form[action="/account/avatar/remove"]`)
	p.PictureField = account.PictureField{}
	d = render(t, account.Profile(p))
	d.has(0, "#picture") // it may not be changed here
}

func TestEachBrowserCanBeSignedOut(t *testing.T) {
	d := render(t, account.Sessions(account.SessionsProps{Frame: accountFrame(account.PageSessions), EndAction: "/end", EndAllAction: "/end-all",
		Sessions: []account.Session{{ID: "s1", Device: "Firefox on Linux", Current: true, Place: "Berlin, DE", Address: "192.0.2.7"}, {ID: "s2", Device: "Safari on iPhone"}}}))
	d.has(2, `form[action="/end"]`)
	d.is(`form[action="/end"] button`, "aria-describedby", "session-s1")
	d.says(".badge", "This browser")
	d.has(1, `form[action="/end-all"]`)
	d.says(`li:contains("Firefox") p.hint`, "Berlin, DE 192.0.2.7")
}

// factorsOf is the page of somebody with two passkeys, an app and mailed codes.
func factorsOf(change func(*account.FactorsProps)) account.FactorsProps {
	p := account.FactorsProps{
		Frame: accountFrame(account.PageFactors), Password: true, PasswordURL: "/account/password", AddPasskeyURL: "/add",
		RenameAction: "/rename", RemoveAction: "/remove", PreferAction: "/prefer", EnableAction: "/on", DisableAction: "/off",
		Passkeys: []account.Passkey{{ID: "k1", Name: "iCloud Keychain", Created: then, LastUsed: then}, {ID: "k2", Name: "Blue", Provider: "YubiKey", Created: then}},
		Seconds: []account.Second{
			{Factor: account.TOTP, On: true, Preferred: true, Since: then, SetUpURL: "/app"},
			{Factor: account.Email, On: true, Destination: "a•••@e•••.test", MayPrefer: true}, {Factor: account.SMS, SetUpURL: "/account"},
		},
		Recovery: &account.Recovery{Left: 7, Total: 10, URL: "/codes"},
	}
	change(&p)
	return p
}

func TestSignInMethodsCanBeManaged(t *testing.T) {
	d := render(t, account.Factors(factorsOf(func(*account.FactorsProps) {})))
	d.says("#passkey-k1", "iCloud Keychain")
	d.has(1, `li:contains("Blue"):contains("YubiKey"):contains("Not used yet")`)
	d.has(2, `form[action="/remove"] input[name=passkey]`)
	d.is(`form[action="/rename"] input[name=name]`, "value", "iCloud Keychain")
	d.has(1, `li:contains("Authenticator app") a[href="/app"]:contains("Replace")`)
	d.has(1, `li:contains("Authenticator app") .badge:contains("Asked first")`)
	d.has(1, `form[action="/prefer"] input[value=EMAIL_MFA]`)
	d.has(2, `form[action="/off"]`)
	d.has(1, `li:contains("Text message") a[href="/account"]:contains("Confirm a number")`)
	d.says("#codes-left", "7 of 10 are left.")
	d.has(0, "[data-signals]")
}

func TestTheLastWayInSaysWhyItStays(t *testing.T) {
	d := render(t, account.Factors(factorsOf(func(p *account.FactorsProps) {
		p.Passkeys, p.MustHave = []account.Passkey{{ID: "k1", Name: "Key", Created: then, Last: true}}, true
		p.Seconds = []account.Second{{Factor: account.TOTP, On: true, Last: true, SetUpURL: "/app"}}
	})))
	d.has(0, `form[action="/remove"], form[action="/off"]`)
	d.has(1, `li:contains("This is your only way to sign in")`)
	d.has(1, `li:contains("A second step is needed here")`)
	d.has(1, `a[href="/app"]:contains("Replace")`)
}

func TestPasswordManagersAreToldWhatIsTrue(t *testing.T) {
	d := render(t, account.Factors(factorsOf(func(p *account.FactorsProps) {
		p.Signals = &account.Signals{Site: "login.example.test", User: "dXNlcg", Accepted: `["k1","k2"]`, Name: "ann@example.test", Display: "Ann"}
	})))
	for name, want := range map[string]string{"signals": "login.example.test", "user": "dXNlcg", "accepted": `["k1","k2"]`, "name": "ann@example.test", "display": "Ann"} {
		d.is("[data-signals]", "data-"+name, want)
	}
}

func TestAnAppIsSetUpByPictureOrByKey(t *testing.T) {
	d := render(t, account.SetUpApp(account.AppSetUpProps{Frame: accountFrame(account.PageFactors), Action: "/app", State: "s", Secret: "JBSWY3DPEHPK3PXP"}))
	d.says("#key", "JBSW Y3DP EHPK 3PXP")
	d.is("#key", "dir", "ltr")
	d.is(`form[action="/app"] input[name=state]`, "value", "s")
	d.has(1, "button[data-copy=key]")
}

func TestRecoveryCodesAreAskedForAndShownOnce(t *testing.T) {
	p := account.CodesProps{Frame: accountFrame(account.PageFactors), Action: "/codes", BackURL: "/back", Left: 3}
	d := render(t, account.Codes(p))
	d.has(1, `p:contains("You have 3 codes left. They stop working")`)
	d.has(1, `form[action="/codes"]`)
	p.Codes = []string{"AAAA-BBBB", "CCCC-DDDD"}
	d = render(t, account.Codes(p))
	d.has(2, "#recovery-codes code")
	d.is("#recovery-codes", "data-text", "Notes\n\nAAAA-BBBB\nCCCC-DDDD\n")
	d.has(0, `form[action="/codes"]`)
}

func TestAPasskeySaysWhatItNeeds(t *testing.T) {
	d := render(t, account.SetUpPasskey(account.PasskeySetUpProps{Frame: accountFrame(account.PageFactors), Action: "/passkey", State: "s", Options: `{"publicKey":{}}`}))
	d.is(`form[action="/passkey"]`, "data-passkey", "create")
	d.is(`form[action="/passkey"] input[name=state]`, "value", "s")
	d.has(1, "noscript")
}

func TestASignInSaysWhatWasUnusual(t *testing.T) {
	d := render(t, account.History(account.HistoryProps{Frame: accountFrame(account.PageHistory), ReportAction: "/report", OlderURL: "/older", Events: []account.Event{
		{ID: "e1", OK: true, Outcome: "Signed in", When: then, How: "password", MayAsk: true},
		{ID: "e2", Outcome: "Wrong password", When: then, Risk: "high", Reasons: []string{"A country not seen before"}, MayAsk: true},
		{ID: "e3", OK: true, Outcome: "Signed in", When: then, Reported: true, MayAsk: true},
	}}))
	d.has(1, `li:contains("With password")`)
	d.has(1, `li:contains("Suspicious"):contains("A country not seen before")`)
	d.has(2, `form[action="/report"]`) // not what was reported already
	d.has(1, `a[href="/older"]`)
}

func TestAnAppSaysWhatItMayDo(t *testing.T) {
	d := render(t, account.Apps(account.AppsProps{Frame: accountFrame(account.PageApps), Action: "/disconnect", Apps: []account.App{
		{Client: "c1", Name: "Notes", Gets: gets.Props{Groups: []gets.Group{{Permissions: []gets.Permission{{Text: "Read your email address"}}}}}, Since: then, LastUsed: then},
	}}))
	d.has(1, `li:contains("Notes"):contains("Read your email address")`)
	d.is(`form[action="/disconnect"] input[name=client]`, "value", "c1")
}

func TestDeletingSaysWhetherItCanBeTakenBack(t *testing.T) {
	p := account.DeleteProps{Frame: accountFrame(account.PageDelete), Action: "/delete", NeedPassword: true}
	d := render(t, account.Delete(p))
	d.has(1, `.lead:contains("It cannot be undone")`)
	d.has(1, "#password")
	p.NeedPassword, p.GraceDays = false, 14
	d = render(t, account.Delete(p))
	d.has(0, `.lead:contains("It cannot be undone"), #password`)
	d.has(1, `p:contains("For 14 days you can sign in and keep the account")`)
	d = render(t, account.Leaving(account.LeavingProps{Page: frame(), Name: "ann@example.test", On: then, KeepAction: "/keep", LeaveAction: "/leave"}))
	d.has(1, `form[action="/keep"] .button:not(.plain)`)
	d.has(1, `form[action="/leave"] .button.plain`)
	d.is("time", "datetime", then.Machine)
}
