// Package signin is the page a person signs in on, and the one that offers to
// go on as the person already signed in.
package signin

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
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

	// NameOnly asks for the name alone; what follows depends on who it is.
	NameOnly bool
	// Passkey offers to sign in with a passkey, without a name; nil leaves it out.
	Passkey *Passkey
	// Upgrade lets the script say that this browser can make a passkey by itself.
	Upgrade bool

	// Providers are other people's sign-ins, in order.
	Providers []provider.Button
	// Elsewhere says that they are the only way in: nobody signs in here.
	Elsewhere bool
	// Turned names the one that the person turned away from, "" for none.
	Turned string
}

// Passkey is a sign-in without a name. Its form posts credential,
// passkey_state, csrf and request to Action.
type Passkey struct {
	Action  string
	Options string // PublicKeyCredentialRequestOptions as JSON
	State   string // what the server must see again
	Unknown string // {"rpId", "credentialId"} of a passkey that was just not known, as JSON
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
