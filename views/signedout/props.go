// Package signedout is the page after signing out.
package signedout

import "poolhouse.dev/views/layout"

// Props of View.
type Props struct {
	layout.Page
	SignInURL string // "" leaves the link out
}
