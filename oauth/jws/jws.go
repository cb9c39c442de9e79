// Package jws reads the signed tokens that clients make: DPoP proofs, client
// assertions, request objects, assertions of a grant. Such a token chooses its own
// header, so nothing of it is believed but what the reader allows beforehand
// (RFC 8725): an algorithm of a list, no extension that must be understood, a
// bounded size, a key that is strong enough. Our own tokens are read by package
// oauth/keys, which compares headers byte by byte.
//
// Documents: RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (algorithms), RFC 7519 (JWT),
// RFC 8037 and RFC 9864 (Ed25519), RFC 8725 (practice).
package jws

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Asymmetric are the signature algorithms that clients may use, RSA with PKCS #1
// v1.5 last: FAPI 2.0 leaves it out. There is no none. EdDSA and Ed25519 are two
// names for one (RFC 9864 §2.2): where one is allowed, so is the other.
var Asymmetric = []string{"PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RS256"}

// HMAC is the one algorithm under a client's secret (client_secret_jwt). It stands
// in no list with others: a public key must never serve as a secret (RFC 8725 §2.1).
const HMAC = "HS256"

// ErrInvalid refuses what is no token of the kind asked for. The text says why, in
// words for developers.
var ErrInvalid = errors.New("invalid token")

// Token is a compact JWS that has been read and not yet verified.
type Token struct {
	// Algorithm is of the list that Parse was given.
	Algorithm string
	// KeyID is kid, or "".
	KeyID string
	// Type is typ as it was written, or "".
	Type string
	// Key is the public key of the header's jwk, or nil.
	Key *jose.JSONWebKey

	text   string
	signed *jose.JSONWebSignature
}

// Same says that two names of algorithms mean one.
func Same(a, b string) bool { return a == b || isEd(a) && isEd(b) }

func isEd(alg string) bool { return alg == "EdDSA" || alg == "Ed25519" }

// Parse reads a compact JWS of at most most bytes whose algorithm is of allowed.
// Its error is ErrInvalid.
func Parse(text string, most int, allowed []string) (*Token, error) {
	if len(text) > most {
		return nil, invalid("it is too long")
	}
	if strings.Count(text, ".") != 2 {
		return nil, invalid("it is no compact JWS")
	}
	signed, err := jose.ParseSignedCompact(text, algorithms(allowed))
	if err != nil {
		return nil, invalid("its header cannot be read, or it is signed with another algorithm than " + strings.Join(allowed, ", "))
	}
	header := signed.Signatures[0].Protected
	for _, name := range []jose.HeaderKey{"crit", "b64"} { // RFC 7515 §4.1.11: we understand no extension
		if _, there := header.ExtraHeaders[name]; there {
			return nil, invalid("its header has " + string(name))
		}
	}
	kind, _ := header.ExtraHeaders[jose.HeaderType].(string)
	return &Token{Algorithm: header.Algorithm, KeyID: header.KeyID, Type: kind, Key: header.JSONWebKey, text: text, signed: signed}, nil
}

func algorithms(names []string) []jose.SignatureAlgorithm {
	var all []jose.SignatureAlgorithm
	for _, name := range names {
		if isEd(name) {
			all = append(all, "EdDSA", "Ed25519")
			continue
		}
		all = append(all, jose.SignatureAlgorithm(name))
	}
	return all
}

// Unverified answers the claims as they came. Nobody has vouched for them: they
// may tell whose keys to try, and no more.
func (t *Token) Unverified(claims any) error {
	return decode(t.signed.UnsafePayloadWithoutVerification(), claims)
}

// Verify reads the claims of a token that the key signed; ErrInvalid otherwise. The
// key is public, or a secret's bytes where HMAC alone was allowed. Members are told
// apart by case, and none may stand there twice.
func (t *Token) Verify(key any, claims any) error {
	secret, symmetric := key.([]byte)
	if symmetric != (t.Algorithm == HMAC) || symmetric && len(secret) == 0 || !symmetric && !Strong(key) {
		return invalid("the key does not fit its algorithm")
	}
	if t.Algorithm == "Ed25519" {
		return t.verifyEd(key, claims)
	}
	payload, err := t.signed.Verify(key)
	if err != nil {
		return invalid("its signature is not right")
	}
	return decode(payload, claims)
}

// verifyEd: RFC 9864 §2.2: the library knows the algorithm by its older name alone.
func (t *Token) verifyEd(key any, claims any) error {
	public, ok := key.(ed25519.PublicKey)
	input := t.text[:strings.LastIndexByte(t.text, '.')]
	if !ok || !ed25519.Verify(public, []byte(input), t.signed.Signatures[0].Signature) {
		return invalid("its signature is not right")
	}
	return decode(t.signed.UnsafePayloadWithoutVerification(), claims)
}

// Strong says that a public key may verify signatures: RSA of 2048 to 8192 bits
// (RFC 7518 §3.3; more only costs time), a NIST curve, Ed25519.
func Strong(key any) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= 2048 && k.N.BitLen() <= 8192 && k.E >= 3 && k.E < 1<<31 && k.E%2 == 1
	case *ecdsa.PublicKey:
		return slices.Contains([]string{"P-256", "P-384", "P-521"}, k.Curve.Params().Name)
	case ed25519.PublicKey:
		return len(k) == ed25519.PublicKeySize
	}
	return false
}

// Error is why a token is refused, in words for developers. It is an ErrInvalid.
type Error struct{ Reason string }

func (e *Error) Error() string { return ErrInvalid.Error() + ": " + e.Reason }

// Is says that every Error is an ErrInvalid.
func (e *Error) Is(target error) bool { return target == ErrInvalid }

func invalid(reason string) error { return &Error{reason} }
