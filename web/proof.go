package web

import (
	"crypto/hmac"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// FormField names the hidden field that proves that a form is ours.
const FormField = "csrf"

// againMark stands before the token of a form that came back without any
// cookie. When it comes back so a second time, the browser takes no cookies.
const againMark = "again."

func (r *Request) mustProve(route Route) bool {
	return route.Kind == Page && r.HTTP().Method == http.MethodPost && !route.Foreign
}

// proven says that a form post comes from a page of ours in this browser: by
// what the browser says of its origin, and by the token in the form.
func (r *Request) proven() bool { return r.sameOrigin() && r.tokenHolds() }

// sameOrigin asks Sec-Fetch-Site, else Origin. Without either the token decides.
func (r *Request) sameOrigin() bool {
	switch r.HTTP().Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
	default:
		return false
	}
	origins := r.HTTP().Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	if len(origins) > 1 {
		return false
	}
	return r.ownOrigin(origins[0])
}

// SentBy says that the browser comes from one of these sites, from ourselves, or
// from no page at all. Sec-Fetch-Site covers the redirects on the way; Referer
// is the page's, which it may withhold but not forge. With neither, the request
// is from no browser of today, or came over plain http.
func (r *Request) SentBy(urls []string) bool {
	site, referer := r.HTTP().Header.Get("Sec-Fetch-Site"), r.HTTP().Header.Get("Referer")
	switch {
	case site == "same-origin" || site == "none":
		return true
	case referer == "":
		return site == ""
	}
	from := originOf(referer)
	return from != "" && (r.ownOrigin(from) || slices.ContainsFunc(urls, func(each string) bool { return originOf(each) == from }))
}

// originOf prints the origin of a web address, else "".
func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Scheme + "://" + plainHost(u.Scheme, u.Host)
}

// tokenHolds compares the form's token with the ones this browser's cookies make.
func (r *Request) tokenHolds() bool {
	token := strings.TrimPrefix(r.Form.Get(FormField), againMark)
	holds := false
	for _, name := range []string{FlowCookie, SessionCookie} {
		if cookie := r.Cookie(name); cookie != "" && hmac.Equal([]byte(token), []byte(r.mac("form", name, cookie))) {
			holds = true
		}
	}
	return holds
}

// formToken makes the token for the forms of this page: bound to the session
// of a signed-in browser, else to its flow cookie.
func (r *Request) formToken() string {
	if session := r.Cookie(SessionCookie); session != "" && r.auth.Valid() {
		return r.mac("form", SessionCookie, session)
	}
	bare := r.Cookie(FlowCookie) == ""
	token := r.mac("form", FlowCookie, r.Flow())
	if r.again && bare {
		return againMark + token
	}
	return token
}

// startAgain answers a form that did not prove itself: the step begins anew
// with its fields kept. It is no error to the person, who may only have waited
// too long; to anybody else nothing happened.
func (r *Request) startAgain(route Route) error {
	if strings.HasPrefix(r.Form.Get(FormField), againMark) && r.Cookie(FlowCookie) == "" {
		return r.CookiesBlocked()
	}
	r.again = true
	if route.Again != nil {
		return route.Again(r)
	}
	return r.See(r.here())
}

// StartedAgain says that the form is shown once more because its post did not
// prove where it comes from.
func (r *Request) StartedAgain() bool { return r.again }
