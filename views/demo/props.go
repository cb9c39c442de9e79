// Package demo is the app of `poolhouse dev`: it signs in over OpenID Connect
// and shows what it was given.
package demo

import "poolhouse.dev/views/layout"

// HomeProps of Home.
type HomeProps struct {
	layout.Page
	SignInURL  string
	SignUpURL  string
	MailboxURL string
	Users      []User // seeded users to try
}

// User is a seeded user, shown with its password on the demo's home.
type User struct {
	Name, Password string
}

// SignedInProps of SignedIn.
type SignedInProps struct {
	layout.Page
	Name       string
	Tokens     []Token
	UserInfo   []Claim
	AccountURL string
	MailboxURL string
	RefreshURL string // posts csrf; "" leaves it out
	SignOutURL string // a link: logging out starts at the app
}

// Token is one token, decoded. An opaque token has no claims.
type Token struct {
	Name   string // "ID token", "Access token", "Refresh token"
	Header []Claim
	Claims []Claim
	Raw    string
}

// Claim is one row of a table.
type Claim struct {
	Name  string
	Value string        // JSON, or the plain string
	At    layout.Moment // of a value that is a time
}

// FailureProps of Failure: the app was refused.
type FailureProps struct {
	layout.Page
	Code        string // OAuth error code
	Description string
	RetryURL    string
}
