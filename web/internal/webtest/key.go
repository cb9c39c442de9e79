package webtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Key is a passkey in software with a browser before it (WebAuthn Level 3 §6.1,
// §6.5; packed by nobody: attestation "none").
type Key struct {
	h          *House
	id, handle []byte
	pair       *ecdsa.PrivateKey
	count      uint32
}

// Key makes a passkey that no server knows yet.
func (h *House) Key() *Key {
	h.Helper()
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	h.must(err)
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &Key{h: h, id: id, pair: pair}
}

// asked is what a key reads of either kind of options.
type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	} `json:"publicKey"`
}

const (
	userPresentAndVerified = 0x05
	keyAttached            = 0x40
)

// Create answers creation options, as they stand on the page, with JSON.
func (k *Key) Create(options string) string {
	k.h.Helper()
	o := k.read(options)
	var err error
	k.handle, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	k.h.must(err)
	data := append(k.data(o.PublicKey.RP.ID, userPresentAndVerified|keyAttached), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(k.id))), k.id...)
	point, err := k.pair.PublicKey.Bytes()
	k.h.must(err)
	data = append(data, k.cbor(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})...)
	return k.print(map[string]any{
		"clientDataJSON":    encode(k.client("webauthn.create", o)),
		"attestationObject": encode(k.cbor(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})),
	})
}

// Get answers request options, as they stand on the page, with JSON.
func (k *Key) Get(options string) string {
	k.h.Helper()
	o := k.read(options)
	k.count++
	data, client := k.data(o.PublicKey.RPID, userPresentAndVerified), k.client("webauthn.get", o)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.pair, sum[:])
	k.h.must(err)
	return k.print(map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(k.handle),
	})
}

func (k *Key) read(options string) (o asked) {
	k.h.Helper()
	k.h.must(json.Unmarshal([]byte(options), &o))
	return o
}

func (k *Key) data(rpID string, flags byte) []byte {
	hash := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), k.count)
}

func (k *Key) client(kind string, o asked) []byte {
	raw, err := json.Marshal(map[string]any{"type": kind, "challenge": o.PublicKey.Challenge, "origin": k.h.Server.PublicURL, "crossOrigin": false})
	k.h.must(err)
	return raw
}

func (k *Key) cbor(v any) []byte {
	raw, err := webauthncbor.Marshal(v)
	k.h.must(err)
	return raw
}

func (k *Key) print(response map[string]any) string {
	raw, err := json.Marshal(map[string]any{
		"id": encode(k.id), "rawId": encode(k.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	k.h.must(err)
	return string(raw)
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
