package oauth

import (
	"context"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// SignedIn is a sign-in that an app finished by the API rather than by our pages
// (Cognito InitiateAuth, RespondToAuthChallenge).
type SignedIn struct {
	Auth   identity.Authentication
	Cause  string // one of the causes of tokens, as identity.TokensOfSignIn
	Origin identity.Origin
}

// selfScopes are those of an access token that the API gives: it serves the
// person's own account, and is no access token of OpenID Connect (Cognito).
var selfScopes = []string{scopeSelf}

// apiClaimScopes decide what an ID token of the API says: everything that the
// client may read (Cognito).
var apiClaimScopes = []string{scopeOpenID, scopeEmail, scopePhone, scopeProfile, scopeAddress}

var errSignedIn = refuse(InvalidGrant, "The sign-in is over, or proved less than the client demands.")

// SignedIn gives the tokens of a sign-in by the API: an access token for the
// person's own account, an ID token and a refresh token. Its error is InvalidGrant
// for a sign-in that has ended since, or when a trigger of the pool refuses.
func (p *Provider) SignedIn(ctx context.Context, in SignedIn) (TokenResponse, error) {
	x := exchange{now: p.Now(), origin: in.Origin, scopes: selfScopes, auth: in.Auth, cause: in.Cause, write: true}
	if err := p.forBearer(ctx, &x, in.Auth.Pool(), in.Auth.Client(), errSignedIn); err != nil {
		return TokenResponse{}, err
	}
	return p.give(ctx, grantType{redeem: (*Provider).redeemSignedIn}, &x)
}

// forClient reads the pool and the client of an exchange as they are now; unknown is
// for a client that is gone.
func (p *Provider) forClient(ctx context.Context, x *exchange, pool identity.PoolID, id identity.ClientID, unknown *Error) error {
	return p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		known := false
		x.pool, x.client, known, err = p.client(r, pool, id)
		if err == nil && !known {
			err = unknown
		}
		return err
	})
}

// forBearer is forClient for tokens that are bound to no key: the API proves none.
func (p *Provider) forBearer(ctx context.Context, x *exchange, pool identity.PoolID, id identity.ClientID, otherwise *Error) error {
	err := p.forClient(ctx, x, pool, id, otherwise)
	if err == nil && (x.client.DPoPBound || x.client.CertificateBound) {
		err = otherwise
	}
	return err
}

// give is what the uses of the token endpoint, and of the API in its place, end with.
func (p *Provider) give(ctx context.Context, way grantType, x *exchange) (TokenResponse, error) {
	// What signs is there before anything is used up.
	if err := p.Keys.Ready(ctx, x.pool.ID, signingAlg(&x.client)); err != nil {
		return TokenResponse{}, fault("token", err)
	}
	x.prepareToken()
	// What is presented is good, and is used up or rotated exactly once.
	if err := p.redeem(ctx, way, x); err != nil {
		return TokenResponse{}, err
	}
	// With nothing open, the tokens are signed.
	return p.sign(ctx, x)
}

func (p *Provider) redeemSignedIn(w storage.Writer, x *exchange) (*Error, error) {
	enough, err := p.Identity.Suffices(w, x.auth, x.client.ID)
	if err != nil || !enough {
		return errSignedIn, err
	}
	grant, err := newGrant(x.auth, &x.client, selfScopes, x.now)
	if err != nil {
		return nil, err
	}
	grant.API, grant.ACR = true, x.pool.LevelName(x.auth.Level())
	return p.open(w, x, grant, errSignedIn, "api")
}

// Refresh renews the tokens of a sign-in by the API for a client that has proven
// itself (Cognito REFRESH_TOKEN_AUTH, GetTokensFromRefreshToken). It answers a new
// refresh token where the client rotates them, else none. Its error is
// InvalidGrant for a token that is not good.
func (p *Provider) Refresh(ctx context.Context, pool identity.PoolID, client identity.ClientID, token string, origin identity.Origin) (TokenResponse, error) {
	x := exchange{now: p.Now(), origin: origin, cause: identity.TokensOfRefresh, form: form{"refresh_token": {token}}}
	if err := p.forClient(ctx, &x, pool, client, errRefresh); err != nil {
		return TokenResponse{}, err
	}
	return p.give(ctx, grantTypes[identity.GrantRefresh], &x)
}

// idScopes are the scopes that an ID token's claims follow.
func (x *exchange) idScopes() []string {
	if x.person.grant.API {
		return apiClaimScopes
	}
	return x.scopes
}

// givesIDToken says that an ID token is among the answer.
func (x *exchange) givesIDToken() bool {
	return x.person != nil && (x.person.grant.API || slices.Contains(x.scopes, scopeOpenID))
}
