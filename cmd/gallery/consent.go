package main

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/consent"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
)

// consents are the page that asks for consent: of an app that the house knows, and
// of one that registered itself and asks for much.
func consents() []shot {
	ask := func(p layout.Page) consent.Props {
		p.Styles, p.ReturnHost = append(p.Styles, gets.Styles), ""
		return consent.Props{
			Page: p, Action: "#", Ticket: "ticket", Shown: "shown", Place: "notes.example.test", Name: "ann@example.test", OtherURL: "signin.html",
			Gets: gets.Props{Groups: []gets.Group{{Permissions: []gets.Permission{
				{Text: p.T("account.scope_openid"), Value: "openid"},
				{Text: p.T("account.scope_email"), Value: "email", Field: "scope.email", Checked: true},
				{Text: p.T("account.scope_offline"), Value: "offline_access", Field: "scope.offline_access", Checked: true},
			}}}},
		}
	}
	return []shot{
		{"consent", func(p layout.Page) templ.Component { return consent.View(ask(p)) }},
		{"consent-rich", func(p layout.Page) templ.Component {
			props := ask(p)
			props.Stranger, props.AppPolicyURL, props.AppTermsURL = "notes.example.test", "https://notes.example.test/privacy", "https://notes.example.test/terms"
			props.Gets.Groups = append(props.Gets.Groups, gets.Group{Name: "Calendar", Permissions: []gets.Permission{{Text: "See your appointments"}, {Text: "Add appointments"}}})
			props.Gets.Details = paying(p)
			return consent.View(props)
		}},
	}
}

// paying is a rich request (RFC 9396) as its person reads it.
func paying(p layout.Page) []gets.Detail {
	return []gets.Detail{{Type: "payment_initiation", Facts: []gets.Fact{
		{Name: p.T("gets.actions"), Values: []string{"initiate", "status"}}, {Name: p.T("gets.locations"), Values: []string{"https://bank.example.test/payments"}},
		{Name: "instructedAmount › amount", Values: []string{"123.50"}}, {Name: "instructedAmount › currency", Values: []string{"EUR"}},
		{Name: "creditor account › iban", Values: []string{"DE02 1203 0000 0000 2020 51"}},
	}}}
}
