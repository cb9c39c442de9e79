// Package trial is what an administrator sees of a test of a provider: the page
// that begins it, and what came of it. Nothing on it is for the people who sign in.
package trial

import (
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
)

// StartProps of Start. The button posts link and csrf to Action.
type StartProps struct {
	layout.Page
	Action string
	Link   string // value of the hidden field link
	Type   string
	Name   string
	Off    bool // nobody signs in by it yet
	Until  layout.Moment
}

func (p StartProps) shown() string { return provider.Shown(p.Type, p.Name) }

// OverProps of Over.
type OverProps struct {
	layout.Page
	Command string // what makes a new link
}

// Props of Result.
type Props struct {
	layout.Page
	Name    string // the provider, as people call it
	Good    bool   // somebody would get in
	Verdict string // what would happen, or what failed, in a sentence
	Notes   []string
	Account []Fact // the account as it would stand
	Failure []Fact // what failed
	Answer  []Fact // what the answer says of itself
	Claims  []Claim
	Known   bool // the claims are verified
	More    bool // there were more claims than are shown
	Mapped  []Mapped
	// The form that tries once more posts Link to Action; without Link the page
	// says by which Command a new one is made.
	Action, Link, Command string
}

// Fact is a word for something, and what it is.
type Fact struct {
	Label string
	Value string
	When  layout.Moment // in place of Value
	Plain bool          // Value is words of the page, and not the provider's
}

// Claim is one value that a provider gave.
type Claim struct {
	Path   string   // as an attribute mapping names it
	Values []string // several for a list
	Hidden bool     // it is named like a secret
	When   layout.Moment
}

// Mapped is one attribute of the mapping.
type Mapped struct {
	Attribute string
	From      string // the path in the provider's answer
	Value     string
	Hidden    bool
	State     string // one of the states; "" says nothing
	Why       string // why it is not kept, in the page's language
	Detail    string // the same to the letter, in English
}

// States of a Mapped.
const (
	Kept    = "kept"
	Left    = "left"
	Missing = "missing" // the provider does not say it
)
