package oauth

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

func TestReadClientAuth(t *testing.T) {
	for name, c := range map[string]struct {
		header []string
		body   url.Values
		want   ClientAuth
		code   string
	}{
		"basic":                                 {header: []string{basic("web", "s")}, want: ClientAuth{ID: "web", Secret: "s", Method: identity.AuthBasic}},
		"basic, scheme in another case":         {header: []string{"b" + basic("web", "s")[1:]}, want: ClientAuth{ID: "web", Secret: "s", Method: identity.AuthBasic}},
		"basic, form-encoded (RFC 6749 §2.3.1)": {header: []string{basic("a%2Bb", "s%3At+u%25")}, want: ClientAuth{ID: "a+b", Secret: "s:t u%", Method: identity.AuthBasic}},
		"basic, with the same id in the body":   {header: []string{basic("web", "s")}, body: url.Values{"client_id": {"web"}}, want: ClientAuth{ID: "web", Secret: "s", Method: identity.AuthBasic}},
		"basic without a secret is none":        {header: []string{basic("spa", "")}, want: ClientAuth{ID: "spa", Secret: "", Method: identity.AuthNone}},
		"post":                                  {body: url.Values{"client_id": {"web"}, "client_secret": {"s"}}, want: ClientAuth{ID: "web", Secret: "s", Method: identity.AuthPost}},
		"none":                                  {body: url.Values{"client_id": {"spa"}}, want: ClientAuth{ID: "spa", Secret: "", Method: identity.AuthNone}},
		"none, with an empty secret":            {body: url.Values{"client_id": {"spa"}, "client_secret": {""}}, want: ClientAuth{ID: "spa", Secret: "", Method: identity.AuthNone}},
		"nothing":                               {code: InvalidClient},
		"a secret alone":                        {body: url.Values{"client_secret": {"s"}}, code: InvalidClient},
		"basic and post":                        {header: []string{basic("web", "s")}, body: url.Values{"client_secret": {"s"}}, code: InvalidRequest},
		"basic, with another id in the body":    {header: []string{basic("web", "s")}, body: url.Values{"client_id": {"spa"}}, code: InvalidRequest},
		"two headers":                           {header: []string{basic("web", "s"), basic("web", "s")}, code: InvalidRequest},
		"id twice":                              {body: url.Values{"client_id": {"web", "web"}}, code: InvalidRequest},
		"secret twice":                          {body: url.Values{"client_id": {"web"}, "client_secret": {"s", "s"}}, code: InvalidRequest},
		"bearer":                                {header: []string{"Bearer abc"}, code: InvalidClient},
		"no base64":                             {header: []string{"Basic ***"}, code: InvalidClient},
		"no colon":                              {header: []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("web"))}, code: InvalidClient},
		"bad percent":                           {header: []string{basic("web", "%zz")}, code: InvalidClient},
		"an id that is not text":                {header: []string{basic("%ff", "s")}, code: InvalidClient},
		"empty header":                          {header: []string{""}, code: InvalidClient},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadClientAuth(c.header, c.body)
			if c.code != "" {
				refused(t, err, c.code)
				return
			}
			if err != nil || got != c.want {
				t.Errorf("read %+v, %v", got, err)
			}
		})
	}
}

