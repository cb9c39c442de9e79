package passkey

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// attackCreate wants a bent creation refused, and the same one unbent taken.
func attackCreate(t *testing.T, s Site, a *authenticator, why string, bend ...func(*ceremony)) {
	t.Helper()
	made, sealed, err := s.BeginCreate(ann, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	record, err := s.FinishCreate(ann, sealed, a.create(t, made, bend...))
	wantRefused(t, err, why)
	if record.ID != nil {
		t.Errorf("a record comes with the refusal: %+v", record)
	}
}

// attackGet wants a bent sign-in refused.
func attackGet(t *testing.T, s Site, a *authenticator, record Record, why string, bend ...func(*ceremony)) {
	t.Helper()
	got, err := signIn(t, s, a, record, bend...)
	wantRefused(t, err, why)
	if got.User.Handle != nil {
		t.Errorf("a person comes with the refusal: %+v", got)
	}
}

func TestAttackChallengeOfAnotherCeremony(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	mine, sealed, _ := s.BeginCreate(ann, nil, false)
	other, _, _ := s.BeginCreate(ann, nil, false)
	_, err := s.FinishCreate(ann, sealed, newAuthenticator(t).create(t, other))
	wantRefused(t, err, "another challenge")
	for _, challenge := range []string{"", read(t, mine).PublicKey.Challenge, "AAAA"} {
		attackGet(t, s, a, record, "another challenge", bent("challenge", challenge))
	}
	_, err = s.FinishGet([]byte(`{"kind":"webauthn.get","site":"example.test","expires":99999999999}`), a.get(t, []byte(`{}`)), owner(record))
	wantRefused(t, err, "another challenge")
}

func TestAttackNothingIsLookedUpForAnAnswerToSomethingElse(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	enrol(t, s, a)
	for name, value := range map[string]string{"challenge": "AAAA", "origin": "https://evil.test", "type": "webauthn.create"} {
		asked, sealed, _ := s.BeginGet(nil)
		_, err := s.FinishGet(sealed, a.get(t, asked, bent(name, value)), func(_, _ []byte) (User, Record, error) {
			t.Errorf("looked up in spite of its %s", name)
			return User{}, Record{}, ErrUnknown
		})
		wantRefused(t, err, name)
	}
}

func TestAttackLineForgedInTheLog(t *testing.T) {
	a := newAuthenticator(t)
	a.attest = "packed\nlevel=INFO msg=signed-in " + strings.Repeat("x", 9000)
	made, sealed, _ := site().BeginCreate(ann, nil, false)
	_, err := site().FinishCreate(ann, sealed, a.create(t, made))
	wantRefused(t, err, `packed\nlevel`)
	if len(err.Error()) > 1000 {
		t.Errorf("the reason has %d bytes", len(err.Error()))
	}
}

func TestAttackExpiredState(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	for after, taken := range map[time.Duration]bool{5*time.Minute - time.Second: true, 5 * time.Minute: false, time.Hour: false} {
		late := s
		late.Now = func() time.Time { return start.Add(after) }
		asked, sealed, _ := s.BeginGet(nil)
		if _, err := late.FinishGet(sealed, a.get(t, asked), owner(record)); (err == nil) != taken {
			t.Errorf("sign-in after %s: %v", after, err)
		}
		b := newAuthenticator(t)
		made, sealed, _ := s.BeginCreate(ann, nil, false)
		_, err := late.FinishCreate(ann, sealed, b.create(t, made))
		if (err == nil) != taken {
			t.Errorf("creation after %s: %v", after, err)
		}
	}
}

func TestAttackStateOfAnotherKindPersonOrSite(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	made, create, _ := s.BeginCreate(ann, nil, false)
	asked, get, _ := s.BeginGet(nil)

	_, err := s.FinishGet(create, a.get(t, asked), owner(record))
	wantRefused(t, err, `"webauthn.create", not of "webauthn.get"`)
	_, err = s.FinishCreate(ann, get, a.create(t, made))
	wantRefused(t, err, `"webauthn.get", not of "webauthn.create"`)
	_, err = s.FinishCreate(User{Handle: []byte("ben"), Name: "ben@example.test"}, create, a.create(t, made))
	wantRefused(t, err, "another person")
	other := s
	other.ID = "elsewhere.test"
	_, err = other.FinishGet(get, a.get(t, asked), owner(record))
	wantRefused(t, err, `"example.test", not of "elsewhere.test"`)
	_, err = s.FinishGet([]byte("x"), a.get(t, asked), owner(record))
	wantRefused(t, err, "cannot be read")
}

func TestAttackOriginOfAnotherSite(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	for _, origin := range []any{
		"https://evil.test", "https://example.test", "https://sub.auth.example.test", "http://auth.example.test", "https://auth.example.test:8443",
		"https://auth.example.test:443", "https://auth.example.test/", "https://user@auth.example.test", "HTTPS://AUTH.EXAMPLE.TEST", "https://auth.example.test.evil.test",
		"android:apk-key-hash:abc", "null", "", "https://auth.example.test\nerror: forged",
	} {
		attackCreate(t, s, newAuthenticator(t), "origin", bent("origin", origin))
		attackGet(t, s, a, record, "origin", bent("origin", origin))
	}
}

func TestAttackWithinAFrameOfAnotherSite(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	attackCreate(t, s, newAuthenticator(t), "cross origin", bent("crossOrigin", true))
	attackGet(t, s, a, record, "cross origin", bent("crossOrigin", true))
	attackGet(t, s, a, record, "topOrigin", bent("topOrigin", "https://evil.test"))
}

func TestAttackRPIDHashOfAnotherSite(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	for _, id := range []string{"evil.test", "auth.example.test", "test", ""} {
		other := func(c *ceremony) { c.rpID = id }
		attackCreate(t, s, newAuthenticator(t), "RP Hash", other)
		attackGet(t, s, a, record, "RP Hash", other)
	}
}

func TestAttackPresenceOrVerificationMissing(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	for f, why := range map[byte]string{0: "User presence", flagUV: "User presence", flagUP: "User verification"} {
		attackCreate(t, s, newAuthenticator(t), why, flags(f|flagAT))
		attackGet(t, s, a, record, why, flags(f))
	}
	s.UserVerification = "preferred"
	attackCreate(t, s, newAuthenticator(t), "User presence", flags(flagUV|flagAT))
	attackGet(t, s, a, record, "User presence", flags(flagUV))
	s.UserVerification = "discouraged"
	attackGet(t, s, a, record, "User verification", flags(flagUP))
}

func TestAttackUserHandleOfSomebodyElse(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	handle := func(h []byte) func(*ceremony) { return func(c *ceremony) { c.handle = h } }
	attackGet(t, s, a, record, "handle", handle([]byte("somebody else 16")))
	attackGet(t, s, a, record, "whose it is", handle(nil))
	attackGet(t, s, a, record, "whose it is", handle([]byte{}))
	asked, sealed, _ := s.BeginGet([]Record{record})
	_, err := s.FinishGet(sealed, a.get(t, asked, handle([]byte("somebody else 16"))), owner(record))
	wantRefused(t, err, "handle")
}

func TestAttackTypeConfusion(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	attackGet(t, s, a, record, "type", bent("type", "webauthn.create"))
	attackCreate(t, s, newAuthenticator(t), "type", bent("type", "webauthn.get"))
	attackGet(t, s, a, record, "type", bent("type", "payment.get"))

	asked, sealed, _ := s.BeginGet(nil)
	made, create, _ := s.BeginCreate(ann, nil, false)
	_, err := s.FinishGet(sealed, a.create(t, made), owner(record))
	wantRefused(t, err, "")
	_, err = s.FinishCreate(ann, create, a.get(t, asked))
	wantRefused(t, err, "")
}

func TestAttackAnswerOfAPasskeyNotAskedFor(t *testing.T) {
	s, mine, theirs := site(), newAuthenticator(t), newAuthenticator(t)
	record := enrol(t, s, mine)
	other := enrol(t, s, theirs)
	asked, sealed, _ := s.BeginGet([]Record{record})
	_, err := s.FinishGet(sealed, theirs.get(t, asked), func(_, _ []byte) (User, Record, error) {
		t.Error("it is looked up")
		return ann, other, nil
	})
	wantRefused(t, err, "not asked for")
}

func TestAttackSignatureOfAnotherKey(t *testing.T) {
	s, a, thief := site(), newAuthenticator(t), newAuthenticator(t)
	record := enrol(t, s, a)
	thief.handle, thief.id = ann.Handle, record.ID
	attackGet(t, s, thief, record, "signature")
	asked, sealed, _ := s.BeginGet(nil)
	answer := a.get(t, asked)
	var text struct {
		Response struct{ AuthenticatorData string }
	}
	if err := json.Unmarshal(answer, &text); err != nil {
		t.Fatal(err)
	}
	data, _ := base64.RawURLEncoding.DecodeString(text.Response.AuthenticatorData)
	data[36]++ // the counter is signed
	_, err := s.FinishGet(sealed, bytes.Replace(answer, []byte(text.Response.AuthenticatorData), []byte(b64(data)), 1), owner(record))
	wantRefused(t, err, "signature")
}

func TestAttackCounterGoesBack(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	for _, c := range []struct {
		stored, shown, kept uint32
		back                bool
	}{{5, 4, 5, true}, {5, 5, 5, true}, {5, 0, 5, true}, {5, 6, 6, false}, {0, 0, 0, false}, {0, 1, 1, false}, {1<<32 - 1, 1, 1<<32 - 1, true}} {
		record.SignCount, a.count = c.stored, c.shown-1
		got, err := signIn(t, s, a, record)
		if err != nil || got.CounterWentBack != c.back || got.Record.SignCount != c.kept {
			t.Errorf("%d then %d: %+v %v", c.stored, c.shown, got, err)
		}
	}
}

func TestAttackKeyThatIsNone(t *testing.T) {
	point := newAuthenticator(t).cose.(map[int]any)
	off := append([]byte{}, point[-3].([]byte)...)
	off[31] ^= 1
	for name, cose := range map[string]any{
		"algorithm none":        map[int]any{1: 2, 3: 0, -1: 1, -2: point[-2], -3: point[-3]},
		"algorithm unknown":     map[int]any{1: 2, 3: -9999, -1: 1, -2: point[-2], -3: point[-3]},
		"algorithm not offered": map[int]any{1: 2, 3: -47, -1: 8, -2: point[-2], -3: point[-3]},
		"algorithm missing":     map[int]any{1: 2, -1: 1, -2: point[-2], -3: point[-3]},
		"RSA with SHA-1":        map[int]any{1: 3, 3: -65535, -1: bytes.Repeat([]byte{0xff}, 256), -2: []byte{1, 0, 1}},
		"point off the curve":   map[int]any{1: 2, 3: -7, -1: 1, -2: point[-2], -3: off},
		"point at infinity":     map[int]any{1: 2, 3: -7, -1: 1, -2: make([]byte, 32), -3: make([]byte, 32)},
		"another curve":         map[int]any{1: 2, 3: -7, -1: 2, -2: point[-2], -3: point[-3]},
		"another type of key":   map[int]any{1: 1, 3: -7, -1: 6, -2: point[-2]},
		"short Ed25519":         map[int]any{1: 1, 3: -8, -1: 6, -2: []byte{1}},
		"a symmetric key":       map[int]any{1: 4, 3: -7, -1: []byte("secret")},
		"no map":                []any{1, 2, 3},
		"nothing":               map[int]any{},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthenticator(t)
			a.cose = cose
			attackCreate(t, site(), a, "")
		})
	}
}

