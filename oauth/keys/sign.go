package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"poolhouse.dev/identity"
)

// maxToken bounds what Verify looks at. No token of ours comes near it.
const maxToken = 64 << 10

// Ready makes sure that the pool has a key for the algorithm, so that a later
// Sign finds it. A pool is given its RS256 key when it is made.
func (r *Ring) Ready(ctx context.Context, pool identity.PoolID, alg string) error {
	_, err := r.signer(ctx, pool, alg)
	return err
}

// Sign answers the claims as a compact JWS. Without a key for the algorithm it
// makes the first one.
func (r *Ring) Sign(ctx context.Context, pool identity.PoolID, alg, typ string, claims any) (string, error) {
	s, err := r.signer(ctx, pool, alg)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	head := s.header(typ)
	text := make([]byte, 0, len(head)+base64.RawURLEncoding.EncodedLen(len(payload))+400)
	text = append(append(text, head...), '.')
	text = base64.RawURLEncoding.AppendEncode(text, payload)
	signature, err := s.sign(text)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	text = append(text, '.')
	return string(base64.RawURLEncoding.AppendEncode(text, signature)), nil
}

func (r *Ring) signer(ctx context.Context, pool identity.PoolID, alg string) (signer, error) {
	s, err := r.current(ctx, pool)
	if err != nil {
		return signer{}, err
	}
	if k, ok := s.active(alg, r.Now()); ok {
		return k, nil
	}
	return r.first(ctx, pool, alg)
}

// header answers the encoded JOSE header: these members in this order, never others.
func (s *signer) header(typ string) string {
	return b64(encode(struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
		Typ string `json:"typ"`
	}{s.Alg, s.ID, typ}))
}

func (s *signer) sign(text []byte) ([]byte, error) {
	digest := sha256.Sum256(text)
	switch key := s.private.(type) {
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	case *ecdsa.PrivateKey:
		return signES256(key, digest[:])
	case ed25519.PrivateKey:
		return ed25519.Sign(key, text), nil
	}
	return nil, fmt.Errorf("%w %q", ErrAlgorithm, s.Alg)
}

// signES256 answers R and S side by side, each in full width (RFC 7518 §3.4).
func signES256(key *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest)
	if err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signature, nil
}

// Verified is the content of a token that one of the pool's keys signed.
type Verified struct {
	Alg    string
	Claims []byte // JSON
}

// Verify answers what a compact JWS of ours says. Nothing about time or use is
// checked. ErrInvalid stands for everything that is not our own token.
//
// A token's header must equal, byte for byte, the one we write for one of the
// pool's keys. So the token chooses neither algorithm nor key, and members such
// as jwk, jku, x5c, crit or alg "none" have no place to stand (RFC 8725 §3.1, §3.10).
func (r *Ring) Verify(ctx context.Context, pool identity.PoolID, typ, token string) (Verified, error) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return Verified{}, ErrInvalid
	}
	key, found, err := r.keyFor(ctx, pool, typ, parts[0])
	if err != nil {
		return Verified{}, err
	}
	if !found {
		return Verified{}, ErrInvalid
	}
	signature, err := canonical(parts[2])
	if err != nil || !key.verifies([]byte(parts[0]+"."+parts[1]), signature) {
		return Verified{}, ErrInvalid
	}
	claims, err := canonical(parts[1])
	if err != nil || !json.Valid(claims) {
		return Verified{}, ErrInvalid
	}
	return Verified{Alg: key.Alg, Claims: claims}, nil
}

func (r *Ring) keyFor(ctx context.Context, pool identity.PoolID, typ, header string) (signer, bool, error) {
	for _, age := range []time.Duration{checkEvery, checkUnknown} {
		s, err := r.atMost(ctx, pool, age)
		if err != nil {
			return signer{}, false, err
		}
		for _, k := range s.keys {
			if k.published(r.Now()) && k.header(typ) == header {
				return k, true, nil
			}
		}
	}
	return signer{}, false, nil
}

// canonical decodes base64url and refuses every second spelling of the same
// bytes: padding, line ends, stray last bits (RFC 7515 §2).
func canonical(text string) ([]byte, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || b64(decoded) != text {
		return nil, ErrInvalid
	}
	return decoded, nil
}

func (s *signer) verifies(text, signature []byte) bool {
	digest := sha256.Sum256(text)
	switch key := s.private.Public().(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	case *ecdsa.PublicKey:
		return verifiesES256(key, digest[:], signature)
	case ed25519.PublicKey:
		return ed25519.Verify(key, text, signature)
	}
	return false
}

func verifiesES256(key *ecdsa.PublicKey, digest, signature []byte) bool {
	if len(signature) != 64 || bytes.Equal(signature, make([]byte, 64)) {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(key, digest, r, s)
}
