package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
)

// FuzzAuthorize: whatever is asked, exactly one decision comes back, and an
// answer goes to a registered redirect URI, with our issuer, and with a code
// only for a request that meets every rule a code needs.
func FuzzAuthorize(f *testing.F) {
	k := start(f)
	ann := k.signIn("ann@example.test")
	k.change(web2, everyType)
	f.Add(request(web).Encode())
	f.Add(request(web2, "response_type", "code id_token token").Encode())
	f.Add(request(web2, "response_type", "token", "response_mode", "query").Encode())
	f.Add(request(web2, "response_type", "id_token", "nonce", "", "response_mode", "form_post.jwt").Encode())
	f.Add(request(web2, "response_type", "token  code", "response_mode", "query.jwt").Encode())
	f.Add(request(spa, "code_challenge", "").Encode())
	f.Add(request(web, "response_mode", "form_post", "prompt", "none").Encode())
	f.Add(request(web, "redirect_uri", "http://127.0.0.1:1234/cb", "max_age", "0").Encode())
	f.Add("client_id=web&client_id=web&redirect_uri=https://app.example.test/callback")
	f.Add("client_id=web&redirect_uri=https%3A%2F%2Fapp.example.test%2Fcallback&response_type=code&state=%00")
	f.Add("client_id=spa&redirect_uri=com.example.app:/done&response_type=code&scope=openid&code_challenge_method=S256")
	f.Add(request(web, "response_mode", "fragment.jwt", "acr_values", "2 phr", "claims", `{"id_token":{"acr":{"essential":true,"value":"1"}}}`).Encode())
	f.Add(request(web, "request", "a.b.c", "request_uri", "urn:ietf:params:oauth:request_uri:x").Encode())
	f.Add(request(web, "authorization_details", `[{"type":"pay"}]`, "resource", "https://api.example.test/", "dpop_jkt", "x").Encode())
	f.Add("%zz&;=&&&a")
	f.Fuzz(func(t *testing.T, text string) {
		q, _ := url.ParseQuery(text)
		d, err := k.Authorize(context.Background(), testPool, q, AuthorizeState{Auth: ann})
		if err != nil {
			t.Fatal(err)
		}
		set := 0
		for _, is := range []bool{d.Answer != nil, d.Login != nil, d.Page != nil} {
			if is {
				set++
			}
		}
		if set != 1 {
			t.Fatalf("%d decisions", set)
		}
		if d.Answer != nil {
			checkAnswer(t, q, d.Answer)
		}
	})
}

// checkFront: tokens come by the browser only to a client that may have them so,
// never in a query, and an ID token only for a nonce.
func checkFront(t *testing.T, q url.Values, a *Answer) {
	t.Helper()
	asked := q.Get("response_type")
	if q.Get("client_id") != string(web2) || a.Mode == ModeQuery || !frontChannel(asked) {
		t.Errorf("tokens in a %s for %v", a.Mode, q)
	}
	if strings.Contains(asked, "id_token") && q.Get("nonce") == "" {
		t.Errorf("an ID token without a nonce for %v", q)
	}
}

func checkAnswer(t *testing.T, q url.Values, a *Answer) {
	t.Helper()
	callbacks := []string{callback, "http://127.0.0.1/cb", "http://[::1]:8080/cb", "com.example.app:/done"}
	mark := "?"
	if a.Mode == ModeFragment {
		mark = "#"
	}
	if !registered(callbacks, a.RedirectURI) || !strings.HasPrefix(a.URL(), a.RedirectURI+mark) {
		t.Errorf("goes to %q", a.RedirectURI)
	}
	if signed := a.Params.Get("response"); signed != "" {
		params := url.Values{}
		for name, value := range claimsOf(t, signed) {
			params.Set(name, fmt.Sprint(value))
		}
		a.Params = params
	}
	given := a.Params.Has("code") || a.Params.Has("access_token") || a.Params.Has("id_token")
	if a.Params.Get("iss") == "" || given == a.Params.Has("error") {
		t.Errorf("parameters %v", a.Params)
	}
	if a.Params.Has("access_token") || a.Params.Has("id_token") {
		checkFront(t, q, a)
		return
	}
	if !given {
		return
	}
	if q.Get("response_type") != "code" || len(q["client_id"]) != 1 || q.Get("client_id") == string(spa) && q.Get("code_challenge_method") != "S256" {
		t.Errorf("a code for %v", q)
	}
	if a.Params.Get("state") != q.Get("state") {
		t.Errorf("state %q for %q", a.Params.Get("state"), q.Get("state"))
	}
}

// FuzzRequestObject: whatever object is brought, signed or not, nothing leads to
// an address that is not registered, and what is answered was said by an object
// that the client may send.
func FuzzRequestObject(f *testing.F) {
	k := start(f)
	ann := k.signIn("ann@example.test")
	key := k.signer(web, "ES256")
	k.change(web2, func(c *identity.Client) { c.RequestSigningAlg = "none" })
	head := oauthtest.Base64(`{"alg":"none"}`)
	f.Add(`{"alg":"ES256","typ":"JWT"}`, string(payload(k.claimsFor(web))))
	f.Add(`{"alg":"ES256","kid":"k-ES256"}`, `{"response_type":"code","redirect_uri":"https://evil.test/","max_age":1e3,"state":null}`)
	f.Add(`{"alg":"none"}`, `{"client_id":"web","aud":["a",1],"exp":"x"}`)
	f.Add(`{"alg":"ES256","crit":["b64"],"b64":false}`, `{"claims":{"id_token":{"acr":{"essential":true}}},"resource":["https://a.test/","b"]}`)
	f.Add(`{"alg":"ES256","typ":"at+jwt"}`, `{"request":"a.b.c","request_uri":["x"],"scope":{"a":[1,2,{}]}}`)
	f.Add(`{"alg":"ES256"}`, `{"exp":99999999999999999999,"nbf":-1,"iat":1e400}`)
	f.Fuzz(func(t *testing.T, header, body string) {
		signed := key.SignRaw(t, header, body)
		bare := head + "." + oauthtest.Base64(body) + "."
		for client, object := range map[identity.ClientID]string{web: signed, web2: bare} {
			d, err := k.Authorize(context.Background(), testPool, by(client, object), AuthorizeState{Auth: ann})
			if err != nil {
				t.Fatal(err)
			}
			if d.Answer == nil || !d.Answer.Params.Has("code") {
				continue
			}
			var said struct {
				Redirect string `json:"redirect_uri"`
				Type     string `json:"response_type"`
			}
			if json.Unmarshal([]byte(body), &said) != nil || said.Redirect != d.Answer.RedirectURI || said.Type != "code" {
				t.Errorf("a code for %s at %s", body, d.Answer.RedirectURI)
			}
		}
	})
}

func payload(claims map[string]any) []byte {
	raw, _ := json.Marshal(claims)
	return raw
}
