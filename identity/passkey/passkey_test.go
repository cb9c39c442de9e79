package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestAPasskeyIsMadeAndSignsInWithEachAlgorithm(t *testing.T) {
	for name, a := range map[string]*authenticator{
		"ES256": newAuthenticator(t), "EdDSA": newAuthenticator(t).withEdDSA(t), "RS256": newAuthenticator(t).withRSA(t, 2048),
	} {
		t.Run(name, func(t *testing.T) {
			record := enrol(t, site(), a)
			got, err := signIn(t, site(), a, record)
			if err != nil {
				t.Fatal(err)
			}
			if got.User.Name != ann.Name || !got.UserVerified || got.CounterWentBack || got.Record.SignCount != 1 {
				t.Errorf("%+v", got)
			}
			if got, err = signIn(t, site(), a, got.Record); err != nil || got.Record.SignCount != 2 {
				t.Errorf("a second time: %+v %v", got, err)
			}
		})
	}
}

func TestTheOptionsOfACreation(t *testing.T) {
	s := site()
	held := enrol(t, s, newAuthenticator(t))
	text, _, err := s.BeginCreate(ann, []Record{held}, false)
	if err != nil {
		t.Fatal(err)
	}
	o := read(t, text)
	p := o.PublicKey
	switch {
	case p.RP.ID != "example.test" || p.RP.Name != "Example" || p.User.ID != b64(ann.Handle) || p.User.Name != ann.Name || p.User.DisplayName != "Ann":
		t.Errorf("who: %s", text)
	case len(p.Challenge) != 43 || p.Timeout != 300_000:
		t.Errorf("challenge and time: %s", text)
	case p.Selection.ResidentKey != "required" || !p.Selection.RequireResidentKey || p.Selection.UserVerification != "required" || p.Attestation != "none":
		t.Errorf("policy: %s", text)
	case len(p.Params) != 3 || p.Params[0].Alg != -7 || p.Params[1].Alg != -8 || p.Params[2].Alg != -257:
		t.Errorf("algorithms: %s", text)
	case len(p.Exclude) != 1 || p.Exclude[0].ID != held.IDText() || !slices.Equal(p.Exclude[0].Transports, []string{"hybrid", "internal"}):
		t.Errorf("excluded: %s", text)
	case o.Mediation != "":
		t.Errorf("mediation: %s", text)
	}
}

func TestTheOptionsOfASignIn(t *testing.T) {
	s := site()
	s.UserVerification = "preferred"
	record := enrol(t, s, newAuthenticator(t))
	for _, allowed := range [][]Record{nil, {record}} {
		text, _, err := s.BeginGet(allowed)
		if err != nil {
			t.Fatal(err)
		}
		p := read(t, text).PublicKey
		if len(p.Challenge) != 43 || p.RPID != "example.test" || p.Timeout != 300_000 || p.UserVerification != "preferred" || len(p.Allow) != len(allowed) {
			t.Errorf("%s", text)
		}
	}
}

func TestEveryCeremonyHasItsOwnChallenge(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		made, _, _ := site().BeginCreate(ann, nil, false)
		asked, _, _ := site().BeginGet(nil)
		for _, text := range [][]byte{made, asked} {
			c := read(t, text).PublicKey.Challenge
			if seen[c] || c == "" {
				t.Fatalf("challenge %q comes again", c)
			}
			seen[c] = true
		}
	}
}

func TestARecordKeepsWhatTheAuthenticatorSaid(t *testing.T) {
	a := newAuthenticator(t)
	a.aaguid, a.count = []byte("\xea\x9b\x8d\x66\x4d\x01\x1d\x21\x3c\xe4\xb6\xb4\x8c\xb5\x75\xd4"), 7
	r := enrol(t, site(), a, flags(flagUP|flagUV|flagAT|flagBE|flagBS))
	want := Record{
		ID: a.id, PublicKey: pack(t, a.cose), SignCount: 7, AAGUID: a.aaguid, Transports: []string{"hybrid", "internal"}, Attachment: "platform",
		AttestationType: "none", AttestationFormat: "none", UserPresent: true, UserVerified: true, BackupEligible: true, BackedUp: true,
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v\nwant %+v", r, want)
	}
	if Name(r.AAGUID) != "Google Password Manager" || r.IDText() != b64(a.id) {
		t.Errorf("%q %q", Name(r.AAGUID), r.IDText())
	}
}

func TestARecordSurvivesStorage(t *testing.T) {
	var full Record
	v := reflect.ValueOf(&full).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("text")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Uint32:
			f.SetUint(7)
		default:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		}
	}
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, full) {
		t.Errorf("%s comes back as %+v: %v", text, back, err)
	}
	const names = `{"id":"AA==","public_key":"AA==","sign_count":7,"aaguid":"AA==","transports":[""],"attachment":"text","attestation_type":"text",` +
		`"attestation_format":"text","user_present":true,"user_verified":true,"backup_eligible":true,"backed_up":true}`
	if string(text) != names {
		t.Errorf("stored as %s", text)
	}
}

