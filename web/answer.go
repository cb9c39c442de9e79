package web

import (
	"maps"
	"net/http"
	"slices"

	"poolhouse.dev/oauth"
	"poolhouse.dev/views/autopost"
	"poolhouse.dev/views/form"
)

// Answer sends the browser to the app with the answer to its request.
func (r *Request) Answer(a oauth.Answer) error {
	if a.Mode != oauth.ModeFormPost {
		return r.Leave(a.URL())
	}
	r.speak(a.Locales)                    // while the request is known: a pushed one is spent
	if _, err := r.Asking(); err != nil { // names the app
		return err
	}
	r.targets, r.awayOnly = nil, true
	r.MayPostTo(a.RedirectURI)
	page := r.Layout()
	page.FormToken, page.Request, page.Languages = "", "", nil
	props := autopost.Props{Page: page, Action: a.RedirectURI}
	for _, name := range slices.Sorted(maps.Keys(a.Params)) {
		props.Fields = append(props.Fields, form.Hidden{Name: name, Value: a.Params.Get(name)})
	}
	return r.HTML(http.StatusOK, autopost.View(props))
}
