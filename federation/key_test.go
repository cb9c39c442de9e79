package federation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func onCurve(t *testing.T, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeysSignAsTheirKindDoes(t *testing.T) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	p256 := onCurve(t, elliptic.P256())
	sec1, _ := x509.MarshalECPrivateKey(p256)
	for text, row := range map[string]struct {
		alg string
		key crypto.Signer
	}{
		inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(long)):      {"RS256", long},
		inPEM("PRIVATE KEY", pkcs8(t, edwards)):                          {"EdDSA", edwards},
		inPEM("EC PRIVATE KEY", sec1):                                    {"ES256", p256},
		base64.StdEncoding.EncodeToString(pkcs8(t, p256)):                {"ES256", p256},
		"\n " + base64.StdEncoding.EncodeToString(pkcs8(t, p256)) + "\n": {"ES256", p256},
	} {
		key, err := ParseKey(text, "id")
		if err != nil || key.Algorithm() != row.alg {
			t.Fatalf("%.40q: %v", text, err)
		}
		token, err := key.Sign(map[string]any{"iss": "a"})
		if err != nil {
			t.Fatal(err)
		}
		signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(row.alg)})
		if err != nil {
			t.Fatal(err)
		}
		header := signed.Signatures[0].Protected
		if payload, err := signed.Verify(row.key.Public()); err != nil || string(payload) != `{"iss":"a"}` || header.KeyID != "id" || header.ExtraHeaders["typ"] != "JWT" {
			t.Errorf("%s: %s %v", row.alg, payload, err)
		}
	}
}

func TestWhatIsNoKeyIsNotRepeated(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "s3cret", inPEM("PRIVATE KEY", []byte("s3cret")), inPEM("PRIVATE KEY", pkcs8(t, short)), inPEM("PRIVATE KEY", pkcs8(t, onCurve(t, elliptic.P224())))} {
		if _, err := ParseKey(text, ""); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	key, err := ParseKey(inPEM("PRIVATE KEY", pkcs8(t, onCurve(t, elliptic.P384()))), "")
	if err != nil || key.Algorithm() != "ES384" {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "key", key)
	if printed := logged.String() + fmt.Sprintf("%v %+v %#v", key, key, key); strings.Count(printed, hidden) != 4 {
		t.Error(printed)
	}
}

func TestAddressesThatMayBeAsked(t *testing.T) {
	for address, want := range map[string]bool{
		"https://example.test/a?b=c": true, "https://10.0.0.1": true, "http://localhost:1": true, "http://127.0.0.1": true, "http://[::1]:1/": true, "http://idp/": true,
		"http://example.test": false, "http://10.0.0.1": false, "http://[fd00::1]": false, "https://a@example.test": false, "https://example.test#": false,
		"https://example.test#a": false, "https:example.test": false, "ftp://localhost": false, "javascript:alert(1)": false, "": false, "https://": false, "http://:80": false,
		"https://example.test/" + strings.Repeat("a", 2048): false, "http://2130706433.": false,
	} {
		if Reachable(address) != want {
			t.Errorf("%.60s: %v", address, !want)
		}
	}
}
