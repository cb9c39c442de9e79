package oauth

import (
	"context"
	"strconv"

	"poolhouse.dev/identity"
)

// identityClaim is a member of the claim identities. Its values are strings, as
// Cognito has them in tokens.
type identityClaim struct {
	UserID       string  `json:"userId"`
	ProviderName string  `json:"providerName"`
	ProviderType string  `json:"providerType"`
	Issuer       *string `json:"issuer"` // of SAML alone
	Primary      string  `json:"primary"`
	DateCreated  string  `json:"dateCreated"` // milliseconds since 1970
}

// identityClaims answers the claim identities: what the person's account is
// joined to, at providers that the pool still has.
func (p *Provider) identityClaims(ctx context.Context, x *exchange) ([]identityClaim, error) {
	admin, settings := identity.Admin{Core: p.Identity}, identity.Settings{Core: p.Identity}
	have, err := admin.Identities(ctx, x.pool.ID, string(x.person.user.ID))
	if err != nil || len(have) == 0 {
		return nil, err
	}
	all, err := settings.Providers(ctx, x.pool.ID)
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	for _, one := range all {
		types[one.Name] = one.Type
	}
	var claims []identityClaim
	for _, one := range have {
		if kind, ok := types[one.Provider]; ok {
			claims = append(claims, identityClaim{
				UserID: one.Subject, ProviderName: one.Provider, ProviderType: kind, Issuer: one.ClaimedIssuer(kind),
				Primary: strconv.FormatBool(one.Primary), DateCreated: strconv.FormatInt(one.CreatedAt.UnixMilli(), 10),
			})
		}
	}
	return claims, nil
}
