package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

func TestScopesFilterAttributesByOpenID(t *testing.T) {
	attributes := map[string]string{
		"sub": "s", "email": "ann@example.test", "email_verified": "true", "phone_number": "+4915112345678", "nickname": "",
		"name": "Ann", "address": `{"street_address":"Street 1","country":"","iss":"x"}`, "custom:team": "a", "token_use": "access",
	}
	for scopes, want := range map[string]string{
		"openid":               `{}`,
		"openid api/read":      `{}`,
		"openid profile":       `{"custom:team":"a","name":"Ann"}`,
		"openid email":         `{"email":"ann@example.test","email_verified":true}`,
		"openid phone":         `{"phone_number":"+4915112345678"}`,
		"openid address":       `{"address":{"street_address":"Street 1"}}`,
		"openid email profile": `{"custom:team":"a","email":"ann@example.test","email_verified":true,"name":"Ann"}`,
		"profile":              `{}`,
	} {
		t.Run(scopes, func(t *testing.T) {
			c := identity.Client{}
			c.ClaimsPolicy = "oidc"
			got, err := json.Marshal(claimRule{client: &c, scopes: split(scopes)}.attributeClaims(attributes))
			if err != nil || string(got) != want {
				t.Errorf("claims %s, %v", got, err)
			}
		})
	}
	t.Run("Cognito's with address alone", func(t *testing.T) {
		rule := claimRule{client: &identity.Client{}, scopes: []string{scopeOpenID, scopeAddress}}
		if got := slices.Collect(maps.Keys(rule.attributeClaims(attributes))); !slices.Equal(got, []string{"address"}) {
			t.Errorf("claims %v", got)
		}
	})
}

// personal are the claims of a token that speak of the person.
func personal(claims map[string]any) string {
	var names []string
	for name := range claims {
		if slices.Contains(standardAttributes, name) || strings.HasPrefix(name, "custom:") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestClaimsByOpenIDsRules(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { everyType(c); c.ClaimsPolicy, c.AllowedOAuthScopes = "oidc", nil })
	for _, c := range []struct{ types, want string }{
		{"code", ""}, {"id_token", "email email_verified"}, {"id_token token", ""}, {"code id_token", ""}, {"code id_token token", ""},
	} {
		got := k.front(web, "response_type", c.types)
		if c.types == "code" {
			tokens, err := k.redeemAs(web, got.Get("code"))
			k.must(err)
			got.Set("id_token", tokens.IDToken)
		}
		if claims := personal(claimsOf(t, got.Get("id_token"))); claims != c.want {
			t.Errorf("%s: %s", c.types, claims)
		}
	}
	info, err := k.info(k.tokens(web, "scope", "openid profile").AccessToken)
	k.must(err)
	if got := personal(info); got != "custom:team name updated_at" || info["username"] != nil {
		t.Errorf("userinfo has %s, %v", got, info)
	}
	if at, ok := info["updated_at"].(int64); !ok || at <= 0 {
		t.Errorf("updated_at %v", info["updated_at"])
	}
}

func TestTheClaimsParameterIsAnswered(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { c.ClaimsPolicy, c.AllowedOAuthScopes = "oidc", nil })
	const asked = `{"userinfo":{"name":{"essential":true},"picture":null},"id_token":{"email":null,"bogus":{"essential":true},"auth_time":{"essential":true}}}`
	tokens := k.tokens(web, "claims", asked, "scope", "openid")
	holds := func(t *testing.T, tokens TokenResponse) {
		t.Helper()
		info, err := k.info(tokens.AccessToken)
		k.must(err)
		claims := claimsOf(t, tokens.IDToken)
		if personal(info) != "name" || personal(claims) != "email" || claims["auth_time"] == nil {
			t.Errorf("userinfo %v\nID token %v", info, claims)
		}
	}
	holds(t, tokens)
	t.Run("of a refresh, too", func(t *testing.T) {
		again, err := k.refreshAs(web, tokens.RefreshToken)
		k.must(err)
		holds(t, again)
	})
	t.Run("not past the scopes of the client", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.AllowedOAuthScopes = []string{scopeOpenID, scopeEmail} })
		info, err := k.info(k.tokens(web, "claims", asked, "scope", "openid").AccessToken)
		k.must(err)
		if personal(info) != "" {
			t.Errorf("userinfo %v", info)
		}
	})
	t.Run("not past what the client may read", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.AllowedOAuthScopes, c.ReadAttributes = nil, []string{"email"} })
		info, err := k.info(k.tokens(web, "claims", asked, "scope", "openid profile").AccessToken)
		k.must(err)
		if personal(info) != "" {
			t.Errorf("userinfo %v", info)
		}
	})
}

