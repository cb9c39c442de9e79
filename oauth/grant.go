package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Grant is the lineage of tokens that one authorization gave: every access and
// refresh token of it ends with it.
type Grant struct {
	PoolID   identity.PoolID   `json:"user_pool_id"`
	ID       string            `json:"id"` // the tokens' origin_jti
	ClientID identity.ClientID `json:"client_id"`
	UserID   identity.UserID   `json:"sub"`
	Session  string            `json:"session"` // OIDC sid
	Epoch    int               `json:"epoch,omitempty"`
	Scopes   []string          `json:"scopes"`
	AuthTime time.Time         `json:"auth_time"`
	Methods  []string          `json:"amr,omitempty"`
	Factors  []identity.Factor `json:"factors,omitempty"`       // identity.Authentication.Factors
	Twice    bool              `json:"twice,omitempty"`         // identity.Authentication.Twice
	Provider string            `json:"provider_name,omitempty"` // whom the person came by, or ""
	API      bool              `json:"api,omitempty"`           // signed in by the API: see SignedIn
	// What was asked for beside the scopes, and holds for all tokens of the lineage.
	ACR       string            `json:"acr,omitempty"`       // how strongly the person signed in; see acrValues
	Claims    *ClaimsRequest    `json:"claims,omitempty"`    // OpenID Connect Core §5.5
	Resources []string          `json:"resources,omitempty"` // RFC 8707; none names no API in particular
	Details   []json.RawMessage `json:"details,omitempty"`   // RFC 9396
	// Confirmation is the key that its refresh tokens are bound to (RFC 9449 §5, RFC 8705 §4).
	Confirmation Confirmation `json:"cnf,omitzero"`
	CreatedAt    time.Time    `json:"creation_date"`
	ExpiresAt    time.Time    `json:"expires_at"` // end of every refresh token of the lineage
	RevokedAt    time.Time    `json:"revoked_at,omitzero"`
	UsedAt       time.Time    `json:"used_at,omitzero"` // when it last gave tokens, to the hour; zero is CreatedAt
	ToldAt       time.Time    `json:"told_at,omitzero"` // when the client was told that the session ended, if it asks for that
	KeptAt       time.Time    `json:"kept_at,omitzero"` // when the sweep last left it for the sake of its session

	// Family is the hash of what all refresh tokens of the lineage have in
	// common; Current is the hash of the only one that may rotate; Past are its
	// predecessors of the last minute.
	Family  string   `json:"family,omitempty"`
	Current string   `json:"current,omitempty"`
	Past    []parent `json:"past,omitempty"`
}

// parent is a refresh token that was rotated a moment ago.
type parent struct {
	Hash      string    `json:"hash"`
	RotatedAt time.Time `json:"rotated_at"`
}

// grants keeps every lineage by pool and id.
var grants = storage.Collection[Grant]{
	Name: "grant", Format: 1,
	ID:     func(g *Grant) []any { return []any{string(g.PoolID), g.ID} },
	Unique: []storage.Unique[Grant]{{Name: "family", Of: (*Grant).family}},
	Indexes: []storage.Index[Grant]{
		{Name: "user", Of: func(g *Grant) []any { return []any{string(g.PoolID), string(g.UserID), g.CreatedAt} }},
		{Name: "client", Of: func(g *Grant) []any { return []any{string(g.PoolID), string(g.ClientID), g.CreatedAt} }},
		{Name: "session", Of: func(g *Grant) []any { return []any{string(g.PoolID), g.Session} }},
		{Name: "expires", Of: func(g *Grant) []any { return []any{g.end()} }},
	},
}

// family is how a refresh token finds its lineage; nil when it has none.
func (g *Grant) family() []any {
	if g.Family == "" {
		return nil
	}
	return []any{g.Family}
}

// newGrant answers the lineage that a sign-in gives a client. There is no other
// way to one: a token without an authentication cannot be issued.
func newGrant(auth identity.Authentication, c *identity.Client, scopes []string, now time.Time) (Grant, error) {
	if !auth.Valid() || auth.Pool() != c.PoolID {
		return Grant{}, errors.New("oauth: a grant needs a sign-in to the client's pool")
	}
	return Grant{
		PoolID: c.PoolID, ID: uuid.NewString(), ClientID: c.ID, UserID: auth.User(), Session: auth.Session(), Epoch: auth.Epoch(),
		Scopes: slices.Clone(scopes), AuthTime: auth.At(), Methods: auth.Methods(), Factors: auth.Factors(), Twice: auth.Twice(), Provider: auth.Provider(), CreatedAt: now, ExpiresAt: now.Add(refreshLife(c)),
	}, nil
}

