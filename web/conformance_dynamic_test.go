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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/oauth/keys"
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

// dynamicModules are those of the Dynamic plan.
var dynamicModules = map[string]func(*relying){
	"oidcc-server": func(rp *relying) {
		rp.registers()
		tokens := rp.flows()
		rp.certified().entropy(text(tokens["access_token"]))
		if info := rp.certified().userInfo(text(tokens["access_token"])); info["sub"] != claimOf(rp.House, text(tokens["id_token"]), "sub") || info["email"] != ann {
			rp.T.Errorf("userinfo is %v", info)
		}
	},
	"oidcc-idtoken-rs256": func(rp *relying) {
		rp.registers("id_token_signed_response_alg", "RS256")
		if head := headOf(rp.T, rp.flows()["id_token"].(string)); head["alg"] != "RS256" || head["kid"] == nil {
			rp.T.Errorf("%v", head)
		}
	},
	"oidcc-idtoken-unsigned": func(rp *relying) { rp.refuses("invalid_client_metadata", "id_token_signed_response_alg", "none") },
	"oidcc-userinfo-rs256": func(rp *relying) {
		rp.registers("userinfo_signed_response_alg", "RS256")
		tokens := rp.flows()
		got := rp.Do(infoRequest("Bearer", text(tokens["access_token"])))
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/jwt" {
			rp.T.Fatalf("%d %v", got.StatusCode, got.Header)
		}
		signed, err := jose.ParseSignedCompact(read(rp.T, got), []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			rp.T.Fatal(err)
		}
		set := rp.certified().keySet()
		raw, err := signed.Verify(set.Key(signed.Signatures[0].Header.KeyID)[0])
		var claims map[string]any
		if err != nil || json.Unmarshal(raw, &claims) != nil {
			rp.T.Fatalf("%v: %s", err, raw)
		}
		if claims["iss"] != webtest.PublicURL || claims["aud"] != rp.id || claims["sub"] != claimOf(rp.House, text(tokens["id_token"]), "sub") {
			rp.T.Errorf("userinfo says %v", claims)
		}
	},
	"oidcc-ensure-redirect-uri-in-authorization-request": func(rp *relying) {
		rp.registers("redirect_uris", []string{webtest.Callback, webtest.Callback + "/two"})
		rp.stays(rp.query("redirect_uri", ""))
	},
	"oidcc-redirect-uri-query-OK": func(rp *relying) {
		rp.registers("redirect_uris", []string{webtest.Callback + "?foo=bar"})
		if got := rp.agrees(rp.query("redirect_uri", webtest.Callback+"?foo=bar"), webtest.Callback+"?foo=bar&"); got.Get("code") == "" {
			rp.T.Errorf("%v", got)
		}
	},
	"oidcc-redirect-uri-query-mismatch": func(rp *relying) {
		rp.registers("redirect_uris", []string{webtest.Callback + "?foo=bar"})
		rp.stays(rp.query("redirect_uri", webtest.Callback+"?baz=bar"))
	},
	"oidcc-redirect-uri-query-added": func(rp *relying) {
		rp.registers()
		rp.stays(rp.query("redirect_uri", webtest.Callback+"?foo=bar"))
	},
	"oidcc-redirect-uri-regfrag": func(rp *relying) {
		rp.refuses("invalid_redirect_uri", "redirect_uris", []string{webtest.Callback + "#foobar"})
	},
	"oidcc-discovery-endpoint-verification": func(rp *relying) {
		document := verifyDiscovery(rp.T, rp.House, "")
		for _, types := range []string{"code", "id_token", "id_token token"} {
			if !slices.Contains(texts(document["response_types_supported"]), types) {
				rp.T.Errorf("%v", document["response_types_supported"])
			}
		}
		if document["registration_endpoint"] == nil {
			rp.T.Error("no registration_endpoint")
		}
	},
	"oidcc-registration-logo-uri": func(rp *relying) {
		rp.serve["/logo.png"] = picture(rp.T)
		rp.registers("logo_uri", rp.at("/logo.png"))
		src := rp.Browser().Get("/oauth2/authorize?"+rp.query().Encode()).Is(http.StatusOK).Doc.Find(`img[src^="/client-logos/"]`).AttrOr("src", "none")
		if got := rp.Browser().Once(src); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "image/") {
			rp.T.Errorf("%s: %d", src, got.StatusCode)
		}
	},
	"oidcc-registration-policy-uri": func(rp *relying) { rp.shows("policy_uri", "Privacy policy of Suite (23)") },
	"oidcc-registration-tos-uri":    func(rp *relying) { rp.shows("tos_uri", "Terms of Suite (23)") },
	"oidcc-registration-jwks-uri":   func(rp *relying) { rp.registers(); rp.flows() },
	"oidcc-registration-sector-uri": func(rp *relying) {
		rp.serve["/sector"] = `["` + webtest.Callback + `"]`
		rp.registers("subject_type", "pairwise", "sector_identifier_uri", rp.at("/sector"))
		rp.flows()
	},
	"oidcc-registration-sector-bad": func(rp *relying) {
		rp.serve["/sector"] = `["` + webtest.Callback + `/other"]`
		rp.refuses("invalid_client_metadata", "subject_type", "pairwise", "sector_identifier_uri", rp.at("/sector"))
	},
	"oidcc-server-rotate-keys": func(rp *relying) {
		rp.registers()
		before := headOf(rp.T, rp.flows()["id_token"].(string))["kid"]
		if _, err := rp.OAuth.Keys.Rotate(rp.T.Context(), webtest.PoolID, keys.RS256); err != nil {
			rp.T.Fatal(err)
		}
		after := headOf(rp.T, rp.flows()["id_token"].(string))["kid"]
		set := read(rp.T, rp.Browser().Once("/.well-known/jwks.json"))
		if before == after || !strings.Contains(set, before.(string)) || !strings.Contains(set, after.(string)) {
			rp.T.Errorf("%v, %v in %s", before, after, set)
		}
	},
	"oidcc-refresh-token-rp-key-rotation": func(rp *relying) {
		rp.registers()
		refresh := rp.flows("scope", "openid offline_access")["refresh_token"].(string)
		next, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			rp.T.Fatal(err)
		}
		rp.newKey("two", next)
		rp.After(2 * time.Minute)
		if status, got := rp.redeems(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}); status != http.StatusOK {
			rp.T.Errorf("%d %v", status, got)
		}
	},
	"oidcc-refresh-token": func(rp *relying) {
		rp.registers()
		refresh := rp.flows("scope", "openid offline_access")["refresh_token"].(string)
		first := rp.id
		status, got := rp.redeems(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
		if status != http.StatusOK || got["access_token"] == nil {
			rp.T.Fatalf("%d %v", status, got)
		}
		rp.certified().idToken(text(got["id_token"]), url.Values{})
		refresh, _ = got["refresh_token"].(string)
		if rp.registers(); rp.id == first {
			rp.T.Fatal("two clients have one id")
		}
		if status, got = rp.redeems(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}); status != http.StatusBadRequest || got["error"] != "invalid_grant" {
			rp.T.Errorf("another client gets %d %v", status, got)
		}
	},
	"oidcc-request-uri-unsigned": func(rp *relying) {
		rp.registers("request_uris", []string{rp.at("/request.jwt")}, "request_object_signing_alg", "none")
		rp.serve["/request.jwt"] = unsignedObject(rp.T, rp.object())
		rp.inside("request_uri", rp.at("/request.jwt"), "state", "", "nonce", "")
	},
	"oidcc-request-uri-signed-rs256": func(rp *relying) {
		rp.registers("request_uris", []string{rp.at("/request.jwt")}, "request_object_signing_alg", "RS256")
		rp.serve["/request.jwt"] = rp.sign(rp.object(), "RS256")
		rp.inside("request_uri", rp.at("/request.jwt"), "state", "", "nonce", "")
	},
	"oidcc-ensure-request-object-with-redirect-uri": func(rp *relying) {
		rp.registers("request_object_signing_alg", "RS256")
		rp.inside("request", rp.sign(rp.object(), "RS256"), "redirect_uri", "https://evil.example.test/cb")
	},
	"oidcc-ensure-client-assertion-with-iss-aud-succeeds": func(rp *relying) {
		rp.aud = webtest.PublicURL
		rp.registers()
		rp.flows()
	},
}

