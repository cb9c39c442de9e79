package oauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/oauth/oauthtest"
)

// sealsTo gives a client a key to encrypt to.
func (k *kit) sealsTo(client identity.ClientID, alter func(*identity.Client)) *oauthtest.Key {
	k.Helper()
	key := oauthtest.NewKey(k, "ES256")
	k.change(client, func(c *identity.Client) {
		c.JWKS = &identity.JWKSet{}
		k.must(json.Unmarshal(oauthtest.Set(k, key), c.JWKS))
		c.JWKS.Keys[0].Use, c.JWKS.Keys[0].Algorithm = "enc", ""
		alter(c)
	})
	return key
}

// unseal answers what a JWE holds, and its cty.
func unseal(t testing.TB, text, enc string, key *oauthtest.Key) (string, any) {
	t.Helper()
	sealed, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{"ECDH-ES"}, []jose.ContentEncryption{jose.ContentEncryption(enc)})
	if err != nil {
		t.Fatal(err)
	}
	content, err := sealed.Decrypt(key.Private)
	if err != nil {
		t.Fatal(err)
	}
	return string(content), sealed.Header.ExtraHeaders["cty"]
}

func TestEncryptedIDTokens(t *testing.T) {
	k := start(t)
	key := k.sealsTo(web, func(c *identity.Client) { c.IDTokenEncryptionAlg, c.IDTokenEncryption = "ECDH-ES", "A256GCM" })
	tokens := k.tokens(web)
	inner, kind := unseal(t, tokens.IDToken, "A256GCM", key)
	if claims := claimsOf(t, inner); kind != "JWT" || claims["aud"] != "web" || claims["at_hash"] != leftHalf(keys.ES256, tokens.AccessToken) {
		t.Errorf("%v %v", kind, claims)
	}
	if hint := k.ask(request(web, "id_token_hint", inner), AuthorizeState{Auth: k.signIn("ann@example.test")}); decision(hint) != "code" {
		t.Errorf("the inner token as a hint answers %s", decision(hint))
	}
	t.Run("no key, no token", func(t *testing.T) {
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(oauthtest.Set(t, key)) })) // its alg is ES256
		defer site.Close()
		k.change(web, func(c *identity.Client) { c.JWKS, c.JWKSURI = nil, site.URL })
		_, err := k.redeemAs(web, k.code(k.signIn("ann@example.test"), request(web)))
		refused(t, err, InvalidRequest)
	})
}

func TestSealedAnswersMayGoInAQuery(t *testing.T) {
	k := start(t)
	key := k.sealsTo(web, func(c *identity.Client) { everyType(c); c.ResponseEncryptionAlg = "ECDH-ES" })
	d := k.ask(request(web, "response_type", "code token", "response_mode", "query.jwt"), AuthorizeState{Auth: k.signIn("ann@example.test")})
	inner, kind := unseal(t, d.Answer.Params.Get("response"), "A128CBC-HS256", key)
	if claims := claimsOf(t, inner); d.Answer.Mode != ModeQuery || kind != "JWT" || claims["code"] == nil || claims["access_token"] == nil || claims["aud"] != "web" {
		t.Errorf("%s %v", d.Answer.Mode, claims)
	}
}

func TestUserInfoSignedAndEncrypted(t *testing.T) {
	k := start(t)
	access := k.tokens(web).AccessToken
	sub := claimsOf(t, access)["sub"]
	ask := func() string {
		t.Helper()
		got, err := k.UserInfo(context.Background(), testPool, Presented{Token: access})
		k.must(err)
		return got.JWT
	}
	signed := func(t *testing.T, text string) {
		t.Helper()
		verified, err := k.Keys.Verify(context.Background(), testPool, tokenType, text)
		claims := claimsOf(t, text)
		if err != nil || verified.Alg != keys.EdDSA || claims["iss"] != k.Issuer(testPool) || claims["aud"] != "web" || claims["sub"] != sub || claims["email"] == nil {
			t.Errorf("%v %v", err, claims)
		}
	}
	if got := ask(); got != "" {
		t.Errorf("answered %s", got)
	}
	k.change(web, func(c *identity.Client) { c.UserInfoSigningAlg = keys.EdDSA })
	t.Run("signed", func(t *testing.T) { signed(t, ask()) })
	t.Run("and no signed answer is an ID token or an access token", func(t *testing.T) {
		if k.good(ask()) {
			t.Error("taken as an access token")
		}
		if _, err := k.readIDToken(context.Background(), testPool, ask()); err == nil {
			t.Error("taken as an ID token")
		}
	})
	key := k.sealsTo(web, func(c *identity.Client) { c.UserInfoEncryptionAlg = "ECDH-ES" })
	t.Run("both", func(t *testing.T) {
		inner, kind := unseal(t, ask(), "A128CBC-HS256", key)
		if kind != "JWT" {
			t.Errorf("cty %v", kind)
		}
		signed(t, inner)
	})
	t.Run("encrypted alone", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.UserInfoSigningAlg = "" })
		inner, kind := unseal(t, ask(), "A128CBC-HS256", key)
		if kind != nil || !strings.Contains(inner, `"email":"ann@example.test"`) {
			t.Errorf("%v %s", kind, inner)
		}
	})
}
