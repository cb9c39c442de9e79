package password

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// srpCase is one exchange: what both sides choose.
type srpCase struct {
	group, user, password string
	salt                  []byte
	a, b                  *big.Int
}

// TestSRPAgreesWithTheClientOfAmazon computes exchanges here and by
// amazon-cognito-identity-js, which must come to the same A and the same key,
// whatever the numbers look like: their padding is where implementations part.
func TestSRPAgreesWithTheClientOfAmazon(t *testing.T) {
	t.Parallel()
	client := newAmazonClient(t)
	for _, c := range srpCases() {
		name := SRPName{Group: c.group, User: c.user}
		public := new(big.Int).Exp(srpG, c.a, srpPrime)
		done := name.Verifier(c.salt, c.password).exchange(public, c.b)
		a, key := client.compute(t, c, done.b)
		if a != public.Text(16) {
			t.Fatalf("%v: its A is %s, ours %s", c, a, public.Text(16))
		}
		if want := hex.EncodeToString(done.key()); key != want {
			t.Errorf("%+v: its key is %s, ours %s (B has %d bits, u %d, S %d)", c, key, want, done.b.BitLen(), done.u.BitLen(), done.s.BitLen())
		}
	}
}

// srpCases are twenty drawn from a seed, with salts, names and passwords of every
// shape, and one for each number that is short or has its top bit set.
func srpCases() (all []srpCase) {
	r := rand.New(rand.NewPCG(3072, 2))
	draw := func(bytes int) *big.Int {
		text := make([]byte, bytes)
		for i := range text {
			text[i] = byte(r.Uint32())
		}
		return new(big.Int).SetBytes(text)
	}
	salts := []string{"00", "01", "80", "7f", "0000000000000000000000000000beef", "00ffee00112233445566778899aabbcc", "0a0b", "ff", "0f", "ffffffffffffffffffffffffffffffff"}
	words := []string{"Correct-Horse-9", "", " with spaces ", "pässwörd", "пароль", "密码🔑", strings.Repeat("long", 64), "colon:colon", "\x00\x01", "é"}
	for i := range 20 {
		salt, _ := hex.DecodeString(salts[i%len(salts)])
		if i >= 10 {
			salt = draw(1 + i%17).Bytes()
		}
		all = append(all, srpCase{group: fmt.Sprintf("Pool%d", i), user: fmt.Sprintf("6a7b8c9d-0000-4000-8000-%012d", i), password: words[i%len(words)],
			salt: salt, a: draw(128), b: draw(srpSecretBytes)})
	}
	return append(all, awkward(all[0])...)
}

// awkward answers exchanges in which B, u and S in turn begin with a zero byte or
// with a set bit.
func awkward(like srpCase) (all []srpCase) {
	value, public := SRPName{Group: like.group, User: like.user}.Verifier(like.salt, like.password), new(big.Int).Exp(srpG, like.a, srpPrime)
	missing := map[string]func(exchange) bool{
		"B is short": func(e exchange) bool { return e.b.BitLen() <= 3064 }, "B has its top bit set": func(e exchange) bool { return e.b.BitLen() == 3072 },
		"u is short": func(e exchange) bool { return e.u.BitLen() <= 248 }, "u has its top bit set": func(e exchange) bool { return e.u.BitLen() == 256 },
		"S is short": func(e exchange) bool { return e.s.BitLen() <= 3064 }, "S has its top bit set": func(e exchange) bool { return e.s.BitLen() == 3072 },
	}
	for b := range int64(5000) {
		if len(missing) == 0 {
			break
		}
		secret := big.NewInt(b + 5000)
		e := value.exchange(public, secret)
		for name, is := range missing {
			if is(e) {
				delete(missing, name)
				c := like
				c.b = secret
				all = append(all, c)
			}
		}
	}
	if len(missing) > 0 {
		panic(fmt.Sprint("no exchange was found for ", missing))
	}
	return all
}

// amazonClient is the Node program that holds the client's arithmetic.
type amazonClient struct {
	in  io.WriteCloser
	out *json.Decoder
}

func newAmazonClient(t *testing.T) *amazonClient {
	t.Helper()
	folder := filepath.Join("..", "..", "test")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "amazon-cognito-identity-js", "package.json")); err != nil {
		t.Fatalf("npm's module amazon-cognito-identity-js is not in test/node_modules; `make deps` installs it: %v", err)
	}
	cmd := exec.Command("node", filepath.Join(folder, "cognito", "testdata", "srp.cjs"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("node does not start (run `make deps`): %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return &amazonClient{in: in, out: json.NewDecoder(out)}
}

// compute answers the client's A and key, in hex.
func (s *amazonClient) compute(t *testing.T, c srpCase, b *big.Int) (a, key string) {
	t.Helper()
	line, _ := json.Marshal(map[string]any{"do": "srp", "args": []any{map[string]string{
		"group": c.group, "user": c.user, "password": c.password, "salt": hex.EncodeToString(c.salt), "a": c.a.Text(16), "b": b.Text(16),
	}}})
	var said struct {
		OK    struct{ A, Key string }
		Error json.RawMessage
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	if err := s.out.Decode(&said); err != nil || said.Error != nil {
		t.Fatalf("the client: %v %s", err, said.Error)
	}
	return said.OK.A, said.OK.Key
}
