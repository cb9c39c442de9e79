package oidc

import (
	"context"
	"net/url"
	"strings"

	"poolhouse.dev/federation"
)

var _ federation.Leaver = (*Provider)(nil)

// AfterLogout is where providers send the browser when their session has ended,
// below the pool's own address.
const AfterLogout = "/oauth2/idplogout"

// Stay implements federation.Leaver. The ID token is what the provider knows its
// session by.
func (p *Provider) Stay(a federation.Answer) (federation.Login, bool) {
	if !p.profile.Signout || a.Tokens.ID == "" {
		return federation.Login{}, false
	}
	return federation.Login{Ticket: []byte(a.Tokens.ID)}, true
}

// longestHint is how much of an ID token fits into an address; a longer one is posted.
const longestHint = 2048

// Leave implements federation.Leaver (OpenID Connect RP-Initiated Logout §2). A
// provider without an end_session_endpoint keeps its session.
func (p *Provider) Leave(ctx context.Context, state string, ticket []byte) (federation.Trip, bool, error) {
	if !p.profile.Signout || len(ticket) == 0 {
		return federation.Trip{}, false, nil
	}
	m, err := p.metadata(ctx)
	if err != nil || m.endpoints.EndSession == "" {
		return federation.Trip{}, false, err
	}
	fields := url.Values{
		"id_token_hint": {string(ticket)}, "client_id": {p.profile.ClientID}, "state": {state},
		"post_logout_redirect_uri": {strings.TrimSuffix(p.settings.Base, "/") + AfterLogout},
	}
	if len(ticket) > longestHint {
		return federation.Trip{Post: m.endpoints.EndSession, Fields: fields}, true, nil
	}
	at := m.endpoints.EndSession + "?"
	if strings.Contains(m.endpoints.EndSession, "?") {
		at = m.endpoints.EndSession + "&"
	}
	return federation.Trip{URL: at + fields.Encode()}, true, nil
}
