package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/web/internal/webtest"
)

// hash is at_hash and c_hash under RS256 (OpenID Connect Core §3.1.3.6).
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// scopeClaims are what the scopes give (OpenID Connect Core §5.4).
var scopeClaims = map[string][]string{
	"profile": {
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
		"gender", "birthdate", "zoneinfo", "locale", "updated_at",
	},
	"email": {"email", "email_verified"}, "address": {"address"}, "phone": {"phone_number", "phone_number_verified"},
}

// standard are all of them.
func standard() (all []string) {
	for _, names := range scopeClaims {
		all = append(all, names...)
	}
	return all
}

// gives fails unless exactly the claims of the scopes are told, and where userinfo
// tells them the ID token does not.
func (m module) gives(o outcome, scopes ...string) {
	m.T.Helper()
	for _, name := range standard() {
		want := slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(scopeClaims[s], name) })
		if _, there := o.person()[name]; there != want {
			m.T.Errorf("%s: there is %v, want %v", name, there, want)
		}
		if _, there := o.ids[0][name]; there && m.tokens() {
			m.T.Errorf("%s is in the ID token", name)
		}
	}
}

// modules are those of the plans, each for the response types it applies to.
var modules = []struct {
	name string
	when func(plan) bool
	run  func(module)
}{
	{"oidcc-server", always, func(m module) { m.gives(m.ask()) }},
	{"oidcc-response-type-missing", always, moduleResponseTypeMissing},
	{"oidcc-idtoken-signature", withIDToken, func(m module) {
		if head := headOf(m.T, m.ask().raw); head["alg"] != "RS256" || head["kid"] == nil {
			m.T.Errorf("header %v", head)
		}
	}},
	{"oidcc-idtoken-unsigned", always, func(m module) { // skipped by the suite where none is not offered
		if algs := discovered(m.T, m.House)["id_token_signing_alg_values_supported"]; strings.Contains(fmt.Sprint(algs), "none") {
			m.T.Errorf("offered: %v", algs)
		}
	}},
	{"oidcc-userinfo-get", plan.tokens, func(m module) { m.ask() }},
	{"oidcc-userinfo-post-header", plan.tokens, func(m module) { m.byPost(true) }},
	{"oidcc-userinfo-post-body", plan.tokens, func(m module) { m.byPost(false) }},
	{"oidcc-ensure-request-without-nonce-succeeds-for-code-flow", justCode, func(m module) { m.ask("nonce", "") }},
	{"oidcc-ensure-request-without-nonce-fails", func(p plan) bool { return p.has("id_token") }, func(m module) {
		m.b.SignIn(ann, webtest.Password)
		m.refuses(m.request("nonce", ""), "invalid_request")
	}},
	{"oidcc-scope-profile", always, func(m module) { m.gives(m.ask("scope", "openid profile"), "profile") }},
	{"oidcc-scope-email", always, func(m module) { m.gives(m.ask("scope", "openid email"), "email") }},
	{"oidcc-scope-address", always, func(m module) { m.gives(m.ask("scope", "openid address"), "address") }},
	{"oidcc-scope-phone", always, func(m module) { m.gives(m.ask("scope", "openid phone"), "phone") }},
	{"oidcc-scope-all", always, func(m module) {
		m.gives(m.ask("scope", "openid profile email address phone"), "profile", "email", "address", "phone")
	}},
	{"oidcc-alternate-happy-flow", always, moduleAlternate},
	{"oidcc-display-page", always, func(m module) { m.ask("display", "page") }},
	{"oidcc-display-popup", always, func(m module) { m.ask("display", "popup") }},
	{"oidcc-prompt-login", always, modulePromptLogin},
	{"oidcc-prompt-none-not-logged-in", always, func(m module) {
		m.refuses(m.request("prompt", "none", "state", strings.Repeat("s", 128)), "login_required", "interaction_required")
	}},
	{"oidcc-prompt-none-logged-in", always, func(m module) { m.silently("prompt", "none") }},
	{"oidcc-max-age-1", always, moduleMaxAge1},
	{"oidcc-max-age-10000", always, func(m module) { m.silently("max_age", "10000") }}, // 15000 before
	{"oidcc-ensure-request-with-unknown-parameter-succeeds", always, func(m module) { m.ask("extra", "foobar") }},
	{"oidcc-id-token-hint", always, func(m module) {
		first := m.ask()
		m.same(first, "prompt", "none", "id_token_hint", first.raw)
	}},
	{"oidcc-login-hint", always, func(m module) { m.ask("login_hint", "buffy@login.example.test") }},
	{"oidcc-ui-locales", always, func(m module) { m.ask("ui_locales", "se") }},
	{"oidcc-claims-locales", always, func(m module) { m.ask("claims_locales", "se") }},
	{"oidcc-ensure-request-with-acr-values-succeeds", always, moduleACR},
	{"oidcc-codereuse", withCode, func(m module) { m.reuse(0) }},
	{"oidcc-codereuse-30seconds", withCode, func(m module) { m.reuse(30 * time.Second) }},
	{"oidcc-ensure-registered-redirect-uri", always, func(m module) {
		page := m.b.Get("/oauth2/authorize?" + m.request("redirect_uri", webtest.Callback+"/random").Encode()).Is(http.StatusBadRequest)
		if page.Header.Get("Location") != "" || page.Doc.Find(`form[action^="https://app."]`).Length() > 0 {
			m.T.Error("led to an address that is not registered")
		}
	}},
	{"oidcc-ensure-post-request-succeeds", always, func(m module) {
		q := m.request()
		page, _ := m.signs(m.b.Post("/oauth2/authorize", q))
		m.finish(q, m.landed(page))
	}},
	{"oidcc-server-client-secret-post", withCode, moduleSecretPost},
	{"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", always, moduleRequestURI},
	{"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", always, func(m module) {
		m.client = rpPlain
		m.object("request", unsignedObject(m.T, m.claims("state", "inside")))
	}},
	{"oidcc-claims-essential", always, moduleClaimsEssential},
	{"oidcc-ensure-request-object-with-redirect-uri", always, func(m module) {
		m.client = rpPlain
		m.object("request", unsignedObject(m.T, m.claims("state", "inside")), "redirect_uri", "https://app.example.test/bad")
	}},
	{"oidcc-refresh-token", withCode, moduleRefresh},
	{"oidcc-ensure-request-with-valid-pkce-succeeds", withCode, modulePKCE},
}

