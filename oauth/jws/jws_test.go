package jws_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/oauthtest"
)

const most = 4 << 10

func refused(t *testing.T, err error, why string) {
	t.Helper()
	if !errors.Is(err, jws.ErrInvalid) || !strings.Contains(err.Error(), why) {
		t.Errorf("answered %v, want %q", err, why)
	}
}

func parsed(t *testing.T, text string, allowed ...string) *jws.Token {
	t.Helper()
	token, err := jws.Parse(text, most, allowed)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestASignedTokenIsRead(t *testing.T) {
	key := oauthtest.NewKey(t, "ES256")
	text := key.Sign(t, map[string]any{"kid": "a", "typ": "JWT"}, map[string]any{"iss": "me", "aud": []string{"x", "y"}, "exp": 12.5})
	token := parsed(t, text, jws.Asymmetric...)
	if token.Algorithm != "ES256" || token.KeyID != "a" || token.Type != "JWT" || token.Key != nil {
		t.Errorf("read %+v", token)
	}
	var c jws.Claims
	if err := token.Verify(key.Private.Public(), &c); err != nil {
		t.Fatal(err)
	}
	if c.Issuer != "me" || !c.Audience.Listed || len(c.Audience.Values) != 2 || !c.Expires.Set || c.Expires.UnixMilli() != 12500 || c.NotBefore.Set {
		t.Errorf("claims %+v", c)
	}
}

func TestOneAudienceIsNoList(t *testing.T) {
	key := oauthtest.NewKey(t, "EdDSA")
	var c jws.Claims
	if err := parsed(t, key.Sign(t, nil, map[string]any{"aud": "x"}), "EdDSA").Unverified(&c); err != nil {
		t.Fatal(err)
	}
	if c.Audience.Listed || len(c.Audience.Values) != 1 || c.Audience.Values[0] != "x" {
		t.Errorf("audience %+v", c.Audience)
	}
}

func TestAttackTokens(t *testing.T) {
	key, other := oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	rsaKey := oauthtest.NewKey(t, "RS256")
	for name, c := range map[string]struct {
		text    string
		allowed []string
		why     string
	}{
		"an algorithm that is not allowed":  {key.Sign(t, nil, nil), []string{"PS256"}, "another algorithm than PS256"},
		"alg none":                          {oauthtest.Base64(`{"alg":"none"}`) + "." + oauthtest.Base64(`{}`) + ".", jws.Asymmetric, "another algorithm"},
		"crit":                              {key.Sign(t, map[string]any{"crit": []string{"x"}}, nil), jws.Asymmetric, "crit"},
		"crit with what the library knows":  {key.Sign(t, map[string]any{"crit": []string{"b64"}, "b64": true}, nil), jws.Asymmetric, "its header has"},
		"too long":                          {strings.Repeat("a", most+1), jws.Asymmetric, "too long"},
		"JSON serialisation":                {`{"payload":"e30"}`, jws.Asymmetric, "compact"},
		"a header member twice":             {key.SignRaw(t, `{"alg":"ES256","alg":"ES256"}`, `{}`), jws.Asymmetric, "header"},
		"five parts, which is encryption":   {"a.b.c.d.e", jws.Asymmetric, "compact"},
		"no list of algorithms":             {key.Sign(t, nil, nil), nil, "header"},
		"the header's case is another one":  {key.SignRaw(t, `{"ALG":"ES256"}`, `{}`), jws.Asymmetric, "header"},
		"a second JSON value in the header": {key.SignRaw(t, `{"alg":"ES256"}{}`, `{}`), jws.Asymmetric, "header"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := jws.Parse(c.text, most, c.allowed)
			refused(t, err, c.why)
		})
	}
	var c jws.Claims
	t.Run("signed by somebody else", func(t *testing.T) {
		refused(t, parsed(t, other.Sign(t, nil, nil), "ES256").Verify(key.Private.Public(), &c), "signature")
	})
	t.Run("a key of another kind", func(t *testing.T) {
		refused(t, parsed(t, key.Sign(t, nil, nil), "ES256").Verify(rsaKey.Private.Public(), &c), "signature")
	})
	t.Run("a secret for a public-key algorithm", func(t *testing.T) {
		refused(t, parsed(t, key.Sign(t, nil, nil), "ES256").Verify([]byte("secret"), &c), "does not fit")
	})
	t.Run("a public key for HMAC", func(t *testing.T) {
		text := hmac(t, "an HMAC secret of at least 32 byte", `{}`)
		refused(t, parsed(t, text, jws.HMAC).Verify(key.Private.Public(), &c), "does not fit")
	})
	t.Run("an empty secret", func(t *testing.T) {
		refused(t, parsed(t, hmac(t, strings.Repeat("\x00", 32), `{}`), jws.HMAC).Verify([]byte{}, &c), "does not fit")
	})
	t.Run("a short secret", func(t *testing.T) {
		refused(t, parsed(t, hmac(t, strings.Repeat("\x00", 32), `{}`), jws.HMAC).Verify([]byte("short"), &c), "signature")
	})
}