// shows says that the sign-in page leads to an address that was registered.
func (rp *relying) shows(member, words string) {
	rp.T.Helper()
	rp.registers(member, rp.at("/words"))
	page := rp.Browser().Get("/oauth2/authorize?" + rp.query().Encode()).Is(http.StatusOK).Says(words)
	if page.Doc.Find(`a[href="`+rp.at("/words")+`"]`).Length() != 1 {
		rp.T.Errorf("no link to %s", rp.at("/words"))
	}
}

func TestConformanceDynamic(t *testing.T) {
	if len(dynamicModules) != 23 {
		t.Errorf("%d modules", len(dynamicModules))
	}
	for name, run := range dynamicModules {
		t.Run(name, func(t *testing.T) { run(startRelying(t)) })
	}
}

func TestConformanceThirdPartyInitiatedLogin(t *testing.T) {
	t.Run("oidcc-3rd_party-init-login", func(t *testing.T) {
		rp := startRelying(t)
		const there = "https://app.example.test/login"
		if got := rp.registers("initiate_login_uri", there); got["initiate_login_uri"] != there {
			t.Errorf("%v", got)
		}
		if status, got := rp.send(http.MethodGet, rp.uri, rp.token, nil); status != http.StatusOK || got["initiate_login_uri"] != there {
			t.Errorf("%d %v", status, got)
		}
		rp.flows()
	})
	t.Run("oidcc-3rd_party-init-login-nohttps", func(t *testing.T) {
		startRelying(t).refuses("invalid_client_metadata", "initiate_login_uri", "http://app.example.test/login")
	})
}

