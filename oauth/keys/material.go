package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// signer is a key with its parsed private half.
type signer struct {
	Key
	private crypto.Signer
	public  JWK
}

// generate makes a new key; for RSA that takes a noticeable part of a second,
// so never within a transaction.
func (r *Ring) generate(pool identity.PoolID, alg string, from time.Time) (Key, error) {
	private, err := newPrivate(alg)
	if err != nil {
		return Key{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Key{}, fmt.Errorf("signing key: %w", err)
	}
	public, err := publicJWK(private.Public())
	if err != nil {
		return Key{}, err
	}
	id := public.Thumbprint()
	return Key{
		PoolID: pool, ID: id, Alg: alg, Private: r.Sealer.Seal(der, sealedAs(pool, id)...),
		CreatedAt: r.Now(), UseFrom: from,
	}, nil
}

func newPrivate(alg string) (crypto.Signer, error) {
	switch alg {
	case RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("%w %q", ErrAlgorithm, alg)
}

// sealedAs binds the sealed key to its record, so that one cannot be put in another's place.
func sealedAs(pool identity.PoolID, id string) []string {
	return []string{"signing_key", string(pool), id, "private"}
}

// signers reads and opens a pool's keys.
func (r *Ring) signers(s storage.Reader, pool identity.PoolID) ([]signer, error) {
	stored, err := signingKeys.List(s, storage.Page{Prefix: []any{string(pool)}})
	if err != nil {
		return nil, err
	}
	opened := make([]signer, 0, len(stored))
	for _, k := range stored {
		one, err := r.open(k)
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", k.ID, err)
		}
		opened = append(opened, one)
	}
	slices.SortFunc(opened, func(a, b signer) int { return a.UseFrom.Compare(b.UseFrom) })
	return opened, nil
}

func (r *Ring) open(k Key) (signer, error) {
	der, err := r.Sealer.Open(k.Private, sealedAs(k.PoolID, k.ID)...)
	if err != nil {
		return signer{}, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return signer{}, err
	}
	private, ok := parsed.(crypto.Signer)
	if !ok {
		return signer{}, fmt.Errorf("%w %q", ErrAlgorithm, k.Alg)
	}
	if key, ok := private.(*rsa.PrivateKey); ok {
		key.Precompute()
	}
	public, err := publicJWK(private.Public())
	return signer{Key: k, private: private, public: public.as(k)}, err
}

// JWK is one public key (RFC 7517 §4). Member order is the one shown to readers.
type JWK struct {
	KeyType   string `json:"kty"`
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	N         string `json:"n,omitempty"`
	E         string `json:"e,omitempty"`
	Curve     string `json:"crv,omitempty"`
	X         string `json:"x,omitempty"`
	Y         string `json:"y,omitempty"`
}

// JWKS is a JWK set (RFC 7517 §5).
type JWKS struct {
	Keys []JWK `json:"keys"`
}

func (j JWK) as(k Key) JWK {
	j.KeyID, j.Use, j.Algorithm = k.ID, "sig", k.Alg
	return j
}

func publicJWK(public crypto.PublicKey) (JWK, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return JWK{KeyType: "RSA", N: b64(key.N.Bytes()), E: b64(big.NewInt(int64(key.E)).Bytes())}, nil
	case *ecdsa.PublicKey:
		return ecJWK(key)
	case ed25519.PublicKey:
		return JWK{KeyType: "OKP", Curve: "Ed25519", X: b64(key)}, nil
	}
	return JWK{}, fmt.Errorf("%w %T", ErrAlgorithm, public)
}

// ecJWK writes both coordinates in full width (RFC 7518 §6.2.1.2).
func ecJWK(key *ecdsa.PublicKey) (JWK, error) {
	point, err := key.Bytes()
	if err != nil {
		return JWK{}, fmt.Errorf("signing key: %w", err)
	}
	half := (len(point) - 1) / 2
	return JWK{KeyType: "EC", Curve: key.Curve.Params().Name, X: b64(point[1 : 1+half]), Y: b64(point[1+half:])}, nil
}

// Thumbprint answers the RFC 7638 §3 thumbprint with SHA-256: the required
// members alone, in lexicographic order, without white space.
func (j JWK) Thumbprint() string {
	var required any
	switch j.KeyType {
	case "RSA":
		required = struct {
			E   string `json:"e"`
			Kty string `json:"kty"`
			N   string `json:"n"`
		}{j.E, j.KeyType, j.N}
	default: // RFC 8037 §2: an OKP key is an EC key without y
		required = struct {
			Crv string `json:"crv"`
			Kty string `json:"kty"`
			X   string `json:"x"`
			Y   string `json:"y,omitempty"`
		}{j.Curve, j.KeyType, j.X, j.Y}
	}
	sum := sha256.Sum256(encode(required))
	return b64(sum[:])
}

// encode answers JSON of a value that always has one.
func encode(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
