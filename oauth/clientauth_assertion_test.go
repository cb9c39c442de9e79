package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/storage"
)

const testIssuer = "https://login.example.test/local_test"

// keyed registers the client with private_key_jwt and these keys.
func (k *kit) keyed(id identity.ClientID, keys ...*oauthtest.Key) {
	k.Helper()
	k.change(id, func(c *identity.Client) {
		c.AuthMethod, c.JWKS = identity.AuthPrivateKeyJWT, &identity.JWKSet{}
		k.must(json.Unmarshal(oauthtest.Set(k, keys...), c.JWKS))
	})
}

// asserted is how a client authenticates with a signed JWT at the token endpoint.
func (k *kit) asserted(text string) (ClientAuth, error) {
	auth, err := ReadClientAuth(nil, url.Values{"client_assertion": {text}, "client_assertion_type": {assertionType}})
	auth.URL = tokenURL
	return auth, err
}

// asserts authenticates with a signed JWT.
func (k *kit) asserts(text string) error {
	auth, err := k.asserted(text)
	if err != nil {
		return err
	}
	_, c, err := k.authenticate(context.Background(), testPool, auth)
	if err == nil && c.ID != auth.ID {
		k.Errorf("%s is %s", auth.ID, c.ID)
	}
	return err
}

func claim(name string, value any) func(header, claims map[string]any) {
	return func(_, claims map[string]any) { claims[name] = value }
}

func TestPrivateKeyJWT(t *testing.T) {
	for _, alg := range []string{"RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			k, key := start(t), oauthtest.NewKey(t, alg)
			k.keyed(machine, key)
			k.must(k.asserts(key.Assertion(t, "machine", testIssuer, k.clock(), nil)))
		})
	}
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	k.keyed(machine, key)
	for name, audience := range map[string]any{
		"the issuer": testIssuer, "the token endpoint": tokenURL, "several of ours": []string{testIssuer, tokenURL}, "the issuer in a list": []string{testIssuer},
	} {
		t.Run("for "+name, func(t *testing.T) {
			k.must(k.asserts(key.Assertion(t, "machine", "", k.clock(), claim("aud", audience))))
		})
	}
	for _, kind := range []any{nil, "jwt", "client-authentication+jwt"} {
		k.must(k.asserts(key.Assertion(t, "machine", testIssuer, k.clock(), func(header, _ map[string]any) { header["typ"] = kind })))
	}
	// FAPI 2.0 par-ensure-jwt-client-assertions-nbf-8-seconds.
	t.Run("dates a few seconds ahead", func(t *testing.T) {
		k.must(k.asserts(key.Assertion(t, "machine", testIssuer, k.clock().Add(8*time.Second), func(_, claims map[string]any) {
			claims["nbf"] = k.clock().Add(8 * time.Second).Unix()
		})))
	})
	t.Run("it gives tokens", func(t *testing.T) {
		auth, err := k.asserted(key.Assertion(t, "machine", testIssuer, k.clock(), nil))
		k.must(err)
		_, err = k.Token(context.Background(), testPool, TokenRequest{Form: url.Values{"grant_type": {"client_credentials"}}, Auth: auth})
		k.must(err)
	})
}