func TestRegistrationOverHTTP(t *testing.T) {
	rp := startRelying(t)
	rp.registers()
	status, changed := rp.send(http.MethodPut, rp.uri, rp.token, rp.metadata("client_id", rp.id, "client_name", "Renamed"))
	if status != http.StatusOK || changed["client_name"] != "Renamed" || changed["registration_access_token"] == rp.token {
		t.Errorf("%d %v", status, changed)
	}
	if status, got := rp.send(http.MethodGet, rp.uri, "rat_guess", nil); status != http.StatusUnauthorized || got["error"] != "invalid_token" {
		t.Errorf("%d %v", status, got)
	}
	if status, _ := rp.send(http.MethodDelete, rp.uri, changed["registration_access_token"].(string), nil); status != http.StatusNoContent {
		t.Errorf("%d", status)
	}
	if status, _ := rp.send(http.MethodGet, rp.uri, rp.token, nil); status != http.StatusUnauthorized {
		t.Errorf("%d", status)
	}
	closed := webtest.Start(t)
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/register", strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	if got := closed.Do(req); got.StatusCode != http.StatusForbidden {
		t.Errorf("a closed pool answers %d", got.StatusCode)
	}
	form := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/register", strings.NewReader("a=b"))
	form.Header.Set("Content-Type", formType)
	if got := rp.Do(form); got.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form answers %d", got.StatusCode)
	}
}

func TestAnAppIsKnownByItsAddressFromPageToToken(t *testing.T) {
	rp := startRelying(t)
	rp.id = rp.at("/client.json")
	raw, err := json.Marshal(map[string]any{"client_id": rp.id, "client_name": "By address", "redirect_uris": []string{rp.at("/cb")}, "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": rp.at("/jwks"), "grant_types": []string{identity.GrantCode}})
	if err != nil {
		t.Fatal(err)
	}
	rp.serve["/client.json"], rp.kinds["/client.json"] = string(raw), "application/json"
	landed := rp.agrees(rp.query("redirect_uri", rp.at("/cb")), rp.at("/cb"))
	status, tokens := rp.redeems(url.Values{"grant_type": {"authorization_code"}, "code": {landed.Get("code")}, "redirect_uri": {rp.at("/cb")}})
	if status != http.StatusOK || tokens["access_token"] == nil {
		t.Errorf("%d %v", status, tokens)
	}
}

func TestAttackMetadataThatChangesAfterConsent(t *testing.T) {
	rp := startRelying(t)
	rp.registers()
	rp.flows()
	arrives := func(redirect string) string {
		page := rp.Browser().Get("/oauth2/authorize?"+rp.query("redirect_uri", redirect).Encode()).Submit("username", ann, "password", webtest.Password)
		if page.Header.Get("Location") != "" {
			return "app"
		}
		return page.URL.Path
	}
	if at := arrives(webtest.Callback); at != "app" {
		t.Fatalf("consent is forgotten: %s", at)
	}
	for name, change := range map[string][]any{
		"another name": {"client_name", "Your bank"},
		"another host": {"redirect_uris", []string{"https://evil.example.test/cb"}},
	} {
		members := rp.metadata(append(change, "client_id", rp.id)...)
		status, got := rp.send(http.MethodPut, rp.uri, rp.token, members)
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, got)
		}
		rp.token = got["registration_access_token"].(string)
		if at := arrives(members["redirect_uris"].([]string)[0]); at != "/consent" {
			t.Errorf("%s: at %s", name, at)
		}
	}
}