func TestASilentUpgradeNeedsNeitherPresenceNorVerification(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	made, sealed, err := s.BeginCreate(ann, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if o := read(t, made); o.Mediation != "conditional" || o.PublicKey.Selection.UserVerification != "preferred" {
		t.Errorf("%s", made)
	}
	record, err := s.FinishCreate(ann, sealed, a.create(t, made, flags(flagAT|flagBE|flagBS)))
	if err != nil || record.UserPresent || record.UserVerified {
		t.Fatalf("%+v %v", record, err)
	}
	if _, err := signIn(t, s, a, record, flags(flagUP|flagBE|flagBS)); err == nil {
		t.Error("the sign-in needs no verification either")
	}
	if got, err := signIn(t, s, a, record, flags(flagUP|flagUV|flagBE|flagBS)); err != nil || !got.UserVerified {
		t.Errorf("%+v %v", got, err)
	}
}

func TestAPasskeyWithoutVerificationSaysSo(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	s.UserVerification = "preferred"
	record := enrol(t, s, a, flags(flagUP|flagAT))
	if got, err := signIn(t, s, a, record, flags(flagUP)); err != nil || got.UserVerified {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := signIn(t, s, a, record); err != nil || !got.UserVerified || got.Record.UserVerified {
		t.Errorf("%+v %v", got, err)
	}
}

func TestASecurityKeyAskedByIDNeedNotSayWhoseItIs(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	record := enrol(t, s, a)
	asked, sealed, _ := s.BeginGet([]Record{record})
	var handle = []byte("unset")
	got, err := s.FinishGet(sealed, a.get(t, asked, func(c *ceremony) { c.handle = nil }), func(_, h []byte) (User, Record, error) {
		handle = h
		return ann, record, nil
	})
	if err != nil || handle != nil || got.User.Name != ann.Name {
		t.Errorf("%+v %q %v", got, handle, err)
	}
}

func TestWhatFindAnswersPassesThrough(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	enrol(t, s, a)
	broken := errors.New("the disk is gone")
	for _, want := range []error{ErrUnknown, broken} {
		asked, sealed, _ := s.BeginGet(nil)
		_, err := s.FinishGet(sealed, a.get(t, asked), func(id, handle []byte) (User, Record, error) {
			if !bytes.Equal(id, a.id) || !bytes.Equal(handle, ann.Handle) {
				t.Errorf("asked for %x of %x", id, handle)
			}
			return User{}, Record{}, want
		})
		if !errors.Is(err, want) || errors.Is(err, ErrRefused) {
			t.Errorf("%v", err)
		}
	}
}

func TestExtensionsNobodyAskedForAreLeftAlone(t *testing.T) {
	s, a := site(), newAuthenticator(t)
	talkative := func(c *ceremony) { c.outputs = map[string]any{"credProps": map[string]any{"rk": true}} }
	record := enrol(t, s, a, talkative)
	if _, err := signIn(t, s, a, record, talkative); err != nil {
		t.Error(err)
	}
}

func TestTheCredentialIDIsReadAlone(t *testing.T) {
	if id, err := CredentialIDOf([]byte(`{"id":"AQID","type":"public-key"}`)); err != nil || !bytes.Equal(id, []byte{1, 2, 3}) {
		t.Errorf("%x %v", id, err)
	}
	for _, text := range []string{"", "{}", `{"id":"+"}`, `{"id":1}`, `[]`, `{"id":"` + strings.Repeat("A", maxResponse) + `"}`} {
		_, err := CredentialIDOf([]byte(text))
		wantRefused(t, err, "it")
	}
}

func TestHostsThatPasskeysCanBeBoundTo(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "example.test": true, "auth.example.test": true, "intranet": true, "xn--bcher-kva.test": true, "1.example.test": true,
		"127.0.0.1": false, "::1": false, "[::1]": false, "127.1": false, "10.0x1": false, "2130706433": false, "": false, "example.test.": false,
		".test": false, "a..test": false, "example.test:8443": false, "https://example.test": false, "Example.test": false, "bücher.test": false,
		"-a.test": false, "a-.test": false, "a b": false, strings.Repeat("a", 64): false, strings.Repeat("a.", 127) + "a": false,
	} {
		if Usable(host) != want {
			t.Errorf("Usable(%q) = %v", host, !want)
		}
	}
}

func TestASiteThatCannotBeAskedForIsAFault(t *testing.T) {
	for name, s := range map[string]Site{"no origin": {ID: "example.test"}, "an address": {ID: "127.0.0.1", Origins: []string{"https://127.0.0.1"}}} {
		if _, _, err := s.BeginCreate(ann, nil, false); err == nil || errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := s.BeginGet(nil); err == nil || errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := site().BeginCreate(User{Handle: make([]byte, 65)}, nil, false); err == nil {
		t.Error("a handle of 65 bytes is taken")
	}
	s := site()
	s.Name = ""
	if text, _, err := s.BeginCreate(ann, nil, false); err != nil || read(t, text).PublicKey.RP.Name != "example.test" {
		t.Errorf("a site without a name: %s %v", text, err)
	}
}
