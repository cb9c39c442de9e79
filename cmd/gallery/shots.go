package main

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/autopost"
	"poolhouse.dev/views/confirm"
	"poolhouse.dev/views/cookies"
	"poolhouse.dev/views/failure"
	"poolhouse.dev/views/forgot"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/home"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/linkpage"
	"poolhouse.dev/views/newpassword"
	"poolhouse.dev/views/reset"
	"poolhouse.dev/views/setup"
	"poolhouse.dev/views/signedout"
	"poolhouse.dev/views/signin"
	"poolhouse.dev/views/signoutconfirm"
	"poolhouse.dev/views/signup"
	"poolhouse.dev/views/toomany"
)

// shot is one page in one state.
type shot struct {
	name   string
	render func(layout.Page) templ.Component
}

var (
	byEmail = form.Names{Email: true}
	rules   = form.Rules{MinLength: 8}
	strict  = form.Rules{MinLength: 12, Lowercase: true, Uppercase: true, Numbers: true, Symbols: true}
	masked  = "a•••@e•••.test"
)

func shots() []shot {
	all := append(entrance(), codes()...)
	all = append(all, steps()...)
	all = append(all, approvals()...)
	all = append(all, consents()...)
	all = append(all, elsewhere()...)
	all = append(all, trials()...)
	all = append(all, enrolments()...)
	all = append(all, endings()...)
	all = append(all, accountShots()...)
	return append(all, devShots()...)
}

// wrong answers the page with a message about each field, as id pairs.
func wrong(p layout.Page, fields ...string) layout.Page {
	for i := 0; i+1 < len(fields); i += 2 {
		p.Errors = append(p.Errors, layout.FieldError{Field: fields[i], Text: p.T(fields[i+1], "Count", 8, "Min", "8")})
	}
	return p
}

func noticed(p layout.Page, id string, warn bool) layout.Page {
	p.Notice, p.Warn = p.T(id), warn
	return p
}

func signIn(p layout.Page, n form.Names, typed string) templ.Component {
	return signin.View(signin.Props{
		Page: p, Action: "#", Names: n, Identifier: typed, SignUpURL: "signup.html", ForgotURL: "forgot.html", CancelURL: "signedout.html",
	})
}

func entrance() []shot {
	return []shot{
		{"signin", func(p layout.Page) templ.Component { return signIn(p, byEmail, "") }},
		{"signin-hint", func(p layout.Page) templ.Component { return signIn(p, byEmail, "ann@example.test") }},
		{"signin-any-name", func(p layout.Page) templ.Component {
			return signIn(p, form.Names{Username: true, Email: true, Phone: true}, "")
		}},
		{"signin-wrong", func(p layout.Page) templ.Component {
			return signIn(wrong(p, "password", "error.incorrect_password"), byEmail, "ann@example.test")
		}},
		{"signin-empty", func(p layout.Page) templ.Component {
			return signIn(wrong(p, "username", "required.username", "password", "required.password"), byEmail, "")
		}},
		{"signin-changed", func(p layout.Page) templ.Component {
			return signIn(noticed(p, "notice.password_changed", false), byEmail, "ann@example.test")
		}},
		{"signin-again", func(p layout.Page) templ.Component {
			return signIn(noticed(p, "notice.start_again", true), byEmail, "ann@example.test")
		}},
		{"signin-waits", func(p layout.Page) templ.Component {
			return signIn(noticed(p, "notice.waits_for_approval", false), byEmail, "ann@example.test")
		}},
		{"signin-unconfirmed", func(p layout.Page) templ.Component {
			return signIn(wrong(p, "", "error.user_not_confirmed"), byEmail, "ann@example.test")
		}},
		{"signin-closed", func(p layout.Page) templ.Component {
			return signin.View(signin.Props{Page: p, Action: "#", Names: form.Names{Username: true}, ForgotURL: "forgot.html"})
		}},
		{"choose", func(p layout.Page) templ.Component {
			return signin.Choose(signin.ChooseProps{Page: p, Action: "#", Name: "ann@example.test", OtherURL: "signin.html", CancelURL: "signedout.html"})
		}},
		{"signup", func(p layout.Page) templ.Component { return signUp(p, "", nil, rules) }},
		{"signup-hint", func(p layout.Page) templ.Component { return signUp(p, "ann@example.test", nil, rules) }},
		{"signup-attributes", func(p layout.Page) templ.Component {
			return signUp(p, "", []form.Attribute{
				{Name: "given_name", Required: true}, {Name: "family_name", Required: true}, {Name: "phone_number"}, {Name: "birthdate"},
				{Name: "custom:team", MaxLength: 40}, {Name: "custom:newsletter", Type: "Boolean"},
			}, strict)
		}},
		{"signup-wrong", func(p layout.Page) templ.Component {
			return signUp(wrong(p, "username", "error.invalid_username", "password", "password.common"), "ann@example", nil, rules)
		}},
		{"setup", func(p layout.Page) templ.Component {
			return setup.View(setup.Props{Page: bare(p), Action: "#", Token: "t", Names: byEmail, Rules: rules})
		}},
		{"setup-done", func(p layout.Page) templ.Component {
			return setup.View(setup.Props{Page: bare(p), State: setup.Done, SignInURL: "signin.html"})
		}},
	}
}

