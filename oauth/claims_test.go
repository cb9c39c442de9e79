package oauth

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

func TestAccessTokenHasCognitosClaims(t *testing.T) {
	k := start(t)
	_, err := k.admin().CreateGroup(context.Background(), identity.Group{PoolID: testPool, Name: "staff", RoleARN: "arn:aws:iam::1:role/staff"})
	k.must(err)
	k.must(k.admin().AddToGroup(context.Background(), testPool, "ann@example.test", "staff"))
	claims := claimsOf(t, k.tokens(web).AccessToken)
	want := []string{
		"auth_time", "client_id", "cognito:groups", "event_id", "exp", "iat", "iss", "jti", "origin_jti", "scope", "sub", "token_use", "username", "version",
	}
	if got := slices.Sorted(maps.Keys(claims)); !slices.Equal(got, want) {
		t.Errorf("claims %v\nwant   %v", got, want)
	}
	if claims["token_use"] != "access" || claims["client_id"] != "web" || claims["version"] != 2.0 || claims["scope"] != "openid email" ||
		claims["username"] != claims["sub"] || fmt.Sprint(claims["cognito:groups"]) != "[staff]" || claims["auth_time"] != float64(k.clock().Unix()) {
		t.Errorf("claims %v", claims)
	}
}

func TestIDTokenHasCognitosClaims(t *testing.T) {
	k := start(t)
	_, err := k.admin().CreateGroup(context.Background(), identity.Group{PoolID: testPool, Name: "staff", RoleARN: "arn:aws:iam::1:role/staff"})
	k.must(err)
	k.must(k.admin().AddToGroup(context.Background(), testPool, "ann@example.test", "staff"))
	tokens := k.tokens(web)
	claims := claimsOf(t, tokens.IDToken)
	want := []string{
		"acr", "amr", "at_hash", "aud", "auth_time", "cognito:groups", "cognito:preferred_role", "cognito:roles", "cognito:username",
		"email", "email_verified", "event_id", "exp", "iat", "iss", "jti", "nonce", "origin_jti", "sid", "sub", "token_use",
	}
	if got := slices.Sorted(maps.Keys(claims)); !slices.Equal(got, want) {
		t.Errorf("claims %v\nwant   %v", got, want)
	}
	if claims["token_use"] != "id" || claims["aud"] != "web" || claims["nonce"] != "n-1" || claims["email"] != "ann@example.test" ||
		claims["email_verified"] != true || fmt.Sprint(claims["amr"]) != "[pwd]" || claims["cognito:preferred_role"] != "arn:aws:iam::1:role/staff" ||
		claims["at_hash"] != leftHalf(keys.ES256, tokens.AccessToken) || claims["origin_jti"] != claimsOf(t, tokens.AccessToken)["origin_jti"] {
		t.Errorf("claims %v", claims)
	}
}