func always(plan) bool { return true }

func withCode(p plan) bool { return p.has("code") }

func withIDToken(p plan) bool { return p.has("id_token") || p.has("code") }

func justCode(p plan) bool { return p.has("code") && !p.has("id_token") } // no ID token comes by the browser

// certify runs the modules of a plan, each with a browser of its own.
func certify(t *testing.T, p plan) {
	s := startSuite(t, p)
	for _, each := range modules {
		if each.when(p) {
			t.Run(each.name, func(t *testing.T) { each.run(module{suite: s, T: t, b: s.Browser(), client: rpOne}) })
		}
	}
}

// moduleAlternate has scopes and parameters in another order.
func moduleAlternate(m module) {
	q := m.request("scope", "email openid")
	pairs := strings.Split(q.Encode(), "&")
	slices.Reverse(pairs)
	page, _ := m.signs(m.b.Get("/oauth2/authorize?" + strings.Join(pairs, "&")))
	m.gives(m.finish(q, m.landed(page)), "email")
}

func moduleResponseTypeMissing(m module) {
	if m.mode == "" {
		m.plan.types = "code" // an error without a response_type comes in the query
	}
	m.b.SignIn(ann, webtest.Password)
	m.refuses(m.request("response_type", ""), "invalid_request", "unsupported_response_type")
}

// byPost asks userinfo by POST, with the token in the header or the form.
func (m module) byPost(header bool) {
	m.T.Helper()
	o := m.ask()
	access := o.landed.Get("access_token")
	if o.tokens != nil {
		access = o.tokens["access_token"].(string)
	}
	body := url.Values{}
	if !header {
		body.Set("access_token", access)
	}
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/userInfo", strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	if header {
		req.Header.Set("Authorization", "Bearer "+access)
	}
	if info := m.userInfoBy(req); info["sub"] != o.info["sub"] {
		m.T.Errorf("userinfo %v", info)
	}
}

// again asks a second time, and says whether a page was shown.
func (m module) again(changes ...string) (outcome, bool) {
	m.T.Helper()
	q := m.request(changes...)
	page, asked := m.visit(q)
	return m.finish(q, m.landed(page)), asked
}

// seconds is auth_time of the last ID token.
func (m module) seconds(o outcome) float64 {
	m.T.Helper()
	at, ok := o.claim("auth_time").(float64)
	if !ok {
		m.T.Fatalf("auth_time %v", o.claim("auth_time"))
	}
	return at
}

func modulePromptLogin(m module) {
	first := m.ask()
	m.After(time.Second)
	second, asked := m.again("prompt", "login")
	if !asked || m.seconds(second) <= m.seconds(first) {
		m.T.Errorf("asked: %v; auth_time %v, then %v", asked, first.claim("auth_time"), second.claim("auth_time"))
	}
}

func moduleMaxAge1(m module) {
	first := m.ask()
	m.After(2 * time.Second)
	second, asked := m.again("max_age", "1")
	if at := m.seconds(second); !asked || at <= m.seconds(first) || float64(m.Now().Unix())-at > 60 {
		m.T.Errorf("asked: %v; auth_time %v, then %v", asked, first.claim("auth_time"), at)
	}
}

