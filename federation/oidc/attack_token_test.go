package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

// OI-08, OI-09, OI-10: ID tokens that a provider's key has signed and that are
// nevertheless not for this request of this client.
func TestOI10IDTokensThatDoNotHold(t *testing.T) {
	now := federationtest.Start(t).Now
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, claims := range map[string]map[string]any{
		"of another issuer": {"iss": "https://evil.example"}, "of an issuer with a slash more": {"iss": "-/"}, "without issuer": {"iss": nil},
		"issuer as a list":   {"iss": []string{"x"}},
		"for another client": {"aud": "other"}, "for nobody": {"aud": nil}, "for a list of others": {"aud": []string{"other"}}, "aud with a number": {"aud": []any{federationtest.Client, 1}},
		"issued to another client": {"azp": "other"}, "azp is no text": {"azp": 1}, "for two without azp": {"aud": []string{federationtest.Client, "other"}},
		"for two, issued to the other": {"aud": []string{federationtest.Client, "other"}, "azp": "other"},
		"without nonce":                {"nonce": nil}, "with an empty nonce": {"nonce": ""}, "with another nonce": {"nonce": "other"}, "nonce as a list": {"nonce": []string{"a"}},
		"expired": {"exp": at(-time.Minute)}, "without exp": {"exp": nil}, "exp as text": {"exp": "99999999999"}, "exp out of range": {"exp": 1e99}, "exp as truth": {"exp": true}, "exp in milliseconds": {"exp": 1.8e12},
		"without iat": {"iat": nil}, "iat of the future": {"iat": at(61 * time.Second)}, "iat of yesterday": {"iat": at(-24 * time.Hour)}, "iat just too old": {"iat": at(-11*time.Minute - time.Second)},
		"not valid yet": {"nbf": at(61 * time.Second)}, "nbf as text": {"nbf": "1"},
		"at_hash of another access token": {"at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng"},
		"sub empty":                       {"sub": ""}, "sub absent": {"sub": nil}, "sub as a number": {"sub": 7}, "sub of 256 bytes": {"sub": strings.Repeat("a", 256)}, "sub of 10 KB": {"sub": strings.Repeat("a", 10<<10)},
		"sub with a line break": {"sub": "a\nb"}, "sub with space around": {"sub": " person-1"},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.UserInfo = map[string]any{"sub": claims["sub"]}
			if _, set := claims["sub"]; !set {
				u.UserInfo = nil
			}
			u.Claims = func(c map[string]any) {
				for name, value := range claims {
					if value == "-/" {
						value = u.Issuer + "/"
					}
					c["_claim_sources"] = map[string]any{"src": map[string]any{"access_token": "secret"}}
					if c[name] = value; value == nil {
						delete(c, name)
					}
				}
			}
			_, err := u.SignIn(open(t, u, nil), nil)
			if e := federationtest.Refused(t, err, federation.Invalid); len(e.Claims) == 0 || e.Claims["_claim_sources"] != nil {
				t.Error("the administrator cannot see what was refused:", e)
			}
		})
	}
}

