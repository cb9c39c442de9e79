package input

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

const form = "application/x-www-form-urlencoded"

// send posts a body as it is and answers status and text.
func send(t *testing.T, address, kind string, body io.Reader) (int, string) {
	t.Helper()
	res, err := http.Post(address, kind, body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestBadRequests(t *testing.T) {
	s := kit.Start(t)
	token := s.URL + "/oauth2/token"
	for _, c := range []struct {
		name, address, kind, body string
		status                    int
		phrase                    string
	}{
		{"a parameter twice", token, form, "grant_type=refresh_token&grant_type=refresh_token", 400, "invalid_request"},
		{"malformed UTF-8", token, form, "grant_type=%ff%fe", 400, "invalid_request"},
		{"a broken escape", token, form, "grant_type=%zz", 400, "invalid_request"},
		{"NUL", token, form, "grant_type=a%00b", 400, "invalid_request"},
		{"JSON for a form", token, "application/json", `{"grant_type":"x"}`, 415, ""},
		{"a grant nobody knows", token, form, "grant_type=magic&client_id=" + kit.PublicClient, 400, "unsupported_grant_type"},
		{"no grant", token, form, "client_id=" + kit.PublicClient, 400, "invalid_request"},
		{"no body", token, form, "", 401, "invalid_client"},
		{"a client nobody knows", token, form, "grant_type=authorization_code&code=x&client_id=nobody", 401, "invalid_client"},
		{"a sign-in twice", s.URL + "/login", form, "username=a&username=b", 400, ""},
		{"a sign-in in malformed UTF-8", s.URL + "/login", form, "username=%ff", 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, text := send(t, c.address, c.kind, strings.NewReader(c.body))
			if status != c.status || !strings.Contains(text, c.phrase) {
				t.Errorf("answered %d, want %d with %q:\n%s", status, c.status, c.phrase, text)
			}
		})
	}
	if !s.Ready() {
		t.Error("the server no longer answers")
	}
}

func TestTenMegabytes(t *testing.T) {
	s := kit.Start(t)
	for _, path := range []string{"/login", "/signup", "/oauth2/token", "/oauth2/authorize", "/"} {
		t.Run(path, func(t *testing.T) {
			big := io.MultiReader(strings.NewReader("username="), bytes.NewReader(bytes.Repeat([]byte("a"), 10<<20)))
			req, err := http.NewRequest(http.MethodPost, s.URL+path, big)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", form)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatalf("no answer to whoever sends all of it first: %v", err)
			}
			defer res.Body.Close()
			if res.StatusCode < 400 || res.StatusCode >= 500 {
				t.Errorf("answered %d", res.StatusCode)
			}
		})
	}
	if !s.Ready() {
		t.Error("the server no longer answers")
	}
}

// Nothing reaches a redirect URI that was not registered.
func TestAuthorizeStaysHome(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient().WithoutRedirects()
	good := url.Values{"client_id": {kit.WebClient}, "response_type": {"code"}, "redirect_uri": {s.App.URL + "/callback"}, "state": {"s"}}
	for _, c2 := range []struct{ name, key, value string }{
		{"another host", "redirect_uri", "https://evil.test/callback"},
		{"another path", "redirect_uri", s.App.URL + "/callback/../evil"},
		{"a suffix", "redirect_uri", s.App.URL + "/callback?x=1"},
		{"a client nobody knows", "client_id", "nobody"},
		{"no client", "client_id", ""},
	} {
		t.Run(c2.name, func(t *testing.T) {
			q := url.Values{}
			for k, v := range good {
				q[k] = v
			}
			q.Set(c2.key, c2.value)
			page := c.Open(t, s.URL+"/oauth2/authorize?"+q.Encode())
			if page.Status < 400 || page.Header.Get("Location") != "" {
				t.Errorf("answered %d, Location %q", page.Status, page.Header.Get("Location"))
			}
		})
	}
}

// A good redirect URI is told what is wrong, by RFC 6749 §4.1.2.1.
func TestAuthorizeTellsTheApp(t *testing.T) {
	s := kit.Start(t)
	c := kit.NewClient().WithoutRedirects()
	for _, bad := range []struct{ name, key, value, code string }{
		{"a response type nobody knows", "response_type", "magic", "unsupported_response_type"},
		{"a scope nobody defined", "scope", "openid api/write", "invalid_scope"},
		{"a public client without PKCE", "client_id", kit.PublicClient, "invalid_request"},
		{"plain PKCE", "code_challenge_method", "plain", "invalid_request"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			q := url.Values{"client_id": {kit.WebClient}, "response_type": {"code"}, "state": {"s"}, "redirect_uri": {s.App.URL + "/callback"}, "scope": {"openid"}}
			if bad.key == "code_challenge_method" {
				q.Set("code_challenge", strings.Repeat("a", 43))
			}
			q.Set(bad.key, bad.value)
			page := c.Open(t, s.URL+"/oauth2/authorize?"+q.Encode())
			to, err := url.Parse(page.Header.Get("Location"))
			if err != nil || !strings.HasPrefix(page.Header.Get("Location"), s.App.URL+"/callback") {
				t.Fatalf("answered %d, Location %q", page.Status, page.Header.Get("Location"))
			}
			if got := to.Query(); got.Get("error") != bad.code || got.Get("state") != "s" || got.Get("iss") != s.URL {
				t.Errorf("the app is told %v, want %s", got, bad.code)
			}
		})
	}
}

func TestHeadersOfEveryPage(t *testing.T) {
	s := kit.Start(t)
	for _, path := range []string{"/login", "/signup", "/forgotPassword", "/nowhere", "/login?lang=xx&lang=yy"} {
		page := kit.NewClient().WithoutRedirects().Open(t, s.URL+path)
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		} {
			if got := page.Header.Get(header); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		if strings.Contains(page.Header.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: the policy allows what is unsafe", path)
		}
	}
}
