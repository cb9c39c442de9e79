package oauth

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// comesFrom signs somebody in by way of a provider that issued a token.
func (k *kit) comesFrom(subject, access string) identity.Authentication {
	k.Helper()
	s := identity.SignIn{Core: k.Identity}
	step, err := s.Federated(context.Background(), identity.Federated{
		Pool: testPool, Client: web, Channel: "browser", Origin: identity.Origin{Address: netip.MustParseAddr("192.0.2.1")},
		External: identity.External{
			Provider: "Up", Subject: subject, Attributes: map[string]string{},
			Tokens: identity.ProviderTokens{Access: access, Expires: k.clock().Add(time.Hour)},
		},
	})
	k.must(err)
	if step.Done == nil {
		k.Fatalf("not signed in, but asked for %+v", step.Challenge)
	}
	return step.Done.Auth
}

func TestAProvidersTokenIsAClaimOfWhoReadsTheAttribute(t *testing.T) {
	k, ctx := start(t), context.Background()
	_, err := k.settings().PutProvider(ctx, identity.IdentityProvider{PoolID: testPool, Name: "Up", Type: "OIDC", Mapping: map[string]string{"custom:team": "access_token"}})
	k.must(err)
	k.change(web, func(c *identity.Client) {
		c.IdentityProviders, c.ReadAttributes = []string{"COGNITO", "Up"}, []string{"email", "custom:team"}
	})
	bob := k.comesFrom("bob", "bobs-token")
	holds := func(client identity.ClientID, scope string, want any) TokenResponse {
		t.Helper()
		got, err := k.redeemAs(client, k.code(bob, request(client, "scope", scope)))
		k.must(err)
		info, err := k.info(got.AccessToken)
		k.must(err)
		if id := claimsOf(t, got.IDToken); id["custom:team"] != want || info["custom:team"] != want {
			t.Errorf("%s, %s: the ID token has %v, userinfo %v, want %v", client, scope, id["custom:team"], info["custom:team"], want)
		}
		if claimsOf(t, got.AccessToken)["custom:team"] != nil {
			t.Error("the access token has it")
		}
		return got
	}
	got := holds(web, "openid", "bobs-token")
	holds(web, "openid email", nil)
	holds(web2, "openid", nil) // reads all attributes, and names none
	k.comesFrom("eve", "eves-token")
	holds(web, "openid", "bobs-token")
	if ann := claimsOf(t, k.tokens(web, "scope", "openid").IDToken); ann["custom:team"] != nil {
		t.Errorf("of somebody who never came by the provider: %v", ann)
	}
	if grant, err := k.GrantsOf(ctx, testPool, bob.User()); err != nil || grant[0].Provider != "Up" {
		t.Errorf("%+v, %v", grant, err)
	}
	k.wait(time.Hour)
	later, err := k.refreshAs(web, got.RefreshToken)
	k.must(err)
	if id := claimsOf(t, later.IDToken); id["custom:team"] != nil {
		t.Error("an expired token is passed on")
	}
}
