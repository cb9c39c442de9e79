package web_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

// The certification suite's client: what every module of the OpenID Connect plans
// does before its own point.

// plan is one of the variants in which a plan repeats its modules.
type plan struct {
	types string // response_type
	mode  string // response_mode, or "" for the default
}

func (p plan) has(part string) bool { return slices.Contains(strings.Fields(p.types), part) }

// tokens says that an access token comes, by the browser or for the code.
func (p plan) tokens() bool { return p.has("code") || p.has("token") }

// front says that tokens come by the browser.
func (p plan) front() bool { return p.types != "code" }

// suite is a server under test. Its clients are those that a tester registers.
type suite struct {
	*webtest.House
	plan
	host   *httptest.Server
	served *string
}

// client names of the suite.
const (
	rpOne   = "first"
	rpTwo   = "second"
	rpPlain = "plain" // registered for unsigned request objects
)

func startSuite(t *testing.T, p plan) suite {
	t.Helper()
	s := suite{House: webtest.Start(t), plan: p, served: new(string)}
	s.Core.RateLimits = false // one person signs in hundreds of times
	s.host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(*s.served)) }))
	t.Cleanup(s.host.Close)
	settings := identity.ClientOAuth{
		GrantTypes:    []string{identity.GrantCode, identity.GrantImplicit, identity.GrantRefresh},
		ResponseTypes: []string{p.types}, ClaimsPolicy: "oidc", RefreshIssuance: "offline_access",
	}
	for _, id := range []identity.ClientID{rpOne, rpTwo} {
		s.Client(identity.Client{ID: id, Name: string(id), ClientOAuth: settings}, webtest.Secret)
	}
	settings.RequestSigningAlg, settings.RequestURIs = "none", []string{s.host.URL + "/request.jwt"}
	s.Client(identity.Client{ID: rpPlain, Name: rpPlain, ClientOAuth: settings}, webtest.Secret)
	s.Import(annWithAll())
	return s
}

// annWithAll is a person of whom everything is known that OpenID Connect Core §5.1 names.
func annWithAll() identity.ImportUser {
	return identity.ImportUser{Pool: webtest.PoolID, Username: ann, Password: webtest.Password, Attributes: map[string]string{
		"email": ann, "email_verified": "true", "phone_number": "+4915112345678", "phone_number_verified": "true",
		"name": "Ann Example", "given_name": "Ann", "family_name": "Example", "middle_name": "B.", "nickname": "annie",
		"preferred_username": "annie", "profile": "https://example.test/ann", "picture": "https://example.test/ann.png",
		"website": "https://example.test/", "gender": "female", "birthdate": "1990-01-31", "zoneinfo": "Europe/Berlin",
		"locale": "de", "address": "Street 1, Town",
	}}
}

// module is a run of one module: a browser, and what it has seen.
type module struct {
	suite
	*testing.T
	b      *webtest.Browser
	client string
}

// outcome is what a flow has given.
type outcome struct {
	landed url.Values
	tokens map[string]any   // of the token endpoint, or nil
	ids    []map[string]any // claims of ID tokens, that of the browser first
	raw    string           // the last ID token
	info   map[string]any   // userinfo, or nil
}

// claim answers a claim of the last ID token.
func (o outcome) claim(name string) any { return o.ids[len(o.ids)-1][name] }

// person answers the claims about the person, from where they are to be.
func (o outcome) person() map[string]any {
	if o.info != nil {
		return o.info
	}
	return o.ids[0]
}

