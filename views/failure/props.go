// Package failure is the page for what cannot go on: a bad request, a page
// that is not there, a fault. It shows Page.RequestID as reference number and
// a way back.
package failure

import "poolhouse.dev/views/layout"

// Props of View.
type Props struct {
	layout.Page
	Heading  string // "" is "Something went wrong"
	Text     string // what happened and what to do, in the page's language; "" is the general text
	Detail   string // what a developer needs to know, from a fixed set or quoted; "" leaves it out
	RetryURL string // "Try again"; "" leaves it out
	HomeURL  string // "Go to the start page"; "" leaves it out
}
