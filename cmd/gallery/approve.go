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
		Page: bare(p), Action: "#", ID: "id", Code: "WDJB-MJHT", App: "Acme Films", Name: "ann@example.test", Where: "Berlin, DE (192.0.2.40)",
		Gets: allowed(p, "account.scope_openid", "account.scope_email", "account.scope_profile"),
	}
}

// allowed are permissions on the account, by the ids of their messages.
func allowed(p layout.Page, messages ...string) gets.Props {
	var group gets.Group
	for _, message := range messages {
		group.Permissions = append(group.Permissions, gets.Permission{Text: p.T(message)})
	}
	return gets.Props{Groups: []gets.Group{group}}
}

// rich is all that an app can get at once.
func rich(p layout.Page) gets.Props {
	all := allowed(p, "account.scope_openid", "account.scope_offline")
	all.Groups = append(all.Groups, gets.Group{Name: "Calendar", Permissions: []gets.Permission{{Text: "See your appointments"}, {Text: "Add appointments"}}})
	all.Details = paying(p)
	return all
}

// approvals are the pages on which somebody lets an app in that asks elsewhere.
func approvals() []shot {
	enter := func(p layout.Page, code string) templ.Component {
		return device.Enter(device.EnterProps{Page: bare(p), Action: "#", Code: code})
	}
	done := func(state string) func(layout.Page) templ.Component {
		return func(p layout.Page) templ.Component {
			return device.Done(device.DoneProps{Page: bare(p), State: state, AgainURL: "device.html"})
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
			p.Styles = append(p.Styles, gets.Styles)
			return account.Approvals(account.ApprovalsProps{Frame: frame(p, account.PageApprovals), Action: "#", Approvals: []account.Approval{
				{
					ID: "1", App: "Acme Bank", Message: "W4SCT", Gets: allowed(p, "account.scope_openid", "account.scope_email"),
					Asked: moment, Until: moment, Address: "192.0.2.40", Place: "Berlin, DE",
				},
				{ID: "2", App: "Notes", Gets: rich(p), Asked: moment, Until: moment},
			}})
		}},
		{"account-approvals-none", func(p layout.Page) templ.Component {
			return account.Approvals(account.ApprovalsProps{Frame: frame(p, account.PageApprovals)})
		}},
		{"device-allowed", done(device.Allowed)}, {"device-denied", done(device.Denied)}, {"device-gone", done(device.Gone)},
	}
}
