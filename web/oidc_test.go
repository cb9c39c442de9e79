package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

func codeFor(h *webtest.House, b *webtest.Browser) string {
	h.User(ann)
	return b.SignInTo(webtest.AuthorizeURL("scope", "openid email"), ann, webtest.Password).Lands(webtest.Callback).Get("code")
}

func redeem(h *webtest.House, code string) map[string]any {
	h.Helper()
	body := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {webtest.Callback}}
	got := postAs(h, "/oauth2/token", body)
	if got.StatusCode != http.StatusOK {
		h.Fatalf("token answers %d: %s", got.StatusCode, read(h.T, got))
	}
	return decode(h, got)
}

func postAs(h *webtest.House, path string, body url.Values) *http.Response {
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+path, strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	req.SetBasicAuth("app", webtest.Secret)
	return h.Do(req)
}

func decode(h *webtest.House, got *http.Response) map[string]any {
	h.Helper()
	var answer map[string]any
	if err := json.Unmarshal([]byte(read(h.T, got)), &answer); err != nil {
		h.Fatal(err)
	}
	return answer
}

func TestCodeBecomesTokensAndUserInfo(t *testing.T) {
	h := webtest.Start(t)
	tokens := redeem(h, codeFor(h, h.Browser()))
	req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", nil)
	req.Header.Set("Authorization", "Bearer "+tokens["access_token"].(string))
	got := h.Do(req)
	if claims := decode(h, got); claims["email"] != ann || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%v %v", claims, got.Header)
	}
	body := url.Values{"access_token": {tokens["access_token"].(string)}}
	if got := postTo(h, "/oauth2/userInfo", formType, body.Encode()); got.StatusCode != http.StatusOK {
		t.Fatalf("userInfo by POST answers %d", got.StatusCode)
	}
}

