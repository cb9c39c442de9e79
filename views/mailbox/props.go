// Package mailbox shows what `poolhouse dev` would have sent: e-mails and
// text messages.
package mailbox

import "poolhouse.dev/views/layout"

// ListProps of List.
type ListProps struct {
	layout.Page
	Messages []Summary
	HomeURL  string // the demo app; "" leaves it out
}

// Summary is one line of the list.
type Summary struct {
	URL     string
	SMS     bool
	To      string
	Subject string // or the first words of an SMS
	Code    string // shown beside, to copy; "" leaves it out
	At      layout.Moment
}

// MessageProps of Message.
type MessageProps struct {
	layout.Page
	SMS     bool
	From    string
	To      string
	Subject string
	At      layout.Moment
	Code    string
	Link    string // the link inside, as a button; "" leaves it out
	Text    string // plain text part
	HTMLURL string // the HTML part, opened as a page of its own; "" leaves it out
	ListURL string
}