func TestRefreshTokensAsTheClientIsGivenThem(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { c.RefreshIssuance, c.AllowedOAuthScopes = scopeOffline, nil })
	if got := k.tokens(web); got.RefreshToken != "" || !k.good(got.AccessToken) {
		t.Errorf("%q without offline_access", got.RefreshToken)
	}
	if got := k.tokens(web); got.RefreshToken != "" { // a second lineage without a family
		t.Errorf("%q without offline_access", got.RefreshToken)
	}
	tokens := k.tokens(web, "scope", "openid offline_access")
	if tokens.RefreshToken == "" || tokens.Scope != "openid offline_access" {
		t.Errorf("%+v", tokens)
	}
	again, err := k.refreshAs(web, tokens.RefreshToken)
	k.must(err)
	first, later := claimsOf(t, tokens.IDToken), claimsOf(t, again.IDToken)
	for _, name := range []string{"iss", "sub", "aud", "auth_time"} {
		if fmt.Sprint(first[name]) != fmt.Sprint(later[name]) {
			t.Errorf("%s changes from %v to %v", name, first[name], later[name])
		}
	}
	if later["nonce"] != nil {
		t.Error("a refreshed ID token has a nonce")
	}
	t.Run("never without the grant type", func(t *testing.T) {
		k.change(web2, func(c *identity.Client) { c.GrantTypes = []string{identity.GrantCode} })
		if got := k.tokens(web2); got.RefreshToken != "" {
			t.Errorf("%q", got.RefreshToken)
		}
	})
	t.Run("offline_access goes only with a code", func(t *testing.T) {
		k.change(web, everyType)
		if got := k.front(web, "response_type", "token", "scope", "openid offline_access").Get("scope"); got != "openid" {
			t.Errorf("scope %s", got)
		}
	})
	t.Run("who may not have it", func(t *testing.T) {
		ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
		if d := k.ask(request(spa, "scope", "openid offline_access"), ann); decision(d) != "error "+InvalidScope {
			t.Errorf("answered %s", decision(d))
		}
		k.change(spa, func(c *identity.Client) { c.ClaimsPolicy = "oidc" })
		if d := k.ask(request(spa, "scope", "openid offline_access"), ann); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
}

func TestNoScopeIsRefusedWhereTheClientWantsThemNamed(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { c.DefaultScopes = "none" })
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	for _, scope := range []string{"", " "} {
		if d := k.ask(request(web, "scope", scope), ann); decision(d) != "error "+InvalidScope {
			t.Errorf("answered %s", decision(d))
		}
	}
	if d := k.ask(request(web2, "scope", ""), ann); decision(d) != "code" {
		t.Errorf("answered %s", decision(d))
	}
}

func TestPairwiseSubjectsEverywhere(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	user := k.signIn("ann@example.test").User()
	k.change(web, func(c *identity.Client) { c.SubjectType, c.CallbackURLs = pairwise, []string{callback} })
	tokens := k.tokens(web)
	want := k.subjectOf(&identity.Client{PoolID: testPool, CallbackURLs: []string{callback}, ClientOAuth: identity.ClientOAuth{SubjectType: pairwise}}, user)
	info, err := k.info(tokens.AccessToken)
	k.must(err)
	seen := map[string]any{"ID token": claimsOf(t, tokens.IDToken), "access token": claimsOf(t, tokens.AccessToken), "userinfo": info}
	for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
		got, err := k.Introspect(ctx, testPool, url.Values{"token": {token}}, as(web))
		k.must(err)
		if got.Subject != want {
			t.Errorf("introspection says %s", got.Subject)
		}
		seen["introspection of "+token[:3]] = got
	}
	for where, what := range seen {
		raw, err := json.Marshal(what)
		k.must(err)
		if strings.Contains(string(raw), string(user)) || !strings.Contains(string(raw), want) {
			t.Errorf("%s: %s", where, raw)
		}
	}
	t.Run("an id_token_hint is understood", func(t *testing.T) {
		d := k.ask(request(web, "id_token_hint", tokens.IDToken, "prompt", "none"), AuthorizeState{Auth: k.signIn("ann@example.test")})
		if decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("a token of before says what it said, and ends", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.SubjectType = "" })
		if k.good(tokens.AccessToken) {
			t.Error("still good")
		}
	})
}
