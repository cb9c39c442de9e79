package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

// tokenType is the typ of every token's header. RFC 9068's at+jwt would be more
// exact, but verifiers made for Cognito, whose header has no typ, may refuse
// it; token_use tells access and ID tokens apart.
const tokenType = "JWT"

// The values of token_use.
const (
	useAccess = "access"
	useID     = "id"
)

// accessClaims are the claims of an access token (Cognito's).
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
	// Details are the rich authorization that the token carries (RFC 9396 §9.1).
	Details []json.RawMessage `json:"authorization_details,omitempty"`
	// Confirmation is the key that the token is bound to (RFC 9449 §6.1, RFC 8705 §3.1).
	Confirmation Confirmation `json:"cnf,omitzero"`
}

// accessToken signs the access token of an exchange. A client that acts for
// itself is its own subject.
func (p *Provider) accessToken(ctx context.Context, x *exchange) (string, error) {
	claims := accessClaims{
		Subject: string(x.client.ID), Issuer: p.Issuer(x.pool.ID), Version: 2, ClientID: string(x.client.ID),
		TokenUse: useAccess, Scope: joined(x.scopes), AuthTime: x.now.Unix(),
		IssuedAt: x.now.Unix(), Expires: x.now.Add(accessLife(&x.client)).Unix(), ID: uuid.NewString(),
		Confirmation: x.confirm, Details: x.details,
	}
	if who := x.person; who != nil {
		claims.Subject, claims.Username = string(who.user.ID), who.user.Username
		claims.Groups, claims.OriginJTI = groupNames(who.groups), who.grant.ID
		claims.AuthTime, claims.EventID = who.grant.AuthTime.Unix(), who.event()
	}
	return p.Keys.Sign(ctx, x.pool.ID, signingAlg(&x.client), tokenType, claims)
}

// event answers Cognito's event_id: the sign-in that the tokens come from.
func (who *person) event() string { return who.grant.Session }

// idToken signs the ID token of an exchange (OpenID Connect Core §2, with Cognito's claims).
func (p *Provider) idToken(ctx context.Context, x *exchange, access string) (string, error) {
	alg, who := signingAlg(&x.client), x.person
	readable, err := p.readable(ctx, &who.user, &x.client, who.grant.Provider)
	if err != nil {
		return "", err
	}
	claims := attributeClaims(readable, x.scopes)
	maps.Copy(claims, map[string]any{
		"sub": string(who.user.ID), "iss": p.Issuer(x.pool.ID), "aud": string(x.client.ID), "token_use": useID,
		"cognito:username": who.user.Username, "auth_time": who.grant.AuthTime.Unix(), "iat": x.now.Unix(),
		"exp": x.now.Add(idLife(&x.client)).Unix(), "jti": uuid.NewString(), "origin_jti": who.grant.ID,
		"event_id": who.event(), "at_hash": leftHalf(alg, access), "sid": who.grant.Session,
	})
	if x.nonce != "" {
		claims["nonce"] = x.nonce
	}
	if who.grant.ACR != "" {
		claims["acr"] = who.grant.ACR
	}
	if len(who.grant.Methods) > 0 {
		claims["amr"] = who.grant.Methods
	}
	maps.Copy(claims, groupClaims(who.groups))
	joined, err := p.identityClaims(ctx, x)
	if err != nil {
		return "", err
	}
	if len(joined) > 0 {
		claims["identities"] = joined
	}
	return p.Keys.Sign(ctx, x.pool.ID, alg, tokenType, claims)
}

// readable answers the attributes that the client may read, those that are
// filled with the tokens of an identity provider among them.
func (p *Provider) readable(ctx context.Context, u *identity.User, c *identity.Client, provider string) (map[string]string, error) {
	identities := identity.Identities{Core: p.Identity}
	return identities.Readable(ctx, u, c, provider)
}

// leftHalf answers at_hash (OpenID Connect Core §3.1.3.6): the left half of the
// hash that the algorithm uses; Ed25519 uses SHA-512.
func leftHalf(alg, token string) string {
	if alg == keys.EdDSA {
		sum := sha512.Sum512([]byte(token))
		return base64.RawURLEncoding.EncodeToString(sum[:32])
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func joined(scopes []string) string { return strings.Join(scopes, " ") }

// groupNames answers the names, in the order of the groups: strongest first.
func groupNames(groups []identity.Group) []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

// precedence: 0 is strongest, none is weakest (Cognito GroupType).
func precedence(g identity.Group) int {
	if g.Precedence == nil {
		return math.MaxInt
	}
	return *g.Precedence
}

// groupClaims answers cognito:groups, cognito:roles and cognito:preferred_role.
// Without groups there is none of them; with several roles of one precedence
// none is preferred (Cognito).
func groupClaims(groups []identity.Group) map[string]any {
	claims := map[string]any{}
	if names := groupNames(groups); len(names) > 0 {
		claims["cognito:groups"] = names
	}
	roles, best := []string{}, []string{}
	strongest := 0
	for _, g := range groups {
		if g.RoleARN == "" {
			continue
		}
		roles = append(roles, g.RoleARN)
		switch rank := precedence(g); {
		case len(best) == 0 || rank < strongest:
			strongest, best = rank, []string{g.RoleARN}
		case rank == strongest:
			best = append(best, g.RoleARN)
		}
	}
	if len(roles) > 0 {
		slices.Sort(roles)
		claims["cognito:roles"] = slices.Compact(roles)
	}
	if slices.Sort(best); len(slices.Compact(best)) == 1 {
		claims["cognito:preferred_role"] = best[0]
	}
	return claims
}

// standardAttributes are the attributes that become claims of their own name
// (OpenID Connect Core §5.1). Any other is custom or dev-only, under its prefix.
var standardAttributes = []string{
	"address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale", "middle_name",
	"name", "nickname", "phone_number", "phone_number_verified", "picture", "preferred_username", "profile",
	"updated_at", "website", "zoneinfo",
}

// attributeClaims answers a person's readable attributes as claims, as far as
// the scopes go. As in Cognito, openid alone and profile give every attribute
// that the client may read; email and phone give their own.
func attributeClaims(readable map[string]string, scopes []string) map[string]any {
	claims := map[string]any{}
	for name, value := range readable {
		if scopeGives(scopes, name) && (slices.Contains(standardAttributes, name) || strings.HasPrefix(name, "custom:")) {
			claims[name] = claimValue(name, value)
		}
	}
	return claims
}

func scopeGives(scopes []string, attribute string) bool {
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	switch {
	case !has(scopeOpenID):
		return false
	case has(scopeProfile), !has(scopeEmail) && !has(scopePhone):
		return true
	case has(scopeEmail) && (attribute == "email" || attribute == "email_verified"):
		return true
	}
	return has(scopePhone) && (attribute == "phone_number" || attribute == "phone_number_verified")
}

// claimValue answers an attribute in the JSON type of OpenID Connect Core §5.1;
// what has none there is a string, whatever it looks like.
func claimValue(name, value string) any {
	switch name {
	case "email_verified", "phone_number_verified":
		return value == "true"
	case "updated_at":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n
		}
	case "address": // §5.1.1; Cognito keeps the text
		return map[string]string{"formatted": value}
	}
	return value
}
