package oauth

import (
	"context"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// Native sign-in, in the shape of token exchange (RFC 8693 §2.1): an app on a
// telephone brings the ID token that an identity provider's own kit gave it
// (Facebook's Limited Login, Sign in with Apple, Google), and gets tokens of ours.
// subject_issuer, which is not in the RFC, names the provider; nonce is the one that
// the app gave the kit.

// nativeMemory is how long an ID token that was brought is remembered. Providers'
// end after minutes to hours.
const nativeMemory = 25 * time.Hour

// Vouch asks the identity provider of this name what its ID token says. Its error is
// an *Error for a token that does not hold.
type Vouch func(ctx context.Context, provider, token, nonce string) (identity.External, error)

var nativeGrant = grantType{check: checkNative, prepare: (*Provider).readNative, redeem: (*Provider).redeemNative}

var errNative = refuse(InvalidGrant, "The provider's token is not good, or was used before.")

// native says that the request brings a provider's token rather than one of ours.
func (x *exchange) native() bool {
	return x.form.get("grant_type") == identity.GrantExchange && x.form.get("subject_issuer") != ""
}

func checkNative(x *exchange) *Error {
	f, c := x.form, &x.client
	switch {
	case !slices.Contains(c.NativeProviders, f.get("subject_issuer")) || !slices.Contains(c.IdentityProviders, f.get("subject_issuer")):
		return refuse(UnauthorizedClient, "The client may not bring tokens of this provider: see native_identity_providers.")
	case f.get("subject_token") == "" || f.get("subject_token_type") != typeID:
		return refuse(InvalidRequest, "The subject_token is missing, or its subject_token_type is not "+typeID+".")
	case len(f.get("nonce")) > maxNonce:
		return refuse(InvalidRequest, "The nonce is too long.")
	}
	return nil
}

// readNative verifies the provider's token and signs its person in.
func (p *Provider) readNative(ctx context.Context, x *exchange) (refused *Error, err error) {
	if x.scopes, refused = userScopes(&x.pool, &x.client, x.form.get("scope")); refused != nil {
		return refused, nil
	}
	provider, token := x.form.get("subject_issuer"), x.form.get("subject_token")
	external, err := x.vouch(ctx, provider, token, x.form.get("nonce"))
	if err != nil {
		return nil, err
	}
	if fresh, err := p.spendNative(ctx, x, provider, token); err != nil || !fresh {
		return errNative, err
	}
	signIn := identity.SignIn{Core: p.Identity}
	step, err := signIn.Federated(ctx, identity.Federated{
		Pool: x.pool.ID, Client: x.client.ID, Channel: identity.Channel("native " + randomText(secretBytes)), External: external, Origin: x.origin,
	})
	if _, known := identity.CodeOf(err); known {
		return &Error{Code: AccessDenied, Description: "The person may not sign in this way.", Err: err}, nil
	}
	if err != nil {
		return nil, err
	}
	if step.Done == nil {
		return refuse(InteractionRequired, "The person has to answer something first: send them to the authorization endpoint with identity_provider="+provider+"."), nil
	}
	x.auth, x.write = step.Done.Auth, true
	return nil, nil
}

// spendNative remembers that a token was brought. What is signed of it names it: a
// signature can be written in more than one way.
func (p *Provider) spendNative(ctx context.Context, x *exchange, provider, token string) (fresh bool, err error) {
	signed := token[:max(0, strings.LastIndexByte(token, '.'))]
	err = p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
		fresh, err = useOnce(w, x.now.Add(nativeMemory), "native", string(x.pool.ID), provider, signed)
		return err
	})
	return fresh, err
}

// redeemNative stores the lineage of the sign-in.
func (p *Provider) redeemNative(w storage.Writer, x *exchange) (*Error, error) {
	enough, err := p.Identity.Suffices(w, x.auth, x.client.ID)
	if err != nil || !enough {
		return refuse(InteractionRequired, "The client demands a second factor."), err
	}
	grant, err := newGrant(x.auth, &x.client, x.scopes, x.now)
	if err != nil {
		return nil, err
	}
	var refused *Error
	if grant.Resources, refused = readResources(&x.pool, &x.client, x.form["resource"]); refused != nil {
		return refused, nil
	}
	x.nonce = x.form.get("nonce")
	return p.open(w, x, grant, errNative, "native")
}
