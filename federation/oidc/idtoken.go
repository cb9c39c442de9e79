package oidc

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
)

const (
	maxToken = 64 << 10
	// oldest is the age of an ID token in answer to a code: it was just made.
	oldest = 10 * time.Minute
)

// expected is what an ID token must fit.
type expected struct {
	nonce  string
	access string    // the access token issued with it, or ""
	since  time.Time // the earliest auth_time; zero takes any
}

// idToken is a token whose signature holds.
type idToken struct {
	claims  map[string]any
	profile federation.Profile
	key     *signingKey
	now     time.Time
	want    expected
}

// checks are those that go-oidc leaves to us, in order; each answers what is
// wrong, or "".
var checks = []func(idToken) string{checkIssuer, checkKeyIssuer, checkAudience, checkTimes, checkNonce, checkWanted}

// verify answers the claims of an ID token that holds in every respect.
func (p *Provider) verify(ctx context.Context, m metadata, raw string, want expected) (map[string]any, error) {
	token, keys, err := p.verifySignature(ctx, m, raw)
	if err != nil {
		return nil, err
	}
	if want.access != "" && token.AccessTokenHash != "" && token.VerifyAccessToken(want.access) != nil {
		return nil, p.invalid("at_hash is not that of the access token", raw) // Core §3.1.3.8
	}
	claims, err := payload(token)
	if err != nil {
		return nil, p.invalid("the claims cannot be read", raw)
	}
	t := idToken{claims: claims, profile: p.profile, key: keys.used, now: p.deps.Now(), want: want}
	for _, check := range checks {
		if fault := check(t); fault != "" {
			return nil, p.invalid(fault, raw)
		}
	}
	if fault := checkFresh(t); fault != "" {
		stale := p.invalid(fault, raw)
		stale.Code = federation.Stale
		return nil, stale
	}
	return claims, nil
}

// verifySignature has go-oidc check signature and audience. Issuer and times are
// checked here: go-oidc knows one issuer, and no skew.
func (p *Provider) verifySignature(ctx context.Context, m metadata, raw string) (*oidc.IDToken, *keySet, error) {
	keys := &keySet{provider: p, address: m.endpoints.Keys, allowed: allowed(m.algorithms)}
	if fault := checkHeader(raw, keys.allowed); fault != "" {
		return nil, nil, p.invalid(fault, raw)
	}
	names := make([]string, len(keys.allowed))
	for i, a := range keys.allowed {
		names[i] = string(a)
	}
	verifier := oidc.NewVerifier(p.profile.Issuer, keys, &oidc.Config{
		ClientID: p.profile.ClientID, SupportedSigningAlgs: names, SkipIssuerCheck: true, SkipExpiryCheck: true,
	})
	token, err := verifier.Verify(ctx, raw)
	switch {
	case err == nil:
		return token, keys, nil
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case keys.fault != nil:
		return nil, nil, p.unanswered("the keys cannot be had", keys.fault)
	}
	return nil, nil, p.invalid(federation.Plain(err.Error(), detailLimit), raw)
}

// checkHeader refuses what is no ID token by its form: compact serialisation
// alone, and no other type than JWT (RFC 8725 §3.11: an access token or a logout
// token says what it is).
func checkHeader(raw string, allowed []jose.SignatureAlgorithm) string {
	if len(raw) > maxToken {
		return "the ID token is longer than 64 KiB"
	}
	signed, err := jose.ParseSignedCompact(raw, allowed)
	if err != nil || len(signed.Signatures) != 1 {
		return "the ID token is not a JWT signed with an algorithm of the provider's"
	}
	header, set := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]
	if name, ok := header.(string); set && (!ok || !strings.EqualFold(name, "JWT")) {
		return "the token is of another type than JWT"
	}
	return ""
}

func checkIssuer(t idToken) string {
	got, _ := t.claims["iss"].(string)
	if t.profile.IssuerOf != nil {
		want, err := t.profile.IssuerOf(t.claims)
		if err != nil {
			return err.Error()
		}
		if got != want {
			return "the ID token is of another issuer than its tenant's"
		}
		return ""
	}
	if !isIssuer(t.profile, got) {
		return "the ID token is of another issuer"
	}
	return ""
}