// silently signs in with max_age=15000, and asks again without a page.
func (m module) silently(changes ...string) {
	m.T.Helper()
	first := m.ask("max_age", "15000")
	m.After(time.Minute)
	m.same(first, changes...)
}

// same asks again: nobody signs in anew, and the person is the same.
func (m module) same(first outcome, changes ...string) {
	m.T.Helper()
	second, asked := m.again(changes...)
	if asked || second.claim("sub") != first.claim("sub") || m.seconds(second) != m.seconds(first) {
		m.T.Errorf("asked: %v; %v, then %v", asked, first.ids, second.ids)
	}
}

func moduleACR(m module) {
	if acr := m.ask("acr_values", "1 2").claim("acr"); acr != "1" && acr != "2" {
		m.T.Errorf("acr %v", acr)
	}
}

// reuse redeems a code twice: the access token of the first time ends with that.
func (m module) reuse(after time.Duration) {
	m.T.Helper()
	o := m.ask()
	m.After(after)
	if answer := m.redeem(o.landed.Get("code"), http.StatusBadRequest); answer["error"] != "invalid_grant" {
		m.T.Errorf("the second time answers %v", answer)
	}
	for _, access := range []string{o.tokens["access_token"].(string), o.landed.Get("access_token")} {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", nil)
		req.Header.Set("Authorization", "Bearer "+access)
		if got := m.Do(req); got.StatusCode != http.StatusUnauthorized {
			m.T.Errorf("the access token answers %d", got.StatusCode)
		}
	}
}

func moduleSecretPost(m module) {
	q := m.request()
	page, _ := m.visit(q)
	got := m.post(url.Values{
		"grant_type": {"authorization_code"}, "code": {m.landed(page).Get("code")}, "redirect_uri": {webtest.Callback},
		"client_id": {m.client}, "client_secret": {webtest.Secret},
	}, http.StatusOK)
	m.idToken(got["id_token"].(string), q)
}

// claims is the request as a request object holds it.
func (m module) claims(changes ...string) map[string]any {
	all := map[string]any{}
	for name, values := range m.request(changes...) {
		all[name] = values[0]
	}
	return all
}

// object brings a request object, whose state counts.
func (m module) object(changes ...string) {
	m.T.Helper()
	page, _ := m.visit(m.request(changes...))
	m.finish(m.request("state", "inside"), m.landed(page))
}

func moduleRequestURI(m module) {
	m.client = rpPlain
	*m.served = unsignedObject(m.T, m.claims("state", "inside"))
	m.object("request_uri", m.host.URL+"/request.jwt")
	m.client = rpTwo // which is registered for none
	m.refuses(m.request("request_uri", m.host.URL+"/request.jwt"), "request_uri_not_supported")
}

func moduleClaimsEssential(m module) {
	from := "userinfo"
	if !m.tokens() {
		from = "id_token"
	}
	o := m.ask("claims", `{"`+from+`":{"name":{"essential":true}}}`)
	if o.person()["name"] != "Ann Example" || m.tokens() && o.ids[0]["name"] != nil {
		m.T.Errorf("userinfo %v, ID token %v", o.info, o.ids[0])
	}
}

func moduleRefresh(m module) {
	offline := []string{"scope", "openid offline_access", "prompt", "consent"}
	first := m.ask(offline...)
	token, _ := first.tokens["refresh_token"].(string)
	m.entropy(token)
	m.After(time.Second)
	got := m.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, http.StatusOK)
	if got["access_token"] == first.tokens["access_token"] {
		m.T.Error("the access token is the old one")
	}
	later := m.idToken(got["id_token"].(string), url.Values{})
	for _, name := range []string{"iss", "sub", "aud", "azp", "auth_time"} {
		if fmt.Sprint(later[name]) != fmt.Sprint(first.claim(name)) {
			m.T.Errorf("%s changes from %v to %v", name, first.claim(name), later[name])
		}
	}
	if later["iat"] == first.claim("iat") {
		m.T.Error("iat is the old one")
	}
	other := m
	other.client, other.b = rpTwo, m.Browser()
	theirs := other.ask(offline...).tokens["refresh_token"].(string)
	if got := m.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {theirs}}, http.StatusBadRequest); got["error"] != "invalid_grant" {
		m.T.Errorf("another client's refresh token answers %v", got)
	}
}

func modulePKCE(m module) {
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	sum := sha256.Sum256([]byte(verifier))
	q := m.request("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method", "S256")
	page, _ := m.visit(q)
	got := m.post(url.Values{
		"grant_type": {"authorization_code"}, "code": {m.landed(page).Get("code")}, "redirect_uri": {webtest.Callback}, "code_verifier": {verifier},
	}, http.StatusOK)
	m.idToken(got["id_token"].(string), q)
}
