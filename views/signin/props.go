// Package signin is the page a person signs in on, and the one that offers to
// go on as the person already signed in.
package signin

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Props of View. The form posts username, password, csrf and request to Action.
type Props struct {
	layout.Page
	Action     string
	Identifier string // kept after an error, or login_hint
	Names      form.Names
	SignUpURL  string // "" when sign-up is closed
	ForgotURL  string
	CancelURL  string // back to the app with access_denied; "" leaves it out
}

// ChooseProps of Choose, for prompt=select_account and for whoever opens
// /login while signed in. The form posts csrf and request to Action.
type ChooseProps struct {
	layout.Page
	Action    string // goes on as Name
	Name      string // e-mail or username of the person signed in
	OtherURL  string // sign in as somebody else
	CancelURL string
}
