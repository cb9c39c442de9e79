// Package consent asks a person whether an app may have what it asks for.
package consent

import (
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
)

// Fields of the form that View posts to Action, beside csrf and request.
const (
	Ticket = "ticket"
	Shown  = "shown"
	Answer = "answer" // Allow or Deny
	Allow  = "allow"
	Deny   = "deny"
)

// Props of View.
type Props struct {
	layout.Page
	Action, Ticket, Shown string

	Place    string // where the answer goes: a host, or the scheme of an app
	Stranger string // the host that a client answers for which nobody here has checked, or ""
	Name     string // who is signed in
	OtherURL string // to sign in as somebody else
	Gets     gets.Props
}

func (p Props) initial() string {
	for _, r := range p.Name {
		return string(r)
	}
	return ""
}
