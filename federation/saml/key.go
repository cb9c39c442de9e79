package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"time"
)

// Key is a pool's own key pair: it signs what is sent to identity providers and
// opens what they encrypt. The caller stores it sealed.
type Key struct {
	Private     []byte `json:"private"`     // PKCS #8, a secret
	Certificate []byte `json:"certificate"` // DER; what GetSigningCertificate answers
}

const hidden = "[hidden]"

// String hides the key.
func (Key) String() string { return hidden }

// GoString hides the key.
func (Key) GoString() string { return hidden }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue(hidden) }

var errKey = errors.New("saml: the pool's key cannot be used")

// MakeKey makes the key pair of a pool: RSA of 3,072 bits, and a certificate of
// ten years that it signs itself. Identity providers are given the certificate by
// hand, so it is made once and kept.
func MakeKey(pool string, now time.Time) (Key, error) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return Key{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Key{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject:      pkix.Name{CommonName: pool},
		NotBefore:    now.Add(-time.Hour).UTC(),
		NotAfter:     now.AddDate(10, 0, 0).UTC(),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return Key{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Key{}, err
	}
	return Key{Private: private, Certificate: certificate}, nil
}

// open answers the pair, checked to belong together.
func (k Key) open() (*rsa.PrivateKey, *x509.Certificate, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, nil, errKey
	}
	private, ok := parsed.(*rsa.PrivateKey)
	certificate, err := x509.ParseCertificate(k.Certificate)
	if !ok || err != nil || !private.PublicKey.Equal(certificate.PublicKey) || private.N.BitLen() < 2048 {
		return nil, nil, errKey
	}
	return private, certificate, nil
}
