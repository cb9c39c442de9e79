package main

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/account"
	"poolhouse.dev/views/device"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
)

// confirming is an app on a device that asks for little.
func confirming(p layout.Page) device.ConfirmProps {
	p.Styles = append(p.Styles, gets.Styles)
	return device.ConfirmProps{
		Page: p, Action: "#", ID: "id", Code: "WDJB-MJHT", App: "Acme Films", Name: "ann@example.test", Where: "Berlin, DE (192.0.2.40)",
		Gets: gets.Props{Groups: []gets.Group{{Permissions: []gets.Permission{
			{Text: p.T("account.scope_openid")}, {Text: p.T("account.scope_email")}, {Text: p.T("account.scope_profile")},
		}}}},
	}
}

// approvals are the pages on which somebody lets an app in that asks elsewhere.
func approvals() []shot {
	enter := func(p layout.Page, code string) templ.Component {
		return device.Enter(device.EnterProps{Page: p, Action: "#", Code: code})
	}
	done := func(state string) func(layout.Page) templ.Component {
		return func(p layout.Page) templ.Component {
			return device.Done(device.DoneProps{Page: p, State: state, AgainURL: "device.html"})
		}
	}
	return []shot{
		{"device", func(p layout.Page) templ.Component { return enter(p, "") }},
		{"device-wrong", func(p layout.Page) templ.Component {
			return enter(wrong(p, "user_code", "device_page.unknown"), "BCDF-GHJK")
		}},
		{"device-confirm", func(p layout.Page) templ.Component { return device.Confirm(confirming(p)) }},
		{"device-confirm-stranger", func(p layout.Page) templ.Component {
			props := confirming(p)
			props.Stranger, props.Gets.Details = true, paying(p)
			return device.Confirm(props)
		}},
		{"account-approvals", func(p layout.Page) templ.Component {
			return account.Approvals(account.ApprovalsProps{Frame: frame(p, account.PageApprovals), Action: "#", Approvals: []account.Approval{
				{
					ID: "1", App: "Acme Bank", Message: "W4SCT", Scopes: []string{p.T("account.scope_openid"), p.T("account.scope_email")},
					Asked: moment, Until: moment, Address: "192.0.2.40", Place: "Berlin, DE",
				},
				{ID: "2", App: "Notes", Scopes: []string{p.T("account.scope_openid")}, Asked: moment, Until: moment},
			}})
		}},
		{"account-approvals-none", func(p layout.Page) templ.Component {
			return account.Approvals(account.ApprovalsProps{Frame: frame(p, account.PageApprovals)})
		}},
		{"device-allowed", done(device.Allowed)}, {"device-denied", done(device.Denied)}, {"device-gone", done(device.Gone)},
	}
}