// live says that the lineage may still give tokens.
func (g *Grant) live(now time.Time) bool { return g.RevokedAt.IsZero() && now.Before(g.ExpiresAt) }

// over answers why a lineage gives no more tokens.
func (g *Grant) over() error {
	if g.RevokedAt.IsZero() {
		return ErrExpired
	}
	return ErrRevoked
}

// ofBefore says that the lineage is of a client that was deleted since: another of its
// id is somebody else.
func (g *Grant) ofBefore(c *identity.Client) bool { return g.CreatedAt.Before(c.CreatedAt) }

// behind answers the person behind a lineage; false when they, or the session that it
// hangs on, are gone.
func (p *Provider) behind(r storage.Reader, g *Grant) (who *person, live bool, err error) {
	if live, err = p.sessions().Live(r, g.PoolID, g.Session); err != nil || !live {
		return nil, false, err
	}
	user, groups, live, err := p.person(r, g.PoolID, g.UserID, g.Epoch)
	return &person{user: user, groups: groups, grant: *g}, live, err
}

// revoke ends a lineage. One that has ended already is left as it is.
func (p *Provider) revoke(w storage.Writer, g Grant, why string) error {
	if !g.RevokedAt.IsZero() {
		return nil
	}
	g.RevokedAt = p.Now()
	return p.record(w, &g, "grant_revoked", audit.OK, why, grants.Put(w, g))
}

// record writes to the audit log what happened to a lineage, unless doing it failed.
func (p *Provider) record(w storage.Writer, g *Grant, action, outcome, reason string, done error) error {
	if done != nil {
		return done
	}
	return audit.Write(w, audit.Event{
		At: p.Now(), Pool: string(g.PoolID), Client: string(g.ClientID), User: string(g.UserID), Session: g.Session,
		Action: action, Outcome: outcome, Reason: reason, Detail: map[string]string{"grant": g.ID},
	})
}

// revokeByID ends the lineage with this id, if there is one.
func (p *Provider) revokeByID(w storage.Writer, pool identity.PoolID, id, why string) error {
	g, err := grants.Get(w, string(pool), id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.revoke(w, g, why)
}

// GrantsOf answers the living lineages of a person, newest first.
func (p *Provider) GrantsOf(ctx context.Context, pool identity.PoolID, user identity.UserID) ([]Grant, error) {
	var living []Grant
	err := p.Identity.Store.View(ctx, func(r storage.Reader) error {
		all, err := grantsOf(r, pool, user)
		living = slices.DeleteFunc(all, func(g Grant) bool { return !g.live(p.Now()) })
		return err
	})
	return living, err
}

// Refresh tokens are "rt_", 16 bytes that name the family, 32 bytes of their own.
const (
	refreshPrefix = "rt_"
	familyBytes   = 16
	secretBytes   = 32
)

// firstRefresh begins the family of a lineage, when the client is given a refresh
// token; else "", and the lineage ends with its access token.
func (g *Grant) firstRefresh(c *identity.Client, now time.Time) string {
	if !g.API && !givesRefresh(c, g.Scopes) {
		g.ExpiresAt = now.Add(accessLife(c))
		return ""
	}
	return g.newRefreshToken()
}

func (g *Grant) newRefreshToken() string {
	family := randomText(familyBytes)
	text := refreshText(family, randomText(secretBytes))
	g.Family, g.Current, g.Past = hashOf(family), hashOf(text), nil
	return text
}

func refreshText(family, secret string) string {
	return refreshPrefix + family + secret
}

// familyOf answers the hash of the family a refresh token names; false for text
// that is no refresh token of ours.
func familyOf(token string) (string, bool) {
	split := len(refreshPrefix) + base64.RawURLEncoding.EncodedLen(familyBytes)
	if len(token) != split+base64.RawURLEncoding.EncodedLen(secretBytes) || token[:len(refreshPrefix)] != refreshPrefix {
		return "", false
	}
	return hashOf(token[len(refreshPrefix):split]), true
}

// successor answers the refresh token that follows this one. It depends on the
// token and the master key alone: clients that race with one token are given
// one successor, on every node, and the store never holds a usable token.
func (p *Provider) successor(token string) string {
	split := len(refreshPrefix) + base64.RawURLEncoding.EncodedLen(familyBytes)
	secret := p.Identity.Sealer.MAC("refresh_token", token)
	return refreshText(token[len(refreshPrefix):split], base64.RawURLEncoding.EncodeToString(secret))
}