func TestAttackRSA1024(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	attackCreate(t, site(), newAuthenticator(t).withRSA(t, 1024), "1024 bits")
}

func TestAttackKeyThatTakesSecondsToVerify(t *testing.T) {
	a := newAuthenticator(t)
	a.cose = map[int]any{1: 3, 3: -257, -1: bytes.Repeat([]byte{0xff}, 2048), -2: []byte{1, 0, 1}}
	attackCreate(t, site(), a, "its key has 2064 bytes")
	b := newAuthenticator(t)
	b.attest = "certificate"
	b.padding = 16 << 10
	attackCreate(t, site(), b, "attestation object has")
}

func TestAttackBytesThatTrailOrGrow(t *testing.T) {
	s := site()
	nested := bytes.Repeat([]byte{0x81}, 5000)                                           // arrays of one, 5000 deep
	huge := []byte{0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}                 // an array of 2^63-1
	long := []byte{0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}                 // a text as long
	twice, _ := webauthncbor.Marshal(map[int]any{1: 2})                                  // {1: 2}
	twice = append([]byte{0xa2}, append(twice[1:], twice[1:]...)...)                     // {1: 2, 1: 2}
	open := append([]byte{0xbf}, append(pack(t, newAuthenticator(t).cose)[1:], 0xff)...) // of indefinite length
	for name, cbor := range map[string][]byte{"nested": nested, "huge array": huge, "huge text": long, "a key twice": twice, "indefinite": open, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			attackCreate(t, s, newAuthenticator(t), "", func(c *ceremony) { c.cbor = cbor })
		})
	}
	a := newAuthenticator(t)
	record := enrol(t, s, a)
	trailing := func(c *ceremony) { c.trailing = []byte{0} }
	attackCreate(t, s, newAuthenticator(t), "", trailing)
	attackGet(t, s, a, record, "", trailing)
	attackGet(t, s, a, record, "", flags(flagUP|flagUV|flagED))
	attackGet(t, s, a, record, "", func(c *ceremony) { c.flags, c.trailing = flagUP|flagUV|flagED, huge })
}