func TestTimesAreTakenWithinAMinute(t *testing.T) {
	for name, claims := range map[string]map[string]any{
		"expired":         {"exp": -59 * time.Second},
		"of the future":   {"iat": 60 * time.Second, "nbf": 60 * time.Second},
		"of a while ago":  {"iat": -11 * time.Minute},
		"with a fraction": {},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.Claims = func(c map[string]any) {
				for name, value := range claims {
					c[name] = u.Now.Add(value.(time.Duration)).Unix()
				}
				if len(claims) == 0 {
					c["exp"] = float64(u.Now.Unix()) + 0.5
				}
			}
			if _, err := u.SignIn(open(t, u, nil), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnIDTokenForTwoIsTakenWhenItWasIssuedToUs(t *testing.T) {
	u := federationtest.Start(t)
	sum := sha256.Sum256([]byte("access-4711"))
	answer, err := u.SignIn(open(t, u, nil), map[string]any{
		"aud": []string{"other", federationtest.Client}, "azp": federationtest.Client, "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
	})
	if err != nil || answer.Subject != "person-1" {
		t.Error(err)
	}
}

// OI-01 to OI-07: forms and keys that make no ID token.
func TestOI02ForgedSignatures(t *testing.T) {
	own := newKey(t)
	ownKey := jose.JSONWebKey{Key: own.Public(), KeyID: "first", Algorithm: "ES256"}
	for name, forge := range map[string]func(*federationtest.Upstream, map[string]any) string{
		"alg none":  func(_ *federationtest.Upstream, c map[string]any) string { return unsigned(t, "none", c) },
		"alg NoNe":  func(_ *federationtest.Upstream, c map[string]any) string { return unsigned(t, "NoNe", c) },
		"alg empty": func(_ *federationtest.Upstream, c map[string]any) string { return unsigned(t, "", c) },
		"HS256 with the secret": func(_ *federationtest.Upstream, c map[string]any) string {
			return hmacked(t, []byte(federationtest.Secret), c)
		},
		"HS256 with the public key in PEM": func(u *federationtest.Upstream, c map[string]any) string {
			return hmacked(t, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public(t, u)}), c)
		},
		"HS256 with the public key in DER": func(u *federationtest.Upstream, c map[string]any) string { return hmacked(t, public(t, u), c) },
		"signed by another key":            func(_ *federationtest.Upstream, c map[string]any) string { return sign(t, own, nil, c) },
		"jwk in the header": func(_ *federationtest.Upstream, c map[string]any) string {
			return sign(t, own, map[jose.HeaderKey]any{"jwk": ownKey}, c)
		},
		"jku in the header": func(u *federationtest.Upstream, c map[string]any) string {
			return sign(t, own, map[jose.HeaderKey]any{"jku": u.At("/evil-keys")}, c)
		},
		"x5u in the header": func(u *federationtest.Upstream, c map[string]any) string {
			return sign(t, own, map[jose.HeaderKey]any{"x5u": u.At("/evil-keys")}, c)
		},
		"an access token":  func(u *federationtest.Upstream, c map[string]any) string { return typed(t, u, "at+jwt", c) },
		"a logout token":   func(u *federationtest.Upstream, c map[string]any) string { return typed(t, u, "logout+jwt", c) },
		"a type as number": func(u *federationtest.Upstream, c map[string]any) string { return typed(t, u, 1, c) },
		"crit unknown": func(u *federationtest.Upstream, c map[string]any) string {
			return sign(t, u.Key, map[jose.HeaderKey]any{"crit": []string{"x"}, "x": 1}, c)
		},
		"kid of nobody": func(u *federationtest.Upstream, c map[string]any) string {
			return sign(t, u.Key, map[jose.HeaderKey]any{"kid": "../../etc/passwd"}, c)
		},
		"kid of nine KB": func(u *federationtest.Upstream, c map[string]any) string {
			return sign(t, u.Key, map[jose.HeaderKey]any{"kid": strings.Repeat("k", 9<<10)}, c)
		},
		"JSON, not compact": func(u *federationtest.Upstream, c map[string]any) string { return serialised(t, typed(t, u, "JWT", c)) },
		"longer than 64 KB": func(u *federationtest.Upstream, c map[string]any) string {
			c["x"] = strings.Repeat("x", 64<<10)
			return typed(t, u, "JWT", c)
		},
		"no token": func(*federationtest.Upstream, map[string]any) string { return "a.b" },
		"nothing":  func(*federationtest.Upstream, map[string]any) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.Sign = func(claims map[string]any) string { return forge(u, claims) }
			_, err := u.SignIn(open(t, u, nil), nil)
			federationtest.Refused(t, err, federation.Invalid)
			if len(u.Requests("/evil-keys")) != 0 {
				t.Error("a token says where its keys are, and is believed")
			}
		})
	}
}

