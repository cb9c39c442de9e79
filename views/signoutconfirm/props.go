// Package signoutconfirm asks whether to sign out, when a logout request does
// not prove that the app sent it (OpenID Connect RP-Initiated Logout 1.0 §2).
package signoutconfirm

import "poolhouse.dev/views/layout"

// Props of View. The form posts csrf and Fields to Action.
type Props struct {
	layout.Page
	Action  string
	Name    string // who is signed in
	Fields  []Field
	StayURL string
}

// Field is one parameter of the logout request, carried along.
type Field struct {
	Name, Value string
}
