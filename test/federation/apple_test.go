package federation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/test/kit"
)

const (
	servicesID = "test.example.notes"
	appleTeam  = "TEAM123456"
	appleKey   = "KEY1234567"
	lee        = "dpdcnf87nu@privaterelay.appleid.com"
)

// apple is a provider of the shape that Apple documents: it posts its answer, says
// a name at the first sign-in alone, and wants a client secret that is a JWT.
type apple struct {
	URL  string
	t    *testing.T
	ours *ecdsa.PublicKey  // of the key that Apple made for us
	key  *ecdsa.PrivateKey // signs identity tokens

	mu     sync.Mutex
	codes  map[string]url.Values // what was asked, by code
	known  bool                  // the person has been here
	wrongs []string
}

// startApple answers one, and the settings of a provider that asks it.
func startApple(t *testing.T) (*apple, kit.Map) {
	t.Helper()
	keys := make([]*ecdsa.PrivateKey, 2)
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	a := &apple{t: t, ours: &keys[0].PublicKey, key: keys[1], codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /auth/authorize", a.authorize)
	mux.HandleFunc("POST /auth/authorize", a.answer)
	mux.HandleFunc("POST /auth/token", a.token)
	mux.HandleFunc("GET /auth/keys", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &a.key.PublicKey, KeyID: "apple-1", Algorithm: "ES256", Use: "sig"}}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		for _, wrong := range a.wrongs {
			t.Error("Apple would refuse: " + wrong)
		}
	})
	a.URL = server.URL
	return a, kit.Map{"provider_name": "SignInWithApple", "provider_type": "SignInWithApple", "provider_details": kit.Map{
		"client_id": servicesID, "team_id": appleTeam, "key_id": appleKey, "private_key": base64.StdEncoding.EncodeToString(der),
		"oidc_issuer": a.URL, "authorize_url": a.URL + "/auth/authorize", "token_url": a.URL + "/auth/token", "jwks_uri": a.URL + "/auth/keys"}}
}

// want notes what is not as Apple documents it.
func (a *apple) want(ok bool, what string, got any) {
	if !ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.wrongs = append(a.wrongs, fmt.Sprintf("%s: %v", what, got))
	}
}

// authorize: https://developer.apple.com/documentation/signinwithapplerestapi/request-an-authorization-to-the-sign-in-with-apple-server
func (a *apple) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	known := []string{"client_id", "nonce", "redirect_uri", "response_mode", "response_type", "scope", "state"}
	a.want(slices.Equal(slices.Sorted(maps.Keys(q)), known), "parameters", q)
	a.want(q.Get("client_id") == servicesID && q.Get("response_type") == "code" && q.Get("response_mode") == "form_post" && q.Get("scope") == "name email", "request", q)
	a.want(len(q.Get("nonce")) >= 20 && len(q.Get("state")) >= 20, "nonce or state", q)
	page(w, `<h1>Use your Apple Account</h1><form method="post" action="/auth/authorize?`+html.EscapeString(q.Encode())+`"><button name="do" value="go">Continue</button><button name="do" value="cancel">Cancel</button></form>`)
}

// answer posts to the redirect URI: https://developer.apple.com/documentation/signinwithapple/configuring-your-webpage-for-sign-in-with-apple
func (a *apple) answer(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	fields := url.Values{"state": {q.Get("state")}}
	if r.PostFormValue("do") == "cancel" {
		fields.Set("error", "user_cancelled_authorize")
	} else {
		a.mu.Lock()
		code := rand.Text()
		a.codes[code] = q
		fields.Set("code", code)
		if !a.known {
			fields.Set("user", `{"name":{"firstName":"Lee","lastName":"Ames"},"email":"`+ann+`"}`)
		}
		a.known = true
		a.mu.Unlock()
	}
	inputs := ""
	for name := range fields {
		inputs += `<input type="hidden" name="` + name + `" value="` + html.EscapeString(fields.Get(name)) + `">`
	}
	page(w, `<form method="post" action="`+html.EscapeString(q.Get("redirect_uri"))+`">`+inputs+`</form><script>document.forms[0].submit()</script>`)
}

