package oauth

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func TestRefreshRotates(t *testing.T) {
	k := start(t)
	first := k.tokens(web)
	k.wait(10 * time.Minute)
	second, err := k.refreshAs(web, first.RefreshToken)
	k.must(err)
	if second.RefreshToken == "" || second.RefreshToken == first.RefreshToken || second.AccessToken == first.AccessToken || second.IDToken == "" {
		t.Fatalf("answered %+v", second)
	}
	before, after := claimsOf(t, first.IDToken), claimsOf(t, second.IDToken)
	for _, same := range []string{"sub", "iss", "aud", "auth_time", "origin_jti", "sid"} { // OpenID Connect Core §12.2
		if before[same] != after[same] {
			t.Errorf("%s was %v, is %v", same, before[same], after[same])
		}
	}
	if after["iat"].(float64)-before["iat"].(float64) != 600 || before["jti"] == after["jti"] || after["nonce"] != nil {
		t.Errorf("claims %v", after)
	}
	third, err := k.refreshAs(web, second.RefreshToken)
	k.must(err)
	if third.RefreshToken == second.RefreshToken {
		t.Error("not rotated again")
	}
}

func TestAReusedRefreshTokenEndsItsLineage(t *testing.T) {
	k := start(t)
	first := k.tokens(web)
	second, err := k.refreshAs(web, first.RefreshToken)
	k.must(err)
	k.wait(defaultGrace)
	_, err = k.refreshAs(web, first.RefreshToken)
	refused(t, err, InvalidGrant)
	_, err = k.refreshAs(web, second.RefreshToken)
	refused(t, err, InvalidGrant)
	if k.good(second.AccessToken) {
		t.Error("the access token survives its family")
	}
	k.audited("refresh_token_reused")
}

func TestRefreshReuseByGenerations(t *testing.T) {
	k := start(t)
	first := k.tokens(web)
	last := first
	for range 20 {
		k.wait(time.Hour)
		var err error
		last, err = k.refreshAs(web, last.RefreshToken)
		k.must(err)
	}
	_, err := k.refreshAs(web, first.RefreshToken)
	refused(t, err, InvalidGrant)
	_, err = k.refreshAs(web, last.RefreshToken)
	refused(t, err, InvalidGrant)
}

func TestRefreshWithoutGrace(t *testing.T) {
	k := start(t)
	none := 0
	k.change(web, func(c *identity.Client) { c.Rotation.GracePeriodSeconds = &none })
	first := k.tokens(web)
	second, err := k.refreshAs(web, first.RefreshToken)
	k.must(err)
	_, err = k.refreshAs(web, first.RefreshToken)
	refused(t, err, InvalidGrant)
	_, err = k.refreshAs(web, second.RefreshToken)
	refused(t, err, InvalidGrant)
}

func TestRefreshByALateRacer(t *testing.T) {
	k := start(t)
	tokens := k.tokens(web)
	b, err := k.refreshAs(web, tokens.RefreshToken)
	k.must(err)
	c, err := k.refreshAs(web, b.RefreshToken)
	k.must(err)
	late, err := k.refreshAs(web, tokens.RefreshToken)
	k.must(err)
	if late.RefreshToken != c.RefreshToken {
		t.Error("it is not given the latest")
	}
}

func TestLineageRemembersFewParents(t *testing.T) {
	g, now := Grant{Current: "0"}, time.Now()
	for i := range 3 * maxPast {
		g.rotate(strconv.Itoa(i+1), time.Minute, now)
	}
	if len(g.Past) != maxPast || g.Past[maxPast-1].Hash != strconv.Itoa(3*maxPast-1) {
		t.Errorf("it remembers %+v", g.Past)
	}
	g.rotate("next", time.Minute, now.Add(time.Minute))
	if len(g.Past) != 1 {
		t.Errorf("it remembers %d past the grace period", len(g.Past)-1)
	}
}

func TestRefreshWithRotationOff(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { c.Rotation.Feature = "DISABLED" })
	first := k.tokens(web)
	for range 3 {
		k.wait(time.Hour)
		got, err := k.refreshAs(web, first.RefreshToken)
		k.must(err)
		if got.RefreshToken != "" || got.AccessToken == "" {
			t.Errorf("answered %+v", got)
		}
	}
}

func TestRefreshTokensEndWithTheFirst(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { c.RefreshValidity = 2 })
	tokens := k.tokens(web)
	k.wait(47 * time.Hour)
	tokens, err := k.refreshAs(web, tokens.RefreshToken)
	k.must(err)
	k.wait(time.Hour)
	_, err = k.refreshAs(web, tokens.RefreshToken)
	refused(t, err, InvalidGrant)
}

