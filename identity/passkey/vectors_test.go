package passkey

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// vector is one of Web Authentication Level 3 §16, bytes in hexadecimal.
type vector struct {
	ID          string
	Create, Get map[string]string
}

func vectors(t testing.TB) map[string]vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func fromHex(t testing.TB, text string) string {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b64(b)
}

// half makes the state and the browser's answer of one half of a vector.
func (v vector) half(t testing.TB, kind string, values map[string]string) (sealed, response []byte) {
	t.Helper()
	sealed, _ = json.Marshal(state{
		Kind: kind, Site: "example.org", Challenge: fromHex(t, values["challenge"]), Expires: start.Unix() + 1, User: ann.Handle,
	})
	answer := map[string]any{"userHandle": b64(ann.Handle)}
	for name, value := range values {
		answer[name] = fromHex(t, value)
	}
	id := fromHex(t, v.ID)
	response, _ = json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": answer})
	return sealed, response
}

func organisation() Site {
	s := site()
	s.ID, s.Origins, s.UserVerification = "example.org", []string{"https://example.org"}, "preferred"
	return s
}

func TestTheVectorsOfTheSpecification(t *testing.T) {
	refusals := map[string]string{
		"16.4 cross origin": "cross origin",
		"packed, ES384":     "algorithm", // not offered
		// Their makers are made up, and real ones alone vouch in these formats.
		"Apple": "cert chain", "Android": "cert chain", "TPM": "manufacturer",
	}
	for name, v := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			sealed, response := v.half(t, kindCreate, v.Create)
			record, err := organisation().FinishCreate(ann, sealed, response)
			if why := refusals[name]; why != "" {
				wantRefused(t, err, why)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			sealed, response = v.half(t, kindGet, v.Get)
			if got, err := organisation().FinishGet(sealed, response, owner(record)); err != nil || got.User.Name != ann.Name {
				t.Errorf("%+v %v", got, err)
			}
			broken := strings.Replace(string(response), `"signature":"M`, `"signature":"N`, 1)
			if _, err := organisation().FinishGet(sealed, []byte(broken), owner(record)); err == nil && broken != string(response) {
				t.Error("a broken signature is taken")
			}
		})
	}
}