func TestAttackAssertions(t *testing.T) {
	k, key, thief := start(t), oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	k.keyed(machine, key)
	k.keyed(web2, thief)
	now := k.clock()
	make := func(change func(header, claims map[string]any)) string {
		return key.Assertion(t, "machine", testIssuer, now, change)
	}
	for name, text := range map[string]string{
		"signed by another client":        thief.Assertion(t, "machine", testIssuer, now, nil),
		"iss is another client":           make(claim("iss", "web2")),
		"no iss":                          make(claim("iss", nil)),
		"no sub":                          make(claim("sub", nil)),
		"aud is somebody else":            make(claim("aud", "https://other.example.test")),
		"aud is us and somebody else":     make(claim("aud", []string{testIssuer, "https://other.example.test"})),
		"aud is another pool":             make(claim("aud", "https://login.example.test/local_other")),
		"no aud":                          make(claim("aud", nil)),
		"an empty aud":                    make(claim("aud", []string{})),
		"exp is five minutes past":        make(claim("exp", now.Add(-5*time.Minute).Unix())),
		"exp is a day ahead":              make(claim("exp", now.Add(24*time.Hour).Unix())),
		"no exp":                          make(claim("exp", nil)),
		"nbf over a minute ahead":         make(claim("nbf", now.Add(70*time.Second).Unix())),
		"iat over a minute ahead":         make(claim("iat", now.Add(70*time.Second).Unix())),
		"no jti":                          make(claim("jti", nil)),
		"a jti of 300 letters":            make(claim("jti", strings.Repeat("j", 300))),
		"a DPoP proof":                    make(func(header, _ map[string]any) { header["typ"] = "dpop+jwt" }),
		"an access token by its typ":      make(func(header, _ map[string]any) { header["typ"] = "at+jwt" }),
		"a kid that is not there":         make(func(header, _ map[string]any) { header["kid"] = "other" }),
		"its own key in the header":       thief.Assertion(t, "machine", testIssuer, now, func(header, _ map[string]any) { header["jwk"] = thief.Public() }),
		"a key set of its own (jku)":      thief.Assertion(t, "machine", testIssuer, now, func(header, _ map[string]any) { header["jku"] = "https://evil.example.test/" }),
		"alg none":                        oauthtest.Base64(`{"alg":"none"}`) + "." + oauthtest.Base64(`{"sub":"machine"}`) + ".",
		"an HMAC of the public key":       hmacOf(t, string(oauthtest.Set(t, key)), "machine", testIssuer, now),
		"an HMAC of the client's secret":  hmacOf(t, secretOf(machine), "machine", testIssuer, now),
		"an unknown client":               thief.Assertion(t, "nobody", testIssuer, now, nil),
		"a client registered for secrets": key.Assertion(t, "web", testIssuer, now, nil),
		"a public client":                 key.Assertion(t, "spa", testIssuer, now, nil),
	} {
		t.Run(name, func(t *testing.T) { refused(t, k.asserts(text), InvalidClient) })
	}
	t.Run("once more", func(t *testing.T) {
		text := make(nil)
		k.must(k.asserts(text))
		refused(t, k.asserts(text), InvalidClient)
	})
	t.Run("once more with another signature", func(t *testing.T) {
		k.must(k.asserts(make(claim("jti", "twice"))))
		refused(t, k.asserts(make(claim("jti", "twice"))), InvalidClient)
	})
	t.Run("another client's jti is its own", func(t *testing.T) {
		k.must(k.asserts(thief.Assertion(t, "web2", testIssuer, now, claim("jti", "twice"))))
	})
	t.Run("the secret of a client that signs", func(t *testing.T) {
		_, _, err := k.authenticate(context.Background(), testPool, as(machine))
		refused(t, err, InvalidClient)
	})
	t.Run("why is for the log alone", func(t *testing.T) {
		_, err := errOf(k.asserts(make(claim("aud", "https://other.example.test")))), k.asserts(make(claim("exp", nil)))
		if a, b := errOf(k.asserts(make(claim("aud", "x")))), errOf(err); a.Description != b.Description || !strings.Contains(a.Error(), "aud") {
			t.Errorf("%v\n%v", a, b)
		}
	})
}