// request is the authorization request of §1.2, with changes; an empty value takes
// a parameter away.
func (m module) request(changes ...string) url.Values {
	q := url.Values{
		"response_type": {m.types}, "client_id": {m.client}, "redirect_uri": {webtest.Callback}, "scope": {"openid"},
		"state": {"state-" + m.client}, "nonce": {"nonce-" + m.client},
	}
	if m.mode != "" {
		q.Set("response_mode", m.mode)
	}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

// visit brings a request, signs in where a page asks for that, and allows what one
// asks about; asked says that it signed in.
func (m module) visit(q url.Values) (page *webtest.Answer, asked bool) {
	m.T.Helper()
	page, asked = m.signs(m.b.Get("/oauth2/authorize?" + q.Encode()))
	if page.URL.Path == "/consent" {
		page = page.Press("/consent", "answer", "allow")
	}
	return page, asked
}

func (m module) signs(page *webtest.Answer) (*webtest.Answer, bool) {
	m.T.Helper()
	if page.URL.Path != "/login" {
		return page, false
	}
	m.After(time.Second)
	if page.Doc.Find(`[name="username"]`).Length() == 0 {
		return page.Submit("password", webtest.Password), true
	}
	return page.Submit("username", ann, "password", webtest.Password), true
}

// landed answers the parameters at the redirect URI, in the mode asked for.
func (m module) landed(page *webtest.Answer) url.Values {
	m.T.Helper()
	if m.mode == "form_post" {
		form := page.Doc.Find(`form[method="post"]`)
		if form.AttrOr("action", "") != webtest.Callback {
			m.T.Fatalf("%s (%d) posts to %q: %s", page.URL, page.Status, form.AttrOr("action", ""), page.Text())
		}
		fields := url.Values{}
		for _, input := range form.Find("input[name]").EachIter() {
			fields.Set(input.AttrOr("name", ""), input.AttrOr("value", ""))
		}
		return fields
	}
	location := page.Header.Get("Location")
	mark := "?"
	if m.front() {
		mark = "#"
	}
	text, found := strings.CutPrefix(location, webtest.Callback+mark)
	got, err := url.ParseQuery(text)
	if !found || err != nil {
		m.T.Fatalf("%s answers %d %q (%s)", page.URL, page.Status, location, page.Text())
	}
	return got
}

// ask brings a request and answers what it gives, checked as far as every module does.
func (m module) ask(changes ...string) outcome {
	m.T.Helper()
	q := m.request(changes...)
	page, _ := m.visit(q)
	return m.finish(q, m.landed(page))
}

// finish holds an answer against its request, redeems the code and asks userinfo.
func (m module) finish(q, landed url.Values) outcome {
	m.T.Helper()
	if landed.Has("error") || landed.Get("state") != q.Get("state") || landed.Get("iss") != webtest.PublicURL {
		m.T.Fatalf("landed with %v", landed)
	}
	for _, name := range []string{"code", "access_token", "id_token"} {
		part, _ := strings.CutPrefix(name, "access_")
		if landed.Has(name) != m.has(part) {
			m.T.Errorf("%s: landed with %v", m.types, landed)
		}
	}
	o := outcome{landed: landed}
	access := landed.Get("access_token")
	if raw := landed.Get("id_token"); raw != "" {
		claims := m.idToken(raw, q)
		m.hashed(claims, "at_hash", access, true)
		m.hashed(claims, "c_hash", landed.Get("code"), true)
		o.ids, o.raw = append(o.ids, claims), raw
	}
	if code := landed.Get("code"); code != "" {
		m.entropy(code)
		o.tokens = m.redeem(code, http.StatusOK)
		access = o.tokens["access_token"].(string)
		o.raw = o.tokens["id_token"].(string)
		claims := m.idToken(o.raw, q)
		m.hashed(claims, "at_hash", access, false)
		m.hashed(claims, "c_hash", code, false)
		if o.ids = append(o.ids, claims); o.ids[0]["sub"] != claims["sub"] {
			m.T.Errorf("subjects %v and %v", o.ids[0]["sub"], claims["sub"])
		}
	}
	if access != "" {
		o.info = m.userInfo(access)
		if o.info["sub"] != nil && len(o.ids) > 0 && o.info["sub"] != o.ids[0]["sub"] {
			m.T.Errorf("userinfo is of %v", o.info["sub"])
		}
	}
	return o
}

// hashed holds a hash of an ID token; must says that it has to be there.
func (m module) hashed(claims map[string]any, name, of string, must bool) {
	m.T.Helper()
	if got, there := claims[name]; there && got != hash(of) || !there && must && of != "" {
		m.T.Errorf("%s is %v", name, claims[name])
	}
}

// redeem presents a code with client_secret_basic.
func (m module) redeem(code string, status int) map[string]any {
	m.T.Helper()
	return m.post(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {webtest.Callback}}, status)
}

// post asks the token endpoint.
func (m module) post(body url.Values, status int) map[string]any {
	m.T.Helper()
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/token", strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	if !body.Has("client_secret") {
		req.SetBasicAuth(m.client, webtest.Secret)
	}
	got := m.Do(req)
	answer := decode(m.House, got)
	if got.StatusCode != status || got.Header.Get("Cache-Control") != "no-store" {
		m.T.Fatalf("token answers %d, want %d: %v", got.StatusCode, status, answer)
	}
	if status != http.StatusOK {
		return answer
	}
	expires, _ := answer["expires_in"].(float64)
	if answer["access_token"] == "" || !strings.EqualFold(answer["token_type"].(string), "Bearer") || expires <= 0 || expires > 365*24*3600 {
		m.T.Errorf("token answers %v", answer)
	}
	return answer
}

