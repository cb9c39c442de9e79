package oauth

import (
	"context"
	"errors"
	"net/url"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// Bearer answers on whose behalf somebody with the access token acts on the
// person's own account; false for a token without the scope for that, or of a
// client that acts for itself.
func (t *AccessToken) Bearer() (identity.Authentication, bool) {
	g := &t.Grant
	if !t.Has(scopeSelf) || t.User.ID == "" {
		return identity.Authentication{}, false
	}
	return identity.Bearer{
		Pool: g.PoolID, Client: t.ClientID, User: g.UserID, Session: g.Session, Epoch: g.Epoch, At: g.AuthTime,
		Methods: g.Methods, Factors: g.Factors, Twice: g.Twice, Provider: g.Provider,
	}.Authentication(), true
}

// LineageOf answers the id of the lineage that an access token is of.
func (t *AccessToken) LineageOf() string { return t.Grant.ID }

// ProveSecret says whether a client without a method of its own at the token
// endpoint is proven by a secret; one that has none is by none.
func (p *Provider) ProveSecret(ctx context.Context, c *identity.Client, secret string) (bool, error) {
	f := claimant{auth: ClientAuth{ID: c.ID, Secret: secret}}
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		f.secrets, err = p.settings().LiveSecrets(r, *c)
		return err
	})
	if err != nil || len(f.secrets) == 0 {
		return err == nil && secret == "", err
	}
	refused, err := p.proveSecret(ctx, &f)
	return refused == nil && err == nil, err
}

// RevokeRefresh ends the lineage of a refresh token for a client that has proven
// itself (Cognito RevokeToken); with session, what was issued under its sign-in to
// other clients, and the browser's session. UnsupportedTokenType says that it is
// another kind of token, InvalidGrant that it is another client's, InvalidRequest
// that the client's tokens cannot be revoked. An unknown one is no error.
func (p *Provider) RevokeRefresh(ctx context.Context, c *identity.Client, token string, session bool) error {
	if !revocable(c) {
		return refuse(InvalidRequest, "Token revocation is switched off for this client.")
	}
	family, ok := familyOf(token)
	if !ok {
		return p.otherKind(ctx, c.PoolID, token)
	}
	var under string
	err := p.Identity.Store.View(ctx, func(r storage.Reader) error {
		grant, err := grants.By(r, "family", family)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		under = grant.Session
		return err
	})
	if err != nil {
		return fault("revoke", err)
	}
	if err := p.revokeFamily(ctx, c, family); err != nil || !session || under == "" {
		return err
	}
	return p.endUnder(ctx, c.PoolID, under)
}

// otherKind refuses access and ID tokens, expired or not.
func (p *Provider) otherKind(ctx context.Context, pool identity.PoolID, token string) error {
	errKind := refuse(UnsupportedTokenType, "Only refresh tokens can be revoked here.")
	if _, err := p.readIDToken(ctx, pool, token); err == nil {
		return errKind
	}
	_, err := p.readAccess(ctx, pool, token)
	if code, refused := CodeOf(err); refused && code == InvalidToken {
		return nil
	}
	if err != nil {
		return err
	}
	return errKind
}

// endUnder ends a session, and what was issued under it when that is over already.
func (p *Provider) endUnder(ctx context.Context, pool identity.PoolID, session string) error {
	return p.Identity.Transact(ctx, func(w storage.Writer) error {
		return errors.Join(p.sessions().EndByID(w, pool, session), p.EndSession(w, pool, session))
	})
}

// RevokeLineage ends one of a person's own lineages by its id; false when it is none
// of theirs, or has ended.
func (p *Provider) RevokeLineage(ctx context.Context, pool identity.PoolID, user identity.UserID, id string, session bool) (found bool, err error) {
	under := ""
	err = p.Identity.Transact(ctx, func(w storage.Writer) error {
		found = false
		g, err := grants.Get(w, string(pool), id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && (g.UserID != user || !g.live(p.Now())) {
			return nil
		}
		if err != nil {
			return err
		}
		found, under = true, g.Session
		return p.revoke(w, g, "revoked_by_person")
	})
	if err != nil || !found || !session {
		return found, err
	}
	return true, p.endUnder(ctx, pool, under)
}

var errOwnToken = refuse(UnauthorizedClient, "The client is gone, or its tokens are bound to keys, which the API proves none of.")

// ClientToken gives a client that acts for itself an access token (Cognito
// GetClientToken), as the token endpoint would.
func (p *Provider) ClientToken(ctx context.Context, c *identity.Client, scopes string, origin identity.Origin) (TokenResponse, error) {
	x := exchange{now: p.Now(), origin: origin, form: form(url.Values{"scope": {scopes}, "grant_type": {identity.GrantClientCredentials}})}
	if err := p.forBearer(ctx, &x, c.PoolID, c.ID, errOwnToken); err != nil {
		return TokenResponse{}, err
	}
	way, refused := x.way()
	if refused != nil {
		return TokenResponse{}, refused
	}
	return p.give(ctx, way, &x)
}

// Subject and Username are what the client calls the person.
func (t *AccessToken) Subject() string { return t.claims.Subject }

// Username: see Subject.
func (t *AccessToken) Username() string { return t.claims.Username }

// RefreshedNames answers what the app may call the person of a refresh token, good or
// not; none for one of nobody's.
func (p *Provider) RefreshedNames(ctx context.Context, pool identity.PoolID, token string) (names []string, err error) {
	err = p.Identity.Store.View(ctx, func(r storage.Reader) error {
		names = []string{""}
		g, err := lineageOf(r, token)
		if errors.Is(err, storage.ErrNotFound) || err == nil && g.PoolID != pool {
			return nil
		}
		if err != nil {
			return err
		}
		u, _, live, err := p.person(r, pool, g.UserID, g.Epoch)
		if err == nil && live {
			names = append(u.Names, string(u.ID), u.Username, u.Attributes["email"], u.Attributes["phone_number"])
		}
		return err
	})
	return names, err
}
