package dpop

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/oauth/oauthtest"
)

// FuzzProof: whatever is in the header, it is refused or it says what was asked:
// method, address, token, and a key that the text itself holds.
func FuzzProof(f *testing.F) {
	key := oauthtest.NewKey(f, "ES256")
	f.Add(atResource(f, key, nil))
	f.Add(atResource(f, key, change("header.typ", "JWT")))
	f.Add(oauthtest.NewKey(f, "EdDSA").Proof(f, "GET", resource, noon, nil))
	f.Add(oauthtest.Base64(`{"alg":"none"}`) + "." + oauthtest.Base64(`{}`) + ".")
	f.Add("..")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Check([]string{text}, toResource())
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("answered %v", err)
			}
			return
		}
		raw, _ := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
		var said map[string]any
		if json.Unmarshal(raw, &said) != nil || said["htm"] != "GET" || said["ath"] != oauthtest.Hash("an-access-token") || len(got.Key) != 43 {
			t.Errorf("took %s", raw)
		}
	})
}

// headerOf answers the header of a token as it was written.
func headerOf(t testing.TB, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func withAlgorithm(public any, alg string) any {
	key := public.(jose.JSONWebKey)
	key.Algorithm = alg
	return key
}
