package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"

func TestHeadersOfPages(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	pages := []*webtest.Answer{b.Get("/login"), b.Get("/signup"), b.Get("/nowhere"), b.Get("/oauth2/authorize?client_id=x"), b.SignIn(ann, webtest.Password)}
	for _, page := range pages {
		page.Has("Content-Security-Policy", policy).Has("X-Frame-Options", "DENY").Has("X-Content-Type-Options", "nosniff").
			Has("Referrer-Policy", "no-referrer").Has("Cross-Origin-Opener-Policy", "same-origin").
			Has("Cross-Origin-Resource-Policy", "same-origin").Has("Cache-Control", "no-store").
			Has("Strict-Transport-Security", "max-age=31536000; includeSubDomains").
			Has("Content-Type", "text/html; charset=utf-8").Has("Server", "").Has("X-Powered-By", "")
		if !strings.Contains(page.Header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: Permissions-Policy %q", page.URL, page.Header.Get("Permissions-Policy"))
		}
	}
}

func TestFormActionNamesTheValidatedOrigin(t *testing.T) {
	h := webtest.Start(t)
	want := strings.Replace(policy, "form-action 'self'", "form-action 'self' https://app.example.test", 1)
	b := h.Browser()
	page := b.Get(webtest.AuthorizeURL()).Has("Content-Security-Policy", want)
	page.Submit("username", ann, "password", "wrong").Is(web.Unprocessable).Has("Content-Security-Policy", want)
	page.Follow("Sign up").Has("Content-Security-Policy", want).
		Submit("username", ann, "password", webtest.Password).At("/confirm").Has("Content-Security-Policy", want)
	b.Get(webtest.AuthorizeURL("redirect_uri", "https://evil.test/")).Is(http.StatusBadRequest).Has("Content-Security-Policy", policy)
}

func TestFormActionOfAnAppScheme(t *testing.T) {
	h := webtest.Start(t)
	h.Client(identity.Client{ID: "phone", Name: "Phone", CallbackURLs: []string{"com.example.notes:/cb"}}, webtest.Secret)
	page := h.Browser().Get(webtest.AuthorizeURL("client_id", "phone", "redirect_uri", "com.example.notes:/cb"))
	page.At("/login").Has("Content-Security-Policy", strings.Replace(policy, "form-action 'self'", "form-action 'self' com.example.notes:", 1))
}

func TestPlainHTTPHasNoHSTSAndPlainCookieNames(t *testing.T) {
	h := webtest.Start(t, func(d *web.Deps, _ *identity.Pool) { d.PublicURL = "http://127.0.0.1:8080" })
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password).At("/account").Has("Strict-Transport-Security", "")
	if b.Cookies()["ph_session"] == "" {
		t.Fatalf("cookies %v", b.Cookies())
	}
}

func TestCookieFlags(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	fields, _ := b.Get("/login").Form("csrf")
	body := "username=ann%40example.test&password=correct+horse+battery&csrf=" + fields.Get("csrf")
	got := postTo(h, "/login", formType, body, "Cookie", "__Host-ph_flow="+b.Cookies()["__Host-ph_flow"])
	if got.StatusCode != http.StatusSeeOther {
		t.Fatalf("answers %d", got.StatusCode)
	}
	set := got.Header.Values("Set-Cookie")
	if len(set) < 2 {
		t.Fatalf("cookies %v", set)
	}
	for _, c := range set {
		for _, flag := range []string{"__Host-ph_", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
			if !strings.Contains(c, flag) {
				t.Errorf("%s lacks %s", c, flag)
			}
		}
		if strings.Contains(c, "Domain") {
			t.Errorf("%s names a domain", c)
		}
	}
}

