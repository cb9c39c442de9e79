package web_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/views/consent"
	"poolhouse.dev/web/internal/webtest"
)

// relying is the certification suite as a relying party that registers itself: its
// keys, and a server with what it publishes.
type relying struct {
	*webtest.House
	T     *testing.T
	host  *httptest.Server
	serve map[string]string // by path
	kinds map[string]string
	key   *jose.JSONWebKey
	id    string
	uri   string // registration_client_uri
	token string
	asked int    // assertions so far
	aud   string // of assertions
}

// rpKey makes a key once for all tests; finding one takes long.
var rpKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func startRelying(t *testing.T) *relying {
	t.Helper()
	h := webtest.Start(t, registering)
	h.Core.RateLimits = false
	h.User(ann)
	rp := &relying{House: h, T: t, aud: webtest.PublicURL + "/oauth2/token", serve: map[string]string{}, kinds: map[string]string{}}
	rp.host = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, there := rp.serve[r.URL.Path]
		if !there {
			w.WriteHeader(http.StatusNotFound)
		}
		if kind := rp.kinds[r.URL.Path]; kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(rp.host.Close)
	roots := x509.NewCertPool()
	roots.AddCert(rp.host.Certificate())
	client := fetch.New(fetch.Options{Roots: roots, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	h.OAuth.ClientKeys = keyset.New(client, h.Now)
	rp.newKey("one", rpKey())
	return rp
}

func (rp *relying) newKey(id string, key *rsa.PrivateKey) {
	rp.key = &jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "RS256", Use: "sig"}
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{rp.key.Public()}})
	if err != nil {
		rp.T.Fatal(err)
	}
	rp.serve["/jwks"] = string(raw)
}

// at is an address of the relying party.
func (rp *relying) at(path string) string { return rp.host.URL + path }

// send asks the registration endpoint, or a client's.
func (rp *relying) send(method, address, token string, members map[string]any) (int, map[string]any) {
	rp.T.Helper()
	raw, err := json.Marshal(members)
	if err != nil {
		rp.T.Fatal(err)
	}
	req := httptest.NewRequest(method, address, bytes.NewReader(raw))
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	got := rp.Do(req)
	if got.StatusCode == http.StatusNoContent {
		return got.StatusCode, nil
	}
	if got.Header.Get("Cache-Control") != "no-store" {
		rp.T.Errorf("%s %s may be kept: %v", method, address, got.Header)
	}
	return got.StatusCode, decode(rp.House, got)
}

// metadata are what every module registers with, and changes: a member, its value.
func (rp *relying) metadata(changes ...any) map[string]any {
	members := map[string]any{
		"redirect_uris": []string{webtest.Callback}, "grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
		"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": rp.at("/jwks"), "client_name": "Suite (23)", "contacts": []string{"certification@oidf.org"},
		"scope": "openid email profile offline_access",
	}
	for i := 0; i+1 < len(changes); i += 2 {
		members[changes[i].(string)] = changes[i+1]
	}
	return members
}

// registers registers, and answers what came back.
func (rp *relying) registers(changes ...any) map[string]any {
	rp.T.Helper()
	status, got := rp.send(http.MethodPost, webtest.PublicURL+"/oauth2/register", "", rp.metadata(changes...))
	if status != http.StatusCreated || got["client_id"] == "" || got["client_secret"] != nil {
		rp.T.Fatalf("%d %v", status, got)
	}
	rp.id, rp.uri, rp.token = got["client_id"].(string), got["registration_client_uri"].(string), got["registration_access_token"].(string)
	return got
}

// refuses says that a registration fails with a code.
func (rp *relying) refuses(code string, changes ...any) {
	rp.T.Helper()
	status, got := rp.send(http.MethodPost, webtest.PublicURL+"/oauth2/register", "", rp.metadata(changes...))
	if status != http.StatusBadRequest || got["error"] != code {
		rp.T.Errorf("%d %v, want %s", status, got, code)
	}
}

func (rp *relying) sign(payload map[string]any, alg string) string {
	rp.T.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: rp.key}, nil)
	if err != nil {
		rp.T.Fatal(err)
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		rp.T.Fatal(err)
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		rp.T.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		rp.T.Fatal(err)
	}
	return text
}

// redeems asks the token endpoint with an assertion.
func (rp *relying) redeems(form url.Values) (int, map[string]any) {
	rp.T.Helper()
	rp.asked++
	now := rp.Now().Unix()
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", rp.sign(map[string]any{
		"iss": rp.id, "sub": rp.id, "aud": rp.aud, "jti": strings.Repeat("j", rp.asked), "iat": now, "exp": now + 60,
	}, "RS256"))
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/token", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", formType)
	got := rp.Do(req)
	return got.StatusCode, decode(rp.House, got)
}

func (rp *relying) query(changes ...string) url.Values {
	q := url.Values{"response_type": {"code"}, "client_id": {rp.id}, "redirect_uri": {webtest.Callback}, "scope": {"openid email"}, "state": {"s"}, "nonce": {"n"}}
	for i := 0; i+1 < len(changes); i += 2 {
		if q.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

// agrees signs in, and says yes where people are asked, as far as the redirect URI.
func (rp *relying) agrees(q url.Values, to string) url.Values {
	rp.T.Helper()
	page := rp.Browser().Get("/oauth2/authorize?" + q.Encode())
	if page.URL.Path == "/login" {
		page = page.Submit("username", ann, "password", webtest.Password)
	}
	if page.URL.Path == "/consent" {
		page = page.Submit(consent.Answer, consent.Allow)
	}
	return page.Lands(to)
}

// flows goes from the registration to tokens.
func (rp *relying) flows(changes ...string) map[string]any {
	rp.T.Helper()
	q := rp.query(changes...)
	return rp.finishes(q, rp.agrees(q, webtest.Callback))
}

// certified holds what every module does against what the client is given.
func (rp *relying) certified() module {
	return module{suite: suite{House: rp.House}, T: rp.T, client: rp.id}
}

// finishes redeems a code, and holds the answers as every module does (1.2 of the plan).
func (rp *relying) finishes(q, landed url.Values) map[string]any {
	rp.T.Helper()
	if landed.Get("state") != q.Get("state") || landed.Get("iss") != webtest.PublicURL {
		rp.T.Errorf("landed with %v", landed)
	}
	status, tokens := rp.redeems(url.Values{"grant_type": {"authorization_code"}, "code": {landed.Get("code")}, "redirect_uri": {webtest.Callback}})
	if status != http.StatusOK {
		rp.T.Fatalf("%v gives %d %v", landed, status, tokens)
	}
	rp.certified().idToken(text(tokens["id_token"]), q)
	return tokens
}

// inside goes on with a request object, whose state counts.
func (rp *relying) inside(changes ...string) {
	rp.T.Helper()
	landed := rp.agrees(rp.query(changes...), webtest.Callback)
	rp.finishes(rp.query("state", "inner", "nonce", "within"), landed)
}

// object is a request in one.
func (rp *relying) object() map[string]any {
	return map[string]any{
		"iss": rp.id, "aud": webtest.PublicURL, "client_id": rp.id, "response_type": "code", "redirect_uri": webtest.Callback, "scope": "openid", "state": "inner", "nonce": "within",
	}
}

// stays says that a request is answered by a page of ours.
func (rp *relying) stays(q url.Values) {
	rp.T.Helper()
	if page := rp.Browser().Get("/oauth2/authorize?" + q.Encode()); page.Status != http.StatusBadRequest || page.Header.Get("Location") != "" {
		rp.T.Errorf("%d %s", page.Status, page.Header.Get("Location"))
	}
}

func picture(t *testing.T) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
