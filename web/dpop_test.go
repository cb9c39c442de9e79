package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// holder is a client that holds a key, and keeps the nonce it was given.
type holder struct {
	*webtest.House
	key   *oauthtest.Key
	nonce string
}

func hold(h *webtest.House) *holder {
	return &holder{House: h, key: oauthtest.NewKey(h.T, "ES256")}
}

// send sends a request with a proof of the key, and keeps the nonce of the answer.
func (c *holder) send(req *http.Request, change func(header, claims map[string]any)) *http.Response {
	c.Helper()
	at := *req.URL
	at.RawQuery = ""
	req.Header.Set("DPoP", c.key.Proof(c.T, req.Method, at.String(), c.Now(), func(header, claims map[string]any) {
		if c.nonce != "" {
			claims["nonce"] = c.nonce
		}
		if scheme, token, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "DPoP") {
			claims["ath"] = oauthtest.Hash(token)
		}
		if change != nil {
			change(header, claims)
		}
	}))
	got := c.Do(req)
	if nonce := got.Header.Get("DPoP-Nonce"); nonce != "" {
		c.nonce = nonce
	}
	return got
}

func (c *holder) redeem(code string) *http.Response {
	body := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {webtest.Callback}}
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/token", strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	req.SetBasicAuth("app", webtest.Secret)
	return c.send(req, nil)
}

// bound signs Ann in and answers her bound access token.
func (c *holder) bound() string {
	c.Helper()
	c.nonce = c.OAuth.DPoPNonce(webtest.PoolID)
	tokens := decode(c.House, c.redeem(codeFor(c.House, c.Browser())))
	if tokens["token_type"] != "DPoP" {
		c.Fatalf("answered %v", tokens)
	}
	return tokens["access_token"].(string)
}

func infoRequest(scheme, token string) *http.Request {
	req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", nil)
	if scheme != "" {
		req.Header.Set("Authorization", scheme+" "+token)
	}
	return req
}

func TestAClientIsGivenANonceAndTriesAgain(t *testing.T) {
	c := hold(webtest.Start(t))
	code := codeFor(c.House, c.Browser())
	first := c.redeem(code)
	if answer := decode(c.House, first); first.StatusCode != http.StatusBadRequest || answer["error"] != "use_dpop_nonce" || c.nonce == "" {
		t.Fatalf("answers %d %v with the nonce %q", first.StatusCode, answer, c.nonce)
	}
	if shown := first.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(shown, "DPoP-Nonce") {
		t.Errorf("scripts see %q", shown)
	}
	second := c.redeem(code)
	tokens := decode(c.House, second)
	if second.StatusCode != http.StatusOK || tokens["token_type"] != "DPoP" || second.Header.Get("DPoP-Nonce") == "" {
		t.Fatalf("answers %d %v", second.StatusCode, tokens)
	}
	info := c.send(infoRequest("DPoP", tokens["access_token"].(string)), nil)
	if claims := decode(c.House, info); info.StatusCode != http.StatusOK || claims["email"] != ann {
		t.Errorf("answers %d %v", info.StatusCode, claims)
	}
}

func TestScriptsMaySendProofs(t *testing.T) {
	h := webtest.Start(t)
	req := httptest.NewRequest(http.MethodOptions, webtest.PublicURL+"/oauth2/token", nil)
	if got := h.Do(req).Header.Get("Access-Control-Allow-Headers"); !slices.Contains(strings.Split(got, ", "), "DPoP") {
		t.Errorf("allows %q", got)
	}
}

// FAPI 2.0 access-token-type-header-case-sensitivity.
func TestFAPI2AccessTokenTypeHeaderCaseSensitivity(t *testing.T) {
	c := hold(webtest.Start(t))
	token := c.bound()
	for _, scheme := range []string{"DPoP", "dpop", "DPOP"} {
		if got := c.send(infoRequest(scheme, token), nil); got.StatusCode != http.StatusOK {
			t.Errorf("%s: answers %d", scheme, got.StatusCode)
		}
	}
}

// FAPI 2.0 dpop-negative-tests, at the userinfo endpoint. Each check of a proof has
// its own test in package dpop.
func TestFAPI2DPoPNegativeTests(t *testing.T) {
	c := hold(webtest.Start(t))
	token := c.bound()
	is := func(name string, got *http.Response, code, scheme string) {
		t.Helper()
		challenges := got.Header.Values("WWW-Authenticate")
		if got.StatusCode != http.StatusUnauthorized || len(challenges) != 2 || !strings.HasPrefix(challenges[0], scheme+" ") ||
			!strings.Contains(challenges[0], `error="`+code+`"`) || strings.Contains(challenges[1], "error") {
			t.Errorf("%s: answers %d, %q", name, got.StatusCode, challenges)
		}
	}
	is("Bearer scheme", c.Do(infoRequest("Bearer", token)), "invalid_token", "Bearer")
	is("no proof", c.Do(infoRequest("DPoP", token)), "invalid_dpop_proof", "DPoP")
	other := &holder{House: c.House, key: oauthtest.NewKey(t, "ES256"), nonce: c.nonce}
	is("another key", other.send(infoRequest("DPoP", token), nil), "invalid_token", "DPoP")
	is("no ath", c.send(infoRequest("DPoP", token), func(_, claims map[string]any) { claims["ath"] = nil }), "invalid_dpop_proof", "DPoP")
	is("wrong htm", c.send(infoRequest("DPoP", token), func(_, claims map[string]any) { claims["htm"] = "POST" }), "invalid_dpop_proof", "DPoP")
	is("wrong htu", c.send(infoRequest("DPoP", token), func(_, claims map[string]any) { claims["htu"] = webtest.PublicURL }), "invalid_dpop_proof", "DPoP")
	is("an old nonce", c.send(infoRequest("DPoP", token), func(_, claims map[string]any) { claims["nonce"] = "old" }), "use_dpop_nonce", "DPoP")
	t.Run("two DPoP headers", func(t *testing.T) {
		req := infoRequest("DPoP", token)
		one := c.key.Proof(t, "GET", webtest.PublicURL+"/oauth2/userInfo", c.Now(), nil)
		req.Header.Add("DPoP", one)
		req.Header.Add("DPoP", one)
		is("two", c.Do(req), "invalid_dpop_proof", "DPoP")
	})
	t.Run("a proof twice", func(t *testing.T) {
		req := infoRequest("DPoP", token)
		if got := c.send(req, nil); got.StatusCode != http.StatusOK {
			t.Fatalf("answers %d", got.StatusCode)
		}
		is("twice", c.Do(req), "invalid_dpop_proof", "DPoP")
	})
	t.Run("host in another case and the scheme's own port", func(t *testing.T) {
		got := c.send(infoRequest("DPoP", token), func(_, claims map[string]any) {
			claims["htu"] = "https://LOGIN.example.test:443/oauth2/userInfo?a=b#c"
		})
		if got.StatusCode != http.StatusOK {
			t.Errorf("answers %d", got.StatusCode)
		}
	})
	t.Run("nothing at all", func(t *testing.T) {
		got := c.Do(infoRequest("", ""))
		challenges := strings.Join(got.Header.Values("WWW-Authenticate"), "\n")
		if got.StatusCode != http.StatusUnauthorized || !strings.Contains(challenges, "Bearer realm=") || !strings.Contains(challenges, "DPoP algs=") || strings.Contains(challenges, "error") {
			t.Errorf("answers %d %s", got.StatusCode, challenges)
		}
	})
}

