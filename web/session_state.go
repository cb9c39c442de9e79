package web

import (
	"fmt"
	"html"
	"net/http"

	"poolhouse.dev/assets"
)

// StateCookie stands for the browser's session where the script of the
// check_session_iframe can read it. It is no secret and opens nothing.
const StateCookie = "ph_state"

// KeepState sets what the check_session_iframe reads to whoever is signed in by
// now, in pools that have one. Auth, SignedIn or SignOut has run before. The frame
// stands in pages of other sites, so the cookie is for those, too, where it can be.
func (r *Request) KeepState() {
	state := r.server.OAuth.BrowserState(r.auth)
	if !r.Pool.ManagesSessions() || r.Cookie(StateCookie) == state {
		return
	}
	cookie := &http.Cookie{
		Name: r.server.cookieName(StateCookie, r.Pool.ID), Value: state, Path: "/", Secure: r.server.https, SameSite: http.SameSiteLaxMode,
	}
	if r.server.https {
		cookie.SameSite = http.SameSiteNoneMode
	}
	if state == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(r.echo.Response(), cookie)
}

// CheckSession answers the check_session_iframe (OpenID Connect Session Management
// §3.2): no words, one script. It is the only page of ours that may stand in a
// frame; there is nothing in it to click.
func (r *Request) CheckSession() error {
	if !r.Pool.ManagesSessions() {
		return notFound(nil)
	}
	h := r.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; frame-ancestors *; base-uri 'none'; form-action 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // a page with COEP may frame it
	h.Set("Cache-Control", "no-cache")
	page := fmt.Sprintf("<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Session</title><script src=\"%s\" data-cookie=\"%s\"></script></html>\n",
		assets.URL("session.js"), html.EscapeString(r.server.cookieName(StateCookie, r.Pool.ID)))
	return r.echo.HTML(http.StatusOK, page)
}
