package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// postTo sends a raw body to a path.
func postTo(h *webtest.House, path, kind, body string, more ...string) *http.Response {
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+path, strings.NewReader(body))
	req.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(more); i += 2 {
		req.Header.Set(more[i], more[i+1])
	}
	return h.Do(req)
}

const formType = "application/x-www-form-urlencoded"

func TestHugeForm(t *testing.T) {
	h := webtest.Start(t)
	big := "username=" + strings.Repeat("a", 10<<20)
	for _, path := range []string{"/login", "/signup", "/oauth2/token"} {
		if got := postTo(h, path, formType, big).StatusCode; got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

func TestHugeFormWithoutLength(t *testing.T) {
	h := webtest.Start(t)
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/login", strings.NewReader("a="+strings.Repeat("a", 1<<20)))
	req.Header.Set("Content-Type", formType)
	req.ContentLength, req.TransferEncoding = -1, []string{"chunked"}
	got := h.Do(req)
	if got.StatusCode != http.StatusRequestEntityTooLarge || got.Header.Get("Connection") != "close" {
		t.Errorf("answers %d, Connection %q", got.StatusCode, got.Header.Get("Connection"))
	}
}

func TestMalformedForms(t *testing.T) {
	h := webtest.Start(t)
	for name, body := range map[string]string{
		"malformed UTF-8":       "username=%ff%fe&password=x",
		"overlong UTF-8":        "username=%c0%ae",
		"surrogate":             "username=%ed%a0%80",
		"NUL":                   "username=ann%00",
		"broken escape":         "username=%zz",
		"semicolon":             "username=a;password=b",
		"duplicate parameter":   "username=a&username=b",
		"fifty thousand names":  strings.Repeat("a=1&", 50_000/4),
		"one hundred and one":   manyNames(101),
		"malformed UTF-8 name":  "%ff=1",
		"duplicate in the form": "csrf=a&csrf=b",
	} {
		for _, path := range []string{"/login", "/oauth2/token"} {
			if got := postTo(h, path, formType, body); got.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %s answers %d", name, path, got.StatusCode)
			}
		}
	}
}

func manyNames(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("name%d=1", i))
	}
	return strings.Join(all, "&")
}

func TestContentTypeGames(t *testing.T) {
	h := webtest.Start(t)
	for _, kind := range []string{"text/plain", "application/json", "multipart/form-data; boundary=x", "", "application/x-www-form-urlencoded, text/plain"} {
		for _, path := range []string{"/login", "/oauth2/token"} {
			if got := postTo(h, path, kind, "username=a").StatusCode; got != http.StatusUnsupportedMediaType {
				t.Errorf("%q at %s answers %d", kind, path, got)
			}
		}
	}
}

func TestCompressedForm(t *testing.T) {
	h := webtest.Start(t)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(bytes.Repeat([]byte{'0'}, 1<<20))
	_ = w.Close()
	if got := postTo(h, "/login", formType, b.String(), "Content-Encoding", "gzip").StatusCode; got != http.StatusUnsupportedMediaType {
		t.Errorf("answers %d", got)
	}
}

func TestForeignHost(t *testing.T) {
	h := webtest.Start(t)
	for _, host := range []string{"evil.test", "login.example.test.evil.test", "login.example.test:8443", "[::1%25eth0]", ""} {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/login", nil)
		req.Host = host
		req.Header.Set("Accept", "text/html")
		got := h.Do(req)
		body := read(t, got)
		if got.StatusCode != http.StatusMisdirectedRequest || !strings.Contains(body, webtest.PublicURL) {
			t.Errorf("%q answers %d: %s", host, got.StatusCode, body)
		}
		if host != "" && strings.Contains(body, host) && host != "login.example.test:8443" {
			t.Errorf("%q is repeated on the page", host)
		}
	}
}

func TestForwardedHeadersOfAnybody(t *testing.T) {
	h := webtest.Start(t)
	b := h.Browser()
	b.Address = "127.0.0.1:40000" // not even from this machine
	for name, value := range map[string]string{
		"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "203.0.113.9",
		"Forwarded": "host=evil.test", "X-Original-Url": "/account", "X-Http-Method-Override": "POST",
	} {
		b.Send.Set(name, value)
	}
	page := b.Get(webtest.AuthorizeURL()).Is(http.StatusOK).At("/login")
	if strings.Contains(page.Body, "evil.test") {
		t.Error("the page names the forwarded host")
	}
	if log := h.Log.String(); strings.Contains(log, "203.0.113.9") || !strings.Contains(log, "127.0.0.1") {
		t.Errorf("the log believes the header: %s", log)
	}
}