func TestClientsAuthenticate(t *testing.T) {
	k := start(t)
	k.change(web2, func(c *identity.Client) { c.AuthMethod = identity.AuthPost })
	for name, c := range map[string]struct {
		auth ClientAuth
		ok   bool
	}{
		"basic":                           {as(web), true},
		"post":                            {ClientAuth{ID: web, Secret: secretOf(web), Method: identity.AuthPost}, true},
		"public, none":                    {as(spa), true},
		"post, where registered":          {ClientAuth{ID: web2, Secret: secretOf(web2), Method: identity.AuthPost}, true},
		"basic, where post is registered": {ClientAuth{ID: web2, Secret: secretOf(web2), Method: identity.AuthBasic}, false},
		"wrong secret":                    {ClientAuth{ID: web, Secret: "wrong", Method: identity.AuthBasic}, false},
		"secret of another client":        {ClientAuth{ID: web, Secret: secretOf(web2), Method: identity.AuthBasic}, false},
		"truncated secret":                {ClientAuth{ID: web, Secret: secretOf(web)[:20], Method: identity.AuthBasic}, false},
		"confidential, none":              {ClientAuth{ID: web, Secret: "", Method: identity.AuthNone}, false},
		"confidential, empty secret":      {ClientAuth{ID: web, Secret: "", Method: identity.AuthBasic}, false},
		"public, with a secret":           {ClientAuth{ID: spa, Secret: "x", Method: identity.AuthPost}, false},
		"public, claiming basic":          {ClientAuth{ID: spa, Secret: "", Method: identity.AuthBasic}, false},
		"unknown":                         {ClientAuth{ID: "nobody", Secret: "x", Method: identity.AuthBasic}, false},
		"unknown, none":                   {ClientAuth{ID: "nobody", Secret: "", Method: identity.AuthNone}, false},
		"empty":                           {ClientAuth{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := k.authenticate(context.Background(), testPool, c.auth)
			if c.ok {
				k.must(err)
				return
			}
			refused(t, err, InvalidClient)
		})
	}
}

// A secret is exchanged without a moment in which none works.
func TestBothLiveSecretsProve(t *testing.T) {
	k := start(t)
	own := as(web)
	added, value, err := k.settings().AddSecret(context.Background(), testPool, web, "")
	k.must(err)
	next := ClientAuth{ID: web, Secret: value, Method: identity.AuthPost}
	for _, auth := range []ClientAuth{own, next} {
		_, _, err := k.authenticate(context.Background(), testPool, auth)
		k.must(err)
	}
	k.must(k.settings().DeleteSecret(context.Background(), testPool, web, added.ID))
	_, _, err = k.authenticate(context.Background(), testPool, next)
	refused(t, err, InvalidClient)
	_, _, err = k.authenticate(context.Background(), testPool, own)
	k.must(err)
}

func TestSecretsAreNotLogged(t *testing.T) {
	shown := fmt.Sprint(as(web).LogValue(), TokenResponse{AccessToken: "at", RefreshToken: "rt"}.LogValue())
	if strings.Contains(shown, secretOf(web)) || strings.Contains(shown, "rt") {
		t.Errorf("shown: %s", shown)
	}
}

