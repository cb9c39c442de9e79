// Package account holds the pages of a signed-in person: profile, addresses,
// password, sessions and deleting the account.
package account

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Pages of the account.
const (
	PageProfile  = "profile"
	PagePassword = "password"
	PageSessions = "sessions"
	PageDelete   = "delete"
)

// Frame is what all account pages share.
type Frame struct {
	layout.Page
	Name          string // e-mail or username of the person
	Current       string // one of the Page constants
	ProfileURL    string
	PasswordURL   string // "" for people without a password
	SessionsURL   string
	DeleteURL     string // "" when deleting is not allowed
	SignOutAction string // posts csrf
}

// ProfileProps of Profile. The form posts one field an attribute and csrf to Action.
type ProfileProps struct {
	Frame
	Action     string
	Username   string // shown, never editable; "" leaves it out
	Addresses  []Address
	Attributes []form.Attribute // everything else
}

// Address is an e-mail address or phone number of the person. Changing it
// posts attribute, value and csrf to ChangeAction; the verify form posts
// attribute, code and csrf to VerifyAction.
type Address struct {
	Attribute    string // "email" or "phone_number"
	Value        string
	Verified     bool
	Pending      string // new value that waits for its code, or ""
	Required     bool
	ReadOnly     bool
	Input        string // what was typed into the change field, kept after an error; "" is Pending or Value
	ChangeAction string
	VerifyAction string // "" when nothing waits for a code
	SendAction   string // sends the code again, or for an unverified address the first one
	CancelAction string // drops the pending address; "" leaves it out
	SendWait     int    // seconds until the code may be sent again
	Sent         bool   // a code is under way: show the code field
}

// PasswordProps of Password. The form posts password (the present one),
// new_password and csrf to Action.
type PasswordProps struct {
	Frame
	Action string
	Rules  form.Rules
}

// SessionsProps of Sessions. Each sign-out posts session and csrf to
// EndAction; "everywhere" posts csrf to EndAllAction.
type SessionsProps struct {
	Frame
	Sessions     []Session
	EndAction    string
	EndAllAction string
}

// Session is one signed-in browser.
type Session struct {
	ID       string
	Device   string // "Firefox on Linux"
	Address  string // IP address
	SignedIn layout.Moment
	LastSeen layout.Moment
	Current  bool
}

// DeleteProps of Delete. The form posts password and csrf to Action.
type DeleteProps struct {
	Frame
	Action       string
	NeedPassword bool
}
