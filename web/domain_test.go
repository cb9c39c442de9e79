package web_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
	"poolhouse.dev/web/mail"
)

const (
	shop    = identity.PoolID("local_shop")
	shopAt  = "https://auth.shop.test"
	prefix  = "https://shop.login.example.test"
	bob     = "bob@example.test"
	shopApp = "?response_type=code&client_id=shop&redirect_uri=https%3A%2F%2Fapp.example.test%2Fcallback&scope=openid&state=s&nonce=n" +
		"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
)

// withShop is a house with a second pool, which has both kinds of domain, an app
// and a person.
func withShop(t *testing.T, options ...webtest.Option) *webtest.House {
	t.Helper()
	h := webtest.Start(t, options...)
	h.Pool(identity.Pool{ID: shop, Name: "Shop", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"}})
	h.Domain(shop, "auth.shop.test")
	h.Domain(shop, "shop")
	h.Client(identity.Client{PoolID: shop, ID: "shop", Name: "Shop app"}, webtest.Secret)
	h.Import(identity.ImportUser{Pool: shop, Username: bob, Password: webtest.Password, Attributes: map[string]string{"email": bob, "email_verified": "true"}})
	return h
}

// asked sends a request to the server under a host name of the sender's choice.
func asked(h *webtest.House, host, path string, header ...string) *http.Response {
	h.Helper()
	req := httptest.NewRequest(http.MethodGet, "https://login.example.test"+path, nil)
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return h.Do(req)
}

// wordsOf is a letter as it leaves the house.
func wordsOf(h *webtest.House, m webtest.Mail) string {
	h.Helper()
	c := &mail.Composer{Settings: &identity.Settings{Core: h.Core}, URL: h.Server.URL, Log: slog.New(slog.DiscardHandler)}
	content, err := c.Compose(h.Context(), m.Message, m.Secrets)
	if err != nil {
		h.Fatal(err)
	}
	return content.Text
}

func issuerOf(t *testing.T, token any) (issuer string) {
	t.Helper()
	text, _ := token.(string)
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(text+"..", ".")[1])
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		t.Fatalf("%q is no token", text)
	}
	return claims.Issuer
}

func TestAPoolIsServedAtItsDomain(t *testing.T) {
	h := withShop(t)
	for _, at := range []string{shopAt, prefix} {
		b := h.Browser().At(at)
		answer := b.SignInTo("/oauth2/authorize"+shopApp, bob, webtest.Password).Lands(webtest.Callback)
		if answer.Get("iss") != h.Server.URL(shop, "") {
			t.Errorf("the answer at %s is by %q", at, answer.Get("iss"))
		}
		req := httptest.NewRequest(http.MethodPost, at+"/oauth2/token", strings.NewReader(url.Values{
			"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {webtest.Callback},
			"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
		}.Encode()))
		req.Header.Set("Content-Type", formType)
		req.SetBasicAuth("shop", webtest.Secret)
		tokens := decode(h, h.Do(req))
		if issuer := issuerOf(t, tokens["id_token"]); issuer != "https://login.example.test/local_shop" {
			t.Errorf("the token of %s says %v", at, issuer)
		}
		b.Get("/account").Is(http.StatusOK).At("/account").Says(bob)
		b.Get("/logout?client_id=shop&logout_uri=" + url.QueryEscape(webtest.AfterOut)).Lands(webtest.AfterOut)
		b.Get("/account").At("/login")
	}
}

func TestDiscoveryAtADomainNamesItsEndpointsAndThePoolsIssuer(t *testing.T) {
	h := withShop(t)
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		there := decode(h, asked(h, "auth.shop.test", path))
		here := decode(h, asked(h, "login.example.test", "/local_shop"+path))
		if there["issuer"] != here["issuer"] || here["issuer"] != "https://login.example.test/local_shop" {
			t.Errorf("issuers are %v at the domain and %v at the pool's address", there["issuer"], here["issuer"])
		}
		for name, value := range here {
			want, isText := value.(string)
			if path, ok := strings.CutPrefix(want, "https://login.example.test/local_shop/"); isText && ok {
				if there[name] != shopAt+"/"+path {
					t.Errorf("%s is %v at the domain", name, there[name])
				}
			}
		}
	}
	userinfo := decode(h, asked(h, "auth.shop.test", "/.well-known/oauth-protected-resource/oauth2/userInfo"))
	if userinfo["resource"] != shopAt+"/oauth2/userInfo" || !slices.Equal(userinfo["authorization_servers"].([]any), []any{"https://login.example.test/local_shop"}) {
		t.Errorf("the userinfo endpoint says %v", userinfo)
	}
	keys := read(t, asked(h, "auth.shop.test", "/.well-known/jwks.json"))
	if keys != read(t, asked(h, "login.example.test", "/local_shop/.well-known/jwks.json")) {
		t.Error("the keys differ by host")
	}
	found := decode(h, asked(h, "auth.shop.test", "/.well-known/webfinger?resource=acct:bob@auth.shop.test"))
	if text := found["links"].([]any)[0].(map[string]any)["href"]; text != "https://login.example.test/local_shop" {
		t.Errorf("webfinger names %v", text)
	}
}

