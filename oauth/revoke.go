package oauth

import (
	"context"
	"errors"
	"net/url"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// Revoke answers the revocation endpoint (RFC 7009). A refresh token ends its
// whole lineage, an access token itself. A token that is not ours, or has ended,
// is no error (§2.2).
func (p *Provider) Revoke(ctx context.Context, pool identity.PoolID, body url.Values, auth ClientAuth) error {
	token, client, err := p.presented(ctx, pool, body, auth, revocationChecks)
	if err != nil {
		return err
	}
	if family, ok := familyOf(token); ok {
		return p.revokeFamily(ctx, &client, family)
	}
	access, err := p.Verify(ctx, pool, token)
	if _, refused := CodeOf(err); refused {
		return p.otherToken(ctx, pool, token)
	}
	if err != nil {
		return err
	}
	return p.revokeAccess(ctx, &client, &access)
}

// presented is a token that a client sends to be revoked or introspected.
type presented struct {
	token  string
	client identity.Client
}

// presentedFormChecks hold what is sent, before anybody is asked who they are.
var presentedFormChecks = []check[form]{
	{"RFC 6749 §3.2: no parameter twice", InvalidRequest, "A parameter is given twice or is not UTF-8 text.", func(f form) bool { return !f.twice() }},
	{"RFC 6749 Appendix B: UTF-8", InvalidRequest, "A parameter is given twice or is not UTF-8 text.", form.readable},
}

// revocationChecks hold a request to the revocation endpoint.
var revocationChecks = []check[*presented]{
	{"RFC 7009 §2.1: token", InvalidRequest, "The token is missing.", func(a *presented) bool { return a.token != "" }},
	{"EnableTokenRevocation (Cognito)", InvalidRequest, "Token revocation is switched off for this client.", func(a *presented) bool { return revocable(&a.client) }},
}

// presented authenticates the client and answers the token it sent.
func (p *Provider) presented(ctx context.Context, pool identity.PoolID, body url.Values, auth ClientAuth, checks []check[*presented]) (string, identity.Client, error) {
	f := form(body)
	if refused := refusal(presentedFormChecks, f); refused != nil {
		return "", identity.Client{}, refused
	}
	_, client, err := p.authenticate(ctx, pool, auth)
	if err != nil {
		return "", client, err
	}
	token := f.get("token")
	return token, client, failed(refusal(checks, &presented{token, client}))
}

// RFC 7009 §2.1: a token of another client is refused.
var errOtherClient = refuse(InvalidGrant, "The token was issued to another client.")

func (p *Provider) revokeFamily(ctx context.Context, client *identity.Client, family string) error {
	var refused *Error
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		refused = nil
		grant, err := grants.By(w, "family", family)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return nil
		case err != nil:
			return err
		case grant.PoolID != client.PoolID || grant.ClientID != client.ID:
			refused = errOtherClient
			return nil
		}
		return p.revoke(w, grant, "revoked_by_client")
	})
	if err != nil {
		return fault("revoke", err)
	}
	return failed(refused)
}

func (p *Provider) revokeAccess(ctx context.Context, client *identity.Client, access *AccessToken) error {
	if access.ClientID != client.ID {
		return errOtherClient
	}
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		return revokedTokens.Put(w, revokedToken{
			PoolID: client.PoolID, ID: access.claims.ID, ExpiresAt: time.Unix(access.claims.Expires, 0).UTC(),
		})
	})
	if err != nil {
		return fault("revoke", err)
	}
	return nil
}

// otherToken: RFC 7009 §2.2.1: an ID token cannot be revoked, and the client is
// told; what is no token of ours is answered like one that has ended.
func (p *Provider) otherToken(ctx context.Context, pool identity.PoolID, token string) error {
	_, err := p.readIDToken(ctx, pool, token)
	if err == nil {
		return refuse(UnsupportedTokenType, "An ID token cannot be revoked.")
	}
	if _, refused := CodeOf(err); refused {
		return nil
	}
	return err
}