// The pool's own path is another address: a proof names the one that was asked.
func TestAProofNamesTheAddressThatWasAsked(t *testing.T) {
	c := hold(webtest.Start(t, func(d *web.Deps, _ *identity.Pool) { d.Hosts = []string{"mtls.example.test"} }))
	token := c.bound()
	for _, address := range []string{webtest.PublicURL + "/local_main/oauth2/userInfo", "https://mtls.example.test/oauth2/userInfo"} {
		req := httptest.NewRequest(http.MethodGet, address, nil)
		req.Header.Set("Authorization", "DPoP "+token)
		if got := c.send(req, nil); got.StatusCode != http.StatusOK {
			t.Errorf("%s: answers %d", address, got.StatusCode)
		}
	}
}

// certificate makes a client's certificate and the key set that it stands in.
func certificate(t *testing.T) (*x509.Certificate, *identity.JWKSet) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: cert.PublicKey, Certificates: []*x509.Certificate{cert}}}})
	if err != nil {
		t.Fatal(err)
	}
	set := &identity.JWKSet{}
	if err := json.Unmarshal(text, set); err != nil {
		t.Fatal(err)
	}
	return cert, set
}

const certHeader = "X-Client-Cert"

// presenting is a server behind a proxy at 10.0.0.1, with a client that is known by
// its certificate.
func presenting(t *testing.T) (*webtest.House, *x509.Certificate) {
	t.Helper()
	cert, set := certificate(t)
	h := webtest.Start(t, func(d *web.Deps, p *identity.Pool) {
		d.TrustedProxies, d.ClientCertificateHeader = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, certHeader
		p.ResourceServers = []identity.ResourceServer{{Identifier: "api", Name: "API", Scopes: []identity.Scope{{Name: "read"}}}}
	})
	h.Client(identity.Client{
		ID: "billing", Name: "Billing", AllowedOAuthFlows: []string{"client_credentials"}, AllowedOAuthScopes: []string{"api/read"},
		ClientOAuth: identity.ClientOAuth{JWKS: set, CertificateBound: true}, AuthMethod: identity.AuthSelfSignedTLS,
	}, "")
	return h, cert
}

func billing(from string, change func(*http.Request)) *http.Request {
	body := url.Values{"grant_type": {"client_credentials"}, "client_id": {"billing"}}
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/token", strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	req.RemoteAddr, req.TLS = from+":1234", nil
	if change != nil {
		change(req)
	}
	return req
}

func TestCertificatesOfClients(t *testing.T) {
	h, cert := presenting(t)
	text := ":" + base64.StdEncoding.EncodeToString(cert.Raw) + ":"
	other, _ := certificate(t)
	state := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}
	strange := ":" + base64.StdEncoding.EncodeToString(other.Raw) + ":"
	sends := func(values ...string) func(*http.Request) {
		return func(req *http.Request) { req.Header[certHeader] = values }
	}
	for name, c := range map[string]struct {
		req    *http.Request
		status int
	}{
		"from a trusted proxy":                      {billing("10.0.0.1", sends(text)), 200},
		"from our own listener":                     {billing("192.0.2.1", func(r *http.Request) { r.TLS = state }), 200},
		"attack: the header from anybody":           {billing("192.0.2.1", sends(text)), 401},
		"attack: the proxy's own certificate":       {billing("10.0.0.1", func(r *http.Request) { r.TLS = state }), 401},
		"attack: two headers":                       {billing("10.0.0.1", sends(text, strange)), 400},
		"another certificate":                       {billing("10.0.0.1", sends(strange)), 401},
		"a header that cannot be read":              {billing("10.0.0.1", sends("nonsense")), 400},
		"an empty header, as of a client with none": {billing("10.0.0.1", sends("")), 401},
		"none": {billing("10.0.0.1", nil), 401},
	} {
		t.Run(name, func(t *testing.T) {
			if got := h.Do(c.req); got.StatusCode != c.status {
				t.Errorf("answers %d %s", got.StatusCode, read(t, got))
			}
		})
	}
}
