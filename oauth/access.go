package oauth

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// The formats of access tokens (access_token_format); "" is Cognito's.
const (
	formatJWT    = "rfc9068"
	formatOpaque = "opaque"
)

// accessType is the typ of an access token by RFC 9068 (§2.1).
const accessType = "at+jwt"

// accessClaims are the claims of an access token: Cognito's, and those of RFC 9068
// for a client that asks for its form.
type accessClaims struct {
	Subject   string   `json:"sub"`
	Groups    []string `json:"cognito:groups,omitempty"`
	Issuer    string   `json:"iss"`
	Version   int      `json:"version"`
	ClientID  string   `json:"client_id"`
	OriginJTI string   `json:"origin_jti,omitempty"`
	EventID   string   `json:"event_id,omitempty"`
	TokenUse  string   `json:"token_use"`
	Scope     string   `json:"scope"`
	AuthTime  int64    `json:"auth_time"`
	Expires   int64    `json:"exp"`
	IssuedAt  int64    `json:"iat"`
	ID        string   `json:"jti"`
	Username  string   `json:"username,omitempty"`
	Audience  audience `json:"aud,omitempty"` // RFC 8707 §2.2, RFC 9068 §3
	// Details are the rich authorization that the token carries (RFC 9396 §9.1).
	Details []json.RawMessage `json:"authorization_details,omitempty"`
	// Confirmation is the key that the token is bound to (RFC 9449 §6.1, RFC 8705 §3.1).
	Confirmation Confirmation `json:"cnf,omitzero"`
	// Actor is who acts for the person (RFC 8693 §4.1), MayAct who may (§4.4).
	Actor  *actor `json:"act,omitempty"`
	MayAct *actor `json:"may_act,omitempty"`
	// OriginClient is the client of the lineage, where another exchanged a token of it.
	OriginClient string `json:"origin_client,omitempty"`

	// RFC 9068 §2.2.1 and §2.2.3.1.
	ACR      string   `json:"acr,omitempty"`
	Methods  []string `json:"amr,omitempty"`
	GroupsOf []string `json:"groups,omitempty"`
	Roles    []string `json:"roles,omitempty"`

	// Added are claims of the pool's trigger. They are signed among the others.
	Added map[string]any `json:"added_claims,omitempty"`
}

// origin answers the client that the lineage of the token is of.
func (c *accessClaims) origin() identity.ClientID {
	return identity.ClientID(cmp.Or(c.OriginClient, c.ClientID))
}

// audience is aud: a text when there is one, as most verifiers know it.
type audience []string

// MarshalJSON: RFC 7519 §4.1.3.
func (a audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}

