package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity/fetch"
)

// maxKeys bounds a key set: each costs a try where a token names none.
const maxKeys = 100

// algorithms are those an ID token may be signed with. There is no none and no
// HMAC: a public key must never serve as a secret (RFC 8725 §2.1).
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// allowed answers those of announced that we take, all of ours when the provider
// announces none.
func allowed(announced []string) []jose.SignatureAlgorithm {
	if len(announced) == 0 {
		return algorithms
	}
	return slices.DeleteFunc(slices.Clone(algorithms), func(a jose.SignatureAlgorithm) bool { return !slices.Contains(announced, string(a)) })
}

type loader = func(context.Context, *fetch.Cache, string, time.Time, fetch.Rule, func(context.Context) ([]signingKey, error)) ([]signingKey, error)

type signingKey struct {
	jose.JSONWebKey
	// issuer is Microsoft's: a key of a set for many tenants signs for this one.
	issuer string
}

// keySet verifies signatures with a provider's published keys (go-oidc's KeySet),
// for one token.
type keySet struct {
	provider *Provider
	address  string
	allowed  []jose.SignatureAlgorithm

	fault error       // why the keys could not be had; go-oidc keeps the text alone
	used  *signingKey // what the token is signed with
}

var errSignature = errors.New("no published key verifies the signature")

// VerifySignature answers the payload of a token that a published key signed. A
// key that is not there is looked for once more at the provider, which is asked
// once a minute at most: a flood of unknown kids is no flood of requests.
func (k *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, k.allowed)
	if err != nil {
		return nil, err
	}
	for _, load := range []loader{fetch.Load[[]signingKey], fetch.Reload[[]signingKey]} {
		keys, err := load(ctx, k.provider.deps.Cache, "jwks "+k.address, k.provider.deps.Now(), published, k.fetch)
		if err != nil {
			k.fault = err
			return nil, err
		}
		if payload, ok := k.try(signed, keys); ok {
			return payload, nil
		}
	}
	return nil, errSignature
}

func (k *keySet) try(signed *jose.JSONWebSignature, keys []signingKey) ([]byte, bool) {
	header := signed.Signatures[0].Protected
	for _, key := range keys {
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := signed.Verify(key.Key); err == nil {
			k.used = &key
			return payload, true
		}
	}
	return nil, false
}

func (k *keySet) fetch(ctx context.Context) ([]signingKey, error) {
	keys, err := k.provider.fetchKeys(ctx, k.address)
	if err != nil {
		k.provider.deps.Log.Warn("an identity provider's keys cannot be had", "provider", k.provider.settings, "err", err)
	}
	return keys, err
}

func (p *Provider) fetchKeys(ctx context.Context, address string) ([]signingKey, error) {
	answer, err := p.deps.Client.Get(ctx, address, map[string]string{"Accept": "application/json, application/jwk-set+json"})
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, errors.New("the key set answers with status " + strconv.Itoa(answer.Status))
	}
	return parseKeys(answer.Body)
}

// parseKeys reads a key set (RFC 7517 §5) and leaves out keys that are not
// public, not for signatures, too short, or of a type unknown here.
func parseKeys(text []byte) ([]signingKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil || len(set.Keys) > maxKeys {
		return nil, errors.New("the key set cannot be read, or has more than " + strconv.Itoa(maxKeys) + " keys")
	}
	var keys []signingKey
	for _, one := range set.Keys {
		var key signingKey
		var more struct {
			Issuer string `json:"issuer"`
		}
		if key.UnmarshalJSON(one) != nil || json.Unmarshal(one, &more) != nil || !signs(key.JSONWebKey) {
			continue
		}
		key.issuer = more.Issuer
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no key that can be used")
	}
	return keys, nil
}

func signs(key jose.JSONWebKey) bool {
	if key.Use != "" && key.Use != "sig" {
		return false
	}
	switch k := key.Key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= 2048 && k.N.BitLen() <= 8192 // RFC 7518 §3.3; more only costs time
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}

// keyIssuer answers for which issuer the key signs that verified these claims;
// "" for any.
func keyIssuer(key *signingKey, claims map[string]any) string {
	tenant, _ := claims["tid"].(string)
	return strings.ReplaceAll(key.issuer, "{tenantid}", tenant)
}