// keySet answers the published keys, checked.
func (m module) keySet() jose.JSONWebKeySet {
	m.T.Helper()
	var set jose.JSONWebKeySet
	raw := read(m.T, m.Do(httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/.well-known/jwks.json", nil)))
	if err := json.Unmarshal([]byte(raw), &set); err != nil || len(set.Keys) == 0 {
		m.T.Fatalf("%v: %s", err, raw)
	}
	seen := map[string]bool{}
	for _, key := range set.Keys {
		if key.KeyID == "" || seen[key.KeyID] || !key.IsPublic() {
			m.T.Errorf("key %+v", key)
		}
		seen[key.KeyID] = true
	}
	return set
}

// idToken verifies an ID token as §1.2 does.
func (m module) idToken(raw string, q url.Values) map[string]any {
	m.T.Helper()
	signed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		m.T.Fatal(err)
	}
	keys := m.keySet()
	found := keys.Key(signed.Signatures[0].Header.KeyID)
	if len(found) != 1 {
		m.T.Fatalf("no key %q", signed.Signatures[0].Header.KeyID)
	}
	payload, err := signed.Verify(found[0])
	if err != nil {
		m.T.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(payload, &c); err != nil {
		m.T.Fatal(err)
	}
	now := float64(m.Now().Unix())
	number := func(name string) float64 { n, _ := c[name].(float64); return n }
	nonce, has := c["nonce"].(string)
	switch {
	case c["iss"] != webtest.PublicURL, c["aud"] != m.client, text(c["sub"]) == "", c["azp"] != nil && c["azp"] != m.client:
		m.T.Errorf("ID token %v", c)
	case number("exp") <= now, math.Abs(number("iat")-now) > 300, number("auth_time") > now:
		m.T.Errorf("times of the ID token: %v at %v", c, now)
	case has != q.Has("nonce"), nonce != q.Get("nonce"):
		m.T.Errorf("nonce %q, want %q", nonce, q.Get("nonce"))
	}
	m.typed(c)
	return c
}

// typed holds standard claims against OpenID Connect Core §5.1.
func (m module) typed(claims map[string]any) {
	m.T.Helper()
	for name, value := range claims {
		good := value != nil && value != "" && value != "null"
		switch name {
		case "email_verified", "phone_number_verified":
			_, good = value.(bool)
		case "updated_at":
			_, good = value.(float64)
		case "address":
			parts, ok := value.(map[string]any)
			good = ok && len(parts) > 0
		case "sub", "name", "email", "given_name", "family_name", "birthdate", "acr":
			text, ok := value.(string)
			good = ok && text != ""
		}
		if !good {
			m.T.Errorf("%s is %#v", name, value)
		}
	}
}

// userInfo asks with the token in the header.
func (m module) userInfo(access string) map[string]any {
	m.T.Helper()
	req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", nil)
	req.Header.Set("Authorization", "Bearer "+access)
	return m.userInfoBy(req)
}

func (m module) userInfoBy(req *http.Request) map[string]any {
	m.T.Helper()
	got := m.Do(req)
	info := decode(m.House, got)
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/json" || info["sub"] == nil {
		m.T.Fatalf("userinfo answers %d %v", got.StatusCode, info)
	}
	m.typed(info)
	return info
}

// entropy holds a secret against the suite's estimate: 128 bits long, 96 of Shannon's.
func (m module) entropy(text string) {
	m.T.Helper()
	count := map[rune]float64{}
	for _, c := range text {
		count[c]++
	}
	bits := 0.0
	for _, n := range count {
		bits -= n * math.Log2(n/float64(len(text)))
	}
	if len(text)*8 < 128 || bits <= 96 {
		m.T.Errorf("%q has %v bits", text, bits)
	}
}

// refuses holds an error at the redirect URI.
func (m module) refuses(q url.Values, codes ...string) {
	m.T.Helper()
	got := m.landed(m.b.Get("/oauth2/authorize?" + q.Encode()))
	if !slices.Contains(codes, got.Get("error")) || got.Get("state") != q.Get("state") || got.Get("iss") != webtest.PublicURL {
		m.T.Errorf("landed with %v, want one of %v", got, codes)
	}
	for name := range got {
		if !slices.Contains([]string{"error", "error_description", "error_uri", "state", "session_state", "iss"}, name) {
			m.T.Errorf("an error with %s", name)
		}
	}
}

// headOf answers the header of a JWT.
func headOf(t *testing.T, token string) map[string]any {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members
}
