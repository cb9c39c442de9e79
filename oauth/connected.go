package oauth

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// useEvery is how exactly the last use of a lineage is kept where its refresh
// token does not rotate: writing it on every refresh would cost a commit each.
const useEvery = time.Hour

// Connected is an app that a person signed in to and that may still be given
// tokens for them.
type Connected struct {
	Client   identity.ClientID
	Name     string // of the client; its id when the client is gone
	Scopes   []ScopeInWords
	Since    time.Time // the oldest lineage that lives
	LastUsed time.Time // the newest tokens, to the hour
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
		return nil
	})
	slices.SortStableFunc(apps, func(a, b Connected) int { return b.LastUsed.Compare(a.LastUsed) })
	return apps, err
}

func grantsOf(r storage.Reader, pool identity.PoolID, user identity.UserID) ([]Grant, error) {
	return grants.List(r, storage.Page{Index: "user", Prefix: []any{string(pool), string(user)}, Reverse: true})
}

// connect puts a lineage to its app.
func (p *Provider) connect(r storage.Reader, pool *identity.Pool, apps []Connected, g *Grant) ([]Connected, error) {
	i := slices.IndexFunc(apps, func(c Connected) bool { return c.Client == g.ClientID })
	if i < 0 {
		_, client, known, err := p.client(r, g.PoolID, g.ClientID)
		if err != nil {
			return apps, err
		}
		if !known || client.Name == "" {
			client.Name = string(g.ClientID)
		}
		i, apps = len(apps), append(apps, Connected{Client: g.ClientID, Name: client.Name, Since: g.CreatedAt})
	}
	app := &apps[i]
	if g.CreatedAt.Before(app.Since) {
		app.Since = g.CreatedAt
	}
	if used := g.lastUsed(); used.After(app.LastUsed) {
		app.LastUsed = used
	}
	for _, scope := range g.Scopes {
		if !slices.ContainsFunc(app.Scopes, func(s ScopeInWords) bool { return s.Scope == scope }) {
			app.Scopes = append(app.Scopes, inWords(pool, scope))
		}
	}
	return apps, nil
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

// Disconnect ends what an app was given for a person: its refresh tokens and
// the access tokens made from them, and tells the app. One that was given nothing
// is no error. Signing in to the app again connects it anew.
func (p *Provider) Disconnect(ctx context.Context, pool identity.PoolID, user identity.UserID, client identity.ClientID) error {
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		issued, err := grantsOf(w, pool, user)
		if err != nil {
			return err
		}
		issued = slices.DeleteFunc(issued, func(g Grant) bool { return g.ClientID != client })
		return p.end(w, issued, func(*Grant) string { return "disconnected" })
	})
	if err != nil {
		return fault("disconnect", err)
	}
	p.wake()
	return nil
}
