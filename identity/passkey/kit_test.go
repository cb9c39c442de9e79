package passkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var ann = User{Handle: []byte("0123456789abcdef"), Name: "ann@example.test", DisplayName: "Ann"}

// site is example.test; the tests turn its clock by changing Now.
func site() Site {
	return Site{ID: "example.test", Name: "Example", Origins: []string{"https://auth.example.test"}, Now: func() time.Time { return start }}
}

const (
	flagUP, flagUV, flagBE, flagBS, flagAT, flagED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
)

// authenticator is a software authenticator with a browser before it, written
// from the specification. What it signs can be bent.
type authenticator struct {
	id, handle []byte
	key        crypto.Signer
	cose       any
	aaguid     []byte
	count      uint32
	attest     string // "", "self", "certificate", or a format nobody knows
	padding    int    // bytes more within the certificate
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, _ := key.PublicKey.Bytes()
	id := make([]byte, 32)
	rand.Read(id)
	return &authenticator{id: id, key: key, aaguid: make([]byte, 16),
		cose: map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}}
}

func (a *authenticator) withEdDSA(t *testing.T) *authenticator {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.key, a.cose = private, map[int]any{1: 1, 3: -8, -1: 6, -2: []byte(public)}
	return a
}

func (a *authenticator) withRSA(t *testing.T, bits int) *authenticator {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	a.key, a.cose = key, map[int]any{1: 3, 3: -257, -1: key.N.Bytes(), -2: []byte{1, 0, 1}}
	return a
}

// ceremony is what a browser and an authenticator make of options, before it is
// signed.
type ceremony struct {
	client   map[string]any
	rpID     string
	flags    byte
	cbor     []byte // put in the place of the public key
	trailing []byte // at the end of the authenticator data
	handle   []byte
	rawID    []byte
	outputs  map[string]any // client extensions
}

type options struct {
	PublicKey struct {
		Challenge string
		RPID      string `json:"rpId"`
		RP        struct{ ID, Name string }
		User      struct{ ID, Name, DisplayName string }
		Timeout   int
		Params    []struct {
			Type string
			Alg  int
		} `json:"pubKeyCredParams"`
		Exclude []struct {
			ID         string
			Transports []string
		} `json:"excludeCredentials"`
		Allow     []struct{ ID string } `json:"allowCredentials"`
		Selection struct {
			ResidentKey        string
			RequireResidentKey bool
			UserVerification   string
		} `json:"authenticatorSelection"`
		UserVerification string
		Attestation      string
	} `json:"publicKey"`
	Mediation string `json:"mediation"`
}

