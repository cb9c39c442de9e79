package oauth

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

// everyType lets a client ask for every response type.
func everyType(c *identity.Client) {
	c.GrantTypes = []string{identity.GrantCode, identity.GrantImplicit, identity.GrantRefresh}
	c.ResponseTypes = responseTypes
}

// front is what a request for tokens by the browser answers.
func (k *kit) front(client identity.ClientID, changes ...string) url.Values {
	k.Helper()
	d := k.ask(request(client, changes...), AuthorizeState{Auth: k.signIn("ann@example.test")})
	if d.Answer == nil || d.Answer.Params.Has("error") {
		k.Fatalf("answered %s: %v", decision(d), d.Answer)
	}
	return d.Answer.Params
}

func TestAnswersOfEveryResponseType(t *testing.T) {
	k := start(t)
	k.change(web, everyType)
	k.change(web2, func(c *identity.Client) { everyType(c); c.ClaimsPolicy = "oidc" })
	for _, c := range []struct {
		client      identity.ClientID
		types, want string
	}{
		{web, "code", "code"},
		{web, "token", "access_token expires_in id_token scope token_type"}, // Cognito
		{web2, "token", "access_token expires_in scope token_type"},
		{web, "id_token", "id_token"},
		{web, "id_token token", "access_token expires_in id_token scope token_type"},
		{web, "token id_token", "access_token expires_in id_token scope token_type"},
		{web, "code id_token", "code id_token"},
		{web, "code token", "access_token code expires_in scope token_type"},
		{web, "token code id_token", "access_token code expires_in id_token scope token_type"},
	} {
		t.Run(fmt.Sprint(c.client, " ", c.types), func(t *testing.T) {
			d := k.ask(request(c.client, "response_type", c.types), AuthorizeState{Auth: k.signIn("ann@example.test")})
			got := d.Answer.Params
			var names []string
			for name := range got {
				if name != "state" && name != "iss" && name != "session_state" {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			if strings.Join(names, " ") != c.want || got.Get("state") != "a state" || got.Get("iss") != k.Issuer(testPool) {
				t.Errorf("answered %v", got)
			}
			if (d.Answer.Mode == ModeFragment) != (c.types != "code") || d.Answer.Mode == ModeFragment != strings.HasPrefix(d.Answer.URL(), callback+"#") {
				t.Errorf("mode %s, URL %s", d.Answer.Mode, d.Answer.URL())
			}
			if got.Has("access_token") && (got.Get("token_type") != "Bearer" || got.Get("expires_in") != "3600" || !k.good(got.Get("access_token"))) {
				t.Errorf("answered %v", got)
			}
			if got.Has("id_token") {
				k.checkHashes(claimsOf(t, got.Get("id_token")), got)
			}
		})
	}
}

// checkHashes holds an ID token against what it came with (OpenID Connect Core §3.3.2.11).
func (k *kit) checkHashes(claims map[string]any, got url.Values) {
	k.Helper()
	for name, of := range map[string]string{"at_hash": "access_token", "c_hash": "code", "s_hash": "state"} {
		want := any(nil)
		if text := got.Get(of); text != "" {
			want = leftHalf(keys.ES256, text)
		}
		if claims[name] != want {
			k.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if claims["nonce"] != "n-1" || claims["aud"] != "web" || claims["token_use"] != useID {
		k.Errorf("claims %v", claims)
	}
}

func TestAHybridAnswerIsOneLineage(t *testing.T) {
	k := start(t)
	k.change(web, everyType)
	got := k.front(web, "response_type", "code id_token token")
	tokens, err := k.redeemAs(web, got.Get("code"))
	k.must(err)
	first, second := claimsOf(t, got.Get("access_token")), claimsOf(t, tokens.AccessToken)
	ids := claimsOf(t, got.Get("id_token"))
	later := claimsOf(t, tokens.IDToken)
	if first["origin_jti"] != second["origin_jti"] || ids["sub"] != later["sub"] || ids["iss"] != later["iss"] || later["nonce"] != "n-1" {
		t.Errorf("%v\n%v", first, second)
	}
	all, err := k.GrantsOf(context.Background(), testPool, k.signIn("ann@example.test").User())
	k.must(err)
	if len(all) != 1 || !all[0].ExpiresAt.Equal(k.clock().Add(defaultRefreshLife)) {
		t.Errorf("grants %+v", all)
	}
	t.Run("revoking ends the tokens of the browser, too", func(t *testing.T) {
		k.must(k.Revoke(context.Background(), testPool, url.Values{"token": {tokens.RefreshToken}}, as(web)))
		if k.good(got.Get("access_token")) || k.good(tokens.AccessToken) {
			t.Error("an access token is still good")
		}
	})
}

func TestALineageOfTheBrowserEndsWithItsToken(t *testing.T) {
	k := start(t)
	k.change(web, everyType)
	for range 3 { // none has a family of refresh tokens
		if got := k.front(web, "response_type", "id_token token"); got.Has("refresh_token") {
			t.Fatalf("answered %v", got)
		}
	}
	user := k.signIn("ann@example.test").User()
	all, err := k.GrantsOf(context.Background(), testPool, user)
	k.must(err)
	if len(all) != 3 {
		t.Errorf("%d grants", len(all))
	}
	k.wait(time.Hour + time.Second)
	if all, _ = k.GrantsOf(context.Background(), testPool, user); len(all) != 0 {
		t.Errorf("%d grants are left", len(all))
	}
}

func TestATokenOfTheBrowserEndsWithTheSession(t *testing.T) {
	k := start(t)
	k.change(web, everyType)
	auth, cookie := k.browser("ann@example.test")
	d := k.ask(request(web, "response_type", "token"), AuthorizeState{Auth: auth})
	access := d.Answer.Params.Get("access_token")
	if !k.good(access) {
		t.Fatal("not good")
	}
	k.must(k.sessions().End(context.Background(), testPool, cookie))
	if k.good(access) {
		t.Error("still good")
	}
}

func TestRequestsForTokensByTheBrowserThatAreRefused(t *testing.T) {
	k := start(t)
	k.change(web, everyType)
	k.change(web2, func(c *identity.Client) { everyType(c); c.ResponseTypes, c.DPoPBound = nil, true })
	for name, c := range map[string]struct {
		q    url.Values
		code string
	}{
		"no nonce, id_token":                {request(web, "response_type", "id_token", "nonce", ""), InvalidRequest},
		"no nonce, hybrid":                  {request(web, "response_type", "code id_token", "nonce", ""), InvalidRequest},
		"tokens in a query":                 {request(web, "response_type", "token", "response_mode", "query"), InvalidRequest},
		"a signed query that is not sealed": {request(web, "response_type", "token", "response_mode", "query.jwt"), InvalidRequest},
		"an unknown mode":                   {request(web, "response_type", "token", "response_mode", "web_message.jwt"), InvalidRequest},
		"id_token without openid":           {request(web, "response_type", "id_token", "scope", "api/read"), InvalidScope},
		"a token that is to be bound":       {request(web2, "response_type", "token"), UnauthorizedClient},
		"a client without the type":         {request(spa, "response_type", "id_token token"), UnauthorizedClient},
		"nobody signed in, prompt none":     {request(web, "response_type", "id_token token", "prompt", "none"), LoginRequired},
	} {
		t.Run(name, func(t *testing.T) {
			browser := AuthorizeState{Auth: k.signIn("ann@example.test")}
			if c.code == LoginRequired {
				browser = AuthorizeState{}
			}
			d := k.ask(c.q, browser)
			if d.Answer == nil || d.Answer.Mode != ModeFragment {
				t.Fatalf("answered %s %v", decision(d), d.Answer)
			}
			if p := d.Answer.Params; !d.Answer.Params.Has("response") && (p.Get("error") != c.code || p.Has("access_token") || p.Has("id_token")) {
				t.Errorf("answered %v", p)
			}
		})
	}
	t.Run("without a nonce a code and an access token are fine", func(t *testing.T) {
		k.front(web, "response_type", "code token", "nonce", "")
	})
}

// jarm reads an answer that is one JWT.
func (k *kit) jarm(d Decision) map[string]any {
	k.Helper()
	if d.Answer == nil || len(d.Answer.Params) != 1 {
		k.Fatalf("answered %s %v", decision(d), d.Answer)
	}
	verified, err := k.Keys.Verify(context.Background(), testPool, tokenType, d.Answer.Params.Get("response"))
	k.must(err)
	claims := claimsOf(k, d.Answer.Params.Get("response"))
	if claims["iss"] != k.Issuer(testPool) || claims["exp"] != float64(k.clock().Add(10*time.Minute).Unix()) {
		k.Errorf("%s: %v", verified.Alg, claims)
	}
	return claims
}

func TestSignedAnswers(t *testing.T) {
	k := start(t)
	k.change(web, everyType)
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	for _, c := range []struct{ mode, types, want string }{
		{"jwt", "code", ModeQuery}, {"query.jwt", "code", ModeQuery}, {"fragment.jwt", "code", ModeFragment}, {"form_post.jwt", "code", ModeFormPost},
		{"jwt", "code token", ModeFragment}, {"form_post.jwt", "id_token", ModeFormPost},
	} {
		d := k.ask(request(web, "response_mode", c.mode, "response_type", c.types), ann)
		if claims := k.jarm(d); claims["state"] != "a state" || claims["aud"] != "web" || d.Answer.Mode != c.want || (claims["code"] == nil) != (c.types == "id_token") {
			t.Errorf("%+v: %s %v", c, d.Answer.Mode, claims)
		}
	}
	t.Run("errors too", func(t *testing.T) {
		d := k.ask(request(web, "response_mode", "form_post.jwt", "scope", "bogus"), ann)
		if claims := k.jarm(d); claims["error"] != InvalidScope || claims["state"] != "a state" || d.Answer.Mode != ModeFormPost {
			t.Errorf("%v", claims)
		}
	})
	t.Run("and of who went back", func(t *testing.T) {
		answer, err := k.Cancel(context.Background(), testPool, request(web, "response_mode", "jwt"), time.Time{})
		k.must(err)
		if claims := k.jarm(Decision{Answer: &answer}); claims["error"] != AccessDenied {
			t.Errorf("%v", claims)
		}
	})
	t.Run("with the algorithm of the client", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.ResponseSigningAlg = keys.EdDSA })
		verified, err := k.Keys.Verify(context.Background(), testPool, tokenType, k.ask(request(web, "response_mode", "jwt"), ann).Answer.Params.Get("response"))
		if err != nil || verified.Alg != keys.EdDSA {
			t.Errorf("%s, %v", verified.Alg, err)
		}
	})
}
