package oauth

import (
	"context"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// scopeOffline is access that outlasts the session (OpenID Connect Core §11).
const scopeOffline = "offline_access"

// EndSession ends what was issued under a session, in the transaction that ends
// the session, and tells its clients. It is made for identity.Core.SessionEnded.
func (p *Provider) EndSession(w storage.Writer, pool identity.PoolID, session string) error {
	issued, err := grantsUnder(w, pool, session)
	if err == nil {
		err = p.end(w, issued, func(g *Grant) string {
			if slices.Contains(g.Scopes, scopeOffline) {
				return "" // Back-Channel Logout §2.7: such refresh tokens live on
			}
			return "session_ended"
		})
	}
	if err != nil {
		return fault("end session", err)
	}
	return nil
}

// ExpireSession tells the clients of a session that it has run out. What was
// issued under it lives on. It is made for identity.Core.SessionExpired.
func (p *Provider) ExpireSession(w storage.Writer, pool identity.PoolID, session string) error {
	issued, err := grantsUnder(w, pool, session)
	if err == nil {
		err = p.end(w, issued, func(*Grant) string { return "" })
	}
	if err != nil {
		return fault("expire session", err)
	}
	return nil
}

// EndPerson ends what was issued to a person, but for what hangs on the session
// to keep, and tells the clients. It is made for identity.Core.SignedOut.
func (p *Provider) EndPerson(w storage.Writer, pool identity.PoolID, user identity.UserID, keep string) error {
	issued, err := grantsOf(w, pool, user)
	if err == nil {
		issued = slices.DeleteFunc(issued, func(g Grant) bool { return keep != "" && g.Session == keep })
		err = p.end(w, issued, func(*Grant) string { return "signed_out" })
	}
	if err != nil {
		return fault("end person", err)
	}
	return nil
}

func grantsUnder(r storage.Reader, pool identity.PoolID, session string) ([]Grant, error) {
	return grants.List(r, storage.Page{Index: "session", Prefix: []any{string(pool), session}})
}

// visit is a client's part in a session: it is told once of its end.
type visit struct {
	client  identity.ClientID
	session string
}

// end revokes lineages for the reason that why answers, "" leaves one alive, and
// tells the client of each that the person has left.
func (p *Provider) end(w storage.Writer, issued []Grant, why func(*Grant) string) error {
	told := map[visit]bool{}
	for _, g := range issued {
		v := visit{g.ClientID, g.Session}
		if untold := g.ToldAt.IsZero(); untold && !told[v] && slices.Contains(g.Scopes, scopeOpenID) {
			told[v] = true
			if err := p.tell(w, &g); err != nil {
				return err
			}
		}
		if err := p.close(w, g, why(&g)); err != nil {
			return err
		}
	}
	return nil
}

// close notes that the client of a lineage has been told, and revokes it unless
// why is "".
func (p *Provider) close(w storage.Writer, g Grant, why string) error {
	noted := !g.ToldAt.IsZero()
	if !noted {
		g.ToldAt = p.Now()
	}
	switch {
	case why != "" && g.RevokedAt.IsZero():
		return p.revoke(w, g, why)
	case noted:
		return nil
	}
	return grants.Put(w, g)
}

// tell puts a logout token into the outbox, for a client that asks for them. It is
// signed when it is sent. What the client calls the person is noted now: later the
// person may be gone.
func (p *Provider) tell(w storage.Writer, g *Grant) error {
	_, client, known, err := p.client(w, g.PoolID, g.ClientID)
	if err != nil || !known || client.BackchannelLogoutURI == "" {
		return err
	}
	m := message.New(p.Now(), message.BackchannelLogout)
	m.Channel, m.To = message.App, client.BackchannelLogoutURI
	m.Pool, m.Client, m.User = string(g.PoolID), string(g.ClientID), string(g.UserID)
	m.Data = map[string]string{"sub": p.subjectOf(&client, g.UserID)}
	if g.Session != "" {
		m.Data["sid"] = p.sessionOf(&client, g.Session)
	}
	return message.Outbox{}.Put(w, m)
}

// wake has what was put into the outbox sent.
func (p *Provider) wake() {
	if p.Identity.Wake != nil {
		p.Identity.Wake()
	}
}

// visited answers the clients that somebody is signed in to under a session.
func (p *Provider) visited(ctx context.Context, pool identity.PoolID, session string) ([]identity.Client, error) {
	var all []identity.Client
	err := p.Identity.Store.View(ctx, func(r storage.Reader) error {
		all = nil
		issued, err := grantsUnder(r, pool, session)
		if err != nil {
			return err
		}
		seen := map[identity.ClientID]bool{}
		for _, g := range issued {
			if seen[g.ClientID] || !g.ToldAt.IsZero() || !slices.Contains(g.Scopes, scopeOpenID) {
				continue
			}
			seen[g.ClientID] = true
			_, client, known, err := p.client(r, pool, g.ClientID)
			if err != nil {
				return err
			}
			if known {
				all = append(all, client)
			}
		}
		return nil
	})
	return all, err
}
