package main

import (
	"slices"

	"github.com/a-h/templ"

	"poolhouse.dev/views/account"
	"poolhouse.dev/views/demo"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/mailbox"
	"poolhouse.dev/views/qr"
)

func frame(p layout.Page, current string) account.Frame {
	p.ReturnHost = ""
	f := account.Frame{
		Page: p, Name: "ann@example.test", Portrait: account.Portrait{Initials: "AE"}, Current: current, SignOutAction: "#",
	}
	for _, page := range []string{
		account.PageProfile, account.PagePassword, account.PageFactors, account.PageConnections, account.PageDevices, account.PageSessions,
		account.PageHistory, account.PageApps, account.PageApprovals, account.PageData, account.PageDelete,
	} {
		href := "account-" + page + ".html"
		if page == account.PageProfile {
			href = "account.html"
		}
		f.Menu = append(f.Menu, account.Link{Page: page, Href: href})
	}
	return f
}

func profile(p layout.Page, pending, picture string) templ.Component {
	f := frame(p, account.PageProfile)
	field := account.PictureField{Action: "#"}
	if picture != "" {
		f.Portrait.URL, field.RemoveAction = picture, "#"
	}
	return account.Profile(account.ProfileProps{
		Frame: f, Action: "#", PictureField: field,
		Addresses: []account.Address{
			{Attribute: "email", Value: "ann@example.test", Verified: true, Pending: pending, Required: true, ChangeAction: "#", VerifyAction: "#", SendAction: "#", CancelAction: "#", SendWait: 20},
			{Attribute: "phone_number", Value: "+49 30 901820", ChangeAction: "#", SendAction: "#"},
		},
		Attributes: []form.Attribute{
			{Name: "given_name", Value: "Ann", Required: true}, {Name: "family_name", Value: "Example"},
			{Name: "zoneinfo"}, {Name: "custom:team", Value: "Harbour", ReadOnly: true},
		},
	})
}

// portrait stands in for somebody's photo.
const portrait = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#c9dccb"/><circle cx="32" cy="26" r="11" fill="#7a5b44"/><path d="M10 64c2-16 11-23 22-23s20 7 22 23Z" fill="#2f5f73"/></svg>`

func at(machine, words string) layout.Moment { return layout.Moment{Machine: machine, Words: words} }

var (
	today     = at("2026-05-03T14:02:00Z", "3 May 2026, 14:02 UTC")
	yesterday = at("2026-05-02T07:10:00Z", "2 May 2026, 07:10 UTC")
	inApril   = at("2026-04-11T19:45:00Z", "11 April 2026, 19:45 UTC")
)

func accountShots() []shot {
	return slices.Concat(profileShots(), methodShots(), connectionShots(), browserShots(), dataShots())
}

func profileShots() []shot {
	return []shot{
		{"account", func(p layout.Page) templ.Component { return profile(p, "", "") }},
		{"account-picture", func(p layout.Page) templ.Component { return profile(p, "", "../assets/portrait.svg") }},
		{"account-picture-wrong", func(p layout.Page) templ.Component {
			return profile(wrong(p, "picture", "account.picture_webp"), "", "")
		}},
		{"account-saved", func(p layout.Page) templ.Component { return profile(noticed(p, "notice.saved", false), "", "") }},
		{"account-pending", func(p layout.Page) templ.Component { return profile(p, "anna@example.test", "") }},
		{"account-wrong", func(p layout.Page) templ.Component {
			return profile(wrong(p, "email", "error.invalid_parameter", "given_name", "error.required"), "", "")
		}},
		{"account-password", func(p layout.Page) templ.Component {
			return account.Password(account.PasswordProps{Frame: frame(p, account.PagePassword), Action: "#", Rules: rules})
		}},
		{"account-password-first", func(p layout.Page) templ.Component {
			return account.Password(account.PasswordProps{Frame: frame(p, account.PagePassword), Action: "#", Rules: rules, First: true})
		}},
		{"account-password-wrong", func(p layout.Page) templ.Component {
			return account.Password(account.PasswordProps{Frame: frame(wrong(p, "password", "error.incorrect_current"), account.PagePassword), Action: "#", Rules: rules})
		}},
	}
}

// methods is the page of sign-in methods for somebody who has everything; less takes away.
func methods(p layout.Page, less func(*account.FactorsProps)) templ.Component {
	props := account.FactorsProps{
		Frame: frame(p, account.PageFactors), Password: true, PasswordURL: "account-password.html",
		AddPasskeyURL: "account-factors-passkey.html", RenameAction: "#", RemoveAction: "#", PreferAction: "#", EnableAction: "#", DisableAction: "#",
		Passkeys: []account.Passkey{
			{ID: "pk1", Name: "iCloud Keychain", Created: inApril, LastUsed: today},
			{ID: "pk2", Name: "Blue key on my keyring", Provider: "YubiKey 5 Series", Created: yesterday},
		},
		Seconds: []account.Second{
			{Factor: account.TOTP, On: true, Since: inApril, Preferred: true, SetUpURL: "account-factors-app.html"},
			{Factor: account.SMS, On: true, Destination: "+49 ••• ••20", MayPrefer: true},
			{Factor: account.ByKey, On: true, MayPrefer: true}, {Factor: account.Email},
		},
		Recovery: &account.Recovery{Left: 7, Total: 10, URL: "account-factors-codes.html"},
	}
	less(&props)
	return account.Factors(props)
}

