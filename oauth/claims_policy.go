package oauth

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"poolhouse.dev/identity"
)

// standardAttributes are the attributes that become claims of their own name
// (OpenID Connect Core §5.1). Any other is custom or dev-only, under its prefix.
var standardAttributes = []string{
	"address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale", "middle_name",
	"name", "nickname", "phone_number", "phone_number_verified", "picture", "preferred_username", "profile",
	"updated_at", "website", "zoneinfo",
}

// oidcClaims says that the client's claims follow OpenID Connect Core §5.4, and not
// Cognito.
func oidcClaims(c *identity.Client) bool { return c.ClaimsPolicy == "oidc" }

// claimRule decides which attributes become claims.
type claimRule struct {
	client *identity.Client
	scopes []string
	wishes map[string]ClaimWish // claims asked for one by one (OpenID Connect Core §5.5)
}

// gives says that an attribute is among the claims. A wish is met where the client
// could have asked for the scope as well: the parameter is no way around its settings.
func (r claimRule) gives(attribute string) bool {
	if _, asked := r.wishes[attribute]; asked {
		return !oidcClaims(r.client) || scopeGives(clientScopes(r.client), attribute)
	}
	if oidcClaims(r.client) {
		return scopeGives(r.scopes, attribute)
	}
	return cognitoGives(r.scopes, attribute)
}

// cognitoGives: as in Cognito, openid alone and profile give every attribute that
// the client may read; the other scopes give their own.
func cognitoGives(scopes []string, attribute string) bool {
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	alone := !has(scopeEmail) && !has(scopePhone) && !has(scopeAddress)
	return has(scopeOpenID) && (has(scopeProfile) || alone || scopeGives(scopes, attribute))
}

// scopeGives: OpenID Connect Core §5.4. What it has no scope for goes with profile.
func scopeGives(scopes []string, attribute string) bool {
	of := scopeProfile
	switch attribute {
	case "email", "email_verified":
		of = scopeEmail
	case "phone_number", "phone_number_verified":
		of = scopePhone
	case "address":
		of = scopeAddress
	}
	return slices.Contains(scopes, scopeOpenID) && slices.Contains(scopes, of)
}

// attributeClaims answers a person's readable attributes as claims. None is empty
// (OpenID Connect Core §5.3.2).
func (r claimRule) attributeClaims(readable map[string]string) map[string]any {
	claims := map[string]any{}
	for name, value := range readable {
		if value != "" && (slices.Contains(standardAttributes, name) || strings.HasPrefix(name, "custom:")) && r.gives(name) {
			claims[name] = claimValue(name, value)
		}
	}
	return claims
}

// personClaims answers what a rule gives of a person's readable attributes, those
// that are filled with the tokens of an identity provider among them.
func (p *Provider) personClaims(ctx context.Context, rule claimRule, u *identity.User, provider string) (map[string]any, error) {
	identities := identity.Identities{Core: p.Identity}
	readable, err := identities.Readable(ctx, u, rule.client, provider)
	if err != nil {
		return nil, err
	}
	claims := rule.attributeClaims(readable)
	may := len(rule.client.ReadAttributes) == 0 || slices.Contains(rule.client.ReadAttributes, "updated_at")
	if oidcClaims(rule.client) && claims["updated_at"] == nil && may && rule.gives("updated_at") && !u.ModifiedAt.IsZero() {
		claims["updated_at"] = u.ModifiedAt.Unix() // OpenID Connect Core §5.1
	}
	return claims, nil
}

// askedClaims answers what an ID token says of a person. Under OpenID's rules the
// claims of the scopes are had at the userinfo endpoint, unless no access token
// will be (OpenID Connect Core §5.4).
func (p *Provider) askedClaims(ctx context.Context, x *exchange, beside company) (map[string]any, error) {
	who := x.person
	rule := claimRule{client: &x.client, scopes: x.idScopes()}
	if oidcClaims(&x.client) && !who.grant.API && (beside.access != "" || beside.code != "") {
		rule.scopes = nil
	}
	if who.grant.Claims != nil {
		rule.wishes = who.grant.Claims.IDToken
	}
	claims, err := p.personClaims(ctx, rule, &who.user, who.grant.Provider)
	if err != nil || x.client.SubjectType == pairwise || !rule.gives("identities") {
		return claims, err
	}
	joined, err := p.identityClaims(ctx, x)
	if len(joined) > 0 {
		claims["identities"] = joined
	}
	return claims, err
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
	case "address":
		return addressValue(value)
	}
	return value
}

// addressParts are the members of an address (OpenID Connect Core §5.1.1).
var addressParts = []string{"formatted", "street_address", "locality", "region", "postal_code", "country"}

// addressValue answers an address as an object: the attribute is one as JSON, or
// the text of it.
func addressValue(text string) map[string]string {
	var parts map[string]string
	if json.Unmarshal([]byte(text), &parts) == nil {
		maps.DeleteFunc(parts, func(name, value string) bool { return value == "" || !slices.Contains(addressParts, name) })
		if len(parts) > 0 {
			return parts
		}
	}
	return map[string]string{"formatted": text}
}