func TestAProviderSendsBackToTheDomainThatThePersonSetOutFrom(t *testing.T) {
	h := withUp(t, nil)
	h.Domain(webtest.PoolID, "id.acme.test")
	for at, callback := range map[string]string{"https://id.acme.test": "https://id.acme.test/oauth2/idpresponse", h.Server.PublicURL: h.Server.PublicURL + "/oauth2/idpresponse"} {
		out := h.Browser().At(at).Get(webtest.AuthorizeURL()).Follow("Continue with Up")
		to, err := url.Parse(out.Header.Get("Location"))
		if err != nil || to.Query().Get("redirect_uri") != callback {
			t.Errorf("from %s it goes to %s", at, to)
		}
	}
	metadata := read(t, asked(h.House, "id.acme.test", "/saml2/metadata"))
	if !strings.Contains(metadata, `Location="https://id.acme.test/saml2/idpresponse"`) || !strings.Contains(metadata, `entityID="urn:amazon:cognito:sp:local_main"`) {
		t.Errorf("SAML metadata at the domain: %s", metadata)
	}
}

// A prefix may be another machine's, so that none leads there.
func TestLinksInLettersLeadBackToTheHostThatAsked(t *testing.T) {
	h := withShop(t)
	for at, want := range map[string]string{shopAt: shopAt + "/resetPassword", prefix: webtest.PublicURL + "/local_shop/resetPassword", webtest.PublicURL + "/local_shop": webtest.PublicURL + "/local_shop/resetPassword"} {
		base, path, _ := strings.Cut(strings.TrimPrefix(at, "https://"), "/")
		if path != "" {
			path = "/" + path
		}
		h.Browser().At("https://"+base).Get(path+"/forgotPassword").Submit("username", bob)
		mails := h.AllMail(bob)
		if text := wordsOf(h, mails[len(mails)-1]); !strings.Contains(text, want) {
			t.Errorf("asked at %s the mail says %s", at, text)
		}
	}
}

func TestPasskeysOfAPoolWorkAtItsDomain(t *testing.T) {
	related := func(h *webtest.House, host string) string {
		got := asked(h, host, "/.well-known/webauthn")
		if got.StatusCode != http.StatusOK {
			return ""
		}
		return read(t, got)
	}
	t.Run("of the server's own name, which names the domain", func(t *testing.T) {
		h := withShop(t)
		if got := related(h, "login.example.test"); !strings.Contains(got, shopAt) || strings.Contains(got, prefix) {
			t.Errorf("the server's host names %s", got)
		}
	})
	t.Run("of the domain's own name, which names the pool's address", func(t *testing.T) {
		h := withShop(t)
		pool := identity.Pool{ID: shop, Name: "Shop", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"}}
		pool.WebAuthn.RelyingPartyID = "auth.shop.test"
		h.Pool(pool)
		if got := related(h, "auth.shop.test"); !strings.Contains(got, webtest.PublicURL) || !strings.Contains(got, prefix) {
			t.Errorf("the domain names %s", got)
		}
		if got := related(h, "login.example.test"); got != "" {
			t.Errorf("the server's host names %s", got)
		}
	})
}

// The attacks.

func TestAttackHostHeaderOfNoPoolIsRefused(t *testing.T) {
	h := withShop(t)
	for name, host := range map[string]string{
		"a host of nobody": "evil.test", "a name that ends alike": "evilauth.shop.test", "a name below it": "x.auth.shop.test", "a name above it": "shop.test",
		"another port": "auth.shop.test:8443", "a trailing dot": "auth.shop.test.", "a prefix of nobody": "evil.login.example.test",
		"two labels below": "a.shop.login.example.test", "a prefix alone": "shop", "a user before it": "auth.shop.test@evil.test", "nothing": "",
	} {
		if got := asked(h, host, "/login"); got.StatusCode != http.StatusMisdirectedRequest && got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s (%q) answers %d", name, host, got.StatusCode)
		}
	}
	for _, host := range []string{"auth.shop.test", "AUTH.Shop.Test", "auth.shop.test:443"} {
		if got := asked(h, host, "/login"); got.StatusCode != http.StatusOK {
			t.Errorf("%q answers %d", host, got.StatusCode)
		}
	}
	if got := asked(h, "login.example.test", "/login", "X-Forwarded-Host", "auth.shop.test"); !strings.Contains(read(t, got), "Acme") {
		t.Error("X-Forwarded-Host chooses the pool")
	}
}

