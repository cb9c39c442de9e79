package web

import (
	"net/url"
	"slices"
	"strings"
)

// baseHeaders are on every response, errors included.
func (r *Request) baseHeaders() {
	h := r.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Request-Id", r.ID)
	if r.server.https {
		value := "max-age=31536000"
		if !r.server.HSTSThisHostOnly {
			value += "; includeSubDomains"
		}
		h.Set("Strict-Transport-Security", value)
	}
}

// pageHeaders are on every page.
func (r *Request) pageHeaders() {
	h := r.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", r.policy())
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self), "+
		"camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()")
	h.Set("Cache-Control", "no-store")
}

// jsonHeaders are on every answer to a program.
func (r *Request) jsonHeaders() {
	h := r.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
		h.Set("Pragma", "no-cache") // RFC 6749 §5.1
	}
	if r.kind == Document {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	r.corsHeaders()
}

// corsHeaders let scripts of any site read the answer; cookies never travel
// along, so they learn nothing that they could not fetch themselves.
func (r *Request) corsHeaders() {
	if r.cors {
		r.Header().Set("Access-Control-Allow-Origin", "*")
		r.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id, X-Amzn-RequestId, X-Amzn-ErrorType")
		r.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
}

// policy is the Content-Security-Policy of a page. Chromium holds form-action
// against the redirects that follow a post, too, so it must name where this
// page's request will lead in the end.
func (r *Request) policy() string {
	targets := r.targets
	if !r.awayOnly {
		targets = append([]string{"'self'"}, targets...)
	}
	loads, frames := "'self'", ""
	if len(r.loads) > 0 {
		loads += " " + strings.Join(r.loads, " ")
	}
	if framed := slices.Concat(r.loads, r.frames); len(framed) > 0 {
		frames = "frame-src " + strings.Join(framed, " ") + "; "
	}
	return "default-src 'none'; script-src " + loads + "; style-src " + loads + "; img-src 'self'; font-src 'self'; connect-src " + loads + "; " + frames +
		"form-action " + strings.Join(targets, " ") + "; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
}

// MayLoadFrom lets the page at hand load scripts and frames of these origins,
// which stand in the configuration: a CAPTCHA's provider.
func (r *Request) MayLoadFrom(origins ...string) { r.loads = append(r.loads, origins...) }

// MayPostTo lets the page's forms end at the origin of a redirect URI, which
// must have been validated.
func (r *Request) MayPostTo(redirectURI string) {
	if origin := sourceOf(redirectURI); origin != "" {
		r.targets = append(r.targets, origin)
	}
}

// sourceOf prints the origin of a URL as a CSP source: scheme://host[:port],
// or the bare scheme of an app's own scheme (RFC 8252 §7.1).
func sourceOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" {
		return ""
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return u.Scheme + ":"
	}
	if strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	if strings.HasPrefix(u.Host, "[") {
		return u.Scheme + ":" // CSP has no spelling for an IPv6 address
	}
	return u.Scheme + "://" + u.Host
}
