package password

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// srpClient is the client's side of an exchange, as amazon-cognito-identity-js
// does it.
type srpClient struct {
	name   SRPName
	secret *big.Int
}

func (c srpClient) public() *big.Int { return new(big.Int).Exp(srpG, c.secret, srpPrime) }

func (c srpClient) exchange(salt []byte, b *big.Int, password string) exchange {
	x, u := c.name.x(salt, password), hashNumber(pad(c.public()), pad(b))
	base := new(big.Int).Exp(srpG, x, srpPrime)
	base.Mul(base, srpK).Sub(b, base).Mod(base, srpPrime)
	return exchange{b: b, u: u, s: base.Exp(base, new(big.Int).Add(c.secret, new(big.Int).Mul(u, x)), srpPrime)}
}

func hexNumber(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 16)
	return n
}

func digest(n *big.Int) string {
	sum := sha256.Sum256([]byte(n.Text(16)))
	return hex.EncodeToString(sum[:])
}

func TestSRPComesToTheNumbersOfCognitosClients(t *testing.T) {
	if got := srpK.Text(16); got != "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6" {
		t.Error("k", got)
	}
	name := SRPName{"Pool12345", "6a7b8c9d-0000-4000-8000-000000000001"}
	client := srpClient{name, hexNumber(strings.Repeat("123456789abcdef0", 16))}
	secret := hexNumber(strings.Repeat("fedcba9876543210", 16))
	const password, at = "Correct-Horse-9", "Tue Jan 2 03:04:05 UTC 2024"
	for _, v := range []struct{ salt, x, u, v, b, s, key, signature string }{
		{
			"c0ffee00112233445566778899aabbcc", "32405251e211fab45ec42cc5c138377df082958c770ecb8c82c50954f72a6eb2",
			"d9bab56f85e66f33bd0fcea273ee8a8f8f522c09aea9baab662c1d3da8295013", "f20dc30ce46de00d773fdbf605a1265bd39156e639a82735b4ee974fd669db59",
			"86618dc2ee09a5b7e1d36a90440c6e77145f8ead988a7112e07f44d3a2e9ff35", "97857b065cfcefd3439f5baeefdf9338cb6d8af94977787b0221900eb9ec7089",
			"7a66cffc6b48319cfee200ff0220e976", "Dr14hfBXyhZ3tzvgacbiNvgY1CKAVw/2NhdXxS86NoI=",
		},
		{
			"00ffee00112233445566778899aabbcc", "9f8679bd14883d3d4db16a0fee6e96443bd0a4161e4c37de85753ebeab793b33",
			"4773560d58b013cfb82fd2d09c274163348c9913ccbaee5bf375d2a341627839", "65228a003b9fc07a18bcc4e17be5a5ac0e881b4317b0b9d50f27cce445b571af",
			"b520200bb65516e4467ab4573e028f249caa0ef82ab3d790c57c721e512d697e", "2875c47371d4dfbe8f429799cfb59c42a8a7b3c821d493db19530fbf2aec1fc1",
			"f843edb0d6d0e8a3296d45aa0580271f", "iL0xBFhbNHmvbb8q8UVHvIHEcOBQkL2AwQaS9TbdGeY=",
		},
	} {
		salt, _ := hex.DecodeString(v.salt)
		verifier := name.Verifier(salt, password)
		server := verifier.exchange(client.public(), secret)
		for what, pair := range map[string][2]string{
			"x": {name.x(salt, password).Text(16), v.x}, "v": {digest(new(big.Int).SetBytes(verifier.Value)), v.v},
			"A": {digest(client.public()), "0ef3d363ec1b8bdc69b0355630edf4f07211f0af68fc2baafca677a69664ae98"},
			"B": {digest(server.b), v.b}, "u": {server.u.Text(16), v.u}, "S": {digest(server.s), v.s}, "key": {hex.EncodeToString(server.key()), v.key},
			"signature": {base64.StdEncoding.EncodeToString(name.Signature(server.key(), []byte("opaque-secret-block"), at)), v.signature},
		} {
			if pair[0] != pair[1] {
				t.Errorf("salt %s: %s is %s, not %s", v.salt, what, pair[0], pair[1])
			}
		}
		if got := client.exchange(salt, server.b, password); got.s.Cmp(server.s) != 0 {
			t.Errorf("salt %s: the client comes to another secret", v.salt)
		}
	}
}

func TestSRPRefusesAPublicValueThatMakesTheSecretZero(t *testing.T) {
	h := NewHasher(Options{Workers: 1})
	v := DecoyVerifier(make([]byte, SRPSaltBytes), []byte("seed"))
	twice := new(big.Int).Lsh(srpPrime, 1)
	for _, a := range []string{"", "0", strings.Repeat("0", 768), srpPrime.Text(16), twice.Text(16), "-1", "+1", "0x1", "1_0", " 1", "g", strings.Repeat("0", 800) + "1"} {
		if _, err := h.SRP(t.Context(), v, a); !errors.Is(err, ErrSRP) {
			t.Errorf("%.20q: %v", a, err)
		}
	}
	for _, a := range []string{"1", "ABC", strings.Repeat("0", 766) + "1f"} {
		if _, err := h.SRP(t.Context(), v, a); err != nil {
			t.Errorf("%.20q: %v", a, err)
		}
	}
}

