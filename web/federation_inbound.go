package web

import (
	"context"
	"maps"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
)

// External answers what a provider said of a person in the pool's own terms, after
// the pool's inbound federation trigger, and what could not be mapped.
func (r *Request) External(ctx context.Context, p *identity.IdentityProvider, client identity.ClientID, a federation.Answer) (identity.External, []federation.Problem, error) {
	signIn := identity.SignIn{Core: r.server.Identity}
	claims, err := signIn.Inbound(ctx, identity.Inbound{
		Pool: r.Pool.ID, Client: client, Provider: p, Subject: a.Subject, SAML: p.Type == federation.SAML,
		Claims: maps.Clone(a.Claims), Tokens: identity.ProviderTokens(a.Tokens), Origin: r.Origin(),
	})
	if err != nil {
		return identity.External{}, nil, err
	}
	mail := mailClaim(p, a)
	was, _ := federation.Map(a.Claims, map[string]string{"email": mail})
	is, _ := federation.Map(claims, map[string]string{"email": mail})
	// The provider vouches for the address that it said, and for no other.
	a.Claims, a.EmailVerified = claims, a.EmailVerified && was["email"] == is["email"]
	external, problems := ExternalOf(p, a)
	return external, problems, nil
}
