// Package newpassword is the page that asks for a new password after a
// temporary one, with the required attributes that are missing.
package newpassword

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Props of View. The form posts new_password, one field an attribute, csrf and
// request to Action.
type Props struct {
	layout.Page
	Action     string
	Identifier string
	Rules      form.Rules
	Missing    []form.Attribute
	CancelURL  string
}