func TestClientCredentials(t *testing.T) {
	k := start(t)
	t.Run("gives an access token for the client itself", func(t *testing.T) {
		got, err := k.token(machine, "grant_type", "client_credentials", "scope", "api/read")
		k.must(err)
		if got.IDToken != "" || got.RefreshToken != "" || got.Scope != "api/read" {
			t.Errorf("answered %+v", got)
		}
		claims := claimsOf(t, got.AccessToken)
		delete(claims, "jti")
		want := map[string]any{
			"sub": "machine", "client_id": "machine", "iss": k.Issuer(testPool), "token_use": "access", "scope": "api/read", "version": 2.0,
			"auth_time": float64(k.clock().Unix()), "iat": float64(k.clock().Unix()), "exp": float64(k.clock().Unix() + 3600),
		}
		if fmt.Sprint(claims) != fmt.Sprint(want) {
			t.Errorf("claims %v\nwant   %v", claims, want)
		}
		if !k.good(got.AccessToken) {
			t.Error("refused by ourselves")
		}
		_, err = k.UserInfo(context.Background(), testPool, Presented{Token: got.AccessToken})
		refused(t, err, InsufficientScope)
	})
	t.Run("none asked for is every resource-server scope", func(t *testing.T) {
		got, err := k.token(machine, "grant_type", "client_credentials")
		k.must(err)
		if got.Scope != "api/read api/write" {
			t.Errorf("scope %q", got.Scope)
		}
	})
	for _, scope := range []string{"openid", "api/read openid", scopeSelf, "api/delete", "other/read", "api"} {
		_, err := k.token(machine, "grant_type", "client_credentials", "scope", scope)
		refused(t, err, InvalidScope)
	}
	t.Run("a public client is refused", func(t *testing.T) {
		_, err := k.token(spa, "grant_type", "client_credentials")
		refused(t, err, UnauthorizedClient)
	})
	t.Run("a public client is refused, whatever it is allowed", func(t *testing.T) {
		x := exchange{client: identity.Client{AllowedOAuthFlows: []string{flowClientCredentials}, AllowedOAuthScopes: []string{"api/read"}}}
		if got := checkClientCredentials(&x); got == nil || got.Code != UnauthorizedClient {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("a client without the flow is refused", func(t *testing.T) {
		k.change(web2, func(c *identity.Client) { c.AllowedOAuthFlows = nil })
		_, err := k.token(web2, "grant_type", "client_credentials")
		refused(t, err, UnauthorizedClient)
		_, err = k.token(machine, "grant_type", "authorization_code", "code", "ac_x")
		refused(t, err, UnauthorizedClient)
	})
	t.Run("a client without such scopes is refused", func(t *testing.T) {
		k.change(machine, func(c *identity.Client) { c.AllowedOAuthScopes = []string{"openid"} })
		_, err := k.token(machine, "grant_type", "client_credentials")
		refused(t, err, InvalidScope)
	})
}

func TestTokenRequestsThatAreRefused(t *testing.T) {
	k := start(t)
	for name, c := range map[string]struct {
		body url.Values
		code string
	}{
		"no grant_type":         {url.Values{}, InvalidRequest},
		"grant_type twice":      {url.Values{"grant_type": {"refresh_token", "refresh_token"}}, InvalidRequest},
		"verifier twice":        {url.Values{"grant_type": {"authorization_code"}, "code": {"ac_x"}, "code_verifier": {"a", "b"}}, InvalidRequest},
		"not text":              {url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"\xff"}}, InvalidRequest},
		"password":              {url.Values{"grant_type": {"password"}, "username": {"a"}, "password": {"b"}}, UnsupportedGrantType},
		"unknown":               {url.Values{"grant_type": {"bogus"}}, UnsupportedGrantType},
		"code missing":          {url.Values{"grant_type": {"authorization_code"}}, InvalidRequest},
		"refresh token missing": {url.Values{"grant_type": {"refresh_token"}}, InvalidRequest},
		"code unknown":          {url.Values{"grant_type": {"authorization_code"}, "code": {"ac_x"}}, InvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.Token(context.Background(), testPool, TokenRequest{Form: c.body, Auth: as(web)})
			refused(t, err, c.code)
		})
	}
	t.Run("unknown pool", func(t *testing.T) {
		_, err := k.Token(context.Background(), "no_pool", TokenRequest{Form: url.Values{"grant_type": {"refresh_token"}}, Auth: as(web)})
		if code, _ := identity.CodeOf(err); code != identity.PoolNotFound {
			t.Errorf("answered %v", err)
		}
	})
}

func TestEveryCheckNamesItsClause(t *testing.T) {
	for _, c := range append(beforeRedirect, afterRedirect...) {
		if !strings.Contains(c.clause, "§") && !strings.Contains(c.clause, "Appendix") {
			t.Errorf("%q names no clause", c.clause)
		}
	}
	for _, c := range codeChecks {
		if !strings.Contains(c.clause, "§") {
			t.Errorf("%q names no clause", c.clause)
		}
	}
	for _, c := range assertionChecks {
		if !strings.Contains(c.clause, "§") {
			t.Errorf("%q names no clause", c.clause)
		}
	}
	for _, c := range accessChecks {
		if !strings.Contains(c.clause, "§") {
			t.Errorf("%q names no clause", c.clause)
		}
	}
}
