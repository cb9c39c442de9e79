// Package gets is the list of what an app gets, in words: what a person is asked
// to allow, and what they have allowed.
package gets

import "poolhouse.dev/views/layout"

// Styles is the stylesheet that List needs on a card (see layout.Page.Styles).
const Styles = "gets.css"

// Props of List. The zero value is an app that gets nothing.
type Props struct {
	Groups  []Group
	Details []Detail
}

// Group are the permissions of one API; Name is "" for those on the account.
type Group struct {
	Name        string
	Permissions []Permission
}

// Permission is one thing that the app may do. One with a Field can be left out:
// it is a checkbox of that name.
type Permission struct {
	Text    string
	Value   string // of the checkbox
	Field   string
	Checked bool
}

// Detail is one rich request (RFC 9396).
type Detail struct {
	Type  string
	Facts []Fact
}

// Fact is one member of a detail.
type Fact struct {
	Name   string
	Values []string
}

func (p Permission) id() string { return "allow-" + layout.FieldID(p.Value) }
