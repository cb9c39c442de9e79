// Package signup is the page a person creates an account on.
package signup

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
)

// Props of View. The form posts username, password, one field an attribute by
// its own name, csrf and request to Action.
type Props struct {
	layout.Page
	Action     string
	Identifier string     // value of username
	Names      form.Names // what username may be: exactly an address in pools with username_attributes, else a username
	Attributes []form.Attribute
	Rules      form.Rules
	NoPassword bool // nobody signs in with a password here
	SignInURL  string
	CancelURL  string
	Providers  []provider.Button // other people's sign-ins
}
