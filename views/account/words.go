package account

import (
	"strings"

	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// change names the way to another address.
func (a Address) change(p layout.Page) string {
	switch {
	case a.Value == "":
		return p.T("account.address_add")
	case a.Attribute == "phone_number":
		return p.T("account.phone_change")
	}
	return p.T("account.email_change")
}

// writable says whether there is anything to save.
func writable(attributes []form.Attribute) bool {
	for _, a := range attributes {
		if !a.ReadOnly {
			return true
		}
	}
	return false
}

// entries names each page of the menu, with its icon.
var entries = map[string]struct{ message, icon string }{
	PageProfile:     {"account.profile", "user"},
	PagePassword:    {"account.password", "key"},
	PageFactors:     {"account.factors", "lock"},
	PageDevices:     {"account.devices", "device"},
	PageSessions:    {"account.sessions", "clock"},
	PageHistory:     {"account.history", "list"},
	PageApps:        {"account.apps", "apps"},
	PageApprovals:   {"account.approvals", "check"},
	PageConnections: {"account.connections", "link"},
	PageData:        {"account.data", "download"},
	PageDelete:      {"account.delete", "trash"},
}

// seconds names each second factor, with its icon and what it is.
var seconds = map[string]struct{ title, text, icon string }{
	TOTP:  {"factors.app", "factors.app_text", "phone"},
	SMS:   {"factors.sms", "factors.sms_text", "chat"},
	Email: {"factors.email", "factors.email_text", "mail"},
	ByKey: {"factors.passkey_second", "factors.passkey_second_text", "passkey"},
}

// setUp names the way to a second factor that is not there yet.
func (s Second) setUp(p layout.Page) string {
	switch s.Factor {
	case SMS:
		return p.T("factors.confirm_number")
	case Email:
		return p.T("factors.confirm_email")
	}
	return p.T("factors.set_up")
}

func (p CodeSetUpProps) title() string {
	if p.Factor == SMS {
		return p.T("factors.sms_title")
	}
	return p.T("factors.email_title")
}

// risks names each level of risk.
var risks = map[string]string{"low": "history.risk_low", "medium": "history.risk_medium", "high": "history.risk_high"}

// spaced cuts a secret into fours, which are easier to type.
func spaced(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// lines are recovery codes as a file: one a line, with the pool's name above.
func (p CodesProps) lines() string {
	return p.AppName + "\n\n" + strings.Join(p.Codes, "\n") + "\n"
}