func methodShots() []shot {
	return []shot{
		{"account-factors-elsewhere", func(p layout.Page) templ.Component {
			return methods(p, func(f *account.FactorsProps) {
				f.Password, f.Passkeys, f.Seconds, f.Recovery = false, nil, nil, nil
				f.Elsewhere = &account.Elsewhere{Names: "Google, Acme SSO", Alone: true, URL: "account-connections.html"}
			})
		}},
		{"account-factors", func(p layout.Page) templ.Component { return methods(p, func(*account.FactorsProps) {}) }},
		{"account-factors-new", func(p layout.Page) templ.Component {
			return methods(p, func(f *account.FactorsProps) {
				f.Passkeys, f.Recovery = nil, &account.Recovery{URL: "account-factors-codes.html"}
				f.Seconds = []account.Second{{Factor: account.TOTP, SetUpURL: "account-factors-app.html"}, {Factor: account.SMS, SetUpURL: "account.html"}, {Factor: account.Email}}
			})
		}},
		{"account-factors-last", func(p layout.Page) templ.Component {
			return methods(noticed(p, "factors.passkey_removed", false), func(f *account.FactorsProps) {
				f.Password, f.MustHave = false, true
				f.Passkeys, f.Recovery = []account.Passkey{{ID: "pk1", Name: "Windows Hello", Created: inApril, LastUsed: today, Last: true}}, &account.Recovery{Left: 1, Total: 10, URL: "#"}
				f.Seconds = []account.Second{{Factor: account.TOTP, On: true, Since: inApril, Preferred: true, Last: true, SetUpURL: "account-factors-app.html"}}
			})
		}},
		{"account-factors-app", func(p layout.Page) templ.Component { return setUpApp(p, false) }},
		{"account-factors-app-wrong", func(p layout.Page) templ.Component { return setUpApp(wrong(p, "code", "error.code_mismatch"), true) }},
		{"account-factors-passkey", func(p layout.Page) templ.Component {
			return account.SetUpPasskey(account.PasskeySetUpProps{Frame: frame(p, account.PageFactors), Action: "#", BackURL: "account-factors.html", Options: "{}"})
		}},
		{"account-factors-code", func(p layout.Page) templ.Component {
			return account.SetUpCode(account.CodeSetUpProps{Frame: frame(p, account.PageFactors), Factor: account.SMS, Action: "#", BackURL: "account-factors.html", Destination: "+49 ••• ••20", ResendAction: "#", ResendWait: 30})
		}},
		{"account-factors-codes", func(p layout.Page) templ.Component {
			return account.Codes(account.CodesProps{Frame: frame(p, account.PageFactors), Action: "#", BackURL: "account-factors.html", Left: 7})
		}},
		{"account-factors-codes-shown", func(p layout.Page) templ.Component {
			return account.Codes(account.CodesProps{Frame: frame(p, account.PageFactors), BackURL: "account-factors.html", Codes: []string{
				"4HTQ-7XKD-2MPA", "9RWN-3CVB-6JYE", "K2FD-8QTM-5PHX", "7YAC-4NRW-9BKV", "M6JP-2XHE-8TQD",
				"3VBK-9CAY-7WNF", "X8TE-5MRD-4PJH", "6QYN-7KWC-2VAB", "D9HF-3TXP-8MEJ", "5CRA-6BVQ-9NYK",
			}})
		}},
	}
}

func connectionShots() []shot {
	return []shot{
		{"account-connections", func(p layout.Page) templ.Component {
			return account.Connections(account.ConnectionsProps{
				Frame: frame(noticed(p, "connections.connected", false), account.PageConnections), ConnectAction: "#", DisconnectAction: "#",
				Connections: []account.Connection{
					{Provider: "Google", Type: "Google", Subject: "1", Who: "ann@example.test", Since: inApril, LastUsed: today},
					{Provider: "Acme SSO", Type: "SAML", Subject: "2", Who: "ann.example@a-rather-long-name.acme.test", Since: yesterday, LastUsed: today},
					{Provider: "Facebook", Type: "Facebook", Subject: "3", Since: inApril, Off: true},
				},
				Offers: []account.Offer{{Provider: "SignInWithApple", Type: "SignInWithApple"}, {Provider: "Microsoft", Type: "Microsoft"}},
			})
		}},
		{"account-connections-last", func(p layout.Page) templ.Component {
			return account.Connections(account.ConnectionsProps{
				Frame: frame(p, account.PageConnections), ConnectAction: "#", DisconnectAction: "#",
				Connections: []account.Connection{{Provider: "GitHub", Type: "GitHub", Subject: "1", Since: inApril, LastUsed: today, Last: true}},
			})
		}},
		{"account-connections-none", func(p layout.Page) templ.Component {
			return account.Connections(account.ConnectionsProps{
				Frame: frame(p, account.PageConnections), ConnectAction: "#", Offers: []account.Offer{{Provider: "Google", Type: "Google"}},
			})
		}},
	}
}