// RFC 9864 §2.2: two names, one algorithm.
func TestEd25519ByBothNames(t *testing.T) {
	for _, name := range []string{"EdDSA", "Ed25519"} {
		key, other := oauthtest.NewKey(t, name), oauthtest.NewKey(t, name)
		for _, allowed := range []string{"EdDSA", "Ed25519"} {
			var c jws.Claims
			token := parsed(t, key.Sign(t, nil, map[string]any{"iss": "me"}), allowed)
			if err := token.Verify(key.Private.Public(), &c); err != nil || c.Issuer != "me" {
				t.Errorf("%s as %s: %v", name, allowed, err)
			}
			refused(t, token.Verify(other.Private.Public(), &c), "signature")
			refused(t, token.Verify(oauthtest.NewKey(t, "ES256").Private.Public(), &c), "signature")
		}
		if _, err := jws.Parse(key.Sign(t, nil, nil), most, []string{"ES256"}); err == nil {
			t.Errorf("%s is taken for ES256", name)
		}
	}
}

func TestHMAC(t *testing.T) {
	const secret = "an HMAC secret of at least 32 byte"
	var c jws.Claims
	if err := parsed(t, hmac(t, secret, `{"iss":"me"}`), jws.HMAC).Verify([]byte(secret), &c); err != nil || c.Issuer != "me" {
		t.Error(err, c)
	}
}

func hmac(t *testing.T, secret, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestClaimsOfStrangers(t *testing.T) {
	key := oauthtest.NewKey(t, "ES256")
	for name, payload := range map[string]string{
		"a member twice": `{"iss":"a","iss":"b"}`, "a date as text": `{"exp":"1"}`, "a date below zero": `{"exp":-1}`,
		"a date beyond dates": `{"exp":1e12}`, "a null date": `{"exp":null}`, "no object": `7`, "an audience of numbers": `{"aud":[1]}`,
		"no JSON": `{`,
	} {
		t.Run(name, func(t *testing.T) {
			var c jws.Claims
			refused(t, parsed(t, key.SignRaw(t, `{"alg":"ES256"}`, payload), "ES256").Verify(key.Private.Public(), &c), "")
		})
	}
	t.Run("case matters", func(t *testing.T) {
		var c jws.Claims
		err := parsed(t, key.SignRaw(t, `{"alg":"ES256"}`, `{"ISS":"a"}`), "ES256").Verify(key.Private.Public(), &c)
		if err != nil || c.Issuer != "" {
			t.Errorf("read %+v, %v", c, err)
		}
	})
}

func TestStrongKeys(t *testing.T) {
	bits := func(n int) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), uint(n-1)), E: 65537}
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key  any
		good bool
	}{
		"RSA 2048": {bits(2048), true}, "RSA 2047": {bits(2047), false}, "RSA 8192": {bits(8192), true}, "RSA 8193": {bits(8193), false},
		"RSA with exponent 1": {&rsa.PublicKey{N: bits(2048).N, E: 1}, false}, "P-224": {p224.Public(), false}, "a private key": {oauthtest.NewKey(t, "ES256").Private, false},
		"bytes": {[]byte("secret"), false}, "nothing": {nil, false}, "P-521": {oauthtest.NewKey(t, "ES512").Private.Public(), true},
	} {
		if jws.Strong(c.key) != c.good {
			t.Errorf("%s: not %v", name, c.good)
		}
	}
}

// FuzzParse: what is read is signed with an algorithm that was allowed, and its
// dates are dates.
func FuzzParse(f *testing.F) {
	key := oauthtest.NewKey(f, "ES256")
	f.Add(key.Sign(f, map[string]any{"kid": "a"}, map[string]any{"iss": "a", "aud": []string{"b"}, "exp": 1}))
	f.Add(oauthtest.Base64(`{"alg":"RS256","crit":["a"]}`) + "." + oauthtest.Base64(`{"exp":1e400}`) + ".AA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := jws.Parse(text, most, jws.Asymmetric)
		if err != nil {
			return
		}
		var c jws.Claims
		if err := token.Unverified(&c); !slices.Contains(jws.Asymmetric, token.Algorithm) || err == nil && c.Expires.Year() > 5139 {
			t.Errorf("took %s, which expires %v", text, c.Expires)
		}
	})
}