func TestAttackAnswerThatIsNotOneObject(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	asked, sealed, _ := s.BeginGet(nil)
	right := string(a.get(t, asked))
	made, create, _ := s.BeginCreate(ann, nil, false)
	created := string(newAuthenticator(t).create(t, made))
	for name, bend := range map[string]func(string) string{
		"empty": func(string) string { return "" }, "null": func(string) string { return "null" }, "text": func(string) string { return `"x"` },
		"array": func(s string) string { return "[" + s + "]" }, "two": func(s string) string { return s + s }, "cut": func(s string) string { return s[:len(s)-1] },
		"padded":     func(s string) string { return s + strings.Repeat(" ", maxResponse) },
		"other type": func(s string) string { return strings.Replace(s, "public-key", "password", 1) },
		"other id":   func(s string) string { return strings.Replace(s, `"id":"`, `"id":"AA`, 1) },
	} {
		if _, err := s.FinishGet(sealed, []byte(bend(right)), owner(record)); !errors.Is(err, ErrRefused) {
			t.Errorf("sign-in, %s: %v", name, err)
		}
		if _, err := s.FinishCreate(ann, create, []byte(bend(created))); !errors.Is(err, ErrRefused) {
			t.Errorf("creation, %s: %v", name, err)
		}
	}
	if _, err := s.FinishGet(sealed, []byte(right), owner(record)); err != nil {
		t.Errorf("the answer as it was: %v", err)
	}
	if _, err := s.FinishCreate(ann, create, []byte(created)); err != nil {
		t.Errorf("the creation as it was: %v", err)
	}
}

