// Package toomany is the page for too many tries (429) and for a server that
// is too busy (503).
package toomany

import "poolhouse.dev/views/layout"

// Props of View.
type Props struct {
	layout.Page
	Busy     bool          // the server is busy; nothing was counted
	Seconds  int           // how long to wait
	Until    layout.Moment // the time the wait ends; zero leaves it out
	RetryURL string
}
