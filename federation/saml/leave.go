package saml

import (
	"context"
	"encoding/json"

	"poolhouse.dev/federation"
)

var _ federation.Leaver = (*Provider)(nil)

// Stay implements federation.Leaver.
func (p *Provider) Stay(a federation.Answer) (federation.Login, bool) {
	login, named := LoginOf(a)
	if !p.config.signout || !named {
		return federation.Login{}, false
	}
	ticket, err := json.Marshal(login)
	return federation.Login{Name: login.NameID, Session: login.Session, Ticket: ticket}, err == nil
}

// Leave implements federation.Leaver: BeginLogout.
func (p *Provider) Leave(ctx context.Context, state string, ticket []byte) (federation.Trip, bool, error) {
	var login Login
	if json.Unmarshal(ticket, &login) != nil {
		return federation.Trip{}, false, nil
	}
	return p.BeginLogout(ctx, state, login)
}