// bare answers the page without an app to return to.
func bare(p layout.Page) layout.Page {
	p.ReturnHost, p.ReturnURL, p.AppName = "", "", "Acme"
	return p
}

func signUp(p layout.Page, typed string, attributes []form.Attribute, r form.Rules) templ.Component {
	return signup.View(signup.Props{
		Page: p, Action: "#", Identifier: typed, Names: byEmail, Attributes: attributes, Rules: r, SignInURL: "signin.html", CancelURL: "signedout.html",
	})
}

func codes() []shot {
	ask := func(p layout.Page, medium, to string, wait int, resent bool) templ.Component {
		return confirm.View(confirm.Props{
			Page: p, Action: "#", Destination: to, Medium: medium, WrongURL: "signup.html", ResendAction: "#", ResendWait: wait, Resent: resent,
		})
	}
	set := func(p layout.Page, link string) templ.Component {
		return reset.View(reset.Props{
			Page: p, Action: "#", Identifier: "ann@example.test", Link: link, Destination: masked, Medium: "EMAIL", Rules: rules,
			WrongURL: "forgot.html", ResendAction: "#", ResendWait: 30, SignInURL: "signin.html", OtherURL: "reset-recovery.html",
		})
	}
	return []shot{
		{"confirm", func(p layout.Page) templ.Component { return ask(p, "EMAIL", masked, 30, false) }},
		{"confirm-sms", func(p layout.Page) templ.Component { return ask(p, "SMS", "+49 ••• ••67", 0, false) }},
		{"confirm-link", func(p layout.Page) templ.Component {
			return confirm.View(confirm.Props{Page: p, Action: "#", Destination: masked, Medium: "EMAIL", WrongURL: "signup.html", ResendAction: "#", ByLink: true})
		}},
		{"confirm-resent", func(p layout.Page) templ.Component { return ask(p, "EMAIL", masked, 60, true) }},
		{"confirm-wrong", func(p layout.Page) templ.Component {
			return ask(wrong(p, "code", "error.code_mismatch"), "EMAIL", masked, 0, false)
		}},
		{"forgot", func(p layout.Page) templ.Component {
			return forgot.View(forgot.Props{Page: p, Action: "#", Names: byEmail, SignInURL: "signin.html"})
		}},
		{"reset", func(p layout.Page) templ.Component { return set(p, "") }},
		{"reset-recovery", func(p layout.Page) templ.Component {
			return reset.View(reset.Props{Page: p, Action: "#", Identifier: "ann@example.test", Rules: rules, ByRecovery: true, OtherURL: "reset.html", WrongURL: "forgot.html", SignInURL: "signin.html"})
		}},
		{"reset-link", func(p layout.Page) templ.Component { return set(p, "token") }},
		{"reset-wrong", func(p layout.Page) templ.Component {
			return set(wrong(p, "code", "error.code_expired", "new_password", "password.too_short"), "")
		}},
		{"newpassword", func(p layout.Page) templ.Component {
			return newpassword.View(newpassword.Props{Page: p, Action: "#", Identifier: "ann@example.test", Rules: strict,
				Missing: []form.Attribute{{Name: "name", Required: true}}, CancelURL: "signedout.html"})
		}},
		{"link-sign-up", func(p layout.Page) templ.Component { return link(p, linkpage.SignUp, linkpage.Good) }},
		{"link-reset", func(p layout.Page) templ.Component { return link(p, linkpage.ForgotPassword, linkpage.Good) }},
		{"link-address", func(p layout.Page) templ.Component { return link(p, linkpage.NewAddress, linkpage.Good) }},
		{"link-used", func(p layout.Page) templ.Component { return link(p, linkpage.SignUp, linkpage.Used) }},
		{"link-expired", func(p layout.Page) templ.Component { return link(p, linkpage.SignUp, linkpage.Expired) }},
		{"link-replaced", func(p layout.Page) templ.Component { return link(p, linkpage.SignUp, linkpage.Replaced) }},
		{"link-sent", func(p layout.Page) templ.Component { return link(p, linkpage.SignUp, linkpage.Sent) }},
		{"link-unknown", func(p layout.Page) templ.Component { return link(p, linkpage.SignUp, linkpage.Unknown) }},
	}
}

