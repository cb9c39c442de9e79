package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"

	"poolhouse.dev/identity/passkey"
	"poolhouse.dev/storage"
)

const testOrigin = "https://auth.example.test"

// key is an authenticator with a browser before it, written from Web
// Authentication Level 3 §6. What it signs can be bent.
type key struct {
	id, handle []byte
	private    *ecdsa.PrivateKey
	count      uint32
}

// The flags of authenticator data (§6.1).
const flagUP, flagUV, flagAT = 0x01, 0x04, 0x40

// signed is what is signed, before it is.
type signed struct {
	kind, origin, challenge, site string
	flags                         byte
	handle, id                    []byte
}

func (k *kit) newKey() *key {
	k.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.ok(err)
	id := make([]byte, 32)
	rand.Read(id)
	return &key{id: id, private: private}
}

// public is the COSE_Key of the authenticator, an ES256 one (RFC 9053 §7.1).
func (a *key) public() []byte {
	point, err := a.private.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	cose := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}
	return slices.Concat(cose, point[1:33], []byte{0x22, 0x58, 0x20}, point[33:])
}

func (s *signed) data(count uint32, attested []byte) []byte {
	site := sha256.Sum256([]byte(s.site))
	return slices.Concat(site[:], []byte{s.flags}, binary.BigEndian.AppendUint32(nil, count), attested)
}

func (s *signed) client() []byte {
	text, _ := json.Marshal(map[string]any{"type": s.kind, "challenge": s.challenge, "origin": s.origin, "crossOrigin": false})
	return text
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (s *signed) envelope(response map[string]any) []byte {
	text, _ := json.Marshal(map[string]any{
		"id": b64(s.id), "rawId": b64(s.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response,
	})
	return text
}

// create answers creation options as a browser does.
func (a *key) create(options []byte, bend ...func(*signed)) []byte {
	var o struct {
		PublicKey struct {
			Challenge string
			RP        struct{ ID string }
			User      struct{ ID string }
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		panic(err)
	}
	a.handle, _ = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	s := &signed{kind: "webauthn.create", origin: testOrigin, challenge: o.PublicKey.Challenge, site: o.PublicKey.RP.ID, flags: flagUP | flagUV | flagAT, id: a.id}
	for _, b := range bend {
		b(s)
	}
	attested := slices.Concat(make([]byte, 16), []byte{0, byte(len(a.id))}, a.id, a.public())
	data := s.data(a.count, attested)
	// {"fmt": "none", "attStmt": {}, "authData": data} in CBOR (RFC 8949).
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), []byte{byte(len(data))}, data)
	return s.envelope(map[string]any{"clientDataJSON": b64(s.client()), "attestationObject": b64(object), "transports": []string{"internal"}})
}

// get answers request options as a browser does.
func (a *key) get(options []byte, bend ...func(*signed)) []byte {
	var o struct {
		PublicKey struct {
			Challenge string
			RPID      string `json:"rpId"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		panic(err)
	}
	a.count++
	s := &signed{kind: "webauthn.get", origin: testOrigin, challenge: o.PublicKey.Challenge, site: o.PublicKey.RPID, flags: flagUP | flagUV, handle: a.handle, id: a.id}
	for _, b := range bend {
		b(s)
	}
	data, client := s.data(a.count, nil), sha256.Sum256(s.client())
	sum := sha256.Sum256(slices.Concat(data, client[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, a.private, sum[:])
	if err != nil {
		panic(err)
	}
	return s.envelope(map[string]any{
		"clientDataJSON": b64(s.client()), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(s.handle),
	})
}

func unverified(s *signed) { s.flags &^= flagUV }

// passkey gives somebody a passkey that is stored as if it had been enrolled.
func (k *kit) passkey(u User) *key {
	k.Helper()
	a := k.newKey()
	a.handle = []byte("handle of " + u.ID)
	k.change(u, func(now *User) { now.PasskeyHandle = a.handle })
	k.update(func(w storage.Writer) error {
		return passkeys.Insert(w, Passkey{
			PoolID: u.PoolID, UserID: u.ID, ID: b64(a.id), Name: "a key", CreatedAt: k.clock(),
			Record: passkey.Record{ID: a.id, PublicKey: a.public(), UserPresent: true, UserVerified: true},
		})
	})
	return a
}