func errOf(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

func TestAssertionsAreReadOneWay(t *testing.T) {
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	text := key.Assertion(t, "machine", testIssuer, k.clock(), nil)
	for name, c := range map[string]struct {
		header []string
		body   url.Values
		code   string
	}{
		"with a header":             {[]string{basic("machine", "s")}, url.Values{"client_assertion": {text}, "client_assertion_type": {assertionType}}, InvalidRequest},
		"with a secret":             {nil, url.Values{"client_id": {"machine"}, "client_secret": {"s"}, "client_assertion": {text}, "client_assertion_type": {assertionType}}, InvalidRequest},
		"of another client_id":      {nil, url.Values{"client_id": {"web"}, "client_assertion": {text}, "client_assertion_type": {assertionType}}, InvalidClient},
		"without a type":            {nil, url.Values{"client_assertion": {text}}, InvalidRequest},
		"of a SAML type":            {nil, url.Values{"client_assertion": {text}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}}, InvalidRequest},
		"a type without one":        {nil, url.Values{"client_id": {"machine"}, "client_assertion_type": {assertionType}}, InvalidRequest},
		"twice":                     {nil, url.Values{"client_assertion": {text, text}, "client_assertion_type": {assertionType}}, InvalidRequest},
		"longer than 16 KiB":        {nil, url.Values{"client_assertion": {strings.Repeat("a", 17<<10)}, "client_assertion_type": {assertionType}}, InvalidClient},
		"a sub that is no text":     {nil, url.Values{"client_assertion": {key.SignRaw(t, `{"alg":"ES256"}`, `{"sub":7}`)}, "client_assertion_type": {assertionType}}, InvalidClient},
		"a sub that is not legible": {nil, url.Values{"client_assertion": {key.SignRaw(t, `{"alg":"ES256"}`, "{\"sub\":\"\xff\"}")}, "client_assertion_type": {assertionType}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadClientAuth(c.header, c.body)
			if c.code == "" {
				k.must(err) // the reader mends what is no UTF-8; no client has that id
				return
			}
			refused(t, err, c.code)
		})
	}
}

// The modules of the FAPI 2.0 Security Profile plan about client assertions.
func TestFAPI2ClientAssertions(t *testing.T) {
	k, key, rs := start(t), oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "RS256")
	k.keyed(web2, key, rs)
	k.change(web2, func(c *identity.Client) {
		c.FAPIProfile, c.AllowedOAuthFlows = identity.FAPISecurity, []string{"code"}
		c.CallbackURLs = slices.DeleteFunc(c.CallbackURLs, func(u string) bool { return strings.HasPrefix(u, "http:") })
	})
	now := k.clock()
	k.must(k.asserts(key.Assertion(t, "web2", testIssuer, now, nil)))
	for name, text := range map[string]string{
		"ensure-signed-client-assertion-with-RS256-fails":  rs.Assertion(t, "web2", testIssuer, now, nil),
		"par-test-array-as-audience-fails":                 key.Assertion(t, "web2", "", now, claim("aud", []string{testIssuer})),
		"token-endpoint-url-as-audience-fails":             key.Assertion(t, "web2", tokenURL, now, nil),
		"ensure-client-assertion-exp-is-5-minutes-in-past": key.Assertion(t, "web2", testIssuer, now, claim("exp", now.Add(-5*time.Minute).Unix())),
		"ensure-client-assertion-with-wrong-aud-fails":     key.Assertion(t, "web2", "https://other.example.test/", now, nil),
		"ensure-client-assertion-with-no-sub-fails":        key.Assertion(t, "web2", testIssuer, now, claim("sub", nil)),
		"jwt-client-assertions-nbf-over-60-seconds":        key.Assertion(t, "web2", testIssuer, now, claim("nbf", now.Add(61*time.Second).Unix())),
	} {
		t.Run(name, func(t *testing.T) { refused(t, k.asserts(text), InvalidClient) })
	}
}

