package main

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/factor"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/hop"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
	"poolhouse.dev/views/signin"
	"poolhouse.dev/views/signup"
)

// brands are all kinds of provider, and one of the longest names.
var brands = []provider.Button{
	{Type: provider.Google, Name: "Google", URL: "#"}, {Type: provider.Apple, Name: "SignInWithApple", URL: "#"},
	{Type: provider.Microsoft, Name: "Microsoft", URL: "#"}, {Type: provider.Facebook, Name: "Facebook", URL: "#"},
	{Type: provider.Amazon, Name: "LoginWithAmazon", URL: "#"}, {Type: provider.GitHub, Name: "GitHub", URL: "#"},
	{Type: "SAML", Name: "Northwind-Traders-Workforce-SSO1", URL: "#"},
}

func elsewhere() []shot {
	return []shot{
		{"signin-providers", func(p layout.Page) templ.Component {
			return byPasskey(p, "", func(s *signin.Props) { s.Providers = brands[:3] })
		}},
		{"signin-providers-name", func(p layout.Page) templ.Component {
			return byPasskey(p, "", func(s *signin.Props) { s.NameOnly, s.Providers = true, brands[:2] })
		}},
		{"signin-providers-alone", func(p layout.Page) templ.Component {
			return signin.View(signin.Props{Page: p, CancelURL: "signedout.html", Providers: brands, Elsewhere: true})
		}},
		{"signin-came-back", func(p layout.Page) templ.Component {
			p.Notice, p.Warn = p.T("provider.came_back", "Name", "Google"), true
			return byPasskey(p, "", func(s *signin.Props) { s.Providers = brands[:2] })
		}},
		{"signup-providers", func(p layout.Page) templ.Component {
			return signup.View(signup.Props{Page: p, Action: "#", Names: byEmail, Rules: rules, SignInURL: "signin.html", CancelURL: "signedout.html", Providers: brands[:3]})
		}},
		{"provider-link", func(p layout.Page) templ.Component {
			p.Notice = p.T("provider.link", "Address", "ann@example.test", "Name", "Google")
			s := step(p, false)
			s.NotYouURL, s.CancelURL, s.BackURL = "", "", "signin-providers.html"
			return factor.AskPassword(factor.PasswordProps{Step: s, ForgotURL: "forgot.html"})
		}},
		{"provider-link-elsewhere", func(p layout.Page) templ.Component {
			p.Notice = p.T("provider.link", "Address", "ann@example.test", "Name", "Google")
			s := step(p, false)
			s.NotYouURL, s.CancelURL, s.BackURL, s.Providers = "", "", "signin-providers.html", brands[1:2]
			return factor.Choose(factor.ChooseProps{Step: s})
		}},
		{"provider-failed", func(p layout.Page) templ.Component {
			return failedTrip(p, "provider.failed_title", "provider.unreachable", "signin-providers.html")
		}},
		{"provider-refused", func(p layout.Page) templ.Component {
			return failedTrip(p, "provider.refused_title", "provider.closed", "")
		}},
		{"provider-over", func(p layout.Page) templ.Component {
			return provider.Failed(provider.FailedProps{Page: p, Heading: p.T("provider.over_title"), Text: p.T("provider.over_text"), OtherURL: "signin.html", Again: true})
		}},
		{"provider-in-app", func(p layout.Page) templ.Component {
			return provider.Failed(provider.FailedProps{
				Page: p, Heading: p.T("provider.app_title", "Name", "Google"), Text: p.T("provider.app_text", "Name", "Google", "Host", "login.acme.test"), OtherURL: "signin.html",
			})
		}},
		{"hop-away", func(p layout.Page) templ.Component {
			return hop.View(hop.Props{Page: crossing(p), Name: "Northwind-Traders-Workforce-SSO1", URL: "#", OtherURL: "signin-providers.html"})
		}},
		{"hop-back", func(p layout.Page) templ.Component {
			return hop.View(hop.Props{Page: crossing(p), Action: "signedout.html", Fields: []form.Hidden{{Name: "state", Value: "state"}}})
		}},
	}
}

func failedTrip(p layout.Page, heading, text, retry string) templ.Component {
	return provider.Failed(provider.FailedProps{
		Page: p, Heading: p.T(heading, "Name", "Google"), Text: p.T(text, "Name", "Google", "App", p.AppName), RetryURL: retry, OtherURL: "signin.html",
	})
}

// crossing answers the page without what a page between two sites leaves out.
func crossing(p layout.Page) layout.Page {
	p.FormToken, p.Request, p.Languages, p.ReturnURL = "", "", nil, ""
	return p
}
