package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// brought is a token of ours that a client brings to exchange it, or to say who acts.
type brought struct {
	subject   string // sub
	issuer    string
	client    identity.ClientID // whom it was issued to
	scopes    []string
	resources []string
	details   []json.RawMessage
	bound     Confirmation
	expires   time.Time
	actor     *actor
	mayAct    *actor
	user      identity.User // zero for a client that acts for itself
	groups    []identity.Group
	grant     Grant // the same
	still     func(storage.Reader) (good bool, err error)
}

var errBrought = refuse(InvalidRequest, "The subject_token or actor_token is unknown, expired, revoked, or of another type than it says.")

// bring reads the token under a name of the form. RFC 8693 §2.2.2: one that is not
// good is an invalid_request.
func (p *Provider) bring(ctx context.Context, x *exchange, name string) (*brought, *Error, error) {
	kind, token := x.form.get(name+"_type"), x.form.get(name)
	if !slices.Contains([]string{typeAccess, typeID, typeJWT}, kind) {
		return nil, refuse(InvalidRequest, "The "+name+"_type is none of access_token, id_token and jwt."), nil
	}
	for _, read := range []struct {
		as string
		by func(context.Context, identity.PoolID, string) (*brought, error)
	}{{typeAccess, p.bringAccess}, {typeID, p.bringID}} {
		if kind != read.as && kind != typeJWT {
			continue
		}
		b, err := read.by(ctx, x.pool.ID, token)
		if _, refused := CodeOf(err); !refused {
			return b, nil, err
		}
	}
	return nil, errBrought, nil
}

func (p *Provider) bringAccess(ctx context.Context, pool identity.PoolID, token string) (*brought, error) {
	t, err := p.Verify(ctx, pool, token)
	if err != nil {
		return nil, err
	}
	return &brought{
		subject: t.claims.Subject, issuer: t.claims.Issuer, client: t.ClientID, scopes: t.Scopes, resources: t.targets(), details: t.claims.Details,
		bound: t.claims.Confirmation, expires: time.Unix(t.claims.Expires, 0), actor: t.claims.Actor, mayAct: t.claims.MayAct,
		user: t.User, groups: t.Groups, grant: t.Grant,
		still: func(r storage.Reader) (bool, error) {
			again := t
			return p.stillGood(r, pool, &again)
		},
	}, nil
}

// targets are the APIs that an access token is for; none is no API in particular.
func (t *AccessToken) targets() []string {
	return slices.DeleteFunc(slices.Clone(t.claims.Audience), func(a string) bool { return a == t.claims.Issuer })
}

// exchangedID are the claims of an ID token that is brought.
type exchangedID struct {
	idClaims
	Expires   int64  `json:"exp"`
	OriginJTI string `json:"origin_jti"`
	MayAct    *actor `json:"may_act"`
}

// bringID reads an ID token of ours. It says who somebody is and carries no right to
// an API: of its lineage's scopes only those that speak of the person are left.
func (p *Provider) bringID(ctx context.Context, pool identity.PoolID, token string) (*brought, error) {
	var c exchangedID
	if err := p.readToken(ctx, pool, tokenType, token, &c); err != nil {
		return nil, err
	}
	if c.Issuer != p.Issuer(pool) || c.TokenUse != useID || c.Subject == "" || c.OriginJTI == "" || p.Now().Unix() >= c.Expires {
		return nil, errToken
	}
	b := &brought{
		subject: c.Subject, issuer: c.Issuer, client: identity.ClientID(c.Audience), expires: time.Unix(c.Expires, 0), mayAct: c.MayAct,
	}
	b.still = func(r storage.Reader) (bool, error) { return p.standsBehind(r, pool, c.OriginJTI, b) }
	good := false
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		good, err = b.still(r)
		return err
	})
	if err == nil && !good {
		err = errToken
	}
	b.scopes = slices.DeleteFunc(slices.Clone(b.grant.Scopes), func(s string) bool { return !slices.Contains(defaultScopes, s) })
	return b, err
}

// standsBehind finds the lineage and the person behind an ID token.
func (p *Provider) standsBehind(r storage.Reader, pool identity.PoolID, id string, b *brought) (bool, error) {
	var err error
	b.grant, err = grants.Get(r, string(pool), id)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil || !b.grant.RevokedAt.IsZero() || b.grant.ClientID != b.client {
		return false, err
	}
	_, issued, live, err := p.client(r, pool, b.client)
	if err != nil || !live || b.grant.ofBefore(&issued) {
		return false, err
	}
	b.user, b.groups, live, err = p.person(r, pool, b.grant.UserID, b.grant.Epoch)
	return live, err
}