func TestClientSecretJWT(t *testing.T) {
	k := start(t)
	k.change(machine, func(c *identity.Client) { c.AuthMethod = identity.AuthSecretJWT })
	now, secret := k.clock(), secretOf(machine)
	k.must(k.asserts(hmacOf(t, secret, "machine", testIssuer, now)))
	refused(t, k.asserts(hmacOf(t, secretOf(web)+"0123456789", "machine", testIssuer, now.Add(time.Second))), InvalidClient)
	t.Run("the secret itself is not taken", func(t *testing.T) {
		_, _, err := k.authenticate(context.Background(), testPool, as(machine))
		refused(t, err, InvalidClient)
	})
	t.Run("a key is not taken", func(t *testing.T) {
		refused(t, k.asserts(oauthtest.NewKey(t, "ES256").Assertion(t, "machine", testIssuer, now, nil)), InvalidClient)
	})
}

// hmacOf is an assertion under a secret.
func hmacOf(t *testing.T, secret, client, audience string, now time.Time) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(map[string]any{"iss": client, "sub": client, "aud": audience, "jti": now.String(), "exp": now.Add(time.Minute).Unix()})
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAttackTenRacersWithOneAssertion(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k, key := startOn(t, open(t)), oauthtest.NewKey(t, "ES256")
			k.keyed(machine, key)
			text := key.Assertion(t, "machine", testIssuer, k.clock(), nil)
			won, lost := race(func() (TokenResponse, error) {
				auth, err := k.asserted(text)
				if err != nil {
					return TokenResponse{}, err
				}
				return k.Token(context.Background(), testPool, TokenRequest{Form: url.Values{"grant_type": {"client_credentials"}}, Auth: auth})
			})
			if len(won) != 1 {
				t.Errorf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidClient)
			}
		})
	}
}

// FuzzClientAssertion: whatever is sent, no client is proven but by its own key.
func FuzzClientAssertion(f *testing.F) {
	k, key := start(f), oauthtest.NewKey(f, "ES256")
	k.keyed(machine, oauthtest.NewKey(f, "ES256"))
	f.Add(key.Assertion(f, "machine", testIssuer, k.clock(), nil))
	f.Add(key.Assertion(f, "machine", testIssuer, k.clock(), claim("aud", []string{})))
	f.Add(oauthtest.Base64(`{"alg":"HS256"}`) + "." + oauthtest.Base64(`{"sub":"machine"}`) + ".AA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		auth, err := k.asserted(text)
		if err == nil {
			_, _, err = k.authenticate(context.Background(), testPool, auth)
		}
		if code, _ := CodeOf(err); code != InvalidClient && code != InvalidRequest {
			t.Errorf("answered %v", err)
		}
	})
}

// counted counts what is written.
type counted struct {
	storage.Store
	writes int
}

func (c *counted) Update(ctx context.Context, fn func(storage.Writer) error) error {
	c.writes++
	return c.Store.Update(ctx, fn)
}

func TestAnAssertionIsSpentWithTheGrant(t *testing.T) {
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	store := &counted{Store: k.Identity.Store}
	k.Identity.Store = store
	code := k.code(k.signIn("ann@example.test"), request(web))
	k.keyed(web, key)
	redeem := func(text, code string) error {
		auth, err := k.asserted(text)
		k.must(err)
		_, err = k.Token(context.Background(), testPool, TokenRequest{Auth: auth, Form: url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
		}})
		return err
	}
	make := func() string { return key.Assertion(t, "web", testIssuer, k.clock(), nil) }
	k.must(redeem(make(), code)) // the signing key is made
	for name, each := range map[string]struct{ code, refused string }{
		"a code":              {k.code(k.signIn("ann@example.test"), request(web)), ""},
		"a code of another":   {k.code(k.signIn("ann@example.test"), request(web2)), InvalidGrant},
		"a code that is none": {"ac_none", InvalidGrant},
		"no code":             {"", InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			text := make()
			store.writes = 0
			if err := redeem(text, each.code); each.refused == "" {
				k.must(err)
			} else {
				refused(t, err, each.refused)
			}
			if store.writes != 1 {
				t.Errorf("%d transactions", store.writes)
			}
			refused(t, redeem(text, each.code), InvalidClient)
		})
	}
}
