package oauth

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/dpop"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/storage"
)

// clockSkew is how far ahead of ours another node's clock may be.
const clockSkew = time.Minute

// AccessToken is an access token of ours that is good now.
type AccessToken struct {
	Scopes   []string
	ClientID identity.ClientID
	Client   identity.Client
	User     identity.User    // zero when the client acts for itself
	Groups   []identity.Group // of User
	Grant    Grant            // zero when the client acts for itself

	claims accessClaims
}

// Has says whether the token carries the scope.
func (t *AccessToken) Has(scope string) bool { return slices.Contains(t.Scopes, scope) }

// revokedToken remembers one revoked access token until it ends. RFC 7009 §2;
// by jti, never by the text, which has more than one spelling.
type revokedToken struct {
	PoolID    identity.PoolID `json:"user_pool_id"`
	ID        string          `json:"jti"`
	ExpiresAt time.Time       `json:"expires_at"`
}

var revokedTokens = storage.Collection[revokedToken]{
	Name: "revoked_token", Format: 1,
	ID: func(t *revokedToken) []any { return []any{string(t.PoolID), t.ID} },
	Indexes: []storage.Index[revokedToken]{
		{Name: "expires", Of: func(t *revokedToken) []any { return []any{t.ExpiresAt} }},
	},
}

var errToken = refuse(InvalidToken, "The access token is unknown, expired or revoked.")

// Causes of an InvalidToken, for front ends that tell them apart.
var (
	ErrExpired = errors.New("it has expired")
	ErrRevoked = errors.New("it was revoked, or its person or client is gone")
	ErrBound   = errors.New("it is bound to a key")
)

func becauseOf(e *Error, cause error) *Error {
	return &Error{Code: e.Code, Description: e.Description, Err: cause}
}

// accessChecks hold the claims of a token that we signed.
var accessChecks = []struct {
	clause string
	passes func(c *accessClaims, issuer string, now time.Time) bool
	cause  error
}{
	{"RFC 9068 §4: iss is us", func(c *accessClaims, issuer string, _ time.Time) bool { return c.Issuer == issuer }, nil},
	{"RFC 8725 §3.11: an access token, no other kind", func(c *accessClaims, _ string, _ time.Time) bool {
		return c.TokenUse == useAccess && c.ID != "" && c.Subject != ""
	}, nil},
	{"RFC 7519 §4.1.4: exp", func(c *accessClaims, _ string, now time.Time) bool { return now.Unix() < c.Expires }, ErrExpired},
	{"RFC 7519 §4.1.6: iat", func(c *accessClaims, _ string, now time.Time) bool {
		return c.IssuedAt <= now.Add(clockSkew).Unix()
	}, nil},
}

// Verify answers an access token that was presented to us: signed by a key of
// the pool, in time, neither it nor its lineage revoked, its person and client
// still there. Its error is InvalidToken for anything else.
func (p *Provider) Verify(ctx context.Context, pool identity.PoolID, token string) (AccessToken, error) {
	var t AccessToken
	var err error
	if t.claims, err = p.readAccess(ctx, pool, token); err != nil {
		return AccessToken{}, err
	}
	for _, check := range accessChecks {
		if !check.passes(&t.claims, p.Issuer(pool), p.Now()) {
			return AccessToken{}, becauseOf(errToken, check.cause)
		}
	}
	t.Scopes, t.ClientID = strings.Fields(t.claims.Scope), identity.ClientID(t.claims.ClientID)
	good := false
	err = p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		good, err = p.stillGood(r, pool, &t)
		return err
	})
	if err != nil {
		return AccessToken{}, fault("verify", err)
	}
	if !good {
		return AccessToken{}, becauseOf(errToken, ErrRevoked)
	}
	return t, nil
}

// Presented is an access token as somebody presented it to us.
type Presented struct {
	Token       string
	Scheme      string   // of the Authorization header, in any case; "" is Bearer
	DPoP        []string // every value of the DPoP header
	Method, URL string   // of the request, as the client sees it, without query
	Certificate *x509.Certificate
}

