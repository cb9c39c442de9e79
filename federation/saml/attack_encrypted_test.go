package saml

import (
	"crypto"
	"fmt"
	"strings"
	"testing"
)

func encrypting(t testing.TB) *world { return newWorld(t, detail(DetailEncrypted, "true")) }

func TestAnEncryptedAssertionSignsIn(t *testing.T) {
	sha256Digest := `<ds:DigestMethod Algorithm="` + encryptNS + `sha256"/>`
	for name, e := range map[string]envelope{
		"AES-256-GCM":                {},
		"AES-128-GCM":                {content: gcm128},
		"the key beside the data":    {beside: true},
		"SHA-1 said":                 {method: `<ds:DigestMethod Algorithm="` + signatureNS + `sha1"/>`},
		"OAEP with SHA-256 and MGF":  {keys: oaep2, hash: crypto.SHA256, method: sha256Digest + `<xenc11:MGF Algorithm="` + encrypt11NS + `mgf1sha256"/>`},
		"OAEP of 2009 with defaults": {keys: oaep2},
	} {
		t.Run(name, func(t *testing.T) {
			w := encrypting(t)
			w.takes(w.sealed(e, "Assertion"))
			w.takes(w.sealed(e, "Response"))
			w.takes(w.sealed(e, "Assertion", "Response"))
		})
	}
	t.Run("CBC inside a signed response", func(t *testing.T) {
		w := encrypting(t)
		w.takes(w.sealed(envelope{content: cbc256}, "Response"))
		w.takes(w.sealed(envelope{content: cbc256}, "Assertion", "Response"))
	})
}

// uniform fails the test unless each message is refused in the same words.
func uniform(t *testing.T, w *world, rows map[string]string) {
	t.Helper()
	for name, text := range rows {
		t.Run(name, func(t *testing.T) {
			w.t = t
			failure := w.refuses(text)
			if got := fmt.Sprint(failure); got != "federation: Corp: invalid: the response cannot be verified: "+errDecrypt.Error() {
				t.Errorf("another answer: %s", got)
			}
			if len(failure.Claims) != 2 {
				t.Errorf("something of what was inside: %v", failure.Claims)
			}
		})
	}
}

func TestSA28MalformedEncryption(t *testing.T) {
	w := encrypting(t)
	key := make([]byte, 32)
	short := func(n int) []byte { return make([]byte, n) }
	rows := map[string]string{
		"not signed inside":          w.sealed(envelope{}),
		"GCM of 0 bytes":             w.sealed(envelope{cipher: []byte{}}, "Assertion"),
		"GCM of 8 bytes":             w.sealed(envelope{cipher: short(8)}, "Assertion"),
		"GCM of 27 bytes":            w.sealed(envelope{cipher: short(27)}, "Assertion"),
		"GCM with nothing in it":     w.sealed(envelope{key: key, cipher: sealContent(t, gcm256, key, nil)}),
		"white space in it":          changed(t, w.xml(), w.assertion(), envelope{}.seal(t, "  ")),
		"a comment in it":            changed(t, w.xml(), w.assertion(), envelope{}.seal(t, "<!-- -->")),
		"a response in it":           changed(t, w.xml(), w.assertion(), envelope{}.seal(t, w.sign(w.xml(), "Response"))),
		"two assertions in it":       changed(t, w.xml(), w.assertion(), envelope{}.seal(t, w.sign(w.assertion(), "Assertion")+w.assertion())),
		"an assertion around it":     changed(t, w.xml(), w.assertion(), envelope{}.seal(t, around(w))),
		"another's signature in it":  changed(t, w.xml(), w.assertion(), envelope{}.seal(t, signWith(t, otherSigner(), rsaSHA256, w.assertion(), "Assertion"))),
		"a tampered assertion in it": changed(t, w.xml(), w.assertion(), envelope{}.seal(t, changed(t, w.sign(w.assertion(), "Assertion"), "ann-1", "root"))),
		"no key":                     strings.Replace(w.sealed(envelope{}, "Assertion"), "EncryptedKey", "Other", 2),
		"two keys":                   changed(t, w.sealed(envelope{}, "Assertion"), "</ds:KeyInfo>", "<xenc:EncryptedKey/></ds:KeyInfo>"),
		"no data":                    changed(t, w.xml(), w.assertion(), "<saml:EncryptedAssertion/>"),
		"no method":                  changed(t, w.sealed(envelope{}, "Assertion"), `<xenc:EncryptionMethod Algorithm="`+gcm256+`"/>`, ""),
		"3DES":                       changed(t, w.sealed(envelope{}, "Assertion"), gcm256, encryptNS+"tripledes-cbc"),
		"a key of 8 bytes":           w.sealed(envelope{key: key[:16], cipher: short(64), content: gcm128, wrapped: envelope{key: key[:8]}.wrap(t)}, "Assertion"),
		"a label":                    w.sealed(envelope{method: `<xenc:OAEPparams>AAAA</xenc:OAEPparams>`}, "Assertion"),
		"cipher text elsewhere":      strings.ReplaceAll(w.sealed(envelope{}, "Assertion"), "xenc:CipherValue", "xenc:CipherReference"),
	}
	uniform(t, w, rows)
	t.Run("in a signed response too", func(t *testing.T) {
		uniform(t, w, map[string]string{
			"CBC of 16 bytes":    w.sealed(envelope{content: cbc256, cipher: short(16)}, "Response"),
			"CBC that is ragged": w.sealed(envelope{content: cbc256, cipher: short(33)}, "Response"),
			"CBC of 0 bytes":     w.sealed(envelope{content: cbc256, cipher: []byte{}}, "Response"),
			"a response in it":   w.sign(changed(t, w.xml(), w.assertion(), envelope{}.seal(t, w.xml())), "Response"),
			"an assertion in it": w.sign(changed(t, w.xml(), w.assertion(), envelope{}.seal(t, around(w))), "Response"),
			"padding of 0":       w.sealed(envelope{content: cbc256, key: key, cipher: padded(t, key, 0)}, "Response"),
			"padding of 17":      w.sealed(envelope{content: cbc256, key: key, cipher: padded(t, key, 17)}, "Response"),
		})
	})
	t.Run("a hundred of them", func(t *testing.T) {
		one := envelope{}.seal(t, "x")
		w.t = t
		because(t, w.refuses(changed(t, w.xml(), w.assertion(), strings.Repeat(one, 100))), "more than one assertion")
	})
	t.Run("where none is expected", func(t *testing.T) {
		plain := newWorld(t)
		because(t, plain.refuses(plain.sealed(envelope{}, "Assertion")), "do not expect")
	})
}

