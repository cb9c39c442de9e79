package cognito

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
)

// key is an authenticator with a browser before it (Web Authentication Level 3 §6).
type key struct {
	id, handle []byte
	private    *ecdsa.PrivateKey
	count      uint32
}

func newKey() *key {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	k := &key{id: make([]byte, 32), private: private}
	rand.Read(k.id)
	return k
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// data is authenticator data; 5 says that the user is there and was verified.
func (k *key) data(site string, flags byte, attested []byte) []byte {
	sum := sha256.Sum256([]byte(site))
	return slices.Concat(sum[:], []byte{flags}, binary.BigEndian.AppendUint32(nil, k.count), attested)
}

func clientData(kind string, options m, origin string) []byte {
	out, _ := json.Marshal(m{"type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false})
	return out
}

func (k *key) answer(response m) m {
	return m{"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "clientExtensionResults": m{}, "response": response}
}

// create answers creation options, as a page of the origin.
func (k *key) create(options m, origin string) m {
	k.handle, _ = base64.RawURLEncoding.DecodeString(text(options, "user", "id"))
	point, _ := k.private.PublicKey.Bytes()
	cose := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20}, point[1:33], []byte{0x22, 0x58, 0x20}, point[33:])
	data := k.data(text(options, "rp", "id"), 0x45, slices.Concat(make([]byte, 16), []byte{0, byte(len(k.id))}, k.id, cose))
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), []byte{byte(len(data))}, data)
	return k.answer(m{"clientDataJSON": b64(clientData("webauthn.create", options, origin)), "attestationObject": b64(object), "transports": []string{"internal"}})
}

// get answers request options.
func (k *key) get(options m, origin string) m {
	k.count++
	data, client := k.data(text(options, "rpId"), 5, nil), clientData("webauthn.get", options, origin)
	hashed := sha256.Sum256(client)
	sum := sha256.Sum256(slices.Concat(data, hashed[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, sum[:])
	if err != nil {
		panic(err)
	}
	return k.answer(m{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(k.handle)})
}
