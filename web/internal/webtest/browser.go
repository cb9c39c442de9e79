package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Browser keeps cookies and follows redirects within the server, as a person's
// browser does; it stops where it would leave.
type Browser struct {
	h       *House
	client  *http.Client
	base    string
	Address string      // socket address of its requests
	Send    http.Header // headers of every request
}

// Browser opens a new browser.
func (h *House) Browser() *Browser {
	h.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	b := &Browser{h: h, base: h.Server.PublicURL, Address: "192.0.2.7:40000", Send: http.Header{
		"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}, "Accept": {"text/html"},
	}}
	b.client = &http.Client{Jar: jar, Transport: b, CheckRedirect: b.stays}
	return b
}

// At opens the pages of another host of the server: a pool's domain.
func (b *Browser) At(origin string) *Browser {
	b.base = origin
	return b
}

// stays follows a redirect only to the server itself.
func (b *Browser) stays(req *http.Request, via []*http.Request) error {
	if len(via) > 8 {
		b.h.Fatalf("redirected in a circle: %s", req.URL)
	}
	if !strings.HasPrefix(req.URL.String(), b.base+"/") {
		return http.ErrUseLastResponse
	}
	return nil
}

// RoundTrip hands a request to the server without a socket.
func (b *Browser) RoundTrip(req *http.Request) (*http.Response, error) {
	served := req.Clone(req.Context())
	served.RemoteAddr, served.RequestURI, served.Host = b.Address, req.URL.RequestURI(), req.URL.Host
	if served.Body == nil {
		served.Body = http.NoBody
	}
	for name, values := range b.Send {
		served.Header[name] = values
	}
	rec := httptest.NewRecorder()
	b.h.Server.ServeHTTP(rec, served)
	answer := rec.Result()
	answer.Request = req
	return answer, nil
}

// Without makes the browser refuse cookies from now on.
func (b *Browser) Without() *Browser {
	b.client.Jar = nil
	return b
}

// Cookies answers the browser's cookies by name.
func (b *Browser) Cookies() map[string]string {
	all := map[string]string{}
	at, err := url.Parse(b.base)
	b.h.must(err)
	for _, c := range b.client.Jar.Cookies(at) {
		all[c.Name] = c.Value
	}
	return all
}

// SetCookie plants a cookie.
func (b *Browser) SetCookie(name, value string) {
	at, err := url.Parse(b.base)
	b.h.must(err)
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: at.Scheme == "https"}})
}

// Get opens a path.
func (b *Browser) Get(path string) *Answer {
	b.h.Helper()
	req, err := http.NewRequest(http.MethodGet, b.at(path), nil)
	b.h.must(err)
	return b.do(req)
}

// Post sends a form as it is, without a page before it.
func (b *Browser) Post(path string, fields url.Values) *Answer {
	b.h.Helper()
	req, err := http.NewRequest(http.MethodPost, b.at(path), strings.NewReader(fields.Encode()))
	b.h.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a := b.do(req)
	// The second post of an answer from another site is led on by a page.
	if to, ok := strings.CutPrefix(a.Header.Get("Refresh"), "0; url=/"); ok && req.URL.Query().Has("hop") {
		return b.Get("/" + to)
	}
	return a
}

// Do sends a request of the test's own making.
func (b *Browser) Do(req *http.Request) *Answer {
	b.h.Helper()
	return b.do(req)
}

func (b *Browser) at(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return b.base + path
}

func (b *Browser) do(req *http.Request) *Answer {
	b.h.Helper()
	answer, err := b.client.Do(req)
	b.h.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	b.h.must(err)
	a := &Answer{b: b, Status: answer.StatusCode, Header: answer.Header, Body: string(body), URL: answer.Request.URL}
	if a.Doc, err = goquery.NewDocumentFromReader(strings.NewReader(a.Body)); err != nil {
		b.h.Fatal(err)
	}
	return a
}

// SignIn opens the sign-in page and signs in.
func (b *Browser) SignIn(name, password string) *Answer {
	b.h.Helper()
	return b.Get("/login").Submit("username", name, "password", password)
}

// SignInTo brings an app's request and signs in.
func (b *Browser) SignInTo(authorize, name, password string) *Answer {
	b.h.Helper()
	return b.Get(authorize).Submit("username", name, "password", password)
}

// Forget makes the browser lose a cookie.
func (b *Browser) Forget(name string) {
	at, err := url.Parse(b.base)
	b.h.must(err)
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Path: "/", MaxAge: -1, Secure: at.Scheme == "https"}})
}

// Once opens a path, or an absolute URL, and follows no redirect.
func (b *Browser) Once(path string) *http.Response {
	b.h.Helper()
	req := httptest.NewRequest(http.MethodGet, b.base+"/", nil)
	if target, query, _ := strings.Cut(path, "?"); strings.HasPrefix(target, "/") {
		req.URL.Path, req.URL.RawPath, req.URL.RawQuery = target, target, query
		if plain, err := url.PathUnescape(target); err == nil {
			req.URL.Path = plain
		}
	}
	for name, value := range b.Cookies() {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return b.h.Do(req)
}
