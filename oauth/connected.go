package oauth

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// useEvery is how exactly the last use of a lineage is kept where its refresh
// token does not rotate: writing it on every refresh would cost a commit each.
const useEvery = time.Hour

// Connected is an app that a person signed in to and that may still be given
// tokens for them, or that they have allowed something.
type Connected struct {
	Client identity.ClientID
	Name   string // of the client; its id when the client is gone
	Gets
	Since     time.Time // the oldest lineage that lives, or when the person first allowed it something
	LastUsed  time.Time // the newest tokens, to the hour; zero when there are none
	AllowedAt time.Time // when the person last allowed it something; zero when they were not asked
}

// ScopeInWords is one permission. Name and Description are the resource
// server's; both are empty for the scopes of OpenID Connect.
type ScopeInWords struct {
	Scope       string
	Server      string
	Description string
}

// Gets is what a client asks for or has, as a page says it.
type Gets struct {
	Scopes  []ScopeInWords
	Claims  []string          // asked for by name (OpenID Connect Core §5.5)
	Details []json.RawMessage // RFC 9396
}

// Connections answers the apps that may be given tokens for a person, the one
// used last first.
func (p *Provider) Connections(ctx context.Context, pool identity.PoolID, user identity.UserID) ([]Connected, error) {
	var apps []Connected
	err := p.Identity.Store.View(ctx, func(r storage.Reader) error {
		apps = nil
		found, err := p.settings().GetPool(r, pool)
		if err != nil {
			return err
		}
		issued, err := grantsOf(r, pool, user)
		if err != nil {
			return err
		}
		for _, g := range issued {
			if !g.live(p.Now()) {
				continue
			}
			if apps, err = p.connect(r, &found, apps, &g); err != nil {
				return err
			}
		}
		given, err := p.Identity.ConsentsOf(r, pool, user)
		for _, c := range given {
			if err == nil {
				apps, err = p.connectAllowed(r, &found, apps, &c)
			}
		}
		return err
	})
	slices.SortStableFunc(apps, func(a, b Connected) int { return b.LastUsed.Compare(a.LastUsed) })
	return apps, err
}

func grantsOf(r storage.Reader, pool identity.PoolID, user identity.UserID) ([]Grant, error) {
	return grants.List(r, storage.Page{Index: "user", Prefix: []any{string(pool), string(user)}, Reverse: true})
}

// connect puts a lineage to its app.
func (p *Provider) connect(r storage.Reader, pool *identity.Pool, apps []Connected, g *Grant) ([]Connected, error) {
	apps, app, err := p.connected(r, apps, g.PoolID, g.ClientID, g.CreatedAt)
	if err != nil {
		return apps, err
	}
	if used := g.lastUsed(); used.After(app.LastUsed) {
		app.LastUsed = used
	}
	app.add(pool, g.Scopes, claimsAsked(g.Claims), g.Details)
	return apps, nil
}

// connectAllowed puts what a person has allowed to its app.
func (p *Provider) connectAllowed(r storage.Reader, pool *identity.Pool, apps []Connected, c *identity.Consent) ([]Connected, error) {
	apps, app, err := p.connected(r, apps, c.PoolID, c.ClientID, c.CreatedAt)
	if err != nil {
		return apps, err
	}
	app.AllowedAt = c.AllowedAt
	for _, a := range c.Allowed {
		app.add(pool, a.Scopes, a.Claims, a.Details)
	}
	return apps, nil
}

// connected answers the app among those found, in which it is put when it is new.
func (p *Provider) connected(r storage.Reader, apps []Connected, pool identity.PoolID, id identity.ClientID, since time.Time) ([]Connected, *Connected, error) {
	i := slices.IndexFunc(apps, func(c Connected) bool { return c.Client == id })
	if i < 0 {
		_, client, known, err := p.client(r, pool, id)
		if err != nil {
			return apps, nil, err
		}
		if !known || client.Name == "" {
			client.Name = string(id)
		}
		i, apps = len(apps), append(apps, Connected{Client: id, Name: client.Name, Since: since})
	}
	app := &apps[i]
	if since.Before(app.Since) {
		app.Since = since
	}
	return apps, app, nil
}

// add joins what an app gets by a lineage, or was allowed, to the rest.
func (g *Gets) add(pool *identity.Pool, scopes, claims []string, details []json.RawMessage) {
	for _, scope := range scopes {
		if !slices.ContainsFunc(g.Scopes, func(s ScopeInWords) bool { return s.Scope == scope }) {
			g.Scopes = append(g.Scopes, inWords(pool, scope))
		}
	}
	g.Claims = union(g.Claims, claims)
	for _, d := range details {
		if !hasDetail(g.Details, d) {
			g.Details = append(g.Details, d)
		}
	}
}

// lastUsed is when the lineage last gave tokens.
func (g *Grant) lastUsed() time.Time {
	if g.UsedAt.IsZero() {
		return g.CreatedAt
	}
	return g.UsedAt
}

// unnoted says that the last use is so long ago that this one is worth a write.
func (g *Grant) unnoted(now time.Time) bool { return now.Sub(g.lastUsed()) >= useEvery }

func inWords(pool *identity.Pool, scope string) ScopeInWords {
	words := ScopeInWords{Scope: scope}
	for _, server := range pool.ResourceServers {
		name, found := strings.CutPrefix(scope, server.Identifier+"/")
		if !found {
			continue
		}
		for _, each := range server.Scopes {
			if each.Name == name {
				words.Server, words.Description = server.Name, each.Description
			}
		}
	}
	return words
}

// Disconnect ends what an app was given for a person: its refresh tokens and the
// access tokens made from them, and what they allowed it; and tells the app. One
// that was given nothing is no error. Signing in to the app again connects it
// anew, and asks again.
func (p *Provider) Disconnect(ctx context.Context, pool identity.PoolID, user identity.UserID, client identity.ClientID, from identity.Origin) error {
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		issued, err := grantsOf(w, pool, user)
		if err != nil {
			return err
		}
		issued = slices.DeleteFunc(issued, func(g Grant) bool { return g.ClientID != client })
		if err := p.end(w, issued, func(*Grant) string { return "disconnected" }); err != nil {
			return err
		}
		if err := p.cut(w, pool, user, client); err != nil {
			return err
		}
		return p.revokeConsent(ctx, w, pool, user, client, from)
	})
	if err != nil {
		return fault("disconnect", err)
	}
	p.wake()
	return nil
}

func (p *Provider) revokeConsent(ctx context.Context, w storage.Writer, pool identity.PoolID, user identity.UserID, client identity.ClientID, from identity.Origin) error {
	given, err := p.Identity.ConsentOf(w, pool, user, client)
	if err != nil || given == nil {
		return err
	}
	if err := p.Identity.DropConsent(w, given); err != nil {
		return err
	}
	e := audit.Event{Action: "consent_revoked", Outcome: audit.OK}
	if actor := identity.ActorOf(ctx); actor != "" {
		e.Action, e.Detail = "admin_consent_revoked", map[string]string{"actor": actor}
	}
	return p.recordConsent(w, given, from, given.Scopes(), e)
}