func TestRefreshAttacks(t *testing.T) {
	k := start(t)
	t.Run("another client", func(t *testing.T) {
		tokens := k.tokens(web)
		_, err := k.refreshAs(web2, tokens.RefreshToken)
		refused(t, err, InvalidGrant)
		_, err = k.refreshAs(web, tokens.RefreshToken)
		k.must(err)
	})
	t.Run("another pool", func(t *testing.T) {
		_, err := k.Token(context.Background(), otherPool, TokenRequest{
			Form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {k.tokens(web).RefreshToken}}, Auth: as(web),
		})
		refused(t, err, InvalidGrant)
	})
	t.Run("other kinds of token, and other spellings", func(t *testing.T) {
		tokens := k.tokens(web)
		rt := tokens.RefreshToken
		for _, other := range []string{tokens.AccessToken, tokens.IDToken, rt[:len(rt)-1], rt + "A", rt[3:], strings.ToUpper(rt), "RT_" + rt[3:], "rt_", "x"} {
			_, err := k.refreshAs(web, other)
			refused(t, err, InvalidGrant)
		}
		_, err := k.refreshAs(web, rt)
		k.must(err)
	})
	t.Run("more scope", func(t *testing.T) {
		tokens := k.tokens(web)
		_, err := k.token(web, "grant_type", "refresh_token", "refresh_token", tokens.RefreshToken, "scope", "openid email phone")
		refused(t, err, InvalidScope)
		_, err = k.refreshAs(web, tokens.RefreshToken)
		k.must(err)
	})
}

func TestRefreshNarrowsScope(t *testing.T) {
	k := start(t)
	tokens := k.tokens(web, "scope", "openid email api/read")
	got, err := k.token(web, "grant_type", "refresh_token", "refresh_token", tokens.RefreshToken, "scope", "api/read")
	k.must(err)
	if got.Scope != "api/read" || got.IDToken != "" || claimsOf(t, got.AccessToken)["scope"] != "api/read" {
		t.Errorf("answered %+v", got)
	}
	got, err = k.refreshAs(web, got.RefreshToken)
	k.must(err)
	if got.Scope != "openid email api/read" {
		t.Errorf("the lineage was narrowed to %q", got.Scope)
	}
	k.change(web, func(c *identity.Client) { c.AllowedOAuthScopes = []string{"openid", "email"} })
	got, err = k.refreshAs(web, got.RefreshToken)
	k.must(err)
	if got.Scope != "openid email" {
		t.Errorf("scope %q after the client lost one", got.Scope)
	}
}

func TestRefreshAfterTheSignInEnded(t *testing.T) {
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			k := start(t)
			ann, cookie := k.browser("ann@example.test")
			tokens, err := k.redeemAs(web, k.code(ann, request(web)))
			k.must(err)
			k.must(end(k, cookie))
			_, err = k.refreshAs(web, tokens.RefreshToken)
			refused(t, err, InvalidGrant)
			if k.good(tokens.AccessToken) {
				t.Error("the access token survives")
			}
		})
	}
	t.Run("disabled, long after the session was forgotten", func(t *testing.T) {
		k := start(t)
		tokens := k.tokens(web)
		k.Identity.SessionEnded, k.Identity.SignedOut = nil, nil // nothing ends the lineage itself
		k.must(k.admin().Disable(context.Background(), testPool, "ann@example.test"))
		_, err := k.refreshAs(web, tokens.RefreshToken)
		refused(t, err, InvalidGrant)
		if k.good(tokens.AccessToken) || k.introspectAs(web, tokens.RefreshToken).Active {
			t.Error("a token survives")
		}
	})
	t.Run("the client was deleted", func(t *testing.T) {
		k := start(t)
		tokens := k.tokens(web)
		k.must(k.settings().DeleteClient(context.Background(), testPool, web))
		_, err := k.refreshAs(web, tokens.RefreshToken)
		refused(t, err, InvalidClient)
		if k.good(tokens.AccessToken) {
			t.Error("the access token survives")
		}
	})
	t.Run("a session that only ran out leaves the tokens", func(t *testing.T) {
		k := start(t)
		tokens := k.tokens(web)
		k.wait(48 * time.Hour)
		_, err := k.refreshAs(web, tokens.RefreshToken)
		k.must(err)
	})
}

func TestLivingGrantsAreListedNewestFirst(t *testing.T) {
	k := start(t)
	k.tokens(web)
	k.wait(time.Second)
	spaTokens := k.tokens(spa)
	user := identity.UserID(claimsOf(t, spaTokens.AccessToken)["sub"].(string))
	living, err := k.GrantsOf(context.Background(), testPool, user)
	k.must(err)
	if len(living) != 2 || living[0].ClientID != spa || living[1].ClientID != web {
		t.Errorf("grants %+v", living)
	}
	k.must(k.Revoke(context.Background(), testPool, url.Values{"token": {spaTokens.RefreshToken}}, as(spa)))
	if living, err = k.GrantsOf(context.Background(), testPool, user); err != nil || len(living) != 1 {
		t.Errorf("%d grants, %v", len(living), err)
	}
}
