package federation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Key is a private key that signs what this server says of itself to a provider.
type Key struct {
	signer crypto.Signer
	id     string
	alg    jose.SignatureAlgorithm
}

var errKey = errors.New("must be a private key in PEM or base64 (PKCS #8, or PKCS #1 or SEC 1 in PEM): RSA of 2,048 bits or more, P-256, P-384, P-521 or Ed25519")

// ParseKey reads a private key in PEM, or the base64 of PKCS #8 alone, as
// Cognito takes Apple's. id goes out as kid; "" sends none. Its error goes on
// from the field's name and tells nothing of the key.
func ParseKey(text, id string) (*Key, error) {
	parsed, err := parsePrivate(text)
	if err != nil {
		return nil, errKey
	}
	signer, ok := parsed.(crypto.Signer)
	alg := algorithmOf(parsed)
	if !ok || alg == "" {
		return nil, errKey
	}
	return &Key{signer: signer, id: id, alg: alg}, nil
}

func parsePrivate(text string) (any, error) {
	block, _ := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, err
		}
		return x509.ParsePKCS8PrivateKey(der)
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}

func algorithmOf(key any) jose.SignatureAlgorithm {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() >= 2048 {
			return jose.RS256
		}
	case *ecdsa.PrivateKey:
		return map[string]jose.SignatureAlgorithm{"P-256": jose.ES256, "P-384": jose.ES384, "P-521": jose.ES512}[k.Params().Name]
	case ed25519.PrivateKey:
		return jose.EdDSA
	}
	return ""
}

// Algorithm answers what the key signs with, in JOSE's spelling.
func (k *Key) Algorithm() string { return string(k.alg) }

// Sign answers claims as a signed JWT.
func (k *Key) Sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if k.id != "" {
		options = options.WithHeader("kid", k.id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.alg, Key: k.signer}, options)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// String hides the key.
func (*Key) String() string { return hidden }

// GoString hides the key.
func (*Key) GoString() string { return hidden }

// LogValue hides the key.
func (*Key) LogValue() slog.Value { return slog.StringValue(hidden) }
