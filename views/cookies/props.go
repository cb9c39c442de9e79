// Package cookies is the page for browsers that refuse cookies.
package cookies

import "poolhouse.dev/views/layout"

// Props of View.
type Props struct {
	layout.Page
	Host     string // whose cookies to allow
	RetryURL string
}