// around is a signed assertion within another.
func around(w *world) string {
	inner := w.sign(w.assertion(), "Assertion")
	return changed(w.t, changed(w.t, w.assertion(), `ID="_assertion"`, `ID="_outer"`), "</saml:Assertion>", inner+"</saml:Assertion>")
}

// padded answers two blocks whose last byte says this much padding.
func padded(t *testing.T, key []byte, padding byte) []byte {
	t.Helper()
	plain := make([]byte, 31) // sealContent adds one byte of 1
	out := sealContent(t, cbc256, key, plain)
	out[len(out)-17] ^= 1 ^ padding // CBC: the block before is added to the last
	return out
}

func TestSA29OneAnswerToEveryFailure(t *testing.T) {
	w := encrypting(t)
	key := make([]byte, 32)
	good := sealContent(t, gcm256, key, []byte(w.sign(w.assertion(), "Assertion")))
	flipped := append([]byte{}, good...)
	flipped[len(flipped)-1] ^= 1
	wrapped := envelope{key: key}.wrap(t)
	bentKey := append([]byte{}, wrapped...)
	bentKey[len(bentKey)-1] ^= 1
	uniform(t, w, map[string]string{
		"RSA 1.5, with right padding":      w.sealed(envelope{keys: rsa15}, "Assertion"),
		"RSA 1.5, with wrong padding":      w.sealed(envelope{keys: rsa15, wrapped: wrapped}, "Assertion"),
		"CBC, unsigned outside":            w.sealed(envelope{content: cbc256}, "Assertion"),
		"CBC, with wrong padding":          w.sealed(envelope{content: cbc256, key: key, cipher: padded(t, key, 0)}),
		"OAEP that does not open":          w.sealed(envelope{key: key, cipher: good, wrapped: bentKey}),
		"OAEP of another key":              w.sealed(envelope{wrapped: make([]byte, 256)}, "Assertion"),
		"OAEP with a digest unknown":       w.sealed(envelope{method: `<ds:DigestMethod Algorithm="urn:x"/>`}, "Assertion"),
		"OAEP with a mask unknown":         w.sealed(envelope{keys: oaep2, method: `<xenc11:MGF Algorithm="urn:x"/>`}, "Assertion"),
		"OAEP with two digests":            w.sealed(envelope{method: strings.Repeat(`<ds:DigestMethod Algorithm="`+signatureNS+`sha1"/>`, 2)}, "Assertion"),
		"a tag that does not hold":         w.sealed(envelope{key: key, cipher: flipped}),
		"right encryption of what is open": changed(t, w.xml(), w.assertion(), envelope{}.seal(t, w.assertion())),
	})
	t.Run("a key that does not open is replaced, not told apart", func(t *testing.T) {
		node, err := parse([]byte(changed(t, w.xml(), w.assertion(), envelope{wrapped: bentKey}.seal(t, "x"))), message)
		if err != nil {
			t.Fatal(err)
		}
		encrypted := node.only(assertionNS, "EncryptedAssertion")
		data := encrypted.only(encryptNS, "EncryptedData")
		first, second := unwrap(encryptedKey(encrypted, data), w.provider.private, 32), unwrap(encryptedKey(encrypted, data), w.provider.private, 32)
		if len(first) != 32 || string(first) == string(second) || string(first) == string(make([]byte, 32)) {
			t.Errorf("%x %x", first, second)
		}
	})
}

func TestAnEncryptedAssertionObeysTheSameRules(t *testing.T) {
	w := encrypting(t)
	for _, signed := range []string{"Assertion", "Response"} {
		assertion := changed(t, w.assertion(), audience, "urn:other")
		if signed == "Assertion" {
			assertion = w.sign(assertion, "Assertion")
		}
		text := changed(t, w.xml(), w.assertion(), envelope{}.seal(t, assertion))
		if signed == "Response" {
			text = w.sign(text, "Response")
		}
		because(t, w.refuses(text), "another audience")
	}
}
