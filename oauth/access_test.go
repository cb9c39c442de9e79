package oauth

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/storage"
)

func headerOf(t testing.TB, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// opaqueTokensAt answers the stored token with this key.
func opaqueTokensAt(k *kit, key string) (found opaqueToken, err error) {
	err = k.Identity.Store.View(context.Background(), func(r storage.Reader) (err error) {
		found, err = opaqueTokens.Get(r, key)
		return err
	})
	return found, err
}

func (k *kit) opaqueCount() (n int) {
	k.Helper()
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		all, err := opaqueTokens.List(r, storage.Page{})
		n = len(all)
		return err
	}))
	return n
}

func TestAccessTokensByRFC9068(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	_, err := k.admin().CreateGroup(ctx, identity.Group{PoolID: testPool, Name: "staff", RoleARN: "arn:aws:iam::1:role/staff"})
	k.must(err)
	k.must(k.admin().AddToGroup(ctx, testPool, "ann@example.test", "staff"))
	k.change(web, func(c *identity.Client) {
		c.AccessTokenFormat, c.Resources = formatJWT, []string{"https://api.example.test/", "https://b.example.test/"}
	})
	access := k.tokens(web).AccessToken
	claims := claimsOf(t, access)
	if !strings.Contains(headerOf(t, access), `"typ":"at+jwt"`) || !k.good(access) {
		t.Errorf("header %s", headerOf(t, access))
	}
	if claims["aud"] != k.Issuer(testPool) || claims["acr"] != "1" || fmt.Sprint(claims["amr"], claims["groups"], claims["roles"], claims["cognito:groups"]) != "[pwd] [staff] [arn:aws:iam::1:role/staff] [staff]" ||
		claims["token_use"] != useAccess || claims["client_id"] != "web" {
		t.Errorf("claims %v", claims)
	}
	t.Run("aud is the resource, and us for userinfo", func(t *testing.T) {
		access := k.tokens(web, "resource", "https://api.example.test/").AccessToken
		if got := fmt.Sprint(claimsOf(t, access)["aud"]); got != "[https://api.example.test/ "+k.Issuer(testPool)+"]" {
			t.Errorf("aud %s", got)
		}
		access = k.tokens(web, "resource", "https://api.example.test/", "scope", "api/read").AccessToken
		if got := claimsOf(t, access)["aud"]; got != "https://api.example.test/" {
			t.Errorf("aud %v", got)
		}
	})
	t.Run("a client for itself", func(t *testing.T) {
		k.change(machine, func(c *identity.Client) { c.AccessTokenFormat = formatJWT })
		got, err := k.token(machine, "grant_type", "client_credentials")
		k.must(err)
		if claims := claimsOf(t, got.AccessToken); claims["aud"] != k.Issuer(testPool) || claims["sub"] != "machine" || !k.good(got.AccessToken) {
			t.Errorf("claims %v", claims)
		}
	})
}

func TestCognitosAccessTokenNamesItsResource(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) {
		c.Resources = []string{"https://api.example.test/", "https://b.example.test/"}
	})
	if aud := claimsOf(t, k.tokens(web).AccessToken)["aud"]; aud != nil {
		t.Errorf("aud %v", aud)
	}
	q := request(web)
	q["resource"] = []string{"https://api.example.test/", "https://b.example.test/"}
	tokens, err := k.redeemAs(web, k.code(k.signIn("ann@example.test"), q))
	k.must(err)
	told, err := k.Introspect(context.Background(), testPool, url.Values{"token": {tokens.AccessToken}}, as(web))
	k.must(err)
	if len(told.Audience) != 2 {
		t.Errorf("introspection says %v", told.Audience)
	}
	if aud := fmt.Sprint(claimsOf(t, tokens.AccessToken)["aud"]); aud != "[https://api.example.test/ https://b.example.test/]" || !k.good(tokens.AccessToken) {
		t.Errorf("aud %s", aud)
	}
}

