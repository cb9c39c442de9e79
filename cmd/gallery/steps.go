package main

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/backup"
	"poolhouse.dev/views/enrol"
	"poolhouse.dev/views/factor"
	"poolhouse.dev/views/forgot"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/linkpage"
	"poolhouse.dev/views/signin"
	"poolhouse.dev/views/signup"
	"poolhouse.dev/views/upgrade"
)

// ask and creation are WebAuthn options as a server sends them.
const (
	ask      = `{"publicKey":{"challenge":"AAAA","rpId":"login.acme.test"}}`
	creation = `{"publicKey":{"challenge":"AAAA","rp":{"name":"Acme"},"user":{"id":"AAAA","name":"ann","displayName":"Ann"},"pubKeyCredParams":[]}}`
)

func byPasskey(p layout.Page, typed string, change func(*signin.Props)) templ.Component {
	props := signin.Props{
		Page: p, Action: "#", Names: byEmail, Identifier: typed, SignUpURL: "signup.html", ForgotURL: "forgot.html", CancelURL: "signedout.html",
		Passkey: &signin.Passkey{Action: "#", Options: ask, State: "state"}, Upgrade: true,
	}
	if change != nil {
		change(&props)
	}
	return signin.View(props)
}

func step(p layout.Page, second bool) factor.Step {
	s := factor.Step{
		Page: p, Action: "#", Identifier: "ann@example.test", NotYouURL: "signin-name.html", OtherURL: "way.html", CancelURL: "signedout.html", Second: second,
	}
	if second {
		s.Remember = 30
	}
	return s
}

func pressed(p layout.Page, captcha *layout.Captcha) layout.Page {
	p.Puzzle = &layout.Puzzle{Token: "ticket", Salt: "salt", Bits: 8, WaitSeconds: 20, Captcha: captcha}
	return p
}

func steps() []shot {
	return append([]shot{
		{"signin-passkey", func(p layout.Page) templ.Component { return byPasskey(p, "", nil) }},
		{"signin-passkey-unknown", func(p layout.Page) templ.Component {
			return byPasskey(wrong(p, "", "error.passkey_unknown"), "", func(s *signin.Props) { s.Passkey.Unknown = `{"rpId":"login.acme.test","credentialId":"AAAA"}` })
		}},
		{"signin-name", func(p layout.Page) templ.Component {
			return byPasskey(p, "", func(s *signin.Props) { s.NameOnly = true })
		}},
		{"signin-name-hint", func(p layout.Page) templ.Component {
			return byPasskey(p, "ann@example.test", func(s *signin.Props) { s.NameOnly = true })
		}},
		{"signin-puzzle", func(p layout.Page) templ.Component {
			return signIn(pressed(wrong(p, "", "error.puzzle_needed"), nil), byEmail, "ann@example.test")
		}},
		{"signin-blocked", func(p layout.Page) templ.Component {
			return signIn(wrong(p, "", "error.sign_in_blocked"), byEmail, "ann@example.test")
		}},
		{"signup-puzzle", func(p layout.Page) templ.Component { return signUp(pressed(p, nil), "", nil, rules) }},
		{"forgot-puzzle", func(p layout.Page) templ.Component {
			return forgot.View(forgot.Props{Page: pressed(p, nil), Action: "#", Names: byEmail, SignInURL: "signin.html"})
		}},
		{"upgrade", func(p layout.Page) templ.Component {
			return upgrade.View(upgrade.Props{Page: p, Action: "#", Options: creation})
		}},
		{"link-sign-in", func(p layout.Page) templ.Component { return link(p, linkpage.SignIn, linkpage.Good) }},
		{"link-match", func(p layout.Page) templ.Component {
			return linkpage.View(linkpage.Props{Page: p, Action: "#", Purpose: linkpage.SignIn, State: linkpage.Good, Link: "token", Destination: masked, AskedFrom: "Firefox on Linux, 192.0.2.7", Match: "42"})
		}},
		{"link-not-me", func(p layout.Page) templ.Component { return link(p, linkpage.NotMe, linkpage.Good) }},
		{"link-disowned", func(p layout.Page) templ.Component {
			return linkpage.View(linkpage.Props{Page: p, Purpose: linkpage.NotMe, State: linkpage.Disowned, AgainURL: "forgot.html", SignInURL: "signin.html"})
		}},
		{"signup-no-password", func(p layout.Page) templ.Component {
			return signup.View(signup.Props{Page: p, Action: "#", Names: byEmail, SignInURL: "signin.html", NoPassword: true})
		}},
		{"link-approved", func(p layout.Page) templ.Component { return link(p, linkpage.SignIn, linkpage.Approved) }},
	}, factorShots()...)
}

func choose(p layout.Page, kind factor.Kind, options ...factor.Option) templ.Component {
	s := step(p, kind == factor.Second)
	s.OtherURL = ""
	return factor.Choose(factor.ChooseProps{Step: s, Kind: kind, Options: options})
}

