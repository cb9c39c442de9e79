// Package oauthtest plays the client in tests: it has keys and signs proofs,
// assertions and request objects with them, good ones and bad ones.
package oauthtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Key is a client's key pair.
type Key struct {
	Algorithm string
	ID        string
	Private   crypto.Signer

	counter int
	mu      sync.Mutex
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// NewKey makes a key for an algorithm. RSA keys are one and the same, for they
// take long to make.
func NewKey(t testing.TB, alg string) *Key {
	t.Helper()
	k := &Key{Algorithm: alg, ID: "k-" + alg}
	var err error
	switch alg {
	case "ES256":
		k.Private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		k.Private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		k.Private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA", "Ed25519":
		_, k.Private, err = ed25519.GenerateKey(rand.Reader)
	default:
		k.Private = rsaKey()
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Public answers the public key as a JWK, for a client's jwks.
func (k *Key) Public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig"}
}

// Set answers the JSON of a key set with these keys.
func Set(t testing.TB, keys ...*Key) []byte {
	t.Helper()
	set := jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	return encode(t, set)
}

// Thumbprint answers jkt (RFC 7638).
func (k *Key) Thumbprint(t testing.TB) string {
	t.Helper()
	public := k.Public()
	sum, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// Sign answers a compact JWS of the claims. The header has alg, and what more says;
// a nil there takes a member away.
func (k *Key) Sign(t testing.TB, more, claims map[string]any) string {
	t.Helper()
	header := map[string]any{"alg": k.Algorithm}
	maps.Copy(header, more)
	return k.SignRaw(t, string(encode(t, without(header))), string(encode(t, without(claims))))
}

// SignRaw signs header and payload as they are written.
func (k *Key) SignRaw(t testing.TB, header, payload string) string {
	t.Helper()
	text := Base64(header) + "." + Base64(payload)
	return text + "." + Base64(string(k.signature(t, text)))
}

// Base64 answers base64url without padding.
func Base64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// signature signs by way of the library: the signature does not depend on the header.
func (k *Key) signature(t testing.TB, text string) []byte {
	t.Helper()
	hash := map[string]crypto.Hash{"ES384": crypto.SHA384, "ES512": crypto.SHA512, "EdDSA": 0, "Ed25519": 0}
	use, ok := hash[k.Algorithm]
	if !ok {
		use = crypto.SHA256
	}
	digest := []byte(text)
	if use != 0 {
		h := use.New()
		h.Write(digest)
		digest = h.Sum(nil)
	}
	switch key := k.Private.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			t.Fatal(err)
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		both := make([]byte, 2*size)
		r.FillBytes(both[:size])
		s.FillBytes(both[size:])
		return both
	default:
		var options crypto.SignerOpts = use
		if k.Algorithm == "PS256" {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: use}
		}
		signed, err := key.Sign(rand.Reader, digest, options)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
}

// Proof answers a DPoP proof (RFC 9449 §4.2) for a request; change alters header and
// claims before they are signed, and may be nil. Each has a jti of its own.
func (k *Key) Proof(t testing.TB, method, url string, now time.Time, change func(header, claims map[string]any)) string {
	t.Helper()
	public := k.Public()
	public.KeyID, public.Algorithm, public.Use = "", "", ""
	header := map[string]any{"typ": "dpop+jwt", "jwk": public}
	claims := map[string]any{"jti": k.next(), "htm": method, "htu": url, "iat": now.Unix()}
	if change != nil {
		change(header, claims)
	}
	return k.Sign(t, header, claims)
}

// Hash answers ath for an access token (RFC 9449 §4.2).
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Assertion answers a client assertion (RFC 7523 §2.2); change alters header and
// claims before they are signed, and may be nil. Each has a jti of its own.
func (k *Key) Assertion(t testing.TB, client, audience string, now time.Time, change func(header, claims map[string]any)) string {
	t.Helper()
	header := map[string]any{"typ": "JWT", "kid": k.ID}
	claims := map[string]any{
		"iss": client, "sub": client, "aud": audience, "jti": k.next(),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	if change != nil {
		change(header, claims)
	}
	return k.Sign(t, header, claims)
}

// next answers a jti that this key has not used.
func (k *Key) next() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counter++
	sum := sha256.Sum256(append([]byte{byte(k.counter), byte(k.counter >> 8)}, k.ID...))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

func without(members map[string]any) map[string]any {
	members = maps.Clone(members)
	maps.DeleteFunc(members, func(_ string, v any) bool { return v == nil })
	return members
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
