package passkey

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// refusedOrTaken wants no other error than a refusal, on one line of bounded
// length, since it goes to the log.
func refusedOrTaken(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if !errors.Is(err, ErrRefused) && !errors.Is(err, ErrUnknown) {
		t.Fatalf("a fault: %v", err)
	}
	if text := err.Error(); len(text) > 6000 || strings.ContainsAny(text, "\n\r\x1b") {
		t.Fatalf("%d bytes: %q", len(text), text)
	}
}

// FuzzResponse reads what a browser sends as both kinds of answer.
func FuzzResponse(f *testing.F) {
	v := vectors(f)["16.2 none, ES256"]
	create, created := v.half(f, kindCreate, v.Create)
	get, got := v.half(f, kindGet, v.Get)
	f.Add(created)
	f.Add(got)
	f.Fuzz(func(t *testing.T, response []byte) {
		_, err := organisation().FinishCreate(ann, create, response)
		refusedOrTaken(t, err)
		id, readErr := CredentialIDOf(response)
		_, err = organisation().FinishGet(get, response, func(found, _ []byte) (User, Record, error) {
			if readErr != nil || string(found) != string(id) {
				t.Errorf("the id is %x and was read as %x: %v", found, id, readErr)
			}
			return ann, Record{ID: found, PublicKey: response}, nil
		})
		refusedOrTaken(t, err)
	})
}

// FuzzAttestationObject changes what an authenticator makes, CBOR within CBOR.
func FuzzAttestationObject(f *testing.F) {
	v := vectors(f)["16.2 none, ES256"]
	for _, seed := range vectors(f) {
		object, _ := hex.DecodeString(seed.Create["attestationObject"])
		f.Add(object)
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		values := map[string]string{}
		for name, value := range v.Create {
			values[name] = value
		}
		values["attestationObject"] = hex.EncodeToString(object)
		sealed, response := v.half(t, kindCreate, values)
		r, err := organisation().FinishCreate(ann, sealed, response)
		refusedOrTaken(t, err)
		if err == nil && (r.IDText() != fromHex(t, v.ID) || len(r.AAGUID) != 16 || strong(r.PublicKey) != nil) {
			t.Fatalf("%+v", r)
		}
	})
}

// FuzzAssertion changes what an authenticator signs, under a key that is known.
func FuzzAssertion(f *testing.F) {
	v := vectors(f)["16.2 none, ES256"]
	sealed, response := v.half(f, kindCreate, v.Create)
	record, err := organisation().FinishCreate(ann, sealed, response)
	if err != nil {
		f.Fatal(err)
	}
	sealed, response = v.half(f, kindGet, v.Get)
	right, _ := hex.DecodeString(v.Get["authenticatorData"])
	signature, _ := hex.DecodeString(v.Get["signature"])
	f.Add(right, signature)
	f.Fuzz(func(t *testing.T, data, signature []byte) {
		var answer map[string]any
		if err := json.Unmarshal(response, &answer); err != nil {
			t.Fatal(err)
		}
		inner := answer["response"].(map[string]any)
		inner["authenticatorData"], inner["signature"] = b64(data), base64.RawURLEncoding.EncodeToString(signature)
		text, _ := json.Marshal(answer)
		_, err := organisation().FinishGet(sealed, text, owner(record))
		refusedOrTaken(t, err)
		if err == nil && string(data) != string(right) {
			t.Fatalf("a signature is taken for %x", data)
		}
	})
}
