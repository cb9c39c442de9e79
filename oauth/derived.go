package oauth

import (
	"context"
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// Derivation asks for a token in exchange for another, by the API (Cognito
// GetDerivedToken).
type Derivation struct {
	Client  identity.Client // that has proven itself
	Subject Bring
	Actor   Bring // none: nobody acts but the person
	Scopes  []string
	Targets []string // what the token is for; none: what the subject's is for
	Origin  identity.Origin
}

// Bring is a token that a client brings to a Derivation; an ID token, or an access token.
type Bring struct {
	Token string
	ID    bool
}

func (b Bring) kind() string {
	switch {
	case b.Token == "":
		return ""
	case b.ID:
		return typeID
	}
	return typeAccess
}

// form is what the token endpoint would be sent.
func (d *Derivation) form() form {
	return form{
		"grant_type": {identity.GrantExchange}, "scope": {strings.Join(d.Scopes, " ")}, "audience": d.Targets,
		"subject_token": {d.Subject.Token}, "subject_token_type": {d.Subject.kind()},
		"actor_token": {d.Actor.Token}, "actor_token_type": {d.Actor.kind()},
	}
}

// policy is what the client's flows allow, and of its setting token_exchange whose
// tokens it may bring and what for.
func (d *Derivation) policy(c *identity.Client) *identity.ExchangePolicy {
	policy := identity.ExchangePolicy{}
	if c.TokenExchange != nil {
		policy = *c.TokenExchange
	}
	policy.Impersonation = slices.Contains(c.ExplicitAuthFlows, identity.FlowImpersonation)
	policy.Delegation = slices.Contains(c.ExplicitAuthFlows, identity.FlowDelegation)
	return &policy
}

var errDerivation = refuse(UnauthorizedClient, "The client may not exchange tokens in this way.")

// Derive gives an access token for another, as a token exchange at the token
// endpoint would. Without an actor it names nobody who acts, for clients that may
// impersonate; the flows of the client say so in place of its grant types.
func (p *Provider) Derive(ctx context.Context, d Derivation) (TokenResponse, error) {
	x := exchange{now: p.Now(), origin: d.Origin, form: d.form()}
	if err := p.forBearer(ctx, &x, d.Client.PoolID, d.Client.ID, errDerivation); err != nil {
		return TokenResponse{}, err
	}
	x.client.TokenExchange = d.policy(&x.client)
	if d.Actor.Token == "" && !x.client.TokenExchange.Impersonation {
		return TokenResponse{}, errDerivation
	}
	if refused := checkExchange(&x); refused != nil {
		return TokenResponse{}, refused
	}
	if refused, err := p.readExchange(ctx, &x); err != nil || refused != nil {
		return TokenResponse{}, either(refused, err)
	}
	return p.give(ctx, grantTypes[identity.GrantExchange], &x)
}
