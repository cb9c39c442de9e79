// Package signedout is the page after signing out.
package signedout

import "poolhouse.dev/views/layout"

// Props of View.
type Props struct {
	layout.Page
	SignInURL string // "" leaves the link out
	// Frames are apps' own pages, which end their sessions when they are loaded.
	Frames  []Frame
	NextURL string // where the page goes on to once they are; "" stays
}

// Frame is one app's page.
type Frame struct {
	Name string // of the app
	URL  string
}

func (p Props) lead() string {
	if p.NextURL != "" {
		return p.T("signedout.apps")
	}
	return p.T("signedout.lead")
}
