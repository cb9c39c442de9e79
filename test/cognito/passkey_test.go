package cognito

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// passkey is a device's key for one site, with a browser at origin before it.
type passkey struct {
	origin, site string
	id           []byte
	key          *ecdsa.PrivateKey
}

func newPasskey(t testing.TB, origin, site string) *passkey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &passkey{origin: origin, site: site, id: id, key: key}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// said is what the browser says that it was asked.
func (p *passkey) said(kind, challenge string) []byte {
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": p.origin, "crossOrigin": false})
	return text
}

// data is the authenticator's own part (WebAuthn §6.1): user present and verified.
func (p *passkey) data(flags byte, more ...byte) []byte {
	hash := sha256.Sum256([]byte(p.site))
	return append(append(append(hash[:], flags), 0, 0, 0, 0), more...)
}

// register answers creation options as navigator.credentials.create does.
func (p *passkey) register(challenge string) map[string]any {
	point, _ := p.key.PublicKey.Bytes()
	attested := make([]byte, 16) // no AAGUID
	attested = append(binary.BigEndian.AppendUint16(attested, uint16(len(p.id))), p.id...)
	attested = append(attested, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20) // EC2, ES256, P-256, x
	attested = append(append(append(attested, point[1:33]...), 0x22, 0x58, 0x20), point[33:]...)
	data := p.data(0x45, attested...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), byte(len(data)>>8), byte(len(data)))
	return p.credential(map[string]any{
		"clientDataJSON": b64(p.said("webauthn.create", challenge)), "attestationObject": b64(append(object, data...)), "transports": []any{"internal"},
	})
}

// assert answers request options as navigator.credentials.get does.
func (p *passkey) assert(t testing.TB, challenge string, user []byte) map[string]any {
	t.Helper()
	data, said := p.data(0x05), p.said("webauthn.get", challenge)
	hash := sha256.Sum256(said)
	sum := sha256.Sum256(append(data, hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return p.credential(map[string]any{
		"clientDataJSON": b64(said), "authenticatorData": b64(p.data(0x05)), "signature": b64(signature), "userHandle": b64(user),
	})
}

func (p *passkey) credential(response map[string]any) map[string]any {
	return map[string]any{"id": b64(p.id), "rawId": b64(p.id), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{}, "response": response}
}
