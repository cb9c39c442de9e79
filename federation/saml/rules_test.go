package saml

import (
	"bytes"
	"crypto/aes"
	"strings"
	"testing"
)

func TestVersionsAndIdentifiers(t *testing.T) {
	bend(t, "version", map[string][]string{
		"a response of 1.1":          {`ID="_response" Version="2.0"`, `ID="_response" Version="1.1"`},
		"a response of no version":   {`ID="_response" Version="2.0"`, `ID="_response"`},
		"an assertion of 1.1":        {`ID="_assertion" Version="2.0"`, `ID="_assertion" Version="1.1"`},
		"an assertion of no version": {`ID="_assertion" Version="2.0"`, `ID="_assertion"`},
	})
	w := newWorld(t)
	because(t, w.refuses(w.sign(w.bent(` ID="_response"`, ""), "Assertion")), "without an ID")
	because(t, w.refuses(w.sign(w.bent(` ID="_assertion"`, ""), "Response")), "without an ID")
}

// The status is asked twice: of what arrived, to end the trip in the identity
// provider's words, and of what was verified.
func TestTheStatusIsAskedOfTheVerifiedBytes(t *testing.T) {
	w := newWorld(t)
	e := w.provider.expect(&metadata{entity: w.idp.entity})
	e.request, e.began = w.request, noon
	for text, want := range map[string]string{
		w.xml(): "",
		w.bent(success, "urn:oasis:names:tc:SAML:2.0:status:Responder"): "a status other than success",
	} {
		root := reread(t, text)
		if got := e.check(verified{response: root, assertion: root.only(assertionNS, "Assertion")}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPaddingCountsFromOneToABlock(t *testing.T) {
	key := bytes.Repeat([]byte{1}, 32)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for padding, good := range map[byte]bool{0: false, 1: true, 15: true, 16: true, 17: false, 32: false, 255: false} {
		plain, err := openCBC(block, padded(t, key, padding))
		if (err == nil) != good || good && len(plain) != 32-int(padding) {
			t.Errorf("%d: %d bytes, %v", padding, len(plain), err)
		}
	}
	for _, size := range []int{0, 1, 15, 16, 17, 31, 33} {
		if _, err := openCBC(block, make([]byte, size)); err == nil {
			t.Errorf("%d bytes are opened", size)
		}
		if _, err := openGCM(block, make([]byte, size)); err == nil {
			t.Errorf("%d bytes are opened", size)
		}
	}
}

func TestAWrappedKeyHasTheLengthOfItsCipher(t *testing.T) {
	w := encrypting(t)
	sealed := envelope{key: bytes.Repeat([]byte{1}, 16), content: gcm128}.seal(t, "x")
	encrypted := reread(t, changed(t, w.xml(), w.assertion(), sealed)).only(assertionNS, "EncryptedAssertion")
	data := encrypted.only(encryptNS, "EncryptedData")
	if got := unwrap(encryptedKey(encrypted, data), w.provider.private, 16); !bytes.Equal(got, bytes.Repeat([]byte{1}, 16)) {
		t.Errorf("%x", got)
	}
	if got := unwrap(encryptedKey(encrypted, data), w.provider.private, 32); len(got) != 32 || bytes.Contains(got, bytes.Repeat([]byte{1}, 16)) {
		t.Errorf("a key of 16 bytes opens AES-256: %x", got)
	}
}

func TestAnAddressIsSafeOrNot(t *testing.T) {
	for address, safe := range map[string]bool{
		"https://idp.example.test": true, "https://idp.example.test/sso?a=b": true, "http://127.0.0.1:8080/sso": true, "http://localhost/sso": true,
		"http://idp.localhost/": true, "http://[::1]:80/": true, "https://10.0.0.1/sso": true,
		"http://idp.example.test/": false, "http://10.0.0.1/": false, "http://localhost.example.test/": false, "https://": false, "https:///sso": false,
		"https://a@idp.example.test/": false, "https://idp.example.test/#a": false, "https://idp.example.test/#": false, "https://idp.example.test/\"": false,
		"ftp://idp.example.test/": false, "javascript:alert(1)": false, "": false, "https://idp.example.test/" + strings.Repeat("a", 2048): false,
	} {
		if got := safeURL(address); got != safe {
			t.Errorf("%s: %v", address, got)
		}
	}
}