// Each is two reads of the store: an address has them with its other requests, and no
// more.
func TestAttackAFloodOfUnknownHostsIsHeldOff(t *testing.T) {
	h := withShop(t)
	held := 0
	for i := range 700 {
		switch got := asked(h, fmt.Sprintf("a%d.evil.test", i), "/login"); got.StatusCode {
		case http.StatusTooManyRequests:
			held++
		case http.StatusMisdirectedRequest:
		default:
			t.Fatalf("answers %d", got.StatusCode)
		}
	}
	if held == 0 {
		t.Error("700 requests for hosts of nobody were all looked up")
	}
	if got := asked(h, "auth.shop.test", "/login"); got.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a host of ours is counted apart: %d", got.StatusCode)
	}
}

func TestAttackAnotherPoolIsNotReachedAtADomain(t *testing.T) {
	h := withShop(t)
	for _, path := range []string{"/local_main/login", "/local_main", "/local_main/.well-known/openid-configuration", "/.well-known/openid-configuration/local_main", "//login"} {
		if got := asked(h, "auth.shop.test", path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got.StatusCode)
		}
	}
	if page := read(t, asked(h, "auth.shop.test", "/nowhere", "Accept", "text/html")); strings.Contains(page, "Acme") {
		t.Error("a page that is not there says the name of another pool")
	}
}

func TestAttackASessionOfOnePoolOpensNoOtherAtItsHost(t *testing.T) {
	h := withShop(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	stolen := b.Cookies()["__Host-"+web.SessionCookie]
	if stolen == "" {
		t.Fatal("nobody is signed in")
	}
	for _, name := range []string{"__Host-" + web.SessionCookie, "__Host-" + web.SessionCookie + "-local_shop"} {
		got := asked(h, "auth.shop.test", "/account", "Cookie", name+"="+stolen)
		if got.StatusCode != http.StatusSeeOther && got.StatusCode != http.StatusFound {
			t.Errorf("as %s the account answers %d", name, got.StatusCode)
		}
	}
	for _, c := range asked(h, "auth.shop.test", "/login").Cookies() {
		if c.Domain != "" || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("the cookie %s would be sent to other hosts", c.Name)
		}
	}
}

func TestAttackAFormOfAnotherHostOfOursIsNotTaken(t *testing.T) {
	h := withShop(t)
	b := h.Browser().At(shopAt)
	form, action := b.Get("/login").Form("username")
	form.Set("username", bob)
	form.Set("password", webtest.Password)
	taken := func(origin string) bool {
		b.Send.Set("Origin", origin)
		b.Post(action, form)
		return b.Cookies()["__Host-"+web.SessionCookie+"-local_shop"] != ""
	}
	for _, origin := range []string{webtest.PublicURL, prefix, "https://auth.shop.test:8443", "http://auth.shop.test", "null"} {
		if taken(origin) {
			t.Fatalf("a form of %s was taken", origin)
		}
	}
	if !taken(shopAt) {
		t.Error("the domain's own form is not taken")
	}
}

func TestAttackADeletedDomainServesNothingAnyMore(t *testing.T) {
	h := withShop(t)
	h.Browser().At(shopAt).Get("/forgotPassword").Submit("username", bob)
	settings := identity.Settings{Core: h.Core}
	for _, name := range []string{"auth.shop.test", "shop"} {
		if err := settings.DeleteDomain(t.Context(), shop, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, host := range []string{"auth.shop.test", "shop.login.example.test"} {
		if got := asked(h, host, "/login"); got.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s answers %d", host, got.StatusCode)
		}
	}
	if text := wordsOf(h, h.Mail(bob)); strings.Contains(text, "auth.shop.test") || !strings.Contains(text, webtest.PublicURL+"/local_shop/resetPassword") {
		t.Errorf("the mail that was under way says %s", text)
	}
}