func read(t *testing.T, text []byte) options {
	t.Helper()
	var o options
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (c *ceremony) data(count uint32, attested []byte) []byte {
	hash := sha256.Sum256([]byte(c.rpID))
	data := append(hash[:], c.flags)
	data = binary.BigEndian.AppendUint32(data, count)
	return append(append(data, attested...), c.trailing...)
}

func (a *authenticator) sign(t *testing.T, data []byte) []byte {
	t.Helper()
	var sum, hash = data, crypto.Hash(0)
	if _, ok := a.key.(ed25519.PrivateKey); !ok {
		h := sha256.Sum256(data)
		sum, hash = h[:], crypto.SHA256
	}
	signature, err := a.key.Sign(rand.Reader, sum, hash)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func pack(t *testing.T, v any) []byte {
	t.Helper()
	b, err := webauthncbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// create answers options as a browser does, bent by the given functions.
func (a *authenticator) create(t *testing.T, text []byte, bend ...func(*ceremony)) []byte {
	t.Helper()
	o := read(t, text)
	a.handle, _ = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	c := &ceremony{
		client: map[string]any{"type": "webauthn.create", "challenge": o.PublicKey.Challenge, "origin": "https://auth.example.test", "crossOrigin": false},
		rpID:   o.PublicKey.RP.ID, flags: flagUP | flagUV | flagAT, cbor: pack(t, a.cose), rawID: a.id,
	}
	for _, b := range bend {
		b(c)
	}
	attested := append(append([]byte{}, a.aaguid...), byte(len(a.id)>>8), byte(len(a.id)))
	data := c.data(a.count, append(append(attested, a.id...), c.cbor...))
	client, _ := json.Marshal(c.client)
	format, statement := a.statement(t, data, client)
	object := pack(t, map[string]any{"fmt": format, "attStmt": statement, "authData": data})
	return c.envelope(map[string]any{
		"clientDataJSON": b64(client), "attestationObject": b64(object), "transports": []string{"internal", "hybrid", "x\nevil"},
	})
}

func (a *authenticator) statement(t *testing.T, data, client []byte) (string, map[string]any) {
	t.Helper()
	hash := sha256.Sum256(client)
	signed := append(append([]byte{}, data...), hash[:]...)
	switch a.attest {
	case "self":
		return "packed", map[string]any{"alg": -7, "sig": a.sign(t, signed)}
	case "certificate":
		vendor := newAuthenticator(t)
		return "packed", map[string]any{"alg": -7, "sig": vendor.sign(t, signed), "x5c": []any{vendor.certificate(t, a.aaguid, a.padding)}}
	}
	if a.attest != "" {
		return a.attest, map[string]any{}
	}
	return "none", map[string]any{}
}

// certificate is an attestation certificate as §8.2.1 wants it.
func (a *authenticator) certificate(t *testing.T, aaguid []byte, padding int) []byte {
	t.Helper()
	value, _ := asn1.Marshal(aaguid)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		Subject:         pkix.Name{Country: []string{"SE"}, Organization: []string{"Keys"}, OrganizationalUnit: []string{"Authenticator Attestation"}, CommonName: "Key"},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 45724, 1, 1, 4}, Value: value}},
	}
	if padding > 0 {
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 999}, Value: make([]byte, padding)})
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// get answers options as a browser does, bent by the given functions.
func (a *authenticator) get(t *testing.T, text []byte, bend ...func(*ceremony)) []byte {
	t.Helper()
	o := read(t, text)
	a.count++
	c := &ceremony{
		client: map[string]any{"type": "webauthn.get", "challenge": o.PublicKey.Challenge, "origin": "https://auth.example.test", "crossOrigin": false},
		rpID:   o.PublicKey.RPID, flags: flagUP | flagUV, handle: a.handle, rawID: a.id,
	}
	for _, b := range bend {
		b(c)
	}
	client, _ := json.Marshal(c.client)
	data := c.data(a.count, c.cbor)
	hash := sha256.Sum256(client)
	answer := map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(a.sign(t, append(append([]byte{}, data...), hash[:]...))),
	}
	if c.handle != nil {
		answer["userHandle"] = b64(c.handle)
	}
	return c.envelope(answer)
}

func (c *ceremony) envelope(response map[string]any) []byte {
	if c.outputs == nil {
		c.outputs = map[string]any{}
	}
	text, _ := json.Marshal(map[string]any{
		"id": b64(c.rawID), "rawId": b64(c.rawID), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": c.outputs, "response": response,
	})
	return text
}

// enrol makes a passkey for Ann.
func enrol(t *testing.T, s Site, a *authenticator, bend ...func(*ceremony)) Record {
	t.Helper()
	made, sealed, err := s.BeginCreate(ann, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	record, err := s.FinishCreate(ann, sealed, a.create(t, made, bend...))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// owner finds record as Ann's and nothing else.
func owner(record Record) func(id, handle []byte) (User, Record, error) {
	return func(id, _ []byte) (User, Record, error) {
		if string(id) != string(record.ID) {
			return User{}, Record{}, ErrUnknown
		}
		return ann, record, nil
	}
}

// signIn asks for any passkey and answers with a.
func signIn(t *testing.T, s Site, a *authenticator, record Record, bend ...func(*ceremony)) (Got, error) {
	t.Helper()
	asked, sealed, err := s.BeginGet(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.FinishGet(sealed, a.get(t, asked, bend...), owner(record))
}

// wantRefused wants a refusal whose reason says why.
func wantRefused(t *testing.T, err error, why string) {
	t.Helper()
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), why) {
		t.Errorf("answered %v, want a refusal that says %q", err, why)
	}
	if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("the reason has more than one line: %q", err)
	}
}

func bent(key string, value any) func(*ceremony) {
	return func(c *ceremony) { c.client[key] = value }
}

func flags(f byte) func(*ceremony) { return func(c *ceremony) { c.flags = f } }
