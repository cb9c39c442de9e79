// Package confirm is the page that asks for the code of a sign-up, or of a
// new address.
package confirm

import "poolhouse.dev/views/layout"

// Props of View. The form posts code, csrf and request to Action; the resend
// form posts csrf and request to ResendAction.
type Props struct {
	layout.Page
	Action       string
	Identifier   string // hidden field username for those who confirm outside an attempt; "" leaves it out
	Destination  string // masked, where the code went
	Medium       string // "EMAIL" or "SMS"
	Attribute    string // hidden field attribute, for a new address of a signed-in person; "" is sign-up
	WrongURL     string // "Wrong address?" leads back with the value kept
	ResendAction string // "" leaves resend out
	ResendWait   int    // seconds until resend is allowed again
	Resent       bool   // a new code has just been sent
	ByLink       bool   // the mail has a link in place of a code, and the form posts none
	CancelURL    string
}
