package web

import (
	"net/http"
	"time"

	"poolhouse.dev/identity"
)

// The cookies. On https each name gets the prefix __Host-, which browsers take
// only with Secure, Path=/ and no Domain, so that a sibling host cannot plant one.
const (
	SessionCookie = "ph_session" // a signed-in browser
	FlowCookie    = "ph_flow"    // binds attempts and form tokens to this browser
	BrowserCookie = "ph_browser" // a browser that has signed in before
	LangCookie    = "ph_lang"    // the language chosen
	LinkCookie    = "ph_link"    // the secret of a mailed link, between its page and its button
	AskedCookie   = "ph_asked"   // the request to come back to, for a mailed sign-in link
)

const (
	flowLife    = 15 * time.Minute
	browserLife = 365 * 24 * time.Hour
	langLife    = 365 * 24 * time.Hour
)

// Cookie answers the cookie's value, or "". Two cookies of one name are
// ambiguous (somebody else may have planted one) and count as none.
func (r *Request) Cookie(name string) string { return r.cookie(name, 512) }

func (r *Request) cookie(name string, most int) string {
	found := r.HTTP().CookiesNamed(r.server.cookieName(name, r.Pool.ID))
	if len(found) != 1 || len(found[0].Value) > most {
		return ""
	}
	return found[0].Value
}

// longestAsked is what browsers keep of a cookie, its name and attributes included (RFC 6265 §6.1: 4096 bytes).
const longestAsked = 3500

// KeepAsked keeps the request to come back to in this browser, for the mailed
// link that may be opened in it. One that is too long for a cookie is not kept:
// the window that asked leads back then.
func (r *Request) KeepAsked() {
	if sealed := r.Sealed(); sealed != "" && len(sealed) <= longestAsked {
		r.SetCookie(AskedCookie, sealed, flowLife)
	} else {
		r.DropCookie(AskedCookie)
	}
}

// TakeAsked takes up the request that KeepAsked kept, where the page has none.
func (r *Request) TakeAsked() {
	if kept := r.cookie(AskedCookie, longestAsked); r.Ask == nil && kept != "" {
		r.Ask = r.unseal(kept)
	}
}

// SetCookie sets a cookie for the browser session, or for life when it is positive.
func (r *Request) SetCookie(name, value string, life time.Duration) {
	cookie := &http.Cookie{
		Name: r.server.cookieName(name, r.Pool.ID), Value: value, Path: "/",
		MaxAge: int(life / time.Second), Secure: r.server.https, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	http.SetCookie(r.echo.Response(), cookie)
}

// DropCookie makes the browser forget a cookie.
func (r *Request) DropCookie(name string) {
	if len(r.HTTP().CookiesNamed(r.server.cookieName(name, r.Pool.ID))) > 0 {
		r.SetCookie(name, "", -time.Second)
	}
}

// cookieName keeps the session, its state and the known browser of each pool apart: a
// person may be signed in to two pools of one host.
func (s *Server) cookieName(name string, pool identity.PoolID) string {
	if pool != "" && pool != s.DefaultPool && (name == SessionCookie || name == BrowserCookie || name == StateCookie) {
		name += "-" + string(pool)
	}
	if s.https {
		return "__Host-" + name
	}
	return name
}