func isIssuer(p federation.Profile, name string) bool {
	return name != "" && (name == p.Issuer || slices.Contains(p.Aliases, name))
}

// checkKeyIssuer refuses a key that signs for another tenant.
func checkKeyIssuer(t idToken) string {
	if t.key != nil && t.key.issuer != "" && keyIssuer(t.key, t.claims) != t.claims["iss"] {
		return "the key that signed it signs for another issuer"
	}
	return ""
}

// checkAudience: OpenID Connect Core §3.1.3.7, 3 to 5. A token with further
// audiences is taken when it was issued to us.
func checkAudience(t idToken) string {
	audiences, ok := texts(t.claims["aud"])
	if !ok || !slices.Contains(audiences, t.profile.ClientID) {
		return "the ID token is for another client"
	}
	party, named := t.claims["azp"]
	if len(audiences) > 1 && !named || named && party != t.profile.ClientID {
		return "the ID token was issued to another client (azp)"
	}
	return ""
}

func texts(value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, true
	case []any:
		all := make([]string, len(v))
		for i, one := range v {
			text, ok := one.(string)
			if !ok {
				return nil, false
			}
			all[i] = text
		}
		return all, true
	}
	return nil, false
}

func checkTimes(t idToken) string {
	expires, okExpires := instant(t.claims["exp"])
	issued, okIssued := instant(t.claims["iat"])
	before, okBefore := instant(t.claims["nbf"])
	_, hasBefore := t.claims["nbf"]
	switch {
	case !okExpires || !okIssued || hasBefore && !okBefore:
		return "exp or iat is missing, or a time is no number"
	case !t.now.Before(expires.Add(federation.Skew)):
		return "the ID token has expired; is a clock wrong?"
	case issued.After(t.now.Add(federation.Skew)) || hasBefore && before.After(t.now.Add(federation.Skew)):
		return "the ID token is of the future; is a clock wrong?"
	case t.now.Sub(issued) > oldest+federation.Skew:
		return "the ID token was issued too long ago"
	}
	return ""
}

// instant reads a NumericDate (RFC 7519 §2).
func instant(value any) (time.Time, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := number.Float64()
	if err != nil || math.Abs(seconds) > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// checkNonce: OpenID Connect Core §3.1.3.7, 11.
func checkNonce(t idToken) string {
	got, _ := t.claims["nonce"].(string)
	if t.want.nonce == "" || subtle.ConstantTimeCompare([]byte(got), []byte(t.want.nonce)) != 1 {
		return "the ID token answers another request (nonce)"
	}
	return ""
}

func checkWanted(t idToken) string {
	if t.profile.Accept == nil {
		return ""
	}
	if err := t.profile.Accept(t.claims); err != nil {
		return err.Error()
	}
	return ""
}

// invalid refuses a token, and keeps its claims for the administrator to read.
func (p *Provider) invalid(detail, raw string) *federation.Error {
	e := p.fail(federation.Invalid, detail)
	if len(raw) > maxToken {
		return e
	}
	if signed, err := jose.ParseSignedCompact(raw, slices.Concat(algorithms, []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512})); err == nil {
		claims, _ := object(signed.UnsafePayloadWithoutVerification())
		e.Claims = clean(claims)
	}
	return e
}

func payload(token *oidc.IDToken) (map[string]any, error) {
	var text json.RawMessage
	if err := token.Claims(&text); err != nil {
		return nil, errObject
	}
	return object(text)
}

var errObject = errors.New("not a JSON object")

// object reads a JSON object, numbers as they are written.
func object(text []byte) (map[string]any, error) {
	value, err := decode(text)
	if err != nil {
		return nil, err
	}
	claims, ok := value.(map[string]any)
	if !ok {
		return nil, errObject
	}
	return claims, nil
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, errObject // encoding/json quotes what it read
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errObject
	}
	return value, nil
}
