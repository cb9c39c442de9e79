package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // OAEP's default hash, where collisions gain nothing
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"
)

// errDecrypt is the one answer to everything that can be wrong with an encrypted
// assertion: a second answer is an oracle (Bleichenbacher 1998; Jager and
// Somorovsky 2011).
var errDecrypt = errors.New("the encrypted assertion cannot be used")

// contentCipher is an encryption of data: AES of this many bytes of key.
type contentCipher struct {
	bytes         int
	authenticated bool
}

// Algorithms of encryption. RSA 1.5 and 3DES are left out: the first is an
// oracle by itself, the second is broken by volume.
var (
	contentCiphers = map[string]contentCipher{
		encrypt11NS + "aes128-gcm": {16, true},
		encrypt11NS + "aes192-gcm": {24, true},
		encrypt11NS + "aes256-gcm": {32, true},
		encryptNS + "aes128-cbc":   {16, false},
		encryptNS + "aes192-cbc":   {24, false},
		encryptNS + "aes256-cbc":   {32, false},
	}
	oaepHashes = map[string]crypto.Hash{
		"":                   crypto.SHA1, // XML Encryption 1.1 §5.5.2
		signatureNS + "sha1": crypto.SHA1,
		encryptNS + "sha256": crypto.SHA256,
		encryptNS + "sha512": crypto.SHA512,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
	}
	oaepMasks = map[string]crypto.Hash{
		"":                         crypto.SHA1,
		encrypt11NS + "mgf1sha1":   crypto.SHA1,
		encrypt11NS + "mgf1sha256": crypto.SHA256,
		encrypt11NS + "mgf1sha384": crypto.SHA384,
		encrypt11NS + "mgf1sha512": crypto.SHA512,
	}
)

// decrypt answers what is in an EncryptedAssertion. Encryption that does not
// authenticate (CBC) is opened only when what holds it is signed: else anybody
// could bend it and watch.
func decrypt(encrypted *node, key *rsa.PrivateKey, signed bool) ([]byte, error) {
	data := encrypted.only(encryptNS, "EncryptedData")
	wrapped := encryptedKey(encrypted, data)
	if key == nil || data == nil || wrapped == nil {
		return nil, errDecrypt
	}
	method := data.only(encryptNS, "EncryptionMethod")
	if method == nil {
		return nil, errDecrypt
	}
	with, known := contentCiphers[method.value("Algorithm")]
	if !known || !with.authenticated && !signed {
		return nil, errDecrypt
	}
	text, err := cipherText(data)
	if err != nil {
		return nil, errDecrypt
	}
	return with.open(unwrap(wrapped, key, with.bytes), text)
}

// encryptedKey answers the one EncryptedKey: within the data's KeyInfo, or beside
// the data.
func encryptedKey(encrypted, data *node) *node {
	if data == nil {
		return nil
	}
	found := encrypted.all(encryptNS, "EncryptedKey")
	for _, info := range data.all(signatureNS, "KeyInfo") {
		found = append(found, info.all(encryptNS, "EncryptedKey")...)
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// unwrap answers the key of the data. A key that cannot be opened is replaced by
// a random one, so that it fails where a wrong one fails, and as late.
func unwrap(wrapped *node, key *rsa.PrivateKey, bytes int) []byte {
	random := make([]byte, bytes)
	rand.Read(random)
	options := oaep(wrapped.only(encryptNS, "EncryptionMethod"))
	text, err := cipherText(wrapped)
	if options == nil || err != nil {
		return random
	}
	opened, err := key.Decrypt(rand.Reader, text, options)
	if err != nil || len(opened) != bytes {
		return random
	}
	return opened
}

// oaep answers the parameters of RSA-OAEP, nil for any other method.
func oaep(method *node) *rsa.OAEPOptions {
	if method == nil || len(method.all(encryptNS, "OAEPparams")) > 0 {
		return nil
	}
	hash, known := oaepHashes[algorithmOf(method, signatureNS, "DigestMethod")]
	mask, knownMask := oaepMasks[algorithmOf(method, encrypt11NS, "MGF")]
	switch method.value("Algorithm") {
	case encryptNS + "rsa-oaep-mgf1p":
		mask, knownMask = crypto.SHA1, true // §5.5.2: always
	case encrypt11NS + "rsa-oaep":
	default:
		return nil
	}
	if !known || !knownMask {
		return nil
	}
	return &rsa.OAEPOptions{Hash: hash, MGFHash: mask}
}

func algorithmOf(parent *node, space, name string) string {
	all := parent.all(space, name)
	if len(all) == 0 {
		return ""
	}
	if len(all) > 1 {
		return "more than one"
	}
	return all[0].value("Algorithm")
}

func cipherText(n *node) ([]byte, error) {
	value := n.path(encryptNS, "CipherData", "CipherValue")
	if value == nil {
		return nil, errDecrypt
	}
	return base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(value.text), ""))
}

// open answers the plain text of the data.
func (c contentCipher) open(key, text []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errDecrypt
	}
	if c.authenticated {
		return openGCM(block, text)
	}
	return openCBC(block, text)
}

// openGCM: XML Encryption 1.1 §5.2.4, 96 bits of nonce before, 128 of tag behind.
func openGCM(block cipher.Block, text []byte) ([]byte, error) {
	aead, err := cipher.NewGCM(block)
	if err != nil || len(text) < aead.NonceSize()+aead.Overhead() {
		return nil, errDecrypt
	}
	plain, err := aead.Open(nil, text[:aead.NonceSize()], text[aead.NonceSize():], nil)
	if err != nil {
		return nil, errDecrypt
	}
	return plain, nil
}

// openCBC: XML Encryption 1.1 §5.2.2, the last byte counts the padding.
func openCBC(block cipher.Block, text []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(text) < 2*size || len(text)%size != 0 {
		return nil, errDecrypt
	}
	plain := make([]byte, len(text)-size)
	cipher.NewCBCDecrypter(block, text[:size]).CryptBlocks(plain, text[size:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, errDecrypt
	}
	return plain[:len(plain)-padding], nil
}