func TestGroupsAndRoles(t *testing.T) {
	group := func(name, role string, precedence int) identity.Group {
		return identity.Group{Name: name, RoleARN: role, Precedence: &precedence}
	}
	for name, c := range map[string]struct {
		groups []identity.Group
		want   string
	}{
		"none":                        {nil, `{}`},
		"no role":                     {[]identity.Group{{Name: "a"}}, `{"cognito:groups":["a"]}`},
		"the strongest is preferred":  {[]identity.Group{group("b", "r2", 1), group("a", "r1", 5)}, `{"cognito:groups":["b","a"],"cognito:preferred_role":"r2","cognito:roles":["r1","r2"]}`},
		"a tie prefers none":          {[]identity.Group{group("a", "r1", 1), group("b", "r2", 1)}, `{"cognito:groups":["a","b"],"cognito:roles":["r1","r2"]}`},
		"a tie on one role is no tie": {[]identity.Group{group("a", "r1", 1), group("b", "r1", 1)}, `{"cognito:groups":["a","b"],"cognito:preferred_role":"r1","cognito:roles":["r1"]}`},
		"one without precedence":      {[]identity.Group{{Name: "a", RoleARN: "r1"}}, `{"cognito:groups":["a"],"cognito:preferred_role":"r1","cognito:roles":["r1"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := json.Marshal(groupClaims(c.groups)); err != nil || string(got) != c.want {
				t.Errorf("claims %s, %v", got, err)
			}
		})
	}
}

func TestScopesFilterAttributes(t *testing.T) {
	attributes := map[string]string{
		"sub": "s", "email": "ann@example.test", "email_verified": "false", "phone_number": "+4915112345678", "phone_number_verified": "true",
		"name": "Ann", "updated_at": "1700000000", "address": "Street 1", "custom:team": `{"admin":true}`, "iss": "evil", "token_use": "access",
	}
	all := `{"address":{"formatted":"Street 1"},"custom:team":"{\"admin\":true}","email":"ann@example.test","email_verified":false,` +
		`"name":"Ann","phone_number":"+4915112345678","phone_number_verified":true,"updated_at":1700000000}`
	for scopes, want := range map[string]string{
		"openid":               all, // Cognito: openid alone gives everything readable
		"openid api/read":      all,
		"openid profile":       all, // Cognito: profile too
		"openid profile email": all,
		"openid email":         `{"email":"ann@example.test","email_verified":false}`,
		"openid phone":         `{"phone_number":"+4915112345678","phone_number_verified":true}`,
		"openid email phone":   `{"email":"ann@example.test","email_verified":false,"phone_number":"+4915112345678","phone_number_verified":true}`,
		"api/read":             `{}`,
	} {
		t.Run(scopes, func(t *testing.T) {
			if got, err := json.Marshal(claimRule{client: &identity.Client{}, scopes: split(scopes)}.attributeClaims(attributes)); err != nil || string(got) != want {
				t.Errorf("claims %s, %v", got, err)
			}
		})
	}
}

func TestUserInfo(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	t.Run("answers what the scopes and the client may read", func(t *testing.T) {
		k.change(web2, func(c *identity.Client) { c.ReadAttributes = []string{"email", "name"} })
		tokens := k.tokens(web2, "scope", "openid profile")
		claims, err := k.info(tokens.AccessToken)
		k.must(err)
		sub := claimsOf(t, tokens.IDToken)["sub"]
		if len(claims) != 4 || claims["sub"] != sub || claims["username"] != sub || claims["email"] != "ann@example.test" || claims["name"] != "Ann Example" {
			t.Errorf("claims %v", claims)
		}
	})
	t.Run("gives booleans as booleans", func(t *testing.T) {
		claims, err := k.info(k.tokens(web).AccessToken)
		k.must(err)
		if claims["email_verified"] != true {
			t.Errorf("claims %v", claims)
		}
	})
	t.Run("gives attributes as they are now", func(t *testing.T) {
		tokens := k.tokens(web, "scope", "openid profile")
		_, err := k.admin().UpdateAttributes(ctx, testPool, "ann@example.test", map[string]string{"name": "Ann Other"})
		k.must(err)
		claims, err := k.info(tokens.AccessToken)
		k.must(err)
		if claims["name"] != "Ann Other" {
			t.Errorf("claims %v", claims)
		}
	})
	t.Run("needs openid", func(t *testing.T) {
		_, err := k.UserInfo(ctx, testPool, Presented{Token: k.tokens(web, "scope", "api/read").AccessToken})
		refused(t, err, InsufficientScope)
	})
	t.Run("takes no other kind of token", func(t *testing.T) {
		tokens := k.tokens(web)
		for _, other := range []string{tokens.IDToken, tokens.RefreshToken, "", "x", tokens.AccessToken + " "} {
			_, err := k.UserInfo(ctx, testPool, Presented{Token: other})
			refused(t, err, InvalidToken)
		}
	})
	t.Run("takes no token of another pool", func(t *testing.T) {
		_, err := k.UserInfo(ctx, otherPool, Presented{Token: k.tokens(web).AccessToken})
		refused(t, err, InvalidToken)
	})
}

func TestTokensOfEveryAlgorithm(t *testing.T) {
	k := start(t)
	for _, alg := range []string{"", keys.RS256, keys.ES256, keys.EdDSA} {
		k.change(web, func(c *identity.Client) { c.SigningAlg = alg })
		tokens := k.tokens(web)
		if !k.good(tokens.AccessToken) {
			t.Errorf("%q: refused by ourselves", alg)
		}
		if want := leftHalf(alg, tokens.AccessToken); claimsOf(t, tokens.IDToken)["at_hash"] != want {
			t.Errorf("%q: at_hash is not %s", alg, want)
		}
	}
}

// OpenID Connect Core Appendix A.3: code flow with id_token token, at_hash of
// the example access token.
func TestAtHashOfTheDocument(t *testing.T) {
	if got := leftHalf(keys.RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"); got != "77QmUPtjPfzWtF2AnpK9RQ" {
		t.Errorf("at_hash %s", got)
	}
}

// The hash of EdDSA with Ed25519 is SHA-512 (RFC 8032 §5.1).
func TestAtHashOfEd25519(t *testing.T) {
	sum := sha512.Sum512([]byte("a token"))
	if got := leftHalf(keys.EdDSA, "a token"); got != base64.RawURLEncoding.EncodeToString(sum[:32]) {
		t.Errorf("at_hash %s", got)
	}
}

func TestTokensLiveAsLongAsTheClientSays(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) {
		c.AccessTokenValidity, c.IDTokenValidity = 10, 1
		c.Units = identity.ValidityUnits{AccessToken: "minutes", IDToken: "days"}
	})
	tokens := k.tokens(web)
	access, id := claimsOf(t, tokens.AccessToken), claimsOf(t, tokens.IDToken)
	if tokens.ExpiresIn != 600 || access["exp"].(float64)-access["iat"].(float64) != 600 || id["exp"].(float64)-id["iat"].(float64) != 86400 {
		t.Errorf("expires_in %d, %v, %v", tokens.ExpiresIn, access, id)
	}
}
