// Package federationtest is an identity provider on this machine for tests: it
// checks what it is sent as a provider would, remembers it, and answers what the
// test wants it to, right or wrong.
package federationtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

// Client is who the tests are at the provider, and where they are called back.
const (
	Client   = "our-client"
	Secret   = "our-secret-7731"
	Callback = "https://auth.example.test/oauth2/idpresponse"
)

// Request is one that the provider was sent.
type Request struct {
	Path   string
	Method string
	Header http.Header
	Query  url.Values
	Form   url.Values
}

// Upstream is the provider. Its fields are set before it is asked.
type Upstream struct {
	t      testing.TB
	server *httptest.Server
	mux    *http.ServeMux

	Issuer   string         // of ID tokens; the server's own address at first
	Document map[string]any // the discovery document
	Key      *ecdsa.PrivateKey
	KeyID    string
	Now      time.Time

	Claims   func(map[string]any)                // changes the ID token's claims
	Sign     func(claims map[string]any) string  // signs the ID token in place of Key
	Answer   func(answer map[string]any)         // changes the token endpoint's answer
	UserInfo map[string]any                      // nil: the sub and what was granted
	Keys     func() any                          // the key set, in place of Key
	Refuse   func(form url.Values) (int, string) // refuses at the token endpoint, status 0 not
	AnyCode  bool                                // no check of what is redeemed

	mu       sync.Mutex
	codes    map[string]grant
	requests []Request
}

type grant struct {
	query  url.Values
	claims map[string]any
}

// Loopback is the network that a test opens.
var Loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// Start answers a provider that runs until the test ends.
func Start(t testing.TB) *Upstream {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	u := &Upstream{t: t, mux: http.NewServeMux(), Key: key, KeyID: "first", codes: map[string]grant{}, Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	u.server = httptest.NewServer(http.HandlerFunc(u.serve))
	t.Cleanup(u.server.Close)
	u.Issuer = u.server.URL
	u.Document = map[string]any{
		"issuer": u.Issuer, "authorization_endpoint": u.At("/authorize"), "token_endpoint": u.At("/token"), "jwks_uri": u.At("/keys"),
		"userinfo_endpoint": u.At("/userinfo"), "id_token_signing_alg_values_supported": []string{"ES256", "RS256"},
	}
	u.Handle("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { JSON(w, 200, u.Document) })
	u.Handle("/keys", func(w http.ResponseWriter, _ *http.Request) { JSON(w, 200, u.keys()) })
	u.Handle("/token", u.token)
	u.Handle("/userinfo", u.userInfo)
	return u
}

// At answers the address of a path.
func (u *Upstream) At(path string) string { return u.server.URL + path }

// Handle answers a path in the test's own way.
func (u *Upstream) Handle(path string, h http.HandlerFunc) { u.mux.HandleFunc(path, h) }

func (u *Upstream) serve(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	u.mu.Lock()
	u.requests = append(u.requests, Request{r.URL.Path, r.Method, r.Header, r.URL.Query(), r.PostForm})
	u.mu.Unlock()
	u.mux.ServeHTTP(w, r)
}

// Requests answers those for a path, the oldest first.
func (u *Upstream) Requests(path string) []Request {
	u.mu.Lock()
	defer u.mu.Unlock()
	var all []Request
	for _, r := range u.requests {
		if r.Path == path {
			all = append(all, r)
		}
	}
	return all
}

// Deps answers dependencies that reach this machine and live in the provider's time.
func (u *Upstream) Deps() federation.Deps {
	return federation.Deps{Client: fetch.New(fetch.Options{Allow: Loopback, SameHost: true}), Now: func() time.Time { return u.Now }}
}

// Settings answers those of a provider of this type, with details joined by more.
func (u *Upstream) Settings(kind string, more map[string]string) federation.Settings {
	details := map[string]string{"client_id": Client, "client_secret": Secret}
	maps.Copy(details, more)
	return federation.Settings{Pool: "main", Name: "Up", Type: kind, Details: details, Callback: Callback, Base: "https://auth.example.test"}
}

// Approve lets a person with these claims sign in at the address of a trip, and
// answers what comes back with the browser. It checks the request as RFC 6749
// §4.1.1 and RFC 7636 have it.
func (u *Upstream) Approve(address string, claims map[string]any) url.Values {
	u.t.Helper()
	q := Query(u.t, address)
	if q.Get("response_type") != "code" || q.Get("client_id") != Client || q.Get("redirect_uri") != Callback || q.Get("state") == "" {
		u.t.Errorf("the authorization request is wrong: %v", q)
	}
	if q.Has("code_challenge") && (q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43) {
		u.t.Errorf("the challenge is wrong: %v", q)
	}
	code := rand.Text()
	u.mu.Lock()
	u.codes[code] = grant{q, claims}
	u.mu.Unlock()
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

// Query answers the query of an address, each parameter of which stands once.
func Query(t testing.TB, address string) url.Values {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := parsed.Query()
	for name, values := range q {
		if len(values) != 1 {
			t.Errorf("%s is sent %d times", name, len(values))
		}
	}
	return q
}

// Challenge is RFC 7636 §4.2.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (u *Upstream) token(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	g, known := u.codes[r.PostForm.Get("code")]
	delete(u.codes, r.PostForm.Get("code"))
	u.mu.Unlock()
	if u.Refuse != nil {
		if status, body := u.Refuse(r.PostForm); status != 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			w.Write([]byte(body))
			return
		}
	}
	q := g.query
	right := known && q.Get("redirect_uri") == r.PostForm.Get("redirect_uri") && r.PostForm.Get("grant_type") == "authorization_code"
	if right && q.Has("code_challenge") {
		right = Challenge(r.PostForm.Get("code_verifier")) == q.Get("code_challenge")
	}
	if !right && !u.AnyCode {
		JSON(w, 400, map[string]any{"error": "invalid_grant", "error_description": "no such code"})
		return
	}
	JSON(w, 200, u.answer(q, g.claims))
}

func (u *Upstream) answer(q url.Values, more map[string]any) map[string]any {
	answer := map[string]any{"access_token": "access-4711", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "refresh-4711"}
	if q.Has("nonce") || u.AnyCode {
		answer["id_token"] = u.IDToken(q.Get("nonce"), more)
	}
	if u.Answer != nil {
		u.Answer(answer)
	}
	return answer
}

// IDToken answers a signed ID token.
func (u *Upstream) IDToken(nonce string, more map[string]any) string {
	claims := map[string]any{
		"iss": u.Issuer, "aud": Client, "sub": "person-1", "iat": u.Now.Unix(), "exp": u.Now.Add(time.Hour).Unix(), "nonce": nonce,
	}
	maps.Copy(claims, more)
	if u.Claims != nil {
		u.Claims(claims)
	}
	if u.Sign != nil {
		return u.Sign(claims)
	}
	return Sign(u.t, jose.ES256, u.Key, map[jose.HeaderKey]any{"kid": u.KeyID, "typ": "JWT"}, claims)
}

func (u *Upstream) keys() any {
	if u.Keys != nil {
		return u.Keys()
	}
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: u.Key.Public(), KeyID: u.KeyID, Algorithm: "ES256", Use: "sig"}}}
}

func (u *Upstream) userInfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer access-4711" {
		JSON(w, 401, map[string]any{"error": "invalid_token"})
		return
	}
	info := u.UserInfo
	if info == nil {
		info = map[string]any{"sub": "person-1"}
	}
	JSON(w, 200, info)
}

// JSON writes an answer.
func JSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}

// Sign answers claims as a JWT with this header.
func Sign(t testing.TB, alg jose.SignatureAlgorithm, key any, header map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