func link(p layout.Page, purpose, state string) templ.Component {
	return linkpage.View(linkpage.Props{
		Page: p, Action: "#", Purpose: purpose, State: state, Link: "token", Destination: masked, AskedFrom: "Firefox, Linux",
		AgainAction: "#", SignInURL: "signin.html",
	})
}

func endings() []shot {
	return []shot{
		{"signedout", func(p layout.Page) templ.Component {
			return signedout.View(signedout.Props{Page: p, SignInURL: "signin.html"})
		}},
		{"signedout-apps", func(p layout.Page) templ.Component {
			return signedout.View(signedout.Props{Page: p, NextURL: "signedout.html", Frames: []signedout.Frame{{Name: "Notes", URL: "about:blank"}}})
		}},
		{"signout", func(p layout.Page) templ.Component {
			return signoutconfirm.View(signoutconfirm.Props{Page: p, Action: "#", Name: "ann@example.test", StayURL: "account.html"})
		}},
		{"failure", func(p layout.Page) templ.Component {
			return failure.View(failure.Props{Page: p, RetryURL: "signin.html"})
		}},
		{"failure-request", func(p layout.Page) templ.Component {
			return failure.View(failure.Props{Page: p, Text: p.T("error.oauth"), Detail: "invalid_request: redirect_uri is not registered for this client"})
		}},
		{"failure-stranger", func(p layout.Page) templ.Component {
			return failure.View(failure.Props{Page: bare(p), Text: p.T("error.oauth"), Detail: "invalid_request: The client_id is missing, given twice or unknown."})
		}},
		{"cookies", func(p layout.Page) templ.Component {
			return cookies.View(cookies.Props{Page: p, Host: "login.acme.test", RetryURL: "signin.html"})
		}},
		{"toomany", func(p layout.Page) templ.Component {
			return toomany.View(toomany.Props{Page: p, Seconds: 240, Until: layout.Moment{Machine: "2026-05-03T14:06:00Z", Words: "14:06 UTC"}, RetryURL: "signin.html"})
		}},
		{"busy", func(p layout.Page) templ.Component {
			return toomany.View(toomany.Props{Page: p, Busy: true, Seconds: 5, RetryURL: "signin.html"})
		}},
		{"home", func(p layout.Page) templ.Component {
			return home.View(home.Props{Page: bare(p), SignInURL: "signin.html"})
		}},
		{"home-signed-in", func(p layout.Page) templ.Component {
			return home.View(home.Props{Page: bare(p), Name: "ann@example.test", AccountURL: "account.html", Apps: []home.App{{Name: "Notes", URL: "#"}, {Name: "Calendar", URL: "#"}}})
		}},
		{"autopost", func(p layout.Page) templ.Component {
			return autopost.View(autopost.Props{Page: p, Action: "signedout.html", Fields: []form.Hidden{{Name: "code", Value: "c"}, {Name: "state", Value: "s"}}})
		}},
	}
}