func TestAttackCredentialIDOfAnotherPasskey(t *testing.T) {
	other := newAuthenticator(t)
	attackCreate(t, site(), newAuthenticator(t), "credential id", func(c *ceremony) { c.rawID = other.id })
}

func TestAttackBackupFlagsChange(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	const present = flagUP | flagUV
	bound := enrol(t, s, a)
	attackGet(t, s, a, bound, "Backup", flags(present|flagBE))
	attackGet(t, s, a, bound, "Backup", flags(present|flagBE|flagBS))
	attackGet(t, s, a, bound, "Backup", flags(present|flagBS))
	attackCreate(t, s, newAuthenticator(t), "Backup", flags(present|flagAT|flagBS))

	b := newAuthenticator(t)
	synced := enrol(t, s, b, flags(present|flagAT|flagBE))
	attackGet(t, s, b, synced, "Backup", flags(present))
	if got, err := signIn(t, s, b, synced, flags(present|flagBE|flagBS)); err != nil || !got.Record.BackedUp || !got.Record.BackupEligible {
		t.Errorf("a backup is made: %+v %v", got, err)
	}
}

func TestAttackAttestationThatVouchesForNothing(t *testing.T) {
	s := site()
	s.Attestation = "direct"
	if made, _, _ := s.BeginCreate(ann, nil, false); read(t, made).PublicKey.Attestation != "direct" {
		t.Errorf("%s", made)
	}
	for attest, taken := range map[string]bool{"": false, "self": false, "certificate": true} {
		a := newAuthenticator(t)
		a.attest = attest
		if !taken {
			attackCreate(t, s, a, "attestation")
			continue
		}
		if r := enrol(t, s, a); r.AttestationFormat != "packed" || r.AttestationType == "" {
			t.Errorf("%+v", r)
		}
	}
	s.Attestation = "none"
	a := newAuthenticator(t)
	a.attest = "self"
	if r := enrol(t, s, a); r.AttestationFormat != "packed" {
		t.Errorf("%+v", r)
	}
}

func TestAttackModelThatIsNotAllowed(t *testing.T) {
	s := site()
	s.Attestation, s.AllowedAAGUIDs = "direct", []string{"EE882879-721c-4913-9775-3dfcce97072a"}
	yubikey := []byte("\xee\x88\x28\x79\x72\x1c\x49\x13\x97\x75\x3d\xfc\xce\x97\x07\x2a")
	for _, c := range []struct {
		aaguid []byte
		taken  bool
	}{{yubikey, true}, {make([]byte, 16), false}, {bytes.Repeat([]byte{1}, 16), false}} {
		a := newAuthenticator(t)
		a.attest, a.aaguid = "certificate", c.aaguid
		if c.taken {
			enrol(t, s, a)
			continue
		}
		attackCreate(t, s, a, "not allowed")
	}
}
