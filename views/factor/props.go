// Package factor holds the steps of a sign-in that ask for one factor: the
// choice among them, the password by itself, a code, a passkey.
package factor

import (
	"strings"

	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
)

// The factors, as forms and addresses spell them (Cognito's names).
const (
	Password  = "PASSWORD"
	EmailCode = "EMAIL_OTP"
	SMSCode   = "SMS_OTP"
	Passkey   = "WEB_AUTHN"
	TOTP      = "SOFTWARE_TOKEN_MFA"
	SMS       = "SMS_MFA"
	Email     = "EMAIL_MFA"
	Recovery  = "RECOVERY_CODE"
)

// Kind is what a choice is for.
type Kind int

// The kinds of choice.
const (
	First  Kind = iota // the way in
	Second             // the second factor
	SetUp              // what to set up as a second factor
)

// Option is one factor that may be chosen.
type Option struct {
	Factor      string
	Destination string // masked, where its code would go; "" for none
}

// Step is what the steps have in common.
type Step struct {
	layout.Page
	Action     string
	Identifier string            // who signs in, as typed; "" leaves the line out
	NotYouURL  string            // leads back to the name, which can be changed there
	OtherURL   string            // the choice of another factor; "" when there is none
	CancelURL  string            // back to the app with access_denied; "" leaves it out
	Second     bool              // a first factor has been proven already
	BackURL    string            // leads back without connecting a provider; "" leaves it out
	Providers  []provider.Button // that the account is connected to: its owner may come by them, too
	Remember   int               // days for which it offers to remember this browser; 0 leaves the offer out
}

// ChooseProps of Choose. Each button posts factor, csrf and request to Action.
type ChooseProps struct {
	Step
	Kind    Kind
	Options []Option
}

// PasswordProps of AskPassword. The form posts username, password, csrf and request.
type PasswordProps struct {
	Step
	ForgotURL string
}

// CodeProps of Code. The form posts factor, code, remember, csrf and request to
// Action; the resend form posts csrf and request to ResendAction.
type CodeProps struct {
	Step
	Factor       string
	Destination  string // masked, where the code went
	ResendAction string // "" leaves resend out
	ResendWait   int    // seconds until resend is allowed again
	Resent       bool
	Left         int    // recovery codes that are left
	Match        string // the number that stands beside the mailed link; "" when the message has none
	StateURL     string // tells whether the link was followed
	LinkAction   string // goes on once the link was followed
}

// PasskeyProps of AskPasskey. The form posts credential, remember, csrf and request.
type PasskeyProps struct {
	Step
	Options string // PublicKeyCredentialRequestOptions as JSON
}

// key answers the part of the message ids that stands for a factor.
func key(factor string) string { return strings.ToLower(factor) }

// Icon answers the icon of a factor.
func Icon(factor string) string {
	switch factor {
	case Password:
		return "lock"
	case Passkey:
		return "passkey"
	case EmailCode, Email:
		return "mail"
	case SMSCode, SMS:
		return "chat"
	case Recovery:
		return "list"
	}
	return "phone"
}

// Name answers what a factor is called on a page.
func Name(p layout.Page, factor string) string { return p.T("way." + key(factor)) }

// hint says in a line what choosing the factor means.
func (p ChooseProps) hint(o Option) string {
	id := "way.hint_"
	if p.Kind == SetUp {
		id = "way.setup_"
	}
	id += key(o.Factor)
	if text := p.T(id); text != id {
		return text
	}
	return ""
}

func (p ChooseProps) title() string {
	return p.T([]string{"way.title", "way.title_second", "way.title_setup"}[p.Kind])
}

func (p ChooseProps) lead() string {
	switch p.Kind {
	case Second:
		return p.T("way.lead_second")
	case SetUp:
		return p.T("way.lead_setup", "App", p.AppName)
	}
	return ""
}

// bySMS says that the code comes to a phone.
func (p CodeProps) bySMS() bool { return p.Factor == SMSCode || p.Factor == SMS }

// sent says that the code was sent, and not made by the person's own app or paper.
func (p CodeProps) sent() bool { return p.Factor != TOTP && p.Factor != Recovery }

func (p CodeProps) title() string {
	switch {
	case p.Factor == TOTP:
		return p.T("step.title_totp")
	case p.Factor == Recovery:
		return p.T("step.title_recovery")
	case p.bySMS():
		return p.T("confirm.title_sms")
	}
	return p.T("confirm.title_email")
}

// where says what to look for while waiting.
func (p CodeProps) where() string {
	if p.bySMS() {
		return p.T("code.look_sms")
	}
	return p.T("code.look_email")
}

// again answers the page with the line that a new code is under way.
func (p CodeProps) again() layout.Page {
	page := p.Page
	if p.Resent && page.Notice == "" && len(page.Errors) == 0 {
		page.Notice = p.T("code.resent")
	}
	return page
}

// mayLose says that the factor is a thing, which can be lost.
func (p CodeProps) mayLose() bool { return p.Second && p.Factor != Recovery }
