package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// Introspection is RFC 7662 §2.2. Of an inactive token nothing else is said.
type Introspection struct {
	Active    bool     `json:"active"`
	Scope     string   `json:"scope,omitempty"`
	ClientID  string   `json:"client_id,omitempty"`
	Username  string   `json:"username,omitempty"`
	TokenType string   `json:"token_type,omitempty"`
	TokenUse  string   `json:"token_use,omitempty"`
	Subject   string   `json:"sub,omitempty"`
	Issuer    string   `json:"iss,omitempty"`
	Audience  audience `json:"aud,omitempty"` // the APIs that the token is for (RFC 8707)
	ID        string   `json:"jti,omitempty"`
	Expires   int64    `json:"exp,omitempty"`
	IssuedAt  int64    `json:"iat,omitempty"`
	AuthTime  int64    `json:"auth_time,omitempty"`
	Groups    []string `json:"cognito:groups,omitempty"`
	// Confirmation is the key that the token is bound to (RFC 9449 §6.2, RFC 8705 §3.2).
	Confirmation Confirmation `json:"cnf,omitzero"`
	// Details are the rich authorization that the token carries, or gives (RFC 9396 §9.2).
	Details []json.RawMessage `json:"authorization_details,omitempty"`
	ACR     string            `json:"acr,omitempty"` // how strongly its person signed in (RFC 9470 §6.2)
}

// introspectionChecks hold a request to the introspection endpoint.
var introspectionChecks = []check[*presented]{
	{"RFC 7662 §2.1: token", InvalidRequest, "The token is missing.", func(a *presented) bool { return a.token != "" }},
	{"RFC 7662 §2.1: the endpoint requires authorization", InvalidClient, "A public client may not introspect tokens.", func(a *presented) bool { return !a.client.Public() }},
}

// Introspect answers a confidential client about one of its own tokens, and about an
// access token that is for the API that it is. Any other is inactive to it (RFC 7662 §4:
// no fishing for tokens).
func (p *Provider) Introspect(ctx context.Context, pool identity.PoolID, body url.Values, auth ClientAuth) (Introspection, error) {
	token, client, err := p.presented(ctx, pool, body, auth, introspectionChecks)
	if err != nil {
		return Introspection{}, err
	}
	if _, ok := familyOf(token); ok {
		return p.introspectRefresh(ctx, &client, token)
	}
	access, err := p.Verify(ctx, pool, token)
	if _, refused := CodeOf(err); refused || err == nil && access.ClientID != client.ID && !access.isFor(&client) {
		return Introspection{}, nil
	}
	if err != nil {
		return Introspection{}, err
	}
	c := access.claims
	return Introspection{
		Active: true, Scope: c.Scope, ClientID: c.ClientID, Username: c.Username, TokenType: c.Confirmation.tokenType(), TokenUse: c.TokenUse,
		Subject: c.Subject, Issuer: c.Issuer, ID: c.ID, Expires: c.Expires, IssuedAt: c.IssuedAt, AuthTime: c.AuthTime,
		Groups: groupNames(access.Groups), Confirmation: c.Confirmation,
		Details: c.Details, ACR: access.Grant.ACR, Audience: c.Audience,
	}, nil
}

// isFor says that the token is for an API that the client is: it names that one, or no
// API at all and has a scope of that one.
func (t *AccessToken) isFor(api *identity.Client) bool {
	mine, targets := api.IntrospectionAudiences, t.targets()
	if len(targets) > 0 {
		return slices.ContainsFunc(targets, func(target string) bool { return slices.Contains(mine, target) })
	}
	return slices.ContainsFunc(t.Scopes, func(scope string) bool {
		server := scope[:max(0, strings.LastIndexByte(scope, '/'))]
		return server != "" && slices.Contains(mine, server)
	})
}

func (p *Provider) introspectRefresh(ctx context.Context, client *identity.Client, token string) (Introspection, error) {
	var answer Introspection
	err := p.Identity.Store.View(ctx, func(r storage.Reader) error {
		answer = Introspection{}
		g, err := lineageOf(r, token)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil || g.unfit(client, p.Now()) != nil {
			return err
		}
		user, _, live, err := p.person(r, g.PoolID, g.UserID, g.Epoch)
		if err != nil || !live || g.standing(hashOf(token), grace(client), p.Now()) == reused {
			return err
		}
		answer = Introspection{
			Active: true, Scope: joined(g.Scopes), ClientID: string(g.ClientID), Username: p.usernameOf(client, &user), TokenUse: "refresh",
			Subject: p.subjectOf(client, g.UserID), Issuer: p.Issuer(g.PoolID), Expires: g.ExpiresAt.Unix(), IssuedAt: g.CreatedAt.Unix(),
			AuthTime: g.AuthTime.Unix(), Confirmation: g.Confirmation, Details: g.Details, ACR: g.ACR, Audience: g.Resources,
		}
		return nil
	})
	return answer, err
}
