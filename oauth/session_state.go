package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"poolhouse.dev/identity"
)

// CheckSessionPath is the page that tells clients' scripts whether somebody else
// is signed in by now (OpenID Connect Session Management §3.3).
const CheckSessionPath = "/check_session"

// BrowserState answers what stands for a browser's session where scripts may read
// it: another one for each session, and "" for none. It leads back to no session.
func (p *Provider) BrowserState(auth identity.Authentication) string {
	if !auth.Valid() {
		return ""
	}
	mac := p.Identity.Sealer.MAC("browser_state", string(auth.Pool()), auth.Session())
	return base64.RawURLEncoding.EncodeToString(mac[:16])
}

// sessionState answers session_state for the answer to a request: with it and the
// page at CheckSessionPath a client sees that the browser's state has changed (§3).
// It is "" in pools without, and for clients that have no origin.
func (p *Provider) sessionState(q *AuthorizationRequest, auth identity.Authentication) string {
	origin := originOf(q.RedirectURI)
	if !q.Pool.ManagesSessions() || origin == "" {
		return ""
	}
	if auth.Pool() != q.Pool.ID {
		auth = identity.Authentication{}
	}
	salt := randomText(8)
	sum := sha256.Sum256([]byte(string(q.Client.ID) + " " + origin + " " + p.BrowserState(auth) + " " + salt))
	return base64.RawURLEncoding.EncodeToString(sum[:]) + "." + salt
}

// originOf prints the origin of a web address as browsers do (HTML §7.1.1), else "".
func originOf(address string) string {
	at, err := url.Parse(address)
	if err != nil || at.Hostname() == "" {
		return ""
	}
	ports := map[string]string{"http": ":80", "https": ":443"}
	own, web := ports[at.Scheme]
	if !web {
		return ""
	}
	return at.Scheme + "://" + strings.TrimSuffix(strings.ToLower(at.Host), own)
}

// logoutMetadata is what discovery says about signing out: Back-Channel Logout
// §2.1, Front-Channel Logout §3, Session Management §3.3, RP-Initiated Logout §2.1.
func logoutMetadata(pool *identity.Pool, base string) map[string]any {
	document := map[string]any{
		"end_session_endpoint":                  base + "/logout",
		"backchannel_logout_supported":          true,
		"backchannel_logout_session_supported":  true,
		"frontchannel_logout_supported":         true,
		"frontchannel_logout_session_supported": true,
	}
	if pool.ManagesSessions() {
		document["check_session_iframe"] = base + CheckSessionPath
	}
	return document
}