func TestOpaqueAccessTokens(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	for _, id := range []identity.ClientID{web, machine} {
		k.change(id, func(c *identity.Client) { everyType(c); c.AccessTokenFormat = formatOpaque })
	}
	k.change(machine, func(c *identity.Client) {
		c.GrantTypes, c.ResponseTypes = []string{identity.GrantClientCredentials}, nil
	})
	tokens := k.tokens(web)
	introspect := func(token string) Introspection {
		t.Helper()
		got, err := k.Introspect(ctx, testPool, url.Values{"token": {token}}, as(web))
		k.must(err)
		return got
	}
	t.Run("say nothing, and are introspected", func(t *testing.T) {
		if strings.Contains(tokens.AccessToken, ".") || len(tokens.AccessToken) < 40 || !k.good(tokens.AccessToken) {
			t.Errorf("token %s", tokens.AccessToken)
		}
		if got := introspect(tokens.AccessToken); !got.Active || got.Subject != claimsOf(t, tokens.IDToken)["sub"] || got.Scope != "openid email" {
			t.Errorf("introspection %+v", got)
		}
	})
	t.Run("open userinfo, and at_hash is of the text", func(t *testing.T) {
		info, err := k.info(tokens.AccessToken)
		k.must(err)
		if info["email"] != "ann@example.test" || claimsOf(t, tokens.IDToken)["at_hash"] != leftHalf(keys.ES256, tokens.AccessToken) {
			t.Errorf("%v", info)
		}
	})
	t.Run("are given at every turn", func(t *testing.T) {
		again, err := k.refreshAs(web, tokens.RefreshToken)
		k.must(err)
		raced, err := k.refreshAs(web, tokens.RefreshToken)
		k.must(err)
		self, err := k.token(machine, "grant_type", "client_credentials")
		k.must(err)
		browser := k.front(web, "response_type", "token").Get("access_token")
		for _, token := range []string{again.AccessToken, raced.AccessToken, self.AccessToken, browser} {
			if !strings.HasPrefix(token, opaquePrefix) || !k.good(token) {
				t.Errorf("token %s", token)
			}
		}
	})
	t.Run("are not made where none is given", func(t *testing.T) {
		before := k.opaqueCount()
		k.front(web, "response_type", "code id_token")
		if after := k.opaqueCount(); after != before {
			t.Errorf("%d, and were %d", after, before)
		}
	})
	t.Run("stand nowhere as they are", func(t *testing.T) {
		if _, err := opaqueTokensAt(k, tokens.AccessToken); err == nil {
			t.Error("kept by its text")
		}
	})
	t.Run("of another pool are unknown", func(t *testing.T) {
		_, err := k.Verify(ctx, otherPool, tokens.AccessToken)
		refused(t, err, InvalidToken)
	})
	t.Run("made up are unknown", func(t *testing.T) {
		for _, token := range []string{opaquePrefix, opaquePrefix + "x", tokens.AccessToken + "x", hashOf(tokens.AccessToken), opaquePrefix + hashOf(tokens.AccessToken)} {
			if k.good(token) {
				t.Errorf("%s is taken", token)
			}
		}
	})
	t.Run("are revoked", func(t *testing.T) {
		k.must(k.Revoke(ctx, testPool, url.Values{"token": {tokens.AccessToken}}, as(web)))
		if k.good(tokens.AccessToken) || introspect(tokens.AccessToken).Active {
			t.Error("still good")
		}
	})
	t.Run("end, and are swept", func(t *testing.T) {
		tokens := k.tokens(web)
		k.wait(time.Hour)
		if k.good(tokens.AccessToken) {
			t.Error("still good")
		}
		k.wait(time.Second)
		_, err := k.Sweep(ctx)
		k.must(err)
		if _, err := opaqueTokensAt(k, hashOf(tokens.AccessToken)); err == nil {
			t.Error("still kept")
		}
	})
}

func TestEveryFormatCarriesAuthorizationDetails(t *testing.T) {
	k := start(t)
	const details = `[{"type":"payment","actions":["pay"]}]`
	for _, format := range []string{"", formatJWT, formatOpaque} {
		k.change(web, func(c *identity.Client) {
			c.AccessTokenFormat, c.AuthorizationDetailsTypes = format, []string{"payment"}
		})
		tokens := k.tokens(web, "authorization_details", details)
		got, err := k.Introspect(context.Background(), testPool, url.Values{"token": {tokens.AccessToken}}, as(web))
		k.must(err)
		if len(got.Details) != 1 || len(tokens.Details) != 1 || string(got.Details[0]) != `{"type":"payment","actions":["pay"]}` {
			t.Errorf("%q: %s, %s", format, got.Details, tokens.Details)
		}
	}
}

// Attacks that pass one token for another.
func TestAttackTokenSubstitution(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	k.change(web, func(c *identity.Client) { everyType(c); c.AccessTokenFormat = formatJWT })
	k.change(web2, everyType)
	got := k.front(web, "response_type", "code id_token token", "response_mode", "fragment")
	signed := k.ask(request(web, "response_mode", "jwt"), AuthorizeState{Auth: k.signIn("ann@example.test")}).Answer.Params.Get("response")
	t.Run("an ID token as an access token", func(t *testing.T) {
		for _, token := range []string{got.Get("id_token"), signed} {
			_, err := k.info(token)
			refused(t, err, InvalidToken)
		}
	})
	t.Run("an access token as an ID token", func(t *testing.T) {
		for _, token := range []string{got.Get("access_token"), signed} {
			d := k.ask(request(web, "id_token_hint", token), AuthorizeState{Auth: k.signIn("ann@example.test")})
			if decision(d) != "error "+LoginRequired {
				t.Errorf("answered %s", decision(d))
			}
		}
	})
	t.Run("an ID token under the type of an access token", func(t *testing.T) {
		forged, err := k.Keys.Sign(ctx, testPool, keys.ES256, accessType, claimsOf(t, got.Get("id_token")))
		k.must(err)
		if k.good(forged) {
			t.Error("taken")
		}
	})
	t.Run("a header that says at+jwt and more", func(t *testing.T) {
		parts := strings.SplitN(got.Get("access_token"), ".", 2)
		for _, head := range []string{
			strings.Replace(headerOf(t, got.Get("access_token")), "{", `{"x":1,`, 1),
			strings.Replace(headerOf(t, got.Get("access_token")), "at+jwt", "AT+JWT", 1),
			strings.Replace(headerOf(t, got.Get("access_token")), "at+jwt", "application/at+jwt", 1),
		} {
			if k.good(base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + parts[1]) {
				t.Errorf("%s is taken", head)
			}
		}
	})
	t.Run("a code from another client's hybrid answer", func(t *testing.T) {
		_, err := k.redeemAs(web2, got.Get("code"))
		refused(t, err, InvalidGrant)
		_, err = k.redeemAs(web, got.Get("code")) // it is spent, and what it belongs to ends
		refused(t, err, InvalidGrant)
		if k.good(got.Get("access_token")) {
			t.Error("the access token beside a stolen code is still good")
		}
	})
	t.Run("a code of a lineage that was revoked", func(t *testing.T) {
		got := k.front(web, "response_type", "code token")
		k.must(k.Identity.Store.Update(ctx, func(w storage.Writer) error {
			return k.revokeByID(w, testPool, claimsOf(t, got.Get("access_token"))["origin_jti"].(string), "test")
		}))
		_, err := k.redeemAs(web, got.Get("code"))
		refused(t, err, InvalidGrant)
	})
}
