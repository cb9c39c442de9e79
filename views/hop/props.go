// Package hop is the page between two sites: it leads on by itself, and says
// where to, with a button or a link for when it does not.
package hop

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Props of View. Either Action, to which the fields are posted, or URL is set.
type Props struct {
	layout.Page
	Name   string // the provider that it leads to; "" leads on within this site
	Action string
	Fields []form.Hidden
	URL    string // where the Refresh header of the answer leads, too
	// OtherURL is for whoever the provider keeps waiting; "" leaves it out.
	OtherURL string
}

func (p Props) title() string {
	if p.Name == "" {
		return p.T("hop.title")
	}
	return p.T("hop.title_to", "Name", p.Name)
}
