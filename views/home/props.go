// Package home is what a bookmarked sign-in page shows when no app asked.
package home

import "poolhouse.dev/views/layout"

// Props of View.
type Props struct {
	layout.Page
	Name       string // who is signed in, or ""
	AccountURL string
	SignInURL  string // shown when nobody is signed in
	Apps       []App
}

// App is an app of the pool that may be opened from here.
type App struct {
	Name, URL string
}