func TestSRPUsesAFreshSecretEachTime(t *testing.T) {
	h := NewHasher(Options{Workers: 1})
	v := SRPName{"pool", "ann"}.Verifier([]byte{1}, "password")
	one, err := h.SRP(t.Context(), v, "2")
	if err != nil {
		t.Fatal(err)
	}
	if two, err := h.SRP(t.Context(), v, "2"); err != nil || one.B == two.B || string(one.Key) == string(two.Key) {
		t.Error("the same again", err)
	}
}

func TestADecoyVerifierIsASquareAndAlwaysTheSame(t *testing.T) {
	salt := make([]byte, SRPSaltBytes)
	one, two := DecoyVerifier(salt, []byte("one")), DecoyVerifier(salt, []byte("two"))
	if string(one.Value) == string(two.Value) || string(one.Value) != string(DecoyVerifier(salt, []byte("one")).Value) {
		t.Error("it does not follow from the seed")
	}
	for _, v := range []SRPVerifier{one, two, SRPName{}.Verifier(salt, "x")} {
		if big.Jacobi(new(big.Int).SetBytes(v.Value), srpPrime) != 1 {
			t.Error("not a square")
		}
	}
}

func TestAClientsVerifierMustBeOfTheGroup(t *testing.T) {
	good := SRPName{"-abc", "eu_1"}.Verifier([]byte{1, 2}, "device")
	if read, err := ReadVerifier(append([]byte{0}, good.Salt...), append([]byte{0}, good.Value...)); err != nil || string(read.Value) != string(good.Value) {
		t.Error(err)
	}
	last := new(big.Int).Sub(srpPrime, big.NewInt(1))
	for name, v := range map[string]SRPVerifier{
		"no salt": {nil, good.Value}, "a long salt": {make([]byte, 33), good.Value}, "zero": {good.Salt, []byte{0}}, "one": {good.Salt, []byte{1}},
		"N-1": {good.Salt, last.Bytes()}, "N": {good.Salt, srpPrime.Bytes()}, "beyond": {good.Salt, make([]byte, 0)},
	} {
		if _, err := ReadVerifier(v.Salt, v.Value); !errors.Is(err, ErrSRP) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATimestampIsReadAsTheClientsWriteIt(t *testing.T) {
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]bool{
		"Tue Jan 2 03:04:05 UTC 2024": true, "Tue Jan 2 03:19:05 UTC 2024": true, "Tue Jan 2 02:49:05 UTC 2024": true,
		"Tue Jan 2 03:19:06 UTC 2024": false, "Tue Jan 2 02:49:04 UTC 2024": false, "Tue Jan 2 03:04:05 CET 2024": false,
		"2024-01-02T03:04:05Z": false, "": false, "Tue Jan 2 03:04:05 UTC 2025": false,
	} {
		if got := SRPTimely(text, now); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzSRP(f *testing.F) {
	f.Add([]byte{0xc0, 0xff, 0xee}, []byte{1}, []byte{0xfe}, "Correct-Horse-9", "correct-horse-9")
	f.Add([]byte{0, 0xff}, []byte{0x80, 0}, []byte{0}, "", "x")
	f.Fuzz(func(t *testing.T, salt, a, b []byte, password, other string) {
		client := srpClient{SRPName{"pool", "ann"}, new(big.Int).SetBytes(a)}
		secret := new(big.Int).SetBytes(b)
		if len(a) > 64 || len(b) > 64 || client.secret.Sign() == 0 || secret.Sign() == 0 {
			return
		}
		v := client.name.Verifier(salt, password)
		public, err := readPublic(client.public().Text(16))
		if err != nil {
			t.Fatal(err)
		}
		server := v.exchange(public, secret)
		if mine := client.exchange(salt, server.b, password); !client.name.Signed(mine.key(), nil, "now", client.name.Signature(server.key(), nil, "now")) {
			t.Error("client and server disagree")
		}
		if password != other && client.exchange(salt, server.b, other).s.Cmp(server.s) == 0 {
			t.Error("another password comes to the same secret")
		}
	})
}

func FuzzSRPPublic(f *testing.F) {
	f.Add("0")
	f.Add(srpPrime.Text(16))
	f.Add("0001")
	f.Fuzz(func(t *testing.T, a string) {
		n, err := readPublic(a)
		if err != nil {
			return
		}
		if n.Sign() <= 0 || n.Cmp(srpPrime) >= 0 || len(pad(n)) > srpNumberBytes+1 {
			t.Error("outside the group")
		}
		if again, err := readPublic(n.Text(16)); err != nil || again.Cmp(n) != 0 {
			t.Error("it does not come back")
		}
	})
}