// UnmarshalJSON reads both forms.
func (a *audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

// accessClaims answers what the access token of an exchange says. A client that
// acts for itself is its own subject.
func (p *Provider) accessClaims(x *exchange) accessClaims {
	claims := accessClaims{
		Subject: string(x.client.ID), Issuer: p.Issuer(x.pool.ID), Version: 2, ClientID: string(x.client.ID),
		TokenUse: useAccess, Scope: joined(x.scopes), AuthTime: x.now.Unix(),
		IssuedAt: x.now.Unix(), Expires: x.accessUntil().Unix(), ID: uuid.NewString(),
		Confirmation: x.confirm, Details: x.details, Audience: x.resources,
	}
	if who := x.person; who != nil {
		claims.Subject, claims.Username = p.subjectOf(&x.client, who.user.ID), p.usernameOf(&x.client, &who.user)
		claims.Groups, claims.OriginJTI = groupNames(who.groups), who.grant.ID
		claims.AuthTime, claims.EventID = who.grant.AuthTime.Unix(), p.sessionOf(&x.client, who.grant.Session) // Cognito's event_id: the sign-in
	}
	if x.swap != nil {
		claims.Actor, claims.OriginClient = x.swap.act, string(x.originOf())
	}
	if x.client.AccessTokenFormat == formatJWT {
		claims.byProfile(x)
	}
	claims.change(&x.changes)
	return claims
}

// accessUntil is when the access token of an exchange ends.
func (x *exchange) accessUntil() time.Time {
	end := x.now.Add(accessLife(&x.client))
	if x.swap != nil && x.swap.until().Before(end) {
		return x.swap.until()
	}
	return end
}

// byProfile adds what RFC 9068 asks for beside Cognito's claims. §3: an access token
// without a resource is for us: the userinfo endpoint. So is one with openid.
func (c *accessClaims) byProfile(x *exchange) {
	if len(c.Audience) == 0 || slices.Contains(x.scopes, scopeOpenID) {
		c.Audience = append(slices.Clone(c.Audience), c.Issuer)
	}
	if who := x.person; who != nil {
		c.ACR, c.Methods, c.GroupsOf = who.grant.ACR, who.grant.Methods, c.Groups
		c.Roles, _ = groupClaims(who.groups)["cognito:roles"].([]string)
	}
}

// accessToken answers the access token of an exchange: one that is stored, or a
// signed one.
func (p *Provider) accessToken(ctx context.Context, x *exchange) (string, error) {
	typ := tokenType
	switch {
	case x.opaque != "":
		return x.opaque, nil
	case x.client.AccessTokenFormat == formatJWT:
		typ = accessType
	}
	body, err := p.accessClaims(x).body()
	if err != nil {
		return "", err
	}
	return p.Keys.Sign(ctx, x.pool.ID, signingAlg(&x.client), typ, body)
}

const opaquePrefix = "at_"

// opaqueToken is what an access token says that says nothing itself. The token is
// kept by its hash alone.
type opaqueToken struct {
	Hash      string          `json:"hash"`
	PoolID    identity.PoolID `json:"user_pool_id"`
	Claims    accessClaims    `json:"claims"`
	ExpiresAt time.Time       `json:"expires_at"`
}

var opaqueTokens = storage.Collection[opaqueToken]{
	Name: "opaque_token", Format: 1,
	ID: func(t *opaqueToken) []any { return []any{t.Hash} },
	Indexes: []storage.Index[opaqueToken]{
		{Name: "expires", Of: func(t *opaqueToken) []any { return []any{t.ExpiresAt} }},
	},
}

// prepareToken makes the text of an opaque access token, where the client asks for one.
func (x *exchange) prepareToken() {
	if x.client.AccessTokenFormat == formatOpaque {
		x.opaque = otp.NewToken(opaquePrefix)
	}
}

// keepToken stores what an opaque access token says, in the transaction that gives it.
func (p *Provider) keepToken(w storage.Writer, x *exchange) error {
	if x.opaque == "" {
		return nil
	}
	claims := p.accessClaims(x)
	return opaqueTokens.Insert(w, opaqueToken{
		Hash: hashOf(x.opaque), PoolID: x.pool.ID, Claims: claims, ExpiresAt: time.Unix(claims.Expires, 0).UTC(),
	})
}

// readOpaque answers what an opaque access token of the pool says, ended or not;
// errToken for any other text.
func (p *Provider) readOpaque(ctx context.Context, pool identity.PoolID, token string) (accessClaims, error) {
	var found opaqueToken
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		found, err = opaqueTokens.Get(r, hashOf(token))
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound), err == nil && found.PoolID != pool:
		return accessClaims{}, errToken
	case err != nil:
		return accessClaims{}, fault("verify", err)
	}
	return found.Claims, nil
}

// readAccess answers what an access token says, whatever its form.
func (p *Provider) readAccess(ctx context.Context, pool identity.PoolID, token string) (c accessClaims, err error) {
	if strings.HasPrefix(token, opaquePrefix) {
		return p.readOpaque(ctx, pool, token)
	}
	err = p.readToken(ctx, pool, typeOf(token), token, &c)
	return c, err
}

// typeOf answers which of the two types an access token's header claims, for the
// reader to hold the whole header against.
func typeOf(token string) string {
	head, _, _ := strings.Cut(token, ".")
	var header struct {
		Type string `json:"typ"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err == nil && len(head) < 1<<10 && json.Unmarshal(raw, &header) == nil && header.Type == accessType {
		return accessType
	}
	return tokenType
}
