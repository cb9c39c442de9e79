package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// output is what a running program writes; it may be read meanwhile.
type output struct {
	sync.Mutex
	bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.Lock()
	defer o.Unlock()
	return o.Buffer.Write(p)
}

func (o *output) String() string {
	o.Lock()
	defer o.Unlock()
	return o.Buffer.String()
}

// startDev runs `poolhouse dev` in this process and answers the demo app's URL.
func startDev(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := &output{}, make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"dev", "--listen", "127.0.0.1:0", "--demo-listen", "127.0.0.1:0", "--pretend-listen", "127.0.0.1:0"}, nil, strings.NewReader(""), out, out)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("dev ended with %v", err)
		}
	})
	demo := regexp.MustCompile(`Demo app +(http://[\d.:]+)/`)
	for range 500 {
		if found := demo.FindStringSubmatch(out.String()); found != nil {
			return found[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("dev did not start:\n%s", out.String())
	return ""
}

// visitor is a person with a browser.
type visitor struct {
	*testing.T
	client *http.Client
	at     *url.URL
	page   *goquery.Document
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{T: t, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

func (v *visitor) open(address string) {
	v.Helper()
	res, err := v.client.Get(address)
	v.look(res, err)
}

func (v *visitor) look(res *http.Response, err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	v.at = res.Request.URL
	if v.page, err = goquery.NewDocumentFromReader(bytes.NewReader(body)); err != nil {
		v.Fatal(err)
	}
}

// send fills in and sends the first form that holds all the fields named.
func (v *visitor) send(fields map[string]string) {
	v.Helper()
	form := v.page.Find("form").FilterFunction(func(_ int, f *goquery.Selection) bool {
		for name := range fields {
			if f.Find(`[name="`+name+`"]`).Length() == 0 {
				return false
			}
		}
		return f.AttrOr("method", "") == "post"
	}).First()
	if form.Length() == 0 {
		v.Fatalf("%s has no form with %v", v.at, fields)
	}
	values := url.Values{}
	form.Find("input").Each(func(_ int, in *goquery.Selection) { values.Set(in.AttrOr("name", ""), in.AttrOr("value", "")) })
	for name, value := range fields {
		values.Set(name, value)
	}
	action, err := v.at.Parse(form.AttrOr("action", ""))
	if err != nil {
		v.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, action.String(), strings.NewReader(values.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", action.Scheme+"://"+action.Host)
	res, err := v.client.Do(req)
	v.look(res, err)
}

// follow follows the link whose words hold the text.
func (v *visitor) follow(text string) {
	v.Helper()
	link := v.page.Find("a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.Contains(a.Text(), text) }).First()
	to, err := v.at.Parse(link.AttrOr("href", ""))
	if err != nil || link.Length() == 0 {
		v.Fatalf("%s has no link %q", v.at, text)
	}
	v.open(to.String())
}

func (v *visitor) sees(text string) {
	v.Helper()
	if got := v.page.Find("body").Text(); !strings.Contains(got, text) {
		v.Fatalf("%s does not show %q:\n%s", v.at, text, strings.Join(strings.Fields(got), " "))
	}
}

// claim answers a claim's value in the token shown under a heading.
func (v *visitor) claim(token, name string) string {
	section := v.page.Find("section").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("h2").First().Text() == token })
	row := section.Find("tr").FilterFunction(func(_ int, r *goquery.Selection) bool { return r.Find("th code").Text() == name })
	return row.Find("td code").Text()
}

func TestTheDemoSignsInRefreshesAndSignsOut(t *testing.T) {
	demo := startDev(t)
	v := newVisitor(t)
	v.open(demo + "/start")
	v.send(map[string]string{"username": demoUser, "password": "wrong"})
	v.sees("does not match")
	v.send(map[string]string{"username": demoUser, "password": demoPassword})
	v.sees("Ann Example")
	if got := v.claim("ID token", "email"); got != demoUser {
		t.Errorf("the ID token's email is %q", got)
	}
	if got := v.claim("Access token", "cognito:groups"); got != `["staff"]` {
		t.Errorf("the access token's groups are %q", got)
	}
	before := v.claim("Access token", "jti")
	v.send(nil)
	if after := v.claim("Access token", "jti"); after == before || after == "" {
		t.Errorf("refreshing took the access token from %q to %q", before, after)
	}
	v.open(demo + "/sign-out")
	v.open(demo + "/start")
	if v.at.Path != "/login" {
		t.Errorf("after signing out the demo is let in again, to %s", v.at)
	}
}

func TestANewcomerSignsUpWithTheCodeInTheMailbox(t *testing.T) {
	demo := startDev(t)
	v, mail := newVisitor(t), newVisitor(t)
	v.open(demo + "/start")
	v.follow("Sign up")
	v.send(map[string]string{"username": "ben@example.test", "password": "ladders and apples"})
	v.sees("b***@e***.test")
	code := mail.code(demo)
	v.send(map[string]string{"code": code})
	v.sees("ben@example.test")
	if got := v.claim("ID token", "email_verified"); got != "true" {
		t.Errorf("email_verified is %q", got)
	}
	mail.open(demo + "/mailbox")
	mail.follow("Confirm your account")
	mail.sees(code)
}

// code waits for the newest code in the mailbox.
func (v *visitor) code(demo string) string {
	v.Helper()
	for range 300 {
		v.open(demo + "/mailbox")
		if code := v.page.Find("code").First().Text(); len(code) == 6 {
			return code
		}
		time.Sleep(20 * time.Millisecond)
	}
	v.Fatal("no code came")
	return ""
}

func TestTheDemoTakesNoAnswerThatAnotherBrowserBegan(t *testing.T) {
	demo := startDev(t)
	ann, other := newVisitor(t), newVisitor(t)
	ann.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := ann.client.Get(demo + "/start")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	other.open(demo + "/callback?code=x&state=" + url.QueryEscape(to.Query().Get("state")))
	other.sees("invalid_state")
}