var errBinding = becauseOf(refuse(InvalidToken, "The access token is bound to a key that the request does not prove."), ErrBound)

// VerifyPresented is Verify for a token that a request carries: whoever presents one
// that is bound proves the key (RFC 9449 §7.1, RFC 8705 §3).
func (p *Provider) VerifyPresented(ctx context.Context, pool identity.PoolID, in Presented) (AccessToken, error) {
	t, err := p.Verify(ctx, pool, in.Token)
	if err != nil {
		return AccessToken{}, err
	}
	bound, proofs := t.claims.Confirmation, strings.EqualFold(in.Scheme, "DPoP")
	got := Confirmation{}
	switch {
	case proofs != (bound.JKT != ""): // RFC 9449 §7.1, §7.2: neither is taken for the other
		return AccessToken{}, errBinding
	case in.Certificate != nil:
		got.X5T = certificateHash(in.Certificate)
	}
	if proofs {
		proof, refused := p.checkProof(pool, in.DPoP, dpop.Want{Method: in.Method, URL: in.URL, Token: in.Token})
		if refused != nil {
			return AccessToken{}, refused
		}
		if got.JKT = proof.Key; got.JKT == bound.JKT {
			err = p.spendProof(ctx, pool, proof)
		}
	}
	if err == nil && !bound.heldBy(got) {
		err = errBinding
	}
	if err != nil {
		return AccessToken{}, err
	}
	return t, nil
}

// readToken decodes the claims of a token of the type that a key of the pool signed.
func (p *Provider) readToken(ctx context.Context, pool identity.PoolID, typ, token string, claims any) error {
	verified, err := p.Keys.Verify(ctx, pool, typ, token)
	if errors.Is(err, keys.ErrInvalid) {
		return errToken
	}
	if err != nil {
		return fault("verify", err)
	}
	if json.Unmarshal(verified.Claims, claims) != nil {
		return errToken // signed by us, but another kind of token
	}
	return nil
}

// stillGood says whether nothing ended the token before its time.
func (p *Provider) stillGood(r storage.Reader, pool identity.PoolID, t *AccessToken) (good bool, err error) {
	if _, err := revokedTokens.Get(r, string(pool), t.claims.ID); !errors.Is(err, storage.ErrNotFound) {
		return false, err
	}
	if _, t.Client, good, err = p.client(r, pool, t.ClientID); err != nil || !good {
		return false, err
	}
	if t.claims.OriginJTI == "" {
		return t.claims.Subject == t.claims.ClientID && t.claims.IssuedAt >= t.Client.CreatedAt.Unix(), nil // not of a deleted one of its id
	}
	t.Grant, err = grants.Get(r, string(pool), t.claims.OriginJTI)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil || !t.Grant.RevokedAt.IsZero() || t.Grant.ClientID != t.claims.origin() {
		return false, err
	}
	origin := t.Client
	if t.claims.OriginClient != "" { // exchanged: what it was exchanged for goes with its client
		known := false
		if _, origin, known, err = p.client(r, pool, t.claims.origin()); err != nil || !known {
			return false, err
		}
	}
	if t.Grant.ofBefore(&origin) {
		return false, nil
	}
	t.User, t.Groups, good, err = p.person(r, pool, t.Grant.UserID, t.Grant.Epoch)
	return good && t.claims.Subject == p.subjectOf(&t.Client, t.User.ID), err
}

// idClaims are what we read from an ID token that comes back as a hint.
type idClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	TokenUse string `json:"token_use"`
	Session  string `json:"sid"`
}

// readIDToken answers an ID token of ours, expired or not.
func (p *Provider) readIDToken(ctx context.Context, pool identity.PoolID, token string) (idClaims, error) {
	var c idClaims
	if err := p.readToken(ctx, pool, tokenType, token, &c); err != nil {
		return idClaims{}, err
	}
	if c.Issuer != p.Issuer(pool) || c.TokenUse != useID || c.Subject == "" {
		return idClaims{}, errToken
	}
	return c, nil
}