func setUpApp(p layout.Page, replace bool) templ.Component {
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	return account.SetUpApp(account.AppSetUpProps{
		Frame: frame(p, account.PageFactors), Action: "#", BackURL: "account-factors.html", Secret: secret, Replace: replace,
		QR: qr.SVG("otpauth://totp/Acme:ann@example.test?secret="+secret+"&issuer=Acme", p.T("factors.app_title")),
	})
}

func browserShots() []shot {
	const v6 = "2001:db8:85a3::8a2e:370:7334"
	return []shot{
		{"account-devices", func(p layout.Page) templ.Component {
			return account.Devices(account.DevicesProps{Frame: frame(p, account.PageDevices), Remembers: true, RenameAction: "#", ForgetAction: "#", Devices: []account.Device{
				{ID: "d1", Name: "Firefox on Linux", Browser: "Firefox on Linux", Address: "192.0.2.7", Place: "Berlin, DE", FirstSeen: inApril, LastSeen: today, Remembered: true, Current: true},
				{ID: "d2", Name: "The tablet in the kitchen", Browser: "Safari on iPad", Address: v6, FirstSeen: inApril, LastSeen: yesterday},
			}})
		}},
		{"account-devices-none", func(p layout.Page) templ.Component {
			return account.Devices(account.DevicesProps{Frame: frame(p, account.PageDevices)})
		}},
		{"account-sessions", func(p layout.Page) templ.Component {
			return account.Sessions(account.SessionsProps{Frame: frame(p, account.PageSessions), EndAction: "#", EndAllAction: "#", Sessions: []account.Session{
				{ID: "1", Device: "Firefox on Linux", Address: "192.0.2.7", Place: "Berlin, DE", SignedIn: today, LastSeen: today, Current: true},
				{ID: "2", Device: "Safari on iPhone", Address: v6, SignedIn: inApril, LastSeen: yesterday},
			}})
		}},
		{"account-history", func(p layout.Page) templ.Component {
			return account.History(account.HistoryProps{Frame: frame(p, account.PageHistory), ReportAction: "#", OlderURL: "#", Events: []account.Event{
				{ID: "e1", OK: true, Outcome: p.T("history.signed_in"), When: today, Browser: "Firefox on Linux", Address: "192.0.2.7", Place: "Berlin, DE", How: p.T("account.password"), MayAsk: true},
				{ID: "e2", Outcome: p.T("history.refused"), When: yesterday, Browser: "Chrome on Windows", Address: v6, Place: "Lima, PE", Risk: "high", Reasons: []string{p.T("history.reason_new_country"), p.T("history.reason_impossible_travel")}, MayAsk: true},
				{ID: "e3", OK: true, Outcome: p.T("history.signed_in"), When: inApril, Browser: "Safari on iPhone", Address: "192.0.2.80", Risk: "medium", Reasons: []string{p.T("history.reason_new_device")}, Reported: true},
			}})
		}},
		{"account-history-none", func(p layout.Page) templ.Component {
			return account.History(account.HistoryProps{Frame: frame(p, account.PageHistory)})
		}},
	}
}

func dataShots() []shot {
	return []shot{
		{"account-apps", func(p layout.Page) templ.Component {
			p.Styles = append(p.Styles, gets.Styles)
			return account.Apps(account.AppsProps{Frame: frame(p, account.PageApps), Action: "#", Apps: []account.App{
				{Client: "notes", Name: "Notes", Gets: rich(p), Since: inApril, LastUsed: today},
				{Client: "calendar", Name: "Calendar", Gets: allowed(p, "account.scope_openid", "account.scope_email"), Since: inApril, LastUsed: yesterday},
			}})
		}},
		{"account-apps-none", func(p layout.Page) templ.Component {
			return account.Apps(account.AppsProps{Frame: frame(p, account.PageApps)})
		}},
		{"account-data", func(p layout.Page) templ.Component {
			return account.Data(account.DataProps{Frame: frame(p, account.PageData), Action: "#"})
		}},
		{"account-delete", func(p layout.Page) templ.Component {
			return account.Delete(account.DeleteProps{Frame: frame(p, account.PageDelete), Action: "#", NeedPassword: true})
		}},
		{"account-delete-grace", func(p layout.Page) templ.Component {
			return account.Delete(account.DeleteProps{Frame: frame(p, account.PageDelete), Action: "#", GraceDays: 14})
		}},
		{"account-leaving", func(p layout.Page) templ.Component {
			return account.Leaving(account.LeavingProps{Page: p, Name: "ann@example.test", On: at("2026-05-17T14:02:00Z", "17 May 2026"), KeepAction: "#", LeaveAction: "#"})
		}},
		{"account-goodbye", func(p layout.Page) templ.Component {
			return account.Goodbye(account.GoodbyeProps{Page: bare(p), GraceDays: 14, SignInURL: "signin.html"})
		}},
	}
}

