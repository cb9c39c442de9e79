// Package reset is the page that takes the reset code, or stands behind the
// mailed reset link, and sets the new password.
package reset

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Props of View. The form posts username, code or link, new_password, csrf and
// request to Action; the resend form posts username, csrf and request to
// ResendAction.
type Props struct {
	layout.Page
	Action       string
	Identifier   string // hidden field username; also what password managers store the password for
	Link         string // value of the hidden field link; then no code is asked
	Destination  string // masked
	Medium       string // "EMAIL" or "SMS"
	Rules        form.Rules
	WrongURL     string // back to forgot with the value kept
	ResendAction string // "" leaves resend out
	ResendWait   int    // seconds until resend is allowed again
	Resent       bool
	SignInURL    string
	ByRecovery   bool   // asks for a recovery code instead of the one that was sent
	OtherURL     string // the same page by the other kind of code; "" leaves it out
}