func TestTrustedProxySaysWhoAsks(t *testing.T) {
	h := webtest.Start(t, func(d *web.Deps, _ *identity.Pool) {
		d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	for _, c := range []struct{ socket, forwarded, want string }{
		{"10.1.1.1:1", "203.0.113.9", "203.0.113.9"},
		{"10.1.1.1:1", "6.6.6.6, 203.0.113.9", "203.0.113.9"},
		{"10.1.1.1:1", "203.0.113.9, 10.2.2.2", "203.0.113.9"},
		{"192.0.2.1:1", "203.0.113.9", "192.0.2.1"},
		{"10.1.1.1:1", "", "10.1.1.1"},
		{"127.0.0.1:1", "203.0.113.9", "127.0.0.1"},
		{"192.168.1.1:1", "203.0.113.9", "192.168.1.1"},
		{"[fe80::1]:1", "203.0.113.9", "fe80::1"},
	} {
		b := h.Browser()
		b.Address = c.socket
		if c.forwarded != "" {
			b.Send.Set("X-Forwarded-For", c.forwarded)
		}
		id := b.Get("/signedout").Header.Get("X-Request-Id")
		if line := lineWith(h.Log.String(), "msg=request request="+id); !strings.Contains(line, "address="+c.want+" ") {
			t.Errorf("%+v: %s", c, line)
		}
	}
}

func lineWith(text, part string) string {
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

func TestCORSIsOpenWithoutCredentialsForTokensOnly(t *testing.T) {
	h := webtest.Start(t)
	for _, path := range []string{"/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke", "/.well-known/openid-configuration", "/.well-known/jwks.json"} {
		req := httptest.NewRequest(http.MethodOptions, webtest.PublicURL+path, nil)
		req.Header.Set("Origin", "https://spa.example.test")
		got := h.Do(req)
		if got.StatusCode != http.StatusNoContent || got.Header.Get("Access-Control-Allow-Origin") != "*" ||
			got.Header.Get("Access-Control-Max-Age") != "86400" || got.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", path, got.StatusCode, got.Header)
		}
	}
	for _, path := range []string{"/login", "/account", "/oauth2/authorize", "/logout"} {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+path, nil)
		req.Header.Set("Origin", "https://spa.example.test")
		if got := h.Do(req).Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s: Access-Control-Allow-Origin %q", path, got)
		}
	}
}

func TestAssetsAreKeptForGoodAndPacked(t *testing.T) {
	h := webtest.Start(t)
	page := h.Browser().Get("/login")
	href, _ := page.Doc.Find(`link[rel="stylesheet"]`).Attr("href")
	req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+href, nil)
	req.Header.Set("Accept-Encoding", "br, gzip;q=0.8")
	got := h.Do(req)
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Encoding") != "gzip" || got.Header.Get("Content-Type") != "text/css; charset=utf-8" ||
		got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%d %v", got.StatusCode, got.Header)
	}
	req.Header.Set("Accept-Encoding", "gzip;q=0")
	if plain := h.Do(req); plain.Header.Get("Content-Encoding") != "" {
		t.Fatal("packed for somebody who cannot unpack")
	}
}

func TestHEADAnswersLikeGET(t *testing.T) {
	h := webtest.Start(t)
	for _, path := range []string{"/login", "/healthz", "/.well-known/openid-configuration", "/confirm?link=abc"} {
		get, head := h.Browser().Once(path), h.Do(httptest.NewRequest(http.MethodHead, webtest.PublicURL+path, nil))
		if get.StatusCode != head.StatusCode || get.Header.Get("Content-Type") != head.Header.Get("Content-Type") {
			t.Errorf("%s: GET %d, HEAD %d", path, get.StatusCode, head.StatusCode)
		}
	}
}

func TestTimeoutsAreSet(t *testing.T) {
	s := webtest.Start(t).Server.HTTP()
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes != 32<<10 {
		t.Fatalf("%+v", s)
	}
}

func TestProbesAnswerUnderAnyHost(t *testing.T) {
	h := webtest.Start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		req := httptest.NewRequest(http.MethodGet, "http://10.0.0.5:8080"+path, nil)
		if got := h.Do(req).StatusCode; got != http.StatusOK {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

func TestMetricsAnswerConfiguredNetworksOnly(t *testing.T) {
	h := webtest.Start(t, func(d *web.Deps, _ *identity.Pool) {
		d.MetricsFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	h.User(ann)
	h.Browser().SignIn(ann, webtest.Password)
	ask := func(from string, more ...string) (int, string) {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/metrics", nil)
		req.RemoteAddr = from
		for i := 0; i+1 < len(more); i += 2 {
			req.Header.Set(more[i], more[i+1])
		}
		got := h.Do(req)
		return got.StatusCode, read(t, got)
	}
	status, body := ask("127.0.0.1:5")
	if status != http.StatusOK || !strings.Contains(body, `poolhouse_http_requests_total{method="POST",route="/login",status="303"} 1`) {
		t.Fatalf("%d %s", status, body)
	}
	for _, want := range []string{"# TYPE poolhouse_http_request_seconds histogram", `poolhouse_http_request_seconds_bucket{route="/login",le="+Inf"} `,
		"poolhouse_http_requests_open 1", "go_goroutines ", "process_resident_memory_bytes ", "process_open_fds "} {
		if !strings.Contains(body, "\n"+want) && !strings.HasPrefix(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if strings.Contains(body, "ann") {
		t.Error("a label names a person")
	}
	if status, _ := ask("192.0.2.1:5"); status != http.StatusNotFound {
		t.Errorf("a stranger is answered %d", status)
	}
	if status, _ := ask("127.0.0.1:5", "X-Forwarded-For", "127.0.0.1"); status != http.StatusNotFound {
		t.Errorf("whoever comes through an unknown proxy is answered %d", status)
	}
}
