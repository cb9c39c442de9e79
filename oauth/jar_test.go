package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
)

// signer gives a client a key of its own, and answers it.
func (k *kit) signer(client identity.ClientID, alg string) *oauthtest.Key {
	k.Helper()
	key := oauthtest.NewKey(k, alg)
	var set identity.JWKSet
	k.must(json.Unmarshal(oauthtest.Set(k, key), &set))
	k.change(client, func(c *identity.Client) { c.JWKS = &set })
	return key
}

// claimsFor are the claims of a good request object; changes are names and values, nil
// taking one away.
func (k *kit) claimsFor(client identity.ClientID, changes ...any) map[string]any {
	now := k.clock()
	claims := map[string]any{
		"iss": string(client), "aud": k.Issuer(testPool), "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	for name, values := range request(client) {
		claims[name] = values[0]
	}
	for i := 0; i < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1]
	}
	return claims
}

// by is what a browser brings with a request object by value.
func by(client identity.ClientID, object string) url.Values {
	return url.Values{"client_id": {string(client)}, "redirect_uri": {callback}, "state": {"outside"}, "request": {object}}
}

func plain(claims map[string]any) string {
	raw, _ := json.Marshal(claims)
	return oauthtest.Base64(`{"alg":"none"}`) + "." + oauthtest.Base64(string(raw)) + "."
}

