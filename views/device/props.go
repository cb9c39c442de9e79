// Package device holds the pages on which a person lets an app in that runs on
// another device (RFC 8628): the code that the device shows, what the app gets, and
// what came of it.
package device

import (
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
)

// EnterProps of Enter. The form posts user_code and csrf to Action.
type EnterProps struct {
	layout.Page
	Action string
	Code   string // what is in the field
}

// ConfirmProps of Confirm. The form posts answer ("allow" or "deny"), id, user_code
// and csrf to Action.
type ConfirmProps struct {
	layout.Page
	Action   string
	ID       string
	Code     string // as the device shows it
	App      string
	Stranger bool   // nobody of the house has made the app: its name is its own word
	Host     string // who answers for such an app, or ""
	Name     string // who is signed in
	Gets     gets.Props
	Where    string // whence it was asked, or ""
}

// The states of Done.
const (
	Allowed = "allowed"
	Denied  = "denied"
	Gone    = "gone" // it was answered before, or ran out
)

// DoneProps of Done.
type DoneProps struct {
	layout.Page
	State    string // one of the states; anything else is Gone
	AgainURL string // of Enter
}

func (p DoneProps) state() string {
	if p.State == Allowed || p.State == Denied {
		return p.State
	}
	return Gone
}
