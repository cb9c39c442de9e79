// Package backup offers a spare way in to whoever has just set one up.
package backup

import (
	"strings"

	"poolhouse.dev/views/layout"
)

// OfferProps of Offer. Each form posts csrf and request to its action.
type OfferProps struct {
	layout.Page
	CodesAction   string // makes recovery codes; "" leaves them out
	PasskeyAction string // makes a second passkey; "" leaves it out
	Options       string // PublicKeyCredentialCreationOptions as JSON
	State         string // what the server must see again, in the field "state"
	SkipURL       string
}

// CodesProps of Codes.
type CodesProps struct {
	layout.Page
	Codes       []string // as they are shown: in groups
	ContinueURL string
}

// lines are the codes as a file: one a line, with the app's name above.
func (p CodesProps) lines() string {
	return p.AppName + "\n\n" + strings.Join(p.Codes, "\n") + "\n"
}