func TestOpenRedirects(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	evil := []string{"//evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test", "/%09/evil.test", "/%5cevil.test", "javascript:alert(1)", "///evil.test", "http:evil.test", "/\t/evil.test", "@evil.test"}
	for _, to := range evil {
		for _, path := range []string{
			"/language?lang=de&to=", "/login?to=", "/login?next=", "/login?redirect_uri=", "/logout?redirect_uri=", "/logout?logout_uri=",
			"/logout?post_logout_redirect_uri=", "/oauth2/authorize?client_id=app&response_type=code&redirect_uri=", "/login?request=",
		} {
			stays(t, b.Once(path+url.QueryEscape(to)), path+to)
		}
		stays(t, b.Once(to), to)
	}
}

// stays fails if an answer leads to another host.
func stays(t *testing.T, got *http.Response, what string) {
	t.Helper()
	location := got.Header.Get("Location")
	if location == "" {
		return
	}
	at, _ := url.Parse(webtest.PublicURL + "/")
	u, err := at.Parse(location)
	if err != nil || u.Host != at.Host || u.Scheme != at.Scheme || strings.HasPrefix(location, "//") || strings.Contains(location, `\`) {
		t.Errorf("%s leads to %s", what, location)
	}
}

func TestPathTricks(t *testing.T) {
	h := webtest.Start(t)
	for _, path := range []string{
		"//account", "/account/", "/account//password", "/./account", "/account/..;/account", "/account;x", "/ACCOUNT", "/account%2fpassword",
		"/account.", "/account/x.css", "/account/password/x.css", "/assets/..%2f..%2fetc/passwd", "/assets/", "/assets/app.css", "/.git/config",
		"/debug/pprof/", "/evil/login", "/local_other/login", "/%2e%2e/account", "/assets/theme/file/..%2f..%2fapp.css", "//login", "/local_main/local_main/login",
	} {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/", nil)
		req.URL.Path, req.URL.RawPath = unescape(path), path
		if got := h.Do(req).StatusCode; got != http.StatusNotFound && got != http.StatusBadRequest {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

func unescape(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

func TestMethods(t *testing.T) {
	h := webtest.Start(t)
	for path, allowed := range map[string]string{
		"/login": "GET HEAD POST", "/oauth2/token": "POST OPTIONS", "/oauth2/userInfo": "GET HEAD POST OPTIONS", "/signup": "GET HEAD POST",
		"/.well-known/jwks.json": "GET HEAD OPTIONS", "/healthz": "GET HEAD", "/account": "GET HEAD POST", "/oauth2/revoke": "POST OPTIONS",
		"/account/delete": "GET HEAD POST", "/logout": "GET HEAD POST", "/oauth2/introspect": "POST",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
			got := h.Do(httptest.NewRequest(method, webtest.PublicURL+path, nil))
			want := strings.Contains(" "+allowed+" ", " "+method+" ")
			refused := got.StatusCode == http.StatusMethodNotAllowed || method == "OPTIONS" && got.Header.Get("Access-Control-Allow-Methods") == ""
			if want == refused {
				t.Errorf("%s %s answers %d", method, path, got.StatusCode)
			}
			if refused && got.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s opens CORS", method, path)
			}
		}
	}
}

func TestReflectedScript(t *testing.T) {
	h := webtest.Start(t)
	const script = `"><svg/onload=alert(1)>`
	b := h.Browser()
	for _, name := range []string{"request", "username", "notice", "login_hint", "lang", "ui_locales", "state", "attempt", "sent", "link", "to", "token", "client_id", "error"} {
		for _, path := range []string{"/login", "/signup", "/confirm", "/forgotPassword", "/resetPassword", "/newPassword", "/logout", "/setup", "/", "/nowhere", "/oauth2/authorize"} {
			page := b.Get(path + "?" + url.Values{name: {script}}.Encode())
			if strings.Contains(page.Body, "<svg/onload") {
				t.Errorf("%s?%s= reflects a script", path, name)
			}
		}
	}
	for _, name := range []string{"username", "password", "email"} {
		page := b.Get("/login").Submit("username", script, "password", script, name, script)
		if strings.Contains(page.Body, "<svg/onload") {
			t.Errorf("field %s reflects a script", name)
		}
	}
}

func TestForgedSealedRequest(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	sealed := h.Browser().Get(webtest.AuthorizeURL()).URL.Query().Get("request")
	body, mac, _ := strings.Cut(sealed, ".")
	for _, forged := range []string{body + "." + mac[1:] + "A", body + "A." + mac, "." + mac, body + ".", "....", strings.Repeat("A", 9000)} {
		page := h.Browser().Get("/login?request=" + url.QueryEscape(forged)).Is(http.StatusOK)
		page.SaysNot("app.example.test").Submit("username", ann, "password", webtest.Password).At("/account")
	}
}

func TestForgedReturnMark(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	for _, mark := range []string{"0.signed_in.x", "0.chosen.", "9999999999999999.chosen.AAAA", "x"} {
		b.Get(webtest.AuthorizeURL("prompt", "login", "ph_asked", mark)).At("/login")
	}
}

func TestNoSecretInLog(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignInTo(webtest.AuthorizeURL("state", "state-secret", "nonce", "nonce-secret"), ann, "wrong-password-secret").
		Submit("username", ann, "password", webtest.Password)
	b.Get("/confirm?link=link-secret")
	b.Get("/resetPassword?link=link-secret")
	postTo(h, "/oauth2/token", formType, "grant_type=authorization_code&code=code-secret&client_id=app&client_secret=client-secret&code_verifier=verifier-secret")
	postTo(h, "/oauth2/token", formType, "grant_type=client_credentials", "Authorization", "Basic YXBwOmJhc2ljLXNlY3JldA==")
	req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", nil)
	req.Header.Set("Authorization", "Bearer bearer-secret")
	h.Do(req)
	log := h.Log.String()
	for _, secret := range []string{"-secret", webtest.Password, "basic-secret", "YXBwOm", b.Cookies()["__Host-ph_session"]} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, "path=/oauth2/token") {
		t.Error("the log holds no request")
	}
}

