// Package enrol is where a second factor is set up in the middle of a sign-in.
// The choice of what to set up is factor.Choose.
package enrol

import (
	"strings"

	"poolhouse.dev/views/factor"
)

// Props of View. The form posts factor and, by State, code, credential or
// address, with csrf and request, to Action.
type Props struct {
	factor.Step
	Factor       string // what is being set up
	Secret       string // base32, for an authenticator app
	URI          string // the same as otpauth://, drawn as a QR code; "" leaves it out
	Options      string // PublicKeyCredentialCreationOptions as JSON, for a passkey
	NeedsAddress bool   // the address to send codes to is asked first
	Address      string // what was typed there
	Destination  string // masked, where the code went
	AddressURL   string // leads back to the address; "" leaves it out
	ResendAction string // "" leaves resend out
	ResendWait   int    // seconds
	Resent       bool
}

func (p Props) bySMS() bool { return p.Factor == factor.SMS }

func (p Props) title() string {
	switch p.Factor {
	case factor.TOTP:
		return p.T("enrol.title_totp")
	case factor.Passkey:
		return p.T("enrol.title_passkey")
	case factor.SMS:
		return p.T("enrol.title_sms")
	}
	return p.T("enrol.title_email")
}

// groups cuts a secret into fours, which are easier to type.
func groups(secret string) []string {
	var all []string
	for len(secret) > 4 {
		all, secret = append(all, secret[:4]), secret[4:]
	}
	return append(all, secret)
}

func spaced(secret string) string { return strings.Join(groups(secret), " ") }
