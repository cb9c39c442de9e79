package oauth

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

func TestAccessTokensThatAreRefused(t *testing.T) {
	k := start(t)
	tokens := k.tokens(web)
	good := accessClaims{}
	k.must(k.readToken(context.Background(), testPool, tokenType, tokens.AccessToken, &good))
	for name, change := range map[string]func(*accessClaims){
		"iss of another pool":         func(c *accessClaims) { c.Issuer = k.Issuer(otherPool) },
		"expired":                     func(c *accessClaims) { c.Expires = k.clock().Unix() },
		"from the future":             func(c *accessClaims) { c.IssuedAt = k.clock().Unix() + 120 },
		"token_use id":                func(c *accessClaims) { c.TokenUse = useID },
		"no token_use":                func(c *accessClaims) { c.TokenUse = "" },
		"no jti":                      func(c *accessClaims) { c.ID = "" },
		"another sub":                 func(c *accessClaims) { c.Subject = "bob" },
		"a lineage that is not there": func(c *accessClaims) { c.OriginJTI = "x" },
		"a lineage of another client": func(c *accessClaims) { c.ClientID = string(web2) },
		"a person without a lineage":  func(c *accessClaims) { c.OriginJTI = "" },
		"a client that is not there":  func(c *accessClaims) { c.ClientID = "nobody" },
	} {
		t.Run(name, func(t *testing.T) {
			changed := good
			change(&changed)
			token, err := k.Keys.Sign(context.Background(), testPool, keys.ES256, tokenType, changed)
			k.must(err)
			_, err = k.Verify(context.Background(), testPool, token)
			refused(t, err, InvalidToken)
		})
	}
	for name, claims := range map[string]any{"exp as text": map[string]any{"exp": "9999999999"}, "an array": []int{1}, "exp 1e99": map[string]any{"exp": 1e99}} {
		token, err := k.Keys.Sign(context.Background(), testPool, keys.ES256, tokenType, claims)
		k.must(err)
		if k.good(token) {
			t.Errorf("%s is taken", name)
		}
	}
	if !k.good(tokens.AccessToken) {
		t.Error("the token itself is refused")
	}
	k.wait(time.Hour)
	if k.good(tokens.AccessToken) {
		t.Error("taken after its end")
	}
}

func (k *kit) revokeAs(client identity.ClientID, token string) error {
	return k.Revoke(context.Background(), testPool, url.Values{"token": {token}}, as(client))
}