func code(p layout.Page, f string, change func(*factor.CodeProps)) templ.Component {
	props := factor.CodeProps{Step: step(p, f != factor.EmailCode && f != factor.SMSCode), Factor: f, Left: 7}
	switch f {
	case factor.EmailCode, factor.Email:
		props.Destination, props.ResendAction, props.ResendWait = masked, "#", 30
	case factor.SMSCode, factor.SMS:
		props.Destination, props.ResendAction = "+49 ••• ••67", "#"
	}
	if change != nil {
		change(&props)
	}
	return factor.Code(props)
}

func factorShots() []shot {
	return []shot{
		{"way", func(p layout.Page) templ.Component {
			return choose(p, factor.First, factor.Option{Factor: factor.Password}, factor.Option{Factor: factor.EmailCode, Destination: masked}, factor.Option{Factor: factor.SMSCode, Destination: "+49 ••• ••67"}, factor.Option{Factor: factor.Passkey})
		}},
		{"way-second", func(p layout.Page) templ.Component {
			return choose(p, factor.Second, factor.Option{Factor: factor.TOTP}, factor.Option{Factor: factor.Email, Destination: masked}, factor.Option{Factor: factor.Passkey}, factor.Option{Factor: factor.Recovery})
		}},
		{"way-setup", func(p layout.Page) templ.Component {
			return choose(p, factor.SetUp, factor.Option{Factor: factor.Passkey}, factor.Option{Factor: factor.TOTP}, factor.Option{Factor: factor.SMS}, factor.Option{Factor: factor.Email})
		}},
		{"step-password", func(p layout.Page) templ.Component {
			return factor.AskPassword(factor.PasswordProps{Step: step(p, false), ForgotURL: "forgot.html"})
		}},
		{"step-password-wrong", func(p layout.Page) templ.Component {
			return factor.AskPassword(factor.PasswordProps{Step: step(wrong(p, "password", "error.incorrect_password"), false), ForgotURL: "forgot.html"})
		}},
		{"step-email", func(p layout.Page) templ.Component { return code(p, factor.EmailCode, nil) }},
		{"step-email-link", func(p layout.Page) templ.Component {
			return code(p, factor.EmailCode, func(c *factor.CodeProps) { c.Match, c.StateURL, c.LinkAction = "42", "state", "#" })
		}},
		{"step-sms", func(p layout.Page) templ.Component { return code(p, factor.SMS, nil) }},
		{"step-sms-resent", func(p layout.Page) templ.Component {
			return code(p, factor.SMS, func(c *factor.CodeProps) { c.Resent, c.ResendWait = true, 30 })
		}},
		{"step-totp", func(p layout.Page) templ.Component { return code(p, factor.TOTP, nil) }},
		{"step-totp-wrong", func(p layout.Page) templ.Component {
			return code(wrong(p, "code", "error.code_mismatch"), factor.TOTP, nil)
		}},
		{"step-recovery", func(p layout.Page) templ.Component { return code(p, factor.Recovery, nil) }},
		{"step-passkey", func(p layout.Page) templ.Component {
			return factor.AskPasskey(factor.PasskeyProps{Step: step(p, true), Options: ask})
		}},
	}
}

func enrolled(p layout.Page, f string, change func(*enrol.Props)) templ.Component {
	props := enrol.Props{Step: step(p, true), Factor: f}
	if change != nil {
		change(&props)
	}
	return enrol.View(props)
}

func enrolments() []shot {
	return []shot{
		{"enrol-totp", func(p layout.Page) templ.Component {
			return enrolled(p, factor.TOTP, func(e *enrol.Props) {
				e.Secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
				e.URI = "otpauth://totp/Acme:ann%40example.test?secret=" + e.Secret + "&issuer=Acme"
			})
		}},
		{"enrol-passkey", func(p layout.Page) templ.Component {
			return enrolled(p, factor.Passkey, func(e *enrol.Props) { e.Options = creation })
		}},
		{"enrol-sms", func(p layout.Page) templ.Component {
			return enrolled(p, factor.SMS, func(e *enrol.Props) { e.NeedsAddress = true })
		}},
		{"enrol-email-code", func(p layout.Page) templ.Component {
			return enrolled(p, factor.Email, func(e *enrol.Props) {
				e.Destination, e.AddressURL, e.ResendAction, e.ResendWait = masked, "enrol-sms.html", "#", 30
			})
		}},
		{"backup", func(p layout.Page) templ.Component {
			return backup.Offer(backup.OfferProps{Page: p, CodesAction: "#", PasskeyAction: "#", Options: creation, SkipURL: "signedout.html"})
		}},
		{"backup-codes", func(p layout.Page) templ.Component {
			return backup.Codes(backup.CodesProps{Page: p, ContinueURL: "signedout.html", Codes: []string{
				"k3f9-0tq7-vh2m-x8dc", "p1zs-77wd-a0rj-4yne", "8c5h-qk2v-m6tx-ge93", "w4n0-dj8r-z5pa-71hq", "2vxe-6sgm-0k9c-tb4f",
				"r7yd-h3wq-nz18-5jka", "0e6t-pv9x-c2sm-gd47", "m8kq-41zf-y7nh-3rwa", "j5cb-x0ev-96pt-dz2s", "a9gw-3m7k-4hyq-v1nx",
			}})
		}},
	}
}
