package oauth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
)

// Client assertions (RFC 7523 §2.2).
const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	maxAssertion  = 16 << 10
	maxTokenID    = 256
	// assertionLife is the longest that an assertion may still hold. RFC 7523 §3 no. 4
	// lets the server refuse what is far off.
	assertionLife = time.Hour
	// assertionSkew is what clocks may differ by. FAPI 2.0 Security Profile §5.3.2.1
	// takes dates up to 10 seconds ahead and none beyond 60.
	assertionSkew = 30 * time.Second
)

// readAssertion finds who a client assertion is from. RFC 7521 §4.2: a client_id
// beside it is not needed, and is of the same client.
func readAssertion(f form) (ClientAuth, error) {
	text, id := f.get("client_assertion"), f.get("client_id")
	if f.get("client_assertion_type") != assertionType || text == "" {
		return ClientAuth{}, refuse(InvalidRequest, "A client_assertion comes with the client_assertion_type "+assertionType+".")
	}
	auth := ClientAuth{ID: identity.ClientID(id), Method: identity.AuthPrivateKeyJWT, Assertion: text}
	var claims jws.Claims
	token, err := jws.Parse(text, maxAssertion, append([]string{jws.HMAC}, jws.Asymmetric...))
	if err == nil {
		err = token.Unverified(&claims)
	}
	if err != nil || claims.Subject == "" || !utf8.ValidString(claims.Subject) || id != "" && id != claims.Subject {
		return ClientAuth{}, &Error{Code: InvalidClient, Description: "The client_assertion is no signed JWT of this client.", Err: err}
	}
	if token.Algorithm == jws.HMAC {
		auth.Method = identity.AuthSecretJWT
	}
	auth.ID = identity.ClientID(claims.Subject)
	return auth, nil
}

// assertion is a client assertion whose signature holds.
type assertion struct {
	jws.Claims
	kind   string // typ
	client *identity.Client
	issuer string
	ours   []string // what names us beside the issuer
	now    time.Time
}

// assertionChecks hold what a client has signed.
var assertionChecks = []struct {
	clause string
	passes func(*assertion) bool
}{
	{"RFC 8725 §3.11: typ, where it is there", func(a *assertion) bool {
		return a.kind == "" || strings.EqualFold(a.kind, "JWT") || strings.EqualFold(a.kind, "client-authentication+jwt")
	}},
	{"OpenID Connect Core §9: iss is the client", func(a *assertion) bool { return a.Issuer == string(a.client.ID) }},
	{"RFC 7523 §3 no. 2: sub is the client", func(a *assertion) bool { return a.Subject == string(a.client.ID) }},
	{"RFC 7523 §3 no. 3: aud names us and nobody else", func(a *assertion) bool {
		stranger := func(name string) bool { return name != a.issuer && !slices.Contains(a.ours, name) }
		return len(a.Audience.Values) > 0 && !slices.ContainsFunc(a.Audience.Values, stranger)
	}},
	{"FAPI 2.0 Security Profile §5.3.2.1: aud is the issuer, one text", func(a *assertion) bool {
		return !a.client.FAPI() || !a.Audience.Listed && a.Audience.Values[0] == a.issuer
	}},
	{"RFC 7523 §3 no. 4: exp, not passed and not far off", func(a *assertion) bool {
		return a.Expires.Set && a.now.Before(a.Expires.Add(assertionSkew)) && a.Expires.Before(a.now.Add(assertionLife+assertionSkew))
	}},
	{"RFC 7523 §3 no. 5: nbf", func(a *assertion) bool { return !a.NotBefore.Set || !a.NotBefore.After(a.now.Add(assertionSkew)) }},
	{"RFC 7523 §3 no. 6: iat", func(a *assertion) bool { return !a.IssuedAt.Set || !a.IssuedAt.After(a.now.Add(assertionSkew)) }},
	{"OpenID Connect Core §9: jti, bounded", func(a *assertion) bool { return a.ID != "" && len(a.ID) <= maxTokenID }},
}

// assertionAlgs are the algorithms that a client may sign its assertion with.
func assertionAlgs(c *identity.Client) []string {
	if c.AuthMethod == identity.AuthSecretJWT {
		return []string{jws.HMAC}
	}
	return takenAlgs(c, c.AuthSigningAlg)
}

var (
	errAssertion     = errors.New("the assertion is refused")
	errAssertionUsed = errors.New("the assertion was used before")
)

// proveAssertion: RFC 7523 §3, OpenID Connect Core §9.
func (p *Provider) proveAssertion(ctx context.Context, f *claimant) (refused, err error) {
	token, err := jws.Parse(f.auth.Assertion, maxAssertion, assertionAlgs(&f.client))
	if err != nil {
		return err, nil
	}
	a := assertion{kind: token.Type, client: &f.client, issuer: p.Issuer(f.pool.ID), now: p.Now()}
	a.ours = []string{a.issuer + "/oauth2/token", f.auth.URL}
	if err := p.verifyAssertion(ctx, f, token, &a.Claims); errors.Is(err, jws.ErrInvalid) || errors.Is(err, keyset.ErrUnavailable) {
		return err, nil
	} else if err != nil {
		return nil, err
	}
	for _, check := range assertionChecks {
		if !check.passes(&a) {
			return &Error{Code: InvalidClient, Description: check.clause, Err: errAssertion}, nil
		}
	}
	f.signed = &signedOnce{until: a.Expires.Add(assertionSkew), parts: []string{"client_assertion", string(a.client.PoolID), string(a.client.ID), a.ID}}
	return p.freshAssertion(ctx, f.signed)
}

// verifyAssertion reads the claims of an assertion that the client's key, or one of
// its secrets, signed.
func (p *Provider) verifyAssertion(ctx context.Context, f *claimant, token *jws.Token, claims *jws.Claims) error {
	if token.Algorithm != jws.HMAC {
		return p.ClientKeys.Verify(ctx, keyset.OfClient(&f.client), token, claims)
	}
	return verifySecrets(f.secrets, token, claims)
}

// verifySecrets reads the claims of a token that one of the secrets signed.
func verifySecrets(secrets []string, token *jws.Token, claims any) error {
	err := error(&jws.Error{Reason: "the client has no secret"})
	for _, secret := range secrets {
		if err = token.Verify([]byte(secret), claims); err == nil {
			break
		}
	}
	return err
}

// signedOnce is what is kept of an assertion that holds, once it is used.
type signedOnce struct {
	until time.Time
	parts []string
}

// freshAssertion refuses one that was used already, before anything is done for it.
// Of two that race useAssertion takes one.
func (p *Provider) freshAssertion(ctx context.Context, s *signedOnce) (refused, err error) {
	err = p.Identity.Store.View(ctx, func(r storage.Reader) error {
		used, err := wasUsed(r, s.parts...)
		if used {
			refused = errAssertionUsed
		}
		return err
	})
	return refused, err
}

// useAssertion: RFC 7523 §3 no. 7: an assertion is used once.
func useAssertion(w storage.Writer, s *signedOnce) (*Error, error) {
	first, err := useOnce(w, s.until, s.parts...)
	if err == nil && !first {
		return unproven(errAssertionUsed), nil
	}
	return nil, err
}

// spendAssertion is useAssertion in a transaction of its own; nil is none.
func (p *Provider) spendAssertion(ctx context.Context, s *signedOnce) error {
	if s == nil {
		return nil
	}
	var refused *Error
	err := p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
		refused, err = useAssertion(w, s)
		return err
	})
	if err != nil {
		return fault("assertion", err)
	}
	return failed(refused)
}
