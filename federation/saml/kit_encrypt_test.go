package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"hash"
	"strings"
	"testing"
)

const (
	gcm128 = encrypt11NS + "aes128-gcm"
	gcm256 = encrypt11NS + "aes256-gcm"
	cbc256 = encryptNS + "aes256-cbc"
	oaep1  = encryptNS + "rsa-oaep-mgf1p"
	oaep2  = encrypt11NS + "rsa-oaep"
	rsa15  = encryptNS + "rsa-1_5"
)

// envelope is how the identity provider encrypts; what is left out is right.
type envelope struct {
	content string // gcm256
	keys    string // oaep1
	hash    crypto.Hash
	method  string // what stands in the key's EncryptionMethod
	key     []byte // the content's
	cipher  []byte // the content's cipher text, in place of the right one
	wrapped []byte // the key's cipher text, in place of the right one
	beside  bool   // the key stands beside the data
}

func ownCertificate(t testing.TB) *rsa.PublicKey {
	t.Helper()
	private, _, err := poolKey().open()
	if err != nil {
		t.Fatal(err)
	}
	return &private.PublicKey
}

// seal answers an EncryptedAssertion.
func (e envelope) seal(t testing.TB, plain string) string {
	t.Helper()
	if e.content == "" {
		e.content = gcm256
	}
	if e.keys == "" {
		e.keys = oaep1
	}
	if e.key == nil {
		e.key = make([]byte, contentCiphers[e.content].bytes)
		rand.Read(e.key)
	}
	if e.cipher == nil {
		e.cipher = sealContent(t, e.content, e.key, []byte(plain))
	}
	if e.wrapped == nil {
		e.wrapped = e.wrap(t)
	}
	key := `<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="` + e.keys + `">` + e.method + `</xenc:EncryptionMethod>` +
		`<xenc:CipherData><xenc:CipherValue>` + b64(e.wrapped) + `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`
	inside, outside := `<ds:KeyInfo>`+key+`</ds:KeyInfo>`, ""
	if e.beside {
		inside, outside = "", key
	}
	return `<saml:EncryptedAssertion xmlns:xenc="` + encryptNS + `" xmlns:ds="` + signatureNS + `" xmlns:xenc11="` + encrypt11NS + `">` +
		`<xenc:EncryptedData Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="` + e.content + `"/>` + inside +
		`<xenc:CipherData><xenc:CipherValue>` + b64(e.cipher) + `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>` + outside + `</saml:EncryptedAssertion>`
}

func (e envelope) wrap(t testing.TB) []byte {
	t.Helper()
	public := ownCertificate(t)
	var wrapped []byte
	var err error
	switch {
	case e.keys == rsa15:
		//lint:ignore SA1019 what must be refused has to be made
		wrapped, err = rsa.EncryptPKCS1v15(rand.Reader, public, e.key)
	case e.hash == crypto.SHA256:
		var h hash.Hash = sha256.New()
		wrapped, err = rsa.EncryptOAEP(h, rand.Reader, public, e.key, nil)
	default:
		wrapped, err = rsa.EncryptOAEP(crypto.SHA1.New(), rand.Reader, public, e.key, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func sealContent(t testing.TB, algorithm string, key, plain []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(algorithm, "gcm") {
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		nonce := make([]byte, aead.NonceSize())
		rand.Read(nonce)
		return aead.Seal(nonce, nonce, plain, nil)
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(append([]byte{}, plain...), make([]byte, padding)...)
	padded[len(padded)-1] = byte(padding)
	out := make([]byte, aes.BlockSize+len(padded))
	rand.Read(out[:aes.BlockSize])
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], padded)
	return out
}

// sealed is a response whose assertion is encrypted, signed by the names given:
// Assertion within, Response around.
func (w *world) sealed(e envelope, signed ...string) string {
	w.t.Helper()
	assertion, whole := w.assertion(), false
	for _, name := range signed {
		if name == "Assertion" {
			assertion = w.sign(assertion, "Assertion")
		} else {
			whole = true
		}
	}
	text := changed(w.t, w.xml(), w.assertion(), e.seal(w.t, assertion))
	if whole {
		text = w.sign(text, "Response")
	}
	return text
}
