package oauth

import (
	"regexp"
	"strings"
	"testing"
)

// The spellings by which redirect checks elsewhere were fooled. None is the registered one.
var redirectSpellings = []string{
	"https://app.example.test/callback/", "https://app.example.test/callback?", "https://app.example.test/callback#",
	"https://app.example.test/callback?code=evil", "https://app.example.test/callback#code=evil", "https://app.example.test/callback/x",
	"https://app.example.test/Callback", "https://APP.example.test/callback", "HTTPS://app.example.test/callback",
	"http://app.example.test/callback", "//app.example.test/callback", "https:app.example.test/callback",
	"https://app.example.test:443/callback", "https://app.example.test:8443/callback", "https://app.example.test./callback",
	"https://app.example.test.evil.test/callback", "https://evil.test/https://app.example.test/callback",
	"https://evil.test?https://app.example.test/callback", "https://evil.test#https://app.example.test/callback",
	"https://evil.test\\@app.example.test/callback", "https://app.example.test@evil.test/callback",
	"https://app.example.test:pw@evil.test/callback", "https://user@app.example.test/callback",
	"https://a@b@app.example.test/callback", "https://sub.app.example.test/callback", "https://xapp.example.test/callback",
	"https://app.example.test\\callback", "https://app.example.test/\\callback", "https://app.example.test//callback",
	"https://app.example.test/./callback", "https://app.example.test/x/../callback", "https://app.example.test/x/..;/callback",
	"https://app.example.test/callback/..", "https://app.example.test/callback/%2e%2e/", "https://app.example.test/%63allback",
	"https://app.example.test%2fcallback", "https://app.example.test/callback%00", "https://app.example.test/callback\x00",
	"https://app.example.test/callback ", " https://app.example.test/callback", "https://app.example.test/callback\n",
	"https://app.example.test/\tcallback", "https://app.example.test/callback%0d%0a", "https://аpp.example.test/callback",
	"https://app。example.test/callback", "https://app.example.test/callback;x", "javascript:alert(1)",
	"data:text/html,x", "", "callback", "/callback", "*", "https://*.example.test/callback", "https://app.example.test/callbac",
	// around the loopback rule of RFC 8252 §7.3
	"http://127.0.0.1:0/cb", "http://127.0.0.1:65536/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:08080/cb", "http://127.0.0.1:1234/cb/",
	"http://127.0.0.1:1234/other", "http://127.0.0.1:1234", "http://127.0.0.1:80@evil.test/cb", "http://127.0.0.1.evil.test/cb",
	"http://127.0.0.1:1234.evil.test/cb", "http://127.0.0.1:12a4/cb", "http://127.0.0.1:+1234/cb", "http://127.1:1234/cb",
	"http://127.0.0.2:1234/cb", "http://0.0.0.0:1234/cb", "http://2130706433:1234/cb", "http://localhost:1234/cb",
	"http://localhost.evil.test/cb", "https://127.0.0.1:1234/cb", "http://user@127.0.0.1:1234/cb", "http://127.0.0.1:1234/cb?x",
	"http://127.0.0.1:1234/cb#x", "http://[::1]:1234/cb2", "http://[::1]evil.test/cb", "http://[::2]:1234/cb",
	"http://[0:0:0:0:0:0:0:1]:1234/cb", "http://[::1%25lo]:1234/cb", "com.example.app:/done/", "com.example.app://done",
}

func TestRedirectURISpellings(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	for _, uri := range redirectSpellings {
		q := request(web)
		q.Set("redirect_uri", uri)
		if d := k.ask(q, AuthorizeState{Auth: ann}); d.Page == nil || d.Answer != nil {
			t.Errorf("%q: answered %s", uri, decision(d))
		}
	}
	if len(redirectSpellings) < 40 {
		t.Error("the list has shrunk")
	}
}

func TestRedirectURIsThatAreTaken(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	for _, uri := range []string{
		callback, "com.example.app:/done", "http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb",
		"http://[::1]/cb", "http://[::1]:8080/cb", "http://[::1]:9999/cb",
	} {
		d := k.ask(request(web, "redirect_uri", uri), AuthorizeState{Auth: ann})
		if d.Answer == nil || d.Answer.RedirectURI != uri || !strings.HasPrefix(d.Answer.URL(), uri+"?") {
			t.Errorf("%q: answered %s", uri, decision(d))
		}
	}
}

func TestOnlyLoopbackHasAFreePort(t *testing.T) {
	for uri, given := range map[string]string{
		"http://127.0.0.1.evil.test/cb": "http://127.0.0.1:80.evil.test/cb",
		"http://127.0.0.1@evil.test/cb": "http://127.0.0.1:80@evil.test/cb",
		"http://localhost/cb":           "http://localhost:1234/cb",
		"https://127.0.0.1/cb":          "https://127.0.0.1:1234/cb",
		"http://127.0.0.1/cb":           "http://[::1]/cb",
	} {
		if registered([]string{uri}, given) {
			t.Errorf("%q is taken for %q", given, uri)
		}
	}
}

// FuzzRedirect: only an equal string, or an http URI of the same literal
// loopback address that differs in a valid port, is taken.
func FuzzRedirect(f *testing.F) {
	for _, uri := range redirectSpellings {
		f.Add("http://127.0.0.1/cb", uri)
	}
	f.Add(callback, callback)
	f.Add("http://[::1]:1/cb?x=y", "http://[::1]:2/cb?x=y")
	f.Fuzz(func(t *testing.T, uri, given string) {
		if !registered([]string{uri}, given) || uri == given {
			return
		}
		a, b := loopback.FindStringSubmatch(uri), loopback.FindStringSubmatch(given)
		if a == nil || b == nil || a[1] != b[1] || a[2] != b[2] {
			t.Errorf("%q is taken for %q", given, uri)
		}
	})
}

var loopback = regexp.MustCompile(`(?s)^http://(127\.0\.0\.1|\[::1\])(?::[1-9][0-9]{0,4})?((?:[/?].*)?)$`)