func TestASignedRequest(t *testing.T) {
	k := start(t)
	key, ann := k.signer(web, "ES256"), AuthorizeState{Auth: k.signIn("ann@example.test")}
	typed := map[string]any{"typ": "oauth-authz-req+jwt", "kid": key.ID}
	t.Run("is answered as it says", func(t *testing.T) {
		d := k.ask(by(web, key.Sign(t, typed, k.claimsFor(web))), ann)
		if decision(d) != "code" || d.Answer.Params.Get("state") != "a state" {
			t.Errorf("answered %s %+v", decision(d), d.Answer)
		}
	})
	t.Run("has numbers, objects and lists for parameters", func(t *testing.T) {
		k.change(web, func(c *identity.Client) {
			c.Resources, c.AuthorizationDetailsTypes = []string{"https://api.example.test/", "https://b.example.test/"}, []string{"pay"}
		})
		object := key.Sign(t, typed, k.claimsFor(web, "max_age", 60, "claims", map[string]any{"userinfo": map[string]any{"email": nil}},
			"resource", []string{"https://api.example.test/", "https://b.example.test/"},
			"authorization_details", []any{map[string]any{"type": "pay", "amount": 1.50}}, "display", nil))
		q, err := k.CheckRequest(t.Context(), testPool, by(web, object), time.Time{})
		k.must(err)
		if *q.MaxAge != time.Minute || len(q.Claims.UserInfo) != 1 || len(q.Resources) != 2 || string(q.Details[0]) != `{"amount":1.5,"type":"pay"}` {
			t.Errorf("read %+v", q)
		}
	})
	t.Run("needs neither iss nor aud nor dates without a profile", func(t *testing.T) {
		object := key.Sign(t, nil, k.claimsFor(web, "iss", nil, "aud", nil, "exp", nil, "nbf", nil, "iat", nil, "client_id", nil))
		if d := k.ask(by(web, object), ann); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("may have other audiences beside us", func(t *testing.T) {
		object := key.Sign(t, nil, k.claimsFor(web, "aud", []string{"https://other.test", k.Issuer(testPool)}))
		if d := k.ask(by(web, object), ann); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("may be pushed", func(t *testing.T) {
		q := url.Values{"client_id": {string(web)}, "request": {key.Sign(t, typed, k.claimsFor(web))}}
		k.change(web, func(c *identity.Client) { c.RequireSignedRequest = true })
		defer k.change(web, func(c *identity.Client) { c.RequireSignedRequest = false })
		if d := k.ask(k.push(web, q), ann); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("may be signed with the secret of a client without a key", func(t *testing.T) {
		const secret = "a-secret-of-at-least-thirty-two-bytes"
		c, err := k.settings().Client(t.Context(), testPool, web2)
		k.must(err)
		k.client(c, secret)
		object := oauthtest.HMAC(t, secret, k.claimsFor(web2))
		if d := k.ask(by(web2, object), ann); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
		wrong := oauthtest.HMAC(t, strings.Repeat("another secret", 4), k.claimsFor(web2))
		if d := k.ask(by(web2, wrong), ann); decision(d) != "error invalid_request_object" {
			t.Errorf("the wrong secret answered %s", decision(d))
		}
	})
	t.Run("that was begun in time may take its time", func(t *testing.T) {
		q, asked := by(web, key.Sign(t, typed, k.claimsFor(web))), k.clock()
		k.wait(10 * time.Minute)
		if d := k.ask(q, AuthorizeState{Auth: k.signIn("ann@example.test"), AskedAt: asked}); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
		if d := k.ask(q, AuthorizeState{Auth: k.signIn("ann@example.test")}); decision(d) != "error invalid_request_object" {
			t.Errorf("begun too late answered %s", decision(d))
		}
	})
}

func TestAnUnsignedRequest(t *testing.T) {
	k := start(t)
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	if d := k.ask(by(web, plain(k.claimsFor(web))), ann); decision(d) != "error request_not_supported" {
		t.Errorf("of a client that is not registered for it answered %s", decision(d))
	}
	k.change(web, func(c *identity.Client) { c.RequestSigningAlg = "none" })
	if d := k.ask(by(web, plain(k.claimsFor(web))), ann); decision(d) != "code" || d.Answer.Params.Get("state") != "a state" {
		t.Errorf("answered %s", decision(d))
	}
}

func TestAttackRequestObjects(t *testing.T) {
	k := start(t)
	key, rsa, ann := k.signer(web, "ES256"), oauthtest.NewKey(t, "RS256"), AuthorizeState{Auth: k.signIn("ann@example.test")}
	other := k.signer(web2, "ES256")
	sign := func(changes ...any) string { return key.Sign(t, nil, k.claimsFor(web, changes...)) }
	now := k.clock()
	for name, c := range map[string]struct{ object, code string }{
		"none":                                {plain(k.claimsFor(web)), RequestNotSupported},
		"the key of another client":           {other.Sign(t, nil, k.claimsFor(web)), InvalidRequestObject},
		"an algorithm without a key":          {rsa.Sign(t, nil, k.claimsFor(web)), InvalidRequestObject},
		"the public key as a secret":          {oauthtest.HMAC(t, string(oauthtest.Set(t, key)), k.claimsFor(web)), InvalidRequestObject},
		"a claim changed":                     {sign()[:40] + "A" + sign()[41:], InvalidRequestObject},
		"an assertion that proves the client": {sign("sub", "web"), InvalidRequestObject},
		"an ID token's typ":                   {key.Sign(t, map[string]any{"typ": "at+jwt"}, k.claimsFor(web)), InvalidRequestObject},
		"another client's id inside":          {sign("client_id", "web2"), InvalidRequestObject},
		"another issuer":                      {sign("iss", "web2"), InvalidRequestObject},
		"for another server":                  {sign("aud", "https://evil.test"), InvalidRequestObject},
		"a nested request":                    {sign("request", "e30.e30."), InvalidRequestObject},
		"a nested request_uri":                {sign("request_uri", "https://evil.test/"), InvalidRequestObject},
		"expired":                             {sign("exp", now.Add(-time.Minute).Unix()), InvalidRequestObject},
		"not yet":                             {sign("nbf", now.Add(time.Minute).Unix()), InvalidRequestObject},
		"dates as text":                       {sign("exp", "tomorrow"), InvalidRequestObject},
		"a member twice":                      {key.SignRaw(t, `{"alg":"ES256"}`, `{"client_id":"web","state":"a","state":"b"}`), InvalidRequestObject},
		"crit":                                {key.Sign(t, map[string]any{"crit": []string{"x"}}, k.claimsFor(web)), InvalidRequestObject},
		"no JWT":                              {"hello", InvalidRequestObject},
		"encrypted":                           {"a.b.c.d.e", InvalidRequestObject},
		"resources that are no texts":         {sign("resource", []any{1}), InvalidRequestObject},
		"a redirect that is not registered":   {sign("redirect_uri", "https://evil.test/"), "page"},
		"a redirect to a list":                {sign("redirect_uri", []string{callback}), "page"},
		"a bad scope inside":                  {sign("scope", "bogus"), InvalidScope},
	} {
		t.Run(name, func(t *testing.T) {
			d := k.ask(by(web, c.object), ann)
			if c.code == "page" && d.Page == nil || c.code != "page" && decision(d) != "error "+c.code {
				t.Errorf("answered %s, want %s", decision(d), c.code)
			}
		})
	}
	t.Run("the response_type outside is another", func(t *testing.T) {
		q := by(web, sign())
		q.Set("response_type", "token")
		if d := k.ask(q, ann); decision(d) != "error invalid_request_object" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("request and request_uri", func(t *testing.T) {
		q := by(web, sign())
		q.Set("request_uri", "https://app.example.test/object")
		if d := k.ask(q, ann); decision(d) != "error invalid_request" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("request and a pushed request", func(t *testing.T) {
		q := by(web, sign())
		maps.Copy(q, k.push(web, request(web)))
		if d := k.ask(q, ann); decision(d) != "error invalid_request" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("parameters outside are not used", func(t *testing.T) {
		q := by(web, sign("state", nil, "scope", "openid"))
		q.Set("scope", "openid api/write")
		d := k.ask(q, ann)
		if decision(d) != "code" || d.Answer.Params.Has("state") {
			t.Fatalf("answered %s %v", decision(d), d.Answer)
		}
		got, err := k.redeemAs(web, d.Answer.Params.Get("code"))
		k.must(err)
		if got.Scope != "openid" {
			t.Errorf("gave %q", got.Scope)
		}
	})
	t.Run("a bad object never leads to an address that is not registered", func(t *testing.T) {
		q := by(web, "hello")
		q.Set("redirect_uri", "https://evil.test/")
		if d := k.ask(q, ann); decision(d) != "page invalid_request_object" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("parameters without a signature where one must be", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.RequireSignedRequest = true })
		if d := k.ask(request(web), ann); decision(d) != "error invalid_request" {
			t.Errorf("answered %s", decision(d))
		}
		if d := k.ask(by(web, plain(k.claimsFor(web))), ann); decision(d) != "error invalid_request_object" {
			t.Errorf("none answered %s", decision(d))
		}
	})
}

func TestARequestByReference(t *testing.T) {
	k := start(t)
	key, ann := k.signer(web, "ES256"), AuthorizeState{Auth: k.signIn("ann@example.test")}
	object, asked := key.Sign(t, nil, k.claimsFor(web)), 0
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/object":
			_, _ = w.Write([]byte(object))
		case "/large":
			_, _ = w.Write([]byte(strings.Repeat("a", maxObject+1)))
		default:
			http.NotFound(w, r)
		}
	}))
	defer host.Close()
	at := func(path string) url.Values {
		return url.Values{"client_id": {string(web)}, "redirect_uri": {callback}, "request_uri": {host.URL + path}}
	}
	k.change(web, func(c *identity.Client) {
		c.RequestURIs = []string{host.URL + "/object", host.URL + "/large", host.URL + "/gone"}
	})
	sum := sha256.Sum256([]byte(object))
	for name, c := range map[string]struct{ path, answer string }{
		"is fetched":                      {"/object", "code"},
		"with its hash":                   {"/object#" + base64.RawURLEncoding.EncodeToString(sum[:]), "code"},
		"with the hash of something else": {"/object#" + oauthtest.Hash("other"), "error invalid_request_uri"},
		"from an address not registered":  {"/other", "error invalid_request_uri"},
		"from one with a query":           {"/object?a=b", "error invalid_request_uri"},
		"that is too large":               {"/large", "error invalid_request_uri"},
		"that is gone":                    {"/gone", "error invalid_request_uri"},
	} {
		t.Run(name, func(t *testing.T) {
			if d := k.ask(at(c.path), ann); decision(d) != c.answer {
				t.Errorf("answered %s, want %s", decision(d), c.answer)
			}
		})
	}
	t.Run("attack: made-up hashes neither ask again each time nor fill the cache", func(t *testing.T) {
		before := asked
		for i := range 20 {
			if d := k.ask(at(fmt.Sprintf("/object#%d", i)), ann); decision(d) != "error invalid_request_uri" {
				t.Errorf("answered %s", decision(d))
			}
		}
		if asked-before > 1 {
			t.Errorf("asked %d times more", asked-before)
		}
	})
	t.Run("each page of a sign-in does not ask again", func(t *testing.T) {
		before := asked
		for range 5 {
			_, err := k.CheckRequest(context.Background(), testPool, at("/object"), k.clock())
			k.must(err)
		}
		if asked != before {
			t.Errorf("asked %d times more", asked-before)
		}
	})
}

// The guard of package fetch stands before every address, a registered one too.
func TestAttackRequestURIIntoOurNetwork(t *testing.T) {
	k := start(t)
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	for _, address := range []string{"https://169.254.169.254/latest/meta-data", "https://10.0.0.1/object", "https://[::1]/object"} {
		k.change(web, func(c *identity.Client) { c.RequestURIs = []string{address} })
		q := url.Values{"client_id": {string(web)}, "redirect_uri": {callback}, "request_uri": {address}}
		d := k.ask(q, ann)
		if decision(d) != "error invalid_request_uri" || strings.Contains(d.Answer.Params.Get("error_description"), "169.254") {
			t.Errorf("%s: answered %s %v", address, decision(d), d.Answer)
		}
	}
}

func TestMessageSigningWantsEveryClaim(t *testing.T) {
	k := start(t)
	key := k.signer(web, "ES256")
	k.change(web, func(c *identity.Client) {
		c.FAPIProfile, c.AuthMethod, c.CallbackURLs = identity.FAPIMessageSigning, identity.AuthPrivateKeyJWT, []string{callback}
		c.SigningAlg = ""
	})
	now := k.clock()
	push := func(object string) error {
		as := ClientAuth{ID: web, Method: identity.AuthPrivateKeyJWT, Assertion: key.Assertion(t, "web", k.Issuer(testPool), k.clock(), nil)}
		_, err := k.Push(t.Context(), testPool, TokenRequest{Form: url.Values{"client_id": {"web"}, "request": {object}}, Auth: as})
		return err
	}
	k.must(push(key.Sign(t, nil, k.claimsFor(web))))
	for name, changes := range map[string][]any{
		"without exp": {"exp", nil}, "without nbf": {"nbf", nil}, "without iss": {"iss", nil}, "without aud": {"aud", nil},
		"exp an hour off":    {"exp", now.Add(time.Hour + 5*time.Minute).Unix()},
		"nbf an hour ago":    {"nbf", now.Add(-61 * time.Minute).Unix()},
		"exp long after nbf": {"nbf", now.Add(-30 * time.Minute).Unix(), "exp", now.Add(31 * time.Minute).Unix()},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, push(key.Sign(t, nil, k.claimsFor(web, changes...))), InvalidRequestObject)
		})
	}
	t.Run("answers are signed, whatever is asked", func(t *testing.T) {
		refused(t, push(key.Sign(t, nil, k.claimsFor(web, "response_mode", "query"))), InvalidRequest)
		q := AuthorizationRequest{form: form(by(web, key.Sign(t, nil, k.claimsFor(web)))), ResponseMode: ModeQuery, pushing: true}
		q.Pool.ID = testPool
		bad, err := k.Provider.check(t.Context(), &q)
		if k.must(err); bad != nil || !q.Signed {
			t.Errorf("%v, signed %v", bad, q.Signed)
		}
	})
	t.Run("nbf eight seconds ahead", func(t *testing.T) {
		k.must(push(key.Sign(t, nil, k.claimsFor(web, "nbf", now.Add(8*time.Second).Unix()))))
	})
}
