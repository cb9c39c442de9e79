// Package upgrade is the moment after a sign-in in which the browser may keep a
// passkey without asking (WebAuthn Level 3, conditional create).
package upgrade

import "poolhouse.dev/views/layout"

// Props of View. The form posts credential, csrf and request to Action, with or
// without a passkey; the script sends it within a second and a half.
type Props struct {
	layout.Page
	Action  string
	Options string // PublicKeyCredentialCreationOptions as JSON
	State   string // what the server must see again, in the field "state"
}
