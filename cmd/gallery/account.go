package main

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/account"
	"poolhouse.dev/views/demo"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/mailbox"
)

func frame(p layout.Page, current string) account.Frame {
	p.ReturnHost = ""
	return account.Frame{
		Page: p, Name: "ann@example.test", Current: current, ProfileURL: "account.html", PasswordURL: "account-password.html",
		SessionsURL: "account-sessions.html", DeleteURL: "account-delete.html", SignOutAction: "#",
	}
}

func profile(p layout.Page, pending string) templ.Component {
	return account.Profile(account.ProfileProps{
		Frame: frame(p, account.PageProfile), Action: "#",
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

func accountShots() []shot {
	return []shot{
		{"account", func(p layout.Page) templ.Component { return profile(p, "") }},
		{"account-saved", func(p layout.Page) templ.Component { return profile(noticed(p, "notice.saved", false), "") }},
		{"account-pending", func(p layout.Page) templ.Component { return profile(p, "anna@example.test") }},
		{"account-wrong", func(p layout.Page) templ.Component {
			return profile(wrong(p, "email", "error.invalid_parameter", "given_name", "error.required"), "")
		}},
		{"account-password", func(p layout.Page) templ.Component {
			return account.Password(account.PasswordProps{Frame: frame(p, account.PagePassword), Action: "#", Rules: rules})
		}},
		{"account-password-wrong", func(p layout.Page) templ.Component {
			return account.Password(account.PasswordProps{Frame: frame(wrong(p, "password", "error.incorrect_password"), account.PagePassword), Action: "#", Rules: rules})
		}},
		{"account-sessions", func(p layout.Page) templ.Component {
			at := func(machine, words string) layout.Moment { return layout.Moment{Machine: machine, Words: words} }
			return account.Sessions(account.SessionsProps{Frame: frame(p, account.PageSessions), EndAction: "#", EndAllAction: "#", Sessions: []account.Session{
				{ID: "1", Device: "Firefox on Linux", Address: "192.0.2.7", SignedIn: at("2026-05-03T08:02:00Z", "3 May 2026, 08:02 UTC"), LastSeen: at("2026-05-03T14:02:00Z", "3 May 2026, 14:02 UTC"), Current: true},
				{ID: "2", Device: "Safari on iPhone", Address: "2001:db8:85a3::8a2e:370:7334", SignedIn: at("2026-05-01T19:45:00Z", "1 May 2026, 19:45 UTC"), LastSeen: at("2026-05-02T07:10:00Z", "2 May 2026, 07:10 UTC")},
			}})
		}},
		{"account-delete", func(p layout.Page) templ.Component {
			return account.Delete(account.DeleteProps{Frame: frame(p, account.PageDelete), Action: "#", NeedPassword: true})
		}},
	}
}

func devShots() []shot {
	at := layout.Moment{Machine: "2026-05-03T14:02:00Z", Words: "3 May 2026, 14:02 UTC"}
	return []shot{
		{"mailbox", func(p layout.Page) templ.Component {
			return mailbox.List(mailbox.ListProps{Page: bare(p), HomeURL: "demo.html", Messages: []mailbox.Summary{
				{URL: "mailbox-message.html", To: "ann@example.test", Subject: "Confirm your account for Acme", Code: "193 482", At: at},
				{URL: "mailbox-message.html", SMS: true, To: "+49 30 901820", Subject: "482913 is your code for Acme.", Code: "482 913", At: at},
				{URL: "mailbox-message.html", To: "ann@example.test", Subject: "Your password for Acme was changed", At: at},
			}})
		}},
		{"mailbox-empty", func(p layout.Page) templ.Component {
			return mailbox.List(mailbox.ListProps{Page: bare(p), HomeURL: "demo.html"})
		}},
		{"mailbox-message", func(p layout.Page) templ.Component {
			return mailbox.Message(mailbox.MessageProps{Page: bare(p), From: "Acme <login@acme.test>", To: "ann@example.test", Subject: p.T("mail.sign_up_subject", "App", "Acme"), At: at,
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
