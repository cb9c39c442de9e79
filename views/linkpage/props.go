// Package linkpage stands behind a mailed link: one button, because opening a
// link changes nothing (mail scanners open them too).
package linkpage

import "poolhouse.dev/views/layout"

// Purposes of a mailed link.
const (
	SignUp         = "sign_up"
	ForgotPassword = "forgot_password"
	NewAddress     = "attribute_change"
	SignIn         = "sign_in"
	NotMe          = "not_me"
)

// States of a mailed link.
const (
	Good     = "good"
	Used     = "used"
	Expired  = "expired"
	Replaced = "replaced"
	Unknown  = "unknown"
	Sent     = "sent"     // a new one is on its way
	Approved = "approved" // pressed in another browser than the one that signs in
	Disowned = "disowned" // the sign-in was somebody else's, and everything has ended
)

// Props of View. The button posts link, csrf and request to Action; "send a
// new one" posts the same to AgainAction or leads to AgainURL.
type Props struct {
	layout.Page
	Action      string
	Purpose     string
	State       string
	Link        string // value of the hidden field link
	Destination string // masked account or address
	AskedFrom   string // "Firefox on Linux, 192.0.2.7", or ""
	Match       string // the number that the window which asked shows, for SignIn in another browser
	AgainAction string // form that sends a new link
	AgainURL    string // page to ask for a new one; used when AgainAction is ""
	SignInURL   string
}