func TestHeadersOfTokens(t *testing.T) {
	h := webtest.Start(t)
	got := postAs(h, "/oauth2/token", url.Values{"grant_type": {"authorization_code"}, "code": {codeFor(h, h.Browser())}, "redirect_uri": {webtest.Callback}})
	for name, value := range map[string]string{
		"Cache-Control": "no-store", "Pragma": "no-cache", "Content-Type": "application/json", "Access-Control-Allow-Origin": "*",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Resource-Policy": "cross-origin",
	} {
		if got.Header.Get(name) != value {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
}

func TestTokenErrors(t *testing.T) {
	h := webtest.Start(t)
	for _, c := range []struct {
		body, basic string
		status      int
		code        string
	}{
		{"grant_type=authorization_code&code=x", "app:wrong", 401, "invalid_client"},
		{"grant_type=authorization_code&code=x&client_id=app&client_secret=wrong", "", 401, "invalid_client"},
		{"grant_type=authorization_code&code=x&client_id=nobody", "", 401, "invalid_client"},
		{"grant_type=authorization_code&code=x&redirect_uri=y", "app:" + webtest.Secret, 400, "invalid_grant"},
		{"grant_type=password&username=a&password=b", "app:" + webtest.Secret, 400, "unsupported_grant_type"},
		{"grant_type=client_credentials", "app:" + webtest.Secret, 400, "unauthorized_client"},
		{"", "app:" + webtest.Secret, 400, "invalid_request"},
		{"grant_type=authorization_code&grant_type=authorization_code", "app:" + webtest.Secret, 400, "invalid_request"},
	} {
		req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/token", strings.NewReader(c.body))
		req.Header.Set("Content-Type", formType)
		if user, secret, ok := strings.Cut(c.basic, ":"); ok {
			req.SetBasicAuth(user, secret)
		}
		got := h.Do(req)
		if answer := decode(h, got); got.StatusCode != c.status || answer["error"] != c.code {
			t.Errorf("%s: %d %v", c.body, got.StatusCode, answer)
		}
		challenged := strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Basic ")
		if challenged != (c.status == 401 && c.basic != "") {
			t.Errorf("%s: WWW-Authenticate %q", c.body, got.Header.Get("WWW-Authenticate"))
		}
	}
}

func TestUserInfoErrors(t *testing.T) {
	h := webtest.Start(t)
	for _, c := range []struct {
		header, query string
		status        int
		want          string
	}{
		{"", "", 401, `Bearer realm="local_main"`},
		{"Basic abc", "", 401, `Bearer realm="local_main"`},
		{"", "?access_token=x", 401, `Bearer realm="local_main"`},
		{"Bearer nonsense", "", 401, `Bearer realm="local_main", error="invalid_token"`},
	} {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo"+c.query, nil)
		if c.header != "" {
			req.Header.Set("Authorization", c.header)
		}
		got := h.Do(req)
		challenge := got.Header.Get("WWW-Authenticate")
		if got.StatusCode != c.status || !strings.HasPrefix(challenge, c.want) || c.header != "Bearer nonsense" && strings.Contains(challenge, "error") {
			t.Errorf("%+v: %d %q", c, got.StatusCode, challenge)
		}
	}
}

func TestRevokeAndIntrospect(t *testing.T) {
	h := webtest.Start(t)
	tokens := redeem(h, codeFor(h, h.Browser()))
	refresh := url.Values{"token": {tokens["refresh_token"].(string)}}
	if answer := decode(h, postAs(h, "/oauth2/introspect", refresh)); answer["active"] != true {
		t.Fatalf("introspection %v", answer)
	}
	if got := postAs(h, "/oauth2/revoke", refresh); got.StatusCode != http.StatusOK || read(t, got) != "" {
		t.Fatalf("revoke answers %d", got.StatusCode)
	}
	if answer := decode(h, postAs(h, "/oauth2/introspect", refresh)); answer["active"] != false {
		t.Fatalf("introspection %v", answer)
	}
	if got := postAs(h, "/oauth2/revoke", url.Values{"token": {"unknown"}}); got.StatusCode != http.StatusOK {
		t.Fatalf("an unknown token answers %d", got.StatusCode)
	}
}

func TestDiscoveryOfEveryPool(t *testing.T) {
	h := webtest.Start(t)
	h.Pool(identity.Pool{ID: "local_two", Name: "Two"})
	for path, issuer := range map[string]string{
		"/.well-known/openid-configuration":                 webtest.PublicURL,
		"/.well-known/oauth-authorization-server":           webtest.PublicURL,
		"/local_two/.well-known/openid-configuration":       webtest.PublicURL + "/local_two",
		"/.well-known/oauth-authorization-server/local_two": webtest.PublicURL + "/local_two",
		"/.well-known/openid-configuration/local_two":       webtest.PublicURL + "/local_two",
	} {
		got := h.Browser().Once(path)
		if answer := decode(h, got); answer["issuer"] != issuer || got.Header.Get("Cache-Control") != "public, max-age=900" ||
			got.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v %v", path, answer["issuer"], got.Header)
		}
	}
	if got := h.Browser().Once("/.well-known/jwks.json"); len(decode(h, got)["keys"].([]any)) == 0 {
		t.Error("no keys")
	}
	if got := h.Browser().Once("/local_none/.well-known/openid-configuration"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a pool that is not there answers %d", got.StatusCode)
	}
}

func TestFormPostPagePostsToTheAppAlone(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	page := h.Browser().SignInTo(webtest.AuthorizeURL("response_mode", "form_post"), ann, webtest.Password).Is(http.StatusOK)
	fields, action := page.Form("code")
	if action != webtest.Callback || fields.Get("state") != "s1" || fields.Get("code") == "" || fields.Has("csrf") {
		t.Fatalf("%s %v", action, fields)
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action https://app.example.test;") {
		t.Fatalf("policy %s", csp)
	}
}

func TestAuthorizeByPost(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.Send.Set("Sec-Fetch-Site", "cross-site")
	b.Send.Set("Origin", "https://app.example.test")
	query, err := url.ParseQuery(mustQuery(t, webtest.AuthorizeURL()))
	if err != nil {
		t.Fatal(err)
	}
	page := b.Post("/oauth2/authorize", query).At("/login")
	b.Send.Set("Sec-Fetch-Site", "same-origin")
	page.Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
}

func TestUnregisteredRedirectIsNeverFollowed(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	for _, to := range []string{"https://evil.test/callback", webtest.Callback + "/", webtest.Callback + "?x=1", "https://app.example.test@evil.test/callback", ""} {
		page := b.Get(webtest.AuthorizeURL("redirect_uri", to)).Is(http.StatusBadRequest)
		if page.Header.Get("Location") != "" {
			t.Errorf("%q is redirected to", to)
		}
	}
	b.Get(webtest.AuthorizeURL("client_id", "nobody")).Is(http.StatusBadRequest)
	if got := b.Get(webtest.AuthorizeURL("scope", "nonsense")).Lands(webtest.Callback); got.Get("error") != "invalid_scope" {
		t.Errorf("landed with %v", got)
	}
	if got := b.Get(webtest.AuthorizeURL() + "&state=s2").Lands(webtest.Callback); got.Get("error") != "invalid_request" {
		t.Errorf("landed with %v", got)
	}
}

func TestLogoutOfCognito(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	answer := b.Get("/logout?" + url.Values{"client_id": {"app"}, "logout_uri": {webtest.AfterOut}}.Encode())
	answer.Lands(webtest.AfterOut)
	answer.Has("Clear-Site-Data", `"cache"`) // storage holds the last way in alone, and nothing of the person
	b.Get("/account").At("/login")
}

func TestLogoutOfCognitoToTheSignInPage(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	page := b.Get("/logout?" + mustQuery(t, webtest.AuthorizeURL())).At("/login").Says("Sign in to Notes")
	page.Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
}

func TestLogoutOfOpenIDConnect(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	tokens := redeem(h, codeFor(h, b))
	query := url.Values{"id_token_hint": {tokens["id_token"].(string)}, "post_logout_redirect_uri": {webtest.AfterOut}, "state": {"bye"}}
	if got := b.Get("/logout?" + query.Encode()).Lands(webtest.AfterOut); got.Get("state") != "bye" {
		t.Fatalf("landed with %v", got)
	}
	b.Get("/account").At("/login")
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
	if got := postAs(h, "/oauth2/token", refresh); got.StatusCode != http.StatusBadRequest {
		t.Fatalf("the refresh token outlives the session: %d", got.StatusCode)
	}
}

func TestLogoutWithoutProofAsksFirst(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	page := b.Get("/logout?" + url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {webtest.AfterOut}}.Encode()).Says("Sign out?").Says(ann)
	b.Get("/account").At("/account")
	page.Press("/logout/confirm").Lands(webtest.AfterOut)
	b.Get("/account").At("/login")
}

func TestLogoutToAnUnregisteredAddress(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	for _, query := range []url.Values{
		{"client_id": {"app"}, "logout_uri": {"https://evil.test/"}},
		{"client_id": {"app"}, "post_logout_redirect_uri": {"https://evil.test/"}},
	} {
		if page := b.Get("/logout?" + query.Encode()).Is(http.StatusBadRequest); page.Header.Get("Location") != "" {
			t.Error("redirected")
		}
	}
	b.Get("/account").At("/account")
}