// A provider that announces ES256 alone is not spoken for by another algorithm,
// nor a key by one that it is not for.
func TestOI02AlgorithmsAreTheProvidersOwn(t *testing.T) {
	weak, strong := rsaKey(t, 1024), rsaKey(t, 2048)
	for name, row := range map[string]struct {
		announced []string
		key       jose.JSONWebKey
		alg       jose.SignatureAlgorithm
		right     bool
	}{
		"announced":                  {[]string{"RS256"}, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "r", Algorithm: "RS256", Use: "sig"}, jose.RS256, true},
		"nothing announced":          {nil, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "r"}, jose.PS256, true},
		"not announced":              {[]string{"ES256", "HS256", "none"}, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "r"}, jose.RS256, false},
		"a key for another":          {nil, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "r", Algorithm: "PS256"}, jose.RS256, false},
		"a key for encryption":       {nil, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "r", Use: "enc"}, jose.RS256, false},
		"a key too short":            {nil, jose.JSONWebKey{Key: &weak.PublicKey, KeyID: "r"}, jose.RS256, false},
		"a key that is kept by kids": {nil, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "other"}, jose.RS256, false},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			u.Document["id_token_signing_alg_values_supported"] = row.announced
			u.Keys = func() any {
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: newKey(t).Public(), KeyID: "x"}, row.key}}
			}
			private := strong
			if row.key.Key == &weak.PublicKey {
				private = weak
			}
			u.Sign = func(claims map[string]any) string {
				return federationtest.Sign(t, row.alg, private, map[jose.HeaderKey]any{"kid": "r"}, claims)
			}
			if _, err := u.SignIn(open(t, u, nil), nil); (err == nil) != row.right {
				t.Error(err)
			}
		})
	}
}

func TestASymmetricKeyInAKeySetSignsNothing(t *testing.T) {
	u := federationtest.Start(t)
	secret := []byte(strings.Repeat("k", 32))
	u.Keys = func() any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: secret, KeyID: "s"}, {Key: u.Key.Public(), KeyID: "first"}}}
	}
	u.Sign = func(claims map[string]any) string {
		return federationtest.Sign(t, jose.HS256, secret, map[jose.HeaderKey]any{"kid": "s"}, claims)
	}
	_, err := u.SignIn(open(t, u, nil), nil)
	federationtest.Refused(t, err, federation.Invalid)
}

// AC-05: whatever the provider says but true and "true", the address is not verified.
func TestAC05FiveSpellingsOfEmailVerifiedAtTheProvider(t *testing.T) {
	for name, row := range map[string]struct {
		claims map[string]any
		want   bool
	}{
		"absent": {map[string]any{}, false}, "true": {map[string]any{"email_verified": true}, true}, "text true": {map[string]any{"email_verified": "true"}, true},
		"1": {map[string]any{"email_verified": 1}, false}, "false": {map[string]any{"email_verified": false}, false}, "True": {map[string]any{"email_verified": "True"}, false},
		"no address": {map[string]any{"email_verified": true, "email": ""}, false}, "address is a list": {map[string]any{"email_verified": true, "email": []string{"a"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			claims := map[string]any{"email": "victim@example.test"}
			for key, value := range row.claims {
				claims[key] = value
			}
			answer, err := u.SignIn(open(t, u, nil), claims)
			if err != nil || answer.EmailVerified != row.want {
				t.Error(answer.EmailVerified, err)
			}
			for trust, want := range map[string]bool{"true": true, "false": false} {
				if claims["email"] != "victim@example.test" {
					continue
				}
				if answer, err := u.SignIn(open(t, u, map[string]string{"trust_email": trust}), claims); err != nil || answer.EmailVerified != want {
					t.Error("trust_email", trust, answer.EmailVerified, err)
				}
			}
		})
	}
}

func unsigned(t *testing.T, alg string, claims map[string]any) string {
	t.Helper()
	header, _ := json.Marshal(map[string]string{"alg": alg, "typ": "JWT", "kid": "first"})
	payload, _ := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
}

func hmacked(t *testing.T, key []byte, claims map[string]any) string {
	t.Helper()
	for len(key) < 32 {
		key = append(key, 0)
	}
	return federationtest.Sign(t, jose.HS256, key, map[jose.HeaderKey]any{"kid": "first"}, claims)
}

func public(t *testing.T, u *federationtest.Upstream) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(u.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func sign(t *testing.T, key any, header map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	all := map[jose.HeaderKey]any{"kid": "first"}
	for name, value := range header {
		all[name] = value
	}
	return federationtest.Sign(t, jose.ES256, key, all, claims)
}

func typed(t *testing.T, u *federationtest.Upstream, kind any, claims map[string]any) string {
	t.Helper()
	return sign(t, u.Key, map[jose.HeaderKey]any{"typ": kind}, claims)
}

func serialised(t *testing.T, token string) string {
	t.Helper()
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		t.Fatal(err)
	}
	return signed.FullSerialize()
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