func devShots() []shot {
	return []shot{
		{"mailbox", func(p layout.Page) templ.Component {
			return mailbox.List(mailbox.ListProps{Page: bare(p), HomeURL: "demo.html", Messages: []mailbox.Summary{
				{URL: "mailbox-message.html", To: "ann@example.test", Subject: "Confirm your account for Acme", Code: "193 482", At: today},
				{URL: "mailbox-message.html", SMS: true, To: "+49 30 901820", Subject: "482913 is your code for Acme.", Code: "482 913", At: today},
				{URL: "mailbox-message.html", To: "ann@example.test", Subject: "Your password for Acme was changed", At: today},
			}})
		}},
		{"mailbox-empty", func(p layout.Page) templ.Component {
			return mailbox.List(mailbox.ListProps{Page: bare(p), HomeURL: "demo.html"})
		}},
		{"mailbox-message", func(p layout.Page) templ.Component {
			return mailbox.Message(mailbox.MessageProps{Page: bare(p), From: "Acme <login@acme.test>", To: "ann@example.test", Subject: p.T("mail.sign_up_subject", "App", "Acme"), At: today,
				Code: "193 482", Link: "link-sign-up.html", Text: "Confirm your account\n\nEnter this code where you signed up for Acme.\n\n193 482\n", HTMLURL: "../mail/en-sign_up.html", ListURL: "mailbox.html"})
		}},
		{"demo", func(p layout.Page) templ.Component {
			return demo.Home(demo.HomeProps{Page: bare(p), SignInURL: "signin.html", SignUpURL: "signup.html", MailboxURL: "mailbox.html", Users: []demo.User{{Name: "ann@example.test", Password: "correct horse"}, {Name: "bob@example.test", Password: "battery staple"}}})
		}},
		{"demo-signed-in", func(p layout.Page) templ.Component { return signedIn(bare(p)) }},
		{"demo-failure", func(p layout.Page) templ.Component {
			return demo.Failure(demo.FailureProps{Page: bare(p), Code: "access_denied", Description: "The person cancelled.", RetryURL: "demo.html"})
		}},
	}
}

func signedIn(p layout.Page) templ.Component {
	header := []demo.Claim{{Name: "alg", Value: "RS256"}, {Name: "kid", Value: "8Zp1…"}}
	return demo.SignedIn(demo.SignedInProps{Page: p, Name: "Ann", AccountURL: "account.html", MailboxURL: "mailbox.html", RefreshURL: "#", SignOutURL: "signedout.html",
		Tokens: []demo.Token{
			{Name: "ID token", Header: header, Raw: "eyJhbGciOiJSUzI1NiIsImtpZCI6IjhacDEifQ.eyJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjgwODAifQ.c2lnbmF0dXJl", Claims: []demo.Claim{
				{Name: "iss", Value: "http://127.0.0.1:8080"}, {Name: "sub", Value: "3f1b9c52-0c55-4d0e-9d0b-2a8f4a3f7c11"}, {Name: "aud", Value: "demo"},
				{Name: "exp", Value: "1777820520", At: layout.Moment{Machine: "2026-05-03T15:02:00Z", Words: "3 May 2026, 15:02 UTC"}}, {Name: "email", Value: "ann@example.test"}, {Name: "email_verified", Value: "true"}, {Name: "cognito:groups", Value: `["staff"]`},
			}},
			{Name: "Access token", Header: header, Raw: "eyJhbGciOiJSUzI1NiJ9.eyJ0b2tlbl91c2UiOiJhY2Nlc3MifQ.c2lnbmF0dXJl", Claims: []demo.Claim{{Name: "token_use", Value: "access"}, {Name: "scope", Value: "openid email profile"}}},
			{Name: "Refresh token", Raw: "ph_rt_9Xc…"},
		},
		UserInfo: []demo.Claim{{Name: "sub", Value: "3f1b9c52-0c55-4d0e-9d0b-2a8f4a3f7c11"}, {Name: "email", Value: "ann@example.test"}},
	})
}
