// Package forgot is the page that asks whose password is to be reset.
package forgot

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Props of View. The form posts username, csrf and request to Action.
type Props struct {
	layout.Page
	Action     string
	Identifier string
	Names      form.Names
	SignInURL  string
}
