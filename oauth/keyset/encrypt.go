package keyset

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"maps"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// defaultEncryption is how content is encrypted where the client names an algorithm
// for keys alone (OpenID Connect Registration §2).
const defaultEncryption = "A128CBC-HS256"

// keyAlgorithms are the ways to agree on a key, with the kind of key that each takes.
// RSA1_5 is not among them (RFC 8725 §3.2).
var keyAlgorithms = map[string]func(key any) bool{
	"RSA-OAEP": isRSA, "RSA-OAEP-256": isRSA, "ECDH-ES": isEC, "ECDH-ES+A128KW": isEC, "ECDH-ES+A256KW": isEC,
}

// Algorithms and Encryptions are what Encrypt takes.
var (
	Algorithms  = slices.Sorted(maps.Keys(keyAlgorithms))
	Encryptions = []string{"A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"}
)

func isRSA(key any) bool { _, ok := key.(*rsa.PublicKey); return ok }

func isEC(key any) bool { _, ok := key.(*ecdsa.PublicKey); return ok }

// Sealing says how a content is encrypted (RFC 7516 §4.1).
type Sealing struct {
	Algorithm   string // RSA-OAEP, RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW, ECDH-ES+A256KW
	Encryption  string // "" is A128CBC-HS256
	Type        string // typ, or ""
	ContentType string // cty, "JWT" for a signed token inside, or ""
}

// Encrypt answers the content as a compact JWE to a key of the source. It answers
// ErrNoKey when none of its keys takes the algorithm, and ErrUnavailable.
func (k *Keys) Encrypt(ctx context.Context, to Source, how Sealing, content []byte) (string, error) {
	takes, known := keyAlgorithms[how.Algorithm]
	if !known {
		return "", ErrNoKey
	}
	var chosen *jose.JSONWebKey
	err := k.each(ctx, to, func(keys []jose.JSONWebKey) bool {
		at := slices.IndexFunc(keys, func(key jose.JSONWebKey) bool {
			return takes(key.Key) && key.Use != "sig" && (key.Algorithm == "" || key.Algorithm == how.Algorithm)
		})
		if at >= 0 {
			chosen = &keys[at]
		}
		return at >= 0
	})
	if err == nil && chosen == nil {
		err = ErrNoKey
	}
	if err != nil {
		return "", err
	}
	return how.seal(chosen, content)
}

func (how Sealing) seal(key *jose.JSONWebKey, content []byte) (string, error) {
	options := &jose.EncrypterOptions{}
	if how.Type != "" {
		options.WithType(jose.ContentType(how.Type))
	}
	if how.ContentType != "" {
		options.WithContentType(jose.ContentType(how.ContentType))
	}
	encryption := how.Encryption
	if encryption == "" {
		encryption = defaultEncryption
	}
	to := jose.Recipient{Algorithm: jose.KeyAlgorithm(how.Algorithm), Key: key.Key, KeyID: key.KeyID}
	encrypter, err := jose.NewEncrypter(jose.ContentEncryption(encryption), to, options)
	if err != nil {
		return "", err
	}
	sealed, err := encrypter.Encrypt(content)
	if err != nil {
		return "", err
	}
	return sealed.CompactSerialize()
}