func TestPanicShowsAReferenceOnly(t *testing.T) {
	h := webtest.Start(t)
	h.Server.Add(web.Route{Method: http.MethodGet, Path: "/panic", Handle: func(*web.Request) error { panic("the secret inside") }})
	page := h.Browser().Get("/panic").Is(http.StatusInternalServerError).SaysNot("secret").SaysNot("goroutine")
	reference := page.Header.Get("X-Request-Id")
	page.Says(reference)
	if log := h.Log.String(); !strings.Contains(log, "the secret inside") || !strings.Contains(log, reference) {
		t.Fatalf("the log does not tell: %s", log)
	}
}

func TestFloodFromOneAddress(t *testing.T) {
	h := webtest.Start(t)
	flood, other := h.Browser(), h.Browser()
	flood.Address, other.Address = "[2001:db8::1]:1", "[2001:db8:1::1]:1"
	var last *webtest.Answer
	for range 900 {
		if last = flood.Get("/healthz"); last.Status != http.StatusOK {
			t.Fatal("a probe is limited")
		}
	}
	for range 900 {
		if last = flood.Get("/signedout"); last.Status != http.StatusOK {
			break
		}
	}
	last.Is(http.StatusTooManyRequests)
	flood.Address = "[2001:db8::2]:1" // the same household
	flood.Get("/signedout").Is(http.StatusTooManyRequests)
	if last.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	other.Get("/signedout").Is(http.StatusOK)
}

func TestFailurePagesLeadBackToTheApp(t *testing.T) {
	h := webtest.Start(t)
	page := h.Browser().Get(webtest.AuthorizeURL())
	sealed := page.URL.Query().Get("request")
	got := postTo(h, "/login?request="+url.QueryEscape(sealed), formType, "username=%ff")
	body := read(t, got)
	if got.StatusCode != http.StatusBadRequest || !strings.Contains(body, "Back to Notes") {
		t.Fatalf("%d %s", got.StatusCode, body)
	}
	for _, path := range []string{"/nowhere", "/local_none/login", "/login"} {
		answer := postTo(h, path, formType, "a=%ff")
		if set := answer.Header.Values("Set-Cookie"); len(set) > 0 {
			t.Errorf("%s sets %v", path, set)
		}
	}
}