func TestRevoke(t *testing.T) {
	k := start(t)
	t.Run("a refresh token ends its lineage", func(t *testing.T) {
		tokens := k.tokens(web)
		k.must(k.revokeAs(web, tokens.RefreshToken))
		_, err := k.refreshAs(web, tokens.RefreshToken)
		refused(t, err, InvalidGrant)
		if k.good(tokens.AccessToken) {
			t.Error("the access token survives")
		}
		k.must(k.revokeAs(web, tokens.RefreshToken))
	})
	t.Run("an access token ends itself alone", func(t *testing.T) {
		tokens := k.tokens(spa)
		k.must(k.revokeAs(spa, tokens.AccessToken))
		if k.good(tokens.AccessToken) {
			t.Error("the access token survives")
		}
		again, err := k.refreshAs(spa, tokens.RefreshToken)
		k.must(err)
		if !k.good(again.AccessToken) {
			t.Error("a later access token is refused")
		}
	})
	t.Run("a client's own token ends too", func(t *testing.T) {
		got, err := k.token(machine, "grant_type", "client_credentials")
		k.must(err)
		k.must(k.revokeAs(machine, got.AccessToken))
		if k.good(got.AccessToken) {
			t.Error("the access token survives")
		}
	})
	t.Run("another client's token is refused and lives", func(t *testing.T) {
		tokens := k.tokens(web)
		refused(t, k.revokeAs(web2, tokens.RefreshToken), InvalidGrant)
		refused(t, k.revokeAs(web2, tokens.AccessToken), InvalidGrant)
		if !k.good(tokens.AccessToken) {
			t.Error("revoked")
		}
	})
	t.Run("what is no token is no error", func(t *testing.T) {
		for _, token := range []string{"x", "a.b.c", "rt_" + strings.Repeat("A", 65)} {
			k.must(k.revokeAs(web, token))
		}
	})
	t.Run("an ID token cannot be revoked", func(t *testing.T) {
		refused(t, k.revokeAs(web, k.tokens(web).IDToken), UnsupportedTokenType)
	})
	t.Run("the client must say who it is", func(t *testing.T) {
		err := k.Revoke(context.Background(), testPool, url.Values{"token": {"x"}}, ClientAuth{ID: web, Method: identity.AuthNone})
		refused(t, err, InvalidClient)
	})
	t.Run("the token must be there, once", func(t *testing.T) {
		refused(t, k.Revoke(context.Background(), testPool, url.Values{}, as(web)), InvalidRequest)
		refused(t, k.Revoke(context.Background(), testPool, url.Values{"token": {"a", "b"}}, as(web)), InvalidRequest)
	})
	t.Run("a client may have it switched off", func(t *testing.T) {
		off := false
		tokens := k.tokens(web2)
		k.change(web2, func(c *identity.Client) { c.TokenRevocation = &off })
		refused(t, k.revokeAs(web2, tokens.RefreshToken), InvalidRequest)
	})
}

func (k *kit) introspectAs(client identity.ClientID, token string) Introspection {
	k.Helper()
	got, err := k.Introspect(context.Background(), testPool, url.Values{"token": {token}}, as(client))
	k.must(err)
	return got
}

func TestIntrospect(t *testing.T) {
	k := start(t)
	tokens := k.tokens(web)
	t.Run("an access token", func(t *testing.T) {
		got, claims := k.introspectAs(web, tokens.AccessToken), claimsOf(t, tokens.AccessToken)
		if !got.Active || got.Scope != "openid email" || got.ClientID != "web" || got.Subject != claims["sub"] || got.ID != claims["jti"] ||
			got.TokenType != "Bearer" || float64(got.Expires) != claims["exp"] || got.Issuer != claims["iss"] {
			t.Errorf("answered %+v", got)
		}
	})
	t.Run("a refresh token", func(t *testing.T) {
		if got := k.introspectAs(web, tokens.RefreshToken); !got.Active || got.TokenUse != "refresh" || got.ID != "" {
			t.Errorf("answered %+v", got)
		}
	})
	t.Run("of anything else nothing is said", func(t *testing.T) {
		revoked := k.tokens(web)
		k.must(k.revokeAs(web, revoked.RefreshToken))
		other := k.tokens(web2)
		for name, token := range map[string]string{
			"made up": "x", "an ID token": tokens.IDToken, "revoked access": revoked.AccessToken, "revoked refresh": revoked.RefreshToken,
			"another client's access": other.AccessToken, "another client's refresh": other.RefreshToken,
			"a made-up member of the family": tokens.RefreshToken[:len(tokens.RefreshToken)-4] + "AAAA",
		} {
			if got := k.introspectAs(web, token); got.Active || got.Subject != "" || got.Scope != "" || got.Expires != 0 {
				t.Errorf("%s: answered %+v", name, got)
			}
		}
	})
	t.Run("a public client is refused", func(t *testing.T) {
		_, err := k.Introspect(context.Background(), testPool, url.Values{"token": {tokens.AccessToken}}, as(spa))
		refused(t, err, InvalidClient)
	})
	t.Run("nobody is told without a secret", func(t *testing.T) {
		_, err := k.Introspect(context.Background(), testPool, url.Values{"token": {tokens.AccessToken}}, ClientAuth{ID: web, Method: identity.AuthNone})
		refused(t, err, InvalidClient)
	})
}
