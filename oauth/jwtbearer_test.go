package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
)

const voucher = "https://sso.example.test"

// startBearer is a kit whose web2 takes assertions of voucher about people by subject.
func startBearer(t *testing.T, subject string) (*kit, *oauthtest.Key) {
	t.Helper()
	return bearerOn(start(t), subject)
}

func bearerOn(k *kit, subject string) (*kit, *oauthtest.Key) {
	k.Helper()
	key := oauthtest.NewKey(k, "ES256")
	issuer := identity.AssertionIssuer{Issuer: voucher, Subject: subject, JWKS: &identity.JWKSet{}}
	k.must(json.Unmarshal(oauthtest.Set(k, key), issuer.JWKS))
	k.change(web2, func(c *identity.Client) {
		c.GrantTypes, c.JWTBearer = []string{identity.GrantJWTBearer, identity.GrantRefresh}, []identity.AssertionIssuer{issuer}
	})
	return k, key
}

// vouch is an assertion of voucher about somebody, with changes: a claim, its value, and so on; nil leaves it out.
func (k *kit) vouch(key *oauthtest.Key, subject string, changes ...any) string {
	k.Helper()
	claims := map[string]any{
		"iss": voucher, "sub": subject, "aud": k.Issuer(testPool), "jti": randomText(8),
		"iat": k.clock().Unix(), "exp": k.clock().Add(5 * time.Minute).Unix(),
	}
	for i := 0; i < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1]
		if changes[i+1] == nil {
			delete(claims, changes[i].(string))
		}
	}
	return key.Sign(k, nil, claims)
}

func (k *kit) bearer(client identity.ClientID, assertion string, pairs ...string) (TokenResponse, error) {
	return k.token(client, append([]string{"grant_type", identity.GrantJWTBearer, "assertion", assertion, "scope", "openid api/read"}, pairs...)...)
}

func TestAssertionGivesAnAccessToken(t *testing.T) {
	for _, by := range []string{"", "username", "sub", "email"} {
		t.Run(by, func(t *testing.T) {
			k, key := startBearer(t, by)
			ann, err := k.admin().User(context.Background(), testPool, "ann@example.test")
			k.must(err)
			subject := map[string]string{"": ann.Username, "username": ann.Username, "sub": string(ann.ID), "email": "Ann@example.test"}[by]
			got, err := k.bearer(web2, k.vouch(key, subject))
			k.must(err)
			claims := claimsOf(t, got.IDToken)
			if got.RefreshToken != "" || got.Scope != "openid api/read" || claims["sub"] != string(ann.ID) || fmt.Sprint(claims["amr"]) != "[jwt]" || !k.good(got.AccessToken) {
				t.Errorf("%+v with %v", got, claims)
			}
			if e := k.lastEvent("asserted"); e.User != string(ann.ID) || e.Detail["issuer"] != voucher || e.Client != "web2" {
				t.Errorf("the audit says %+v", e)
			}
		})
	}
}

func TestAssertionsThatAreRefused(t *testing.T) {
	k, key := startBearer(t, "email")
	const ann = "ann@example.test"
	now, other := k.clock(), oauthtest.NewKey(t, "ES256")
	for name, assertion := range map[string]string{
		"text": "not a token", "another key": k.vouch(other, ann), "another issuer": k.vouch(key, ann, "iss", "https://evil.example.test"),
		"no issuer": k.vouch(key, ann, "iss", nil), "no sub": k.vouch(key, ann, "sub", nil), "no aud": k.vouch(key, ann, "aud", nil),
		"another aud": k.vouch(key, ann, "aud", "https://other.example.test"), "one aud too many": k.vouch(key, ann, "aud", []string{k.Issuer(testPool), "https://other.example.test"}),
		"no exp": k.vouch(key, ann, "exp", nil), "over": k.vouch(key, ann, "exp", now.Add(-time.Minute).Unix()), "far off": k.vouch(key, ann, "exp", now.Add(2*time.Hour).Unix()),
		"not yet": k.vouch(key, ann, "nbf", now.Add(time.Minute).Unix()), "made tomorrow": k.vouch(key, ann, "iat", now.Add(time.Minute).Unix()), "no jti": k.vouch(key, ann, "jti", nil),
		"nobody": k.vouch(key, "nobody@example.test"), "her name elsewhere": k.vouch(key, "ann"),
		"another purpose": key.Sign(t, map[string]any{"typ": "logout+jwt"}, map[string]any{"iss": voucher, "sub": ann, "aud": k.Issuer(testPool), "jti": "j", "exp": now.Add(time.Minute).Unix()}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.bearer(web2, assertion)
			refused(t, err, InvalidGrant)
		})
	}
	_, err := k.bearer(web2, "")
	refused(t, err, InvalidRequest)
	_, err = k.bearer(web, k.vouch(key, ann))
	refused(t, err, UnauthorizedClient)
	_, err = k.bearer(web2, k.vouch(key, ann), "scope", "api/unknown")
	refused(t, err, InvalidScope)
}

// TestAttackReplayedAssertion: an assertion is used once, also by another client.
func TestAttackReplayedAssertion(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k, key := bearerOn(startOn(t, open(t)), "email")
			assertion := k.vouch(key, "ann@example.test")
			won, lost := race(func() (TokenResponse, error) { return k.bearer(web2, assertion) })
			if len(won) != 1 {
				t.Errorf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidGrant)
			}
			web2Client, err := k.settings().Client(context.Background(), testPool, web2)
			k.must(err)
			k.change(web, func(c *identity.Client) { c.GrantTypes, c.JWTBearer = web2Client.GrantTypes, web2Client.JWTBearer })
			_, err = k.bearer(web, assertion)
			refused(t, err, InvalidGrant)
		})
	}
}

// TestAttackAssertionAboutSomebodyWhoMayNotSignIn: the issuer does not open what we shut.
func TestAttackAssertionAboutSomebodyWhoMayNotSignIn(t *testing.T) {
	const ann = "ann@example.test"
	ctx := context.Background()
	for name, shut := range map[string]func(*kit){
		"disabled":              func(k *kit) { k.must(k.admin().Disable(ctx, testPool, ann)) },
		"a client that demands": func(k *kit) { k.demandTwo(web2) },
		"unverified": func(k *kit) {
			_, err := k.admin().UpdateAttributes(ctx, testPool, ann, map[string]string{"email_verified": "false"})
			k.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, key := startBearer(t, "email")
			shut(k)
			_, err := k.bearer(web2, k.vouch(key, ann))
			refused(t, err, InvalidGrant)
		})
	}
}

func TestTokensOfAnAssertionEndWhenTheirPersonSignsOutEverywhere(t *testing.T) {
	k, key := startBearer(t, "email")
	got, err := k.bearer(web2, k.vouch(key, "ann@example.test"))
	k.must(err)
	accounts := identity.Accounts{Core: k.Identity}
	k.must(accounts.SignOutEverywhere(context.Background(), k.signIn("ann@example.test")))
	if k.good(got.AccessToken) {
		t.Error("the token outlives it")
	}
}
