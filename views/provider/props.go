// Package provider is what pages show of other people's sign-ins: the buttons
// that lead to them, and the page for when one of them fails.
package provider

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/layout"
)

// The kinds of provider that have an icon of their own (Cognito's names, and ours).
const (
	Google    = "Google"
	Facebook  = "Facebook"
	Amazon    = "LoginWithAmazon"
	Apple     = "SignInWithApple"
	GitHub    = "GitHub"
	Microsoft = "Microsoft"
)

// Button leads to a provider.
type Button struct {
	Type string
	Name string // the provider's name in the pool, which names the way in
	URL  string
}

// Shown answers what people call a provider: those of one brand by the brand.
func Shown(kind, name string) string {
	switch kind {
	case Google, Facebook, GitHub, Microsoft:
		return kind
	case Amazon:
		return "Amazon"
	case Apple:
		return "Apple"
	}
	return name
}

// wayTo names the way in by the provider of this name to the script: data-way
// is on what leads to it, data-turned on a page for when it led nowhere.
func wayTo(attribute, name string) templ.Attributes {
	if name == "" {
		return nil
	}
	return templ.Attributes{attribute: "idp:" + name}
}

// FailedProps of Failed.
type FailedProps struct {
	layout.Page
	Heading  string
	Text     string // what happened and what to do
	RetryURL string // "Try again"; "" leaves it out
	OtherURL string // "Sign in another way"; "" leaves it out
	Provider string // the provider's name in the pool, where its trip failed and may be made again
	Again    bool   // the one way on is to begin anew: OtherURL says so
	Account  bool   // OtherURL leads back to the account pages
}

func (p FailedProps) other() string {
	if p.Account {
		return p.T("provider.to_account")
	}
	if p.Again {
		return p.T("provider.start_again")
	}
	return p.T("provider.other_ways")
}
