package keys

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// forge answers the claims of a token under another header, signed by mac when
// that is given.
func forge(token, header string, mac []byte) string {
	parts := strings.Split(token, ".")
	text := b64([]byte(header)) + "." + parts[1]
	if mac == nil {
		return text + "." + parts[2]
	}
	h := hmac.New(sha256.New, mac)
	h.Write([]byte(text))
	return text + "." + b64(h.Sum(nil))
}

func TestForgedTokens(t *testing.T) {
	k := start(t)
	for _, alg := range algorithms {
		token := k.sign(alg)
		id := kid(t, token)
		public, err := json.Marshal(k.published()[0])
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(token, ".")
		attacks := map[string]string{
			"none":                     forge(token, fmt.Sprintf(`{"alg":"none","kid":%q,"typ":"JWT"}`, id), nil),
			"none in capitals":         forge(token, fmt.Sprintf(`{"alg":"NoNe","kid":%q,"typ":"JWT"}`, id), nil),
			"none without a signature": b64([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".",
			"no alg":                   forge(token, fmt.Sprintf(`{"kid":%q,"typ":"JWT"}`, id), nil),
			"HS256 with the public key": forge(token, fmt.Sprintf(`{"alg":"HS256","kid":%q,"typ":"JWT"}`, id),
				public),
			"HS256 with an empty key": forge(token, fmt.Sprintf(`{"alg":"HS256","kid":%q,"typ":"JWT"}`, id), []byte{}),
			"another algorithm":       forge(token, fmt.Sprintf(`{"alg":"PS256","kid":%q,"typ":"JWT"}`, id), nil),
			"another typ":             forge(token, fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"logout+jwt"}`, alg, id), nil),
			"crit":                    forge(token, fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"JWT","crit":["x"],"x":1}`, alg, id), nil),
			"jwk":                     forge(token, fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"JWT","jwk":%s}`, alg, id, public), nil),
			"jku":                     forge(token, fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"JWT","jku":"https://evil.test/"}`, alg, id), nil),
			"members twice":           forge(token, fmt.Sprintf(`{"alg":"none","alg":%q,"kid":%q,"typ":"JWT"}`, alg, id), nil),
			"a path as kid":           forge(token, fmt.Sprintf(`{"alg":%q,"kid":"../../etc/passwd","typ":"JWT"}`, alg), nil),
			"a number as kid":         forge(token, fmt.Sprintf(`{"alg":%q,"kid":1,"typ":"JWT"}`, alg), nil),
			"no signature":            parts[0] + "." + parts[1] + ".",
			"two parts":               parts[0] + "." + parts[1],
			"four parts":              token + ".",
			"five parts":              token + "..",
			"white space before":      " " + token,
			"white space after":       token + "\n",
			"padding":                 token + "=",
			"truncated":               token[:len(token)-1],
			"suffixed":                token + "A",
			"JSON serialisation":      fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]),
			"changed claims":          parts[0] + "." + b64([]byte(`{"sub":"bob"}`)) + "." + parts[2],
			"standard base64":         parts[0] + "." + parts[1] + "." + reencode(t, parts[2]),
			"stray last bits":         stray(token),
			"empty":                   "",
			"a long line of dots":     strings.Repeat(".", 100_000),
		}
		for name, forged := range attacks {
			if forged != token && k.takes(forged) {
				t.Errorf("%s: %s is taken", alg, name)
			}
		}
		if !k.takes(token) {
			t.Errorf("%s: the token itself is refused", alg)
		}
	}
}

func reencode(t *testing.T, text string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// stray sets a bit of the last character that no byte uses, where there is one.
func stray(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + string(alphabet[last^1])
}

func TestTokenOfAnotherPoolIsRefused(t *testing.T) {
	k := start(t)
	if err := k.Ready(context.Background(), "local_other", ES256); err != nil {
		t.Fatal(err)
	}
	token := k.sign(ES256)
	if _, err := k.Verify(context.Background(), identity.PoolID("local_other"), "JWT", token); err == nil {
		t.Error("taken by the other pool")
	}
}

// FuzzVerify: whatever is presented, only a token as we wrote it is taken.
func FuzzVerify(f *testing.F) {
	k := start(f)
	ours := map[string]bool{}
	for _, alg := range []string{ES256, EdDSA} {
		token := k.sign(alg)
		ours[token] = true
		f.Add(token)
		f.Add(stray(token))
		f.Add(forge(token, `{"alg":"none"}`, nil))
	}
	f.Add("..")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := k.Verify(context.Background(), pool, "JWT", token); err == nil && !ours[token] {
			t.Errorf("%q is taken", token)
		}
	})
}
