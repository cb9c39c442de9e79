// Package autopost hands an answer to the app by a form that posts itself
// (OAuth 2.0 Form Post Response Mode), with a button for when scripts are off.
package autopost

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Props of View.
type Props struct {
	layout.Page
	Action string // the validated redirect URI
	Fields []form.Hidden
}