// token: https://developer.apple.com/documentation/signinwithapplerestapi/generate-and-validate-tokens
func (a *apple) token(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	q, known := a.codes[r.PostFormValue("code")]
	delete(a.codes, r.PostFormValue("code"))
	a.mu.Unlock()
	a.want(r.PostFormValue("grant_type") == "authorization_code" && r.PostFormValue("client_id") == servicesID && r.PostFormValue("redirect_uri") == q.Get("redirect_uri"), "token request", r.PostForm)
	if !known || !a.ourSecret(r.PostFormValue("client_secret")) {
		w.WriteHeader(http.StatusBadRequest)
		writeJSON(w, kit.Map{"error": "invalid_client"})
		return
	}
	now := time.Now().Unix()
	writeJSON(w, kit.Map{"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r", "id_token": a.sign(kit.Map{
		"iss": a.URL, "aud": servicesID, "sub": "001999.0a1b2c.1234", "iat": now, "exp": now + 86400, "nonce": q.Get("nonce"), "nonce_supported": true,
		"email": lee, "email_verified": "true", "is_private_email": "true", "auth_time": now})})
}

// ourSecret: https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
func (a *apple) ourSecret(secret string) bool {
	signed, err := jose.ParseSignedCompact(secret, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		a.want(false, "client secret", err)
		return false
	}
	payload, err := signed.Verify(a.ours)
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Issued   int64  `json:"iat"`
		Expires  int64  `json:"exp"`
	}
	now := time.Now().Unix()
	right := err == nil && json.Unmarshal(payload, &claims) == nil && signed.Signatures[0].Protected.KeyID == appleKey &&
		claims.Issuer == appleTeam && claims.Subject == servicesID && claims.Audience == "https://appleid.apple.com" &&
		claims.Issued <= now && claims.Expires > now && claims.Expires-claims.Issued <= 15777000
	a.want(right, "client secret", claims)
	return right
}

func (a *apple) sign(claims kit.Map) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: a.key, KeyID: "apple-1"}}, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		a.t.Fatal(err)
	}
	token, err := signer.Sign(payload)
	if err != nil {
		a.t.Fatal(err)
	}
	text, err := token.CompactSerialize()
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func page(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<!doctype html><html lang="en"><title>Apple</title><link rel="icon" href="data:,">`+body)
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

// orchard is a server with Apple in its pool, and a browser.
func orchard(t *testing.T) (*kit.Server, func() *kit.Browser) {
	t.Helper()
	t.Parallel()
	a, settings := startApple(t)
	s := kit.Start(t, kit.AtLocalhost, outgoing, providers(settings))
	return s, func() *kit.Browser {
		b := kit.NewBrowser(t, s.URL, s.App.URL, a.URL)
		b.Expect("status of 422")
		return b
	}
}

// atApple goes to Apple and presses a button there.
func atApple(t *testing.T, b *kit.Browser, s *kit.Server, button string) {
	t.Helper()
	b.Open(t, s.App.URL+"/start")
	b.Press(t, "Continue with Apple")
	b.See(t, "Use your Apple Account")
	b.Do(t, chromedp.Click(chromedp.CSS(`button[value="`+button+`"]`)))
}

// What Apple posts comes from its own site: the browser sends no cookie along, and
// the page of ours in between lets the second post have them.
func TestAppleSignsInByAPostFromItsOwnSite(t *testing.T) {
	s, browse := orchard(t)
	var first kit.Arrival
	for i := range 2 {
		b := browse()
		atApple(t, b, s, "go")
		b.See(t, "Hello, "+lee)
		got := s.App.Last(t)
		if got.Claims["name"] != "Lee Ames" || got.Claims["email"] != lee || got.Claims["email_verified"] != true {
			t.Errorf("sign-in %d: the app is told %v", i, got.Claims)
		}
		if i == 0 {
			first = got
		} else if got.ID.Subject != first.ID.Subject {
			t.Errorf("the second sign-in is %s, the first was %s", got.ID.Subject, first.ID.Subject)
		}
	}
}

func TestWhoCancelsAtAppleChoosesAnotherWay(t *testing.T) {
	s, browse := orchard(t)
	b := browse()
	atApple(t, b, s, "cancel")
	b.See(t, "You came back from Apple without signing in.")
	b.Type(t, "username", ann)
	b.Enter(t, "password", kit.AnnPassword)
	b.See(t, "Hello, "+ann)
}
