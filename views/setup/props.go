// Package setup is the first page of a new server: it makes the first user.
package setup

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// States of the set-up link.
const (
	Open = ""     // ask
	Done = "done" // the first user exists
	Gone = "gone" // the link was used or is unknown
)

// Props of View. The form posts username, password, csrf and setup (the token
// of the one-time URL) to Action.
type Props struct {
	layout.Page
	Action     string
	Token      string
	State      string
	Identifier string
	Names      form.Names
	Attributes []form.Attribute
	Rules      form.Rules
	SignInURL  string
}
