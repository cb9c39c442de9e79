// Package keyset knows the public keys of clients and of others who sign for them:
// a set in their settings, or one at an address of theirs, which is fetched under
// guard, kept for a while, and asked for again when a key is missing, once a minute
// at most. With them it verifies what clients sign and encrypts what is for their
// eyes.
//
// Documents: RFC 7517 (JWK), RFC 7516 (JWE), RFC 7591 §2 (jwks, jwks_uri), RFC 8705
// §2.2 (certificates in a key set), OpenID Connect Core §10.
package keyset

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/oauth/jws"
)

// ErrUnavailable says that keys cannot be had: the address does not answer, or with
// no key set. Errors with it name the cause for the log.
var ErrUnavailable = errors.New("the keys cannot be had")

// ErrNoKey says that there is no key for the purpose.
var ErrNoKey = errors.New("there is no key for it")

// maxKeys bounds a set that was fetched: each key costs a try where a token names none.
const maxKeys = 50

// published is how long a fetched set serves. A key that was taken out of it is
// trusted for a quarter of an hour more.
var published = fetch.Rule{Fresh: 15 * time.Minute, Retry: time.Minute, Keep: 24 * time.Hour}

// Source is where somebody's keys stand: in the settings or at an address. The zero
// value has none.
type Source struct {
	Inline  *identity.JWKSet
	Address string
}

// OfClient answers where a client's keys stand.
func OfClient(c *identity.Client) Source { return Source{Inline: c.JWKS, Address: c.JWKSURI} }

// OfIssuer answers where the keys of somebody stand who vouches for people (RFC 7523 §2.1).
func OfIssuer(i *identity.AssertionIssuer) Source { return Source{Inline: i.JWKS, Address: i.JWKSURI} }

// Keys finds and uses keys. All fields are required. It is safe for concurrent use,
// and must not be asked within a transaction: it may ask the network.
type Keys struct {
	Client *fetch.Client
	Cache  *fetch.Cache
	Now    func() time.Time
}

// New answers Keys that fetch with the client.
func New(client *fetch.Client, now func() time.Time) *Keys {
	return &Keys{Client: client, Cache: fetch.NewCache(0), Now: now}
}

// Verify reads the claims of a token that a key of the source signed. It answers a
// jws.ErrInvalid for a token that none did, and ErrUnavailable. How the token is
// used (typ, iss, aud, exp, jti) is for the caller to hold.
func (k *Keys) Verify(ctx context.Context, from Source, token *jws.Token, claims any) error {
	failed := error(&jws.Error{Reason: "no key of its maker's set has its kid and algorithm"})
	tried := k.each(ctx, from, func(keys []jose.JSONWebKey) bool {
		for _, key := range keys {
			if !verifies(&key, token) {
				continue
			}
			if failed = token.Verify(key.Key, claims); failed == nil {
				return true
			}
		}
		return false
	})
	if tried != nil {
		return tried
	}
	return failed
}

// verifies: RFC 7517 §4.2, §4.4, §4.5: what a key says of its use is kept to.
func verifies(key *jose.JSONWebKey, token *jws.Token) bool {
	return (token.KeyID == "" || key.KeyID == token.KeyID) && key.Use != "enc" &&
		(key.Algorithm == "" || jws.Same(key.Algorithm, token.Algorithm)) && fits(key.Key, token.Algorithm)
}

// fits says that a key is of the kind that the algorithm takes.
func fits(key any, alg string) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return alg == "RS256" || alg == "PS256"
	case *ecdsa.PublicKey:
		return alg == map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[key.Curve.Params().Name]
	case ed25519.PublicKey:
		return jws.Same(alg, "EdDSA")
	}
	return false
}

// HasCertificate says that a key of the source stands there with this certificate
// (RFC 8705 §2.2.2): the first of its x5c, or its x5t#S256. It answers ErrUnavailable
// when the keys cannot be had.
func (k *Keys) HasCertificate(ctx context.Context, from Source, cert *x509.Certificate) (bool, error) {
	sum, found := sha256.Sum256(cert.Raw), false
	err := k.each(ctx, from, func(keys []jose.JSONWebKey) bool {
		found = slices.ContainsFunc(keys, func(key jose.JSONWebKey) bool {
			return len(key.Certificates) > 0 && bytes.Equal(key.Certificates[0].Raw, cert.Raw) ||
				bytes.Equal(key.CertificateThumbprintSHA256, sum[:])
		})
		return found
	})
	return found, err
}

// each tries the keys at hand, and once more after asking for new ones, unless that
// was done within the minute. try says whether the keys served.
func (k *Keys) each(ctx context.Context, from Source, try func([]jose.JSONWebKey) bool) error {
	if from.Inline != nil {
		keys, err := inline(from.Inline)
		if err == nil {
			try(keys)
		}
		return err
	}
	if from.Address == "" {
		return nil
	}
	for _, load := range []loader{fetch.Load[[]jose.JSONWebKey], fetch.Reload[[]jose.JSONWebKey]} {
		keys, err := load(ctx, k.Cache, "client jwks "+from.Address, k.Now(), published, func(ctx context.Context) ([]jose.JSONWebKey, error) {
			return k.fetch(ctx, from.Address)
		})
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		if try(keys) {
			return nil
		}
	}
	return nil
}

type loader = func(context.Context, *fetch.Cache, string, time.Time, fetch.Rule, func(context.Context) ([]jose.JSONWebKey, error)) ([]jose.JSONWebKey, error)

func inline(set *identity.JWKSet) ([]jose.JSONWebKey, error) {
	raw, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	return Parse(raw)
}

func (k *Keys) fetch(ctx context.Context, address string) ([]jose.JSONWebKey, error) {
	answer, err := k.Client.Get(ctx, address, map[string]string{"Accept": "application/jwk-set+json, application/json"})
	if err != nil {
		return nil, err
	}
	if answer.Status != 200 {
		return nil, fmt.Errorf("the key set answers with status %d", answer.Status)
	}
	return Parse(answer.Body)
}

// Parse reads a key set (RFC 7517 §5). Keys that are private, too weak or of a kind
// unknown here are left out (§5).
func Parse(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil || set.Keys == nil || len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("this is no key set, or one of more than %d keys", maxKeys)
	}
	keys := []jose.JSONWebKey{}
	for _, one := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(one) == nil && key.IsPublic() && jws.Strong(key.Key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
