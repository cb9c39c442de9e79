package kit

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// Client is a person with a browser that knows no script: it keeps cookies,
// follows redirects, and fills in the forms of the page it sees.
type Client struct {
	HTTP *http.Client
}

// NewClient answers a person nobody has seen before.
func NewClient() *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // cookiejar.New has no error to give
	}
	return &Client{HTTP: &http.Client{Jar: jar, Timeout: Patience}}
}

// NewClientFrom is NewClient for a person at another place.
func NewClientFrom(address string) *Client {
	c := NewClient()
	c.Travel(address)
	return c
}

// Travel takes the person to another place: from now on connections come from
// that address of this machine, such as 127.0.0.2.
func (c *Client) Travel(address string) {
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: Patience}
	// localhost may mean the other kind of address, which cannot come from there.
	c.HTTP.Transport = &http.Transport{DialContext: func(ctx context.Context, _, to string) (net.Conn, error) {
		return from.DialContext(ctx, "tcp4", to)
	}}
}

// ForgetSession drops the cookie of the session at the server alone, as
// Browser.ForgetSession does.
func (c *Client) ForgetSession(t testing.TB, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range c.HTTP.Jar.Cookies(u) {
		if strings.HasSuffix(cookie.Name, "ph_session") {
			c.HTTP.Jar.SetCookies(u, []*http.Cookie{{Name: cookie.Name, Path: "/", MaxAge: -1}})
		}
	}
}

// Page is an answer, read.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
	Doc    *goquery.Document
	client *Client
}

// Open gets a page.
func (c *Client) Open(t testing.TB, address string) *Page {
	t.Helper()
	p, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Get is Open for goroutines.
func (c *Client) Get(address string) (*Page, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return c.do(req)
}

// do sends a request as browsers do: they take pages rather than data.
func (c *Client) do(req *http.Request) (*Page, error) {
	req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	return c.read(res)
}

// Post sends values as a form.
func (c *Client) Post(address string, values url.Values) (*Page, error) {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", u.Scheme+"://"+u.Host) // browsers always say where a form comes from
	return c.do(req)
}

func (c *Client) read(res *http.Response) (*Page, error) {
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	return &Page{URL: res.Request.URL, Status: res.StatusCode, Header: res.Header, Body: string(body), Doc: doc, client: c}, nil
}

// Fields are what a person types, by field name.
type Fields map[string]string

// Submit fills in the form that has every field named and sends it, hidden
// fields included.
func (p *Page) Submit(t testing.TB, fields Fields) *Page {
	t.Helper()
	next, err := p.Send(fields)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// SubmitIn is Submit for the first form that the selector finds.
func (p *Page) SubmitIn(t testing.TB, selector string, fields Fields) *Page {
	t.Helper()
	form := p.Doc.Find(selector).First()
	if !form.Is("form") {
		t.Fatalf("%s has no form %s:\n%s", p.URL, selector, p.Text())
	}
	next, err := p.send(form, fields)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// Send is Submit for goroutines.
func (p *Page) Send(fields Fields) (*Page, error) {
	form := p.formWith(fields)
	if form == nil {
		return nil, fmt.Errorf("%s (%d) has no form with the fields %v:\n%s", p.URL, p.Status, fields, p.Text())
	}
	return p.send(form, fields)
}

// Press sends the form whose button carries the text.
func (p *Page) Press(t testing.TB, text string) *Page {
	t.Helper()
	form := p.Doc.Find("form").FilterFunction(func(_ int, f *goquery.Selection) bool {
		return strings.Contains(f.Find("button").Text(), text)
	}).First()
	if form.Length() == 0 {
		t.Fatalf("%s has no button %q:\n%s", p.URL, text, p.Text())
	}
	next, err := p.send(form, nil)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// formWith finds the form with every field; without fields, the first that is posted.
func (p *Page) formWith(fields Fields) *goquery.Selection {
	found := p.Doc.Find("form").FilterFunction(func(_ int, f *goquery.Selection) bool {
		for name := range fields {
			if f.Find(`[name="`+name+`"]`).Length() == 0 {
				return false
			}
		}
		method, _ := f.Attr("method")
		return strings.EqualFold(method, "post")
	})
	if found.Length() == 0 {
		return nil
	}
	return found.First()
}

func (p *Page) send(form *goquery.Selection, fields Fields) (*Page, error) {
	values := url.Values{}
	form.Find("input, textarea, select").Each(func(_ int, in *goquery.Selection) {
		kind, _ := in.Attr("type")
		name, named := in.Attr("name")
		_, checked := in.Attr("checked")
		if named && ((kind != "checkbox" && kind != "radio") || checked) {
			values.Set(name, in.AttrOr("value", ""))
		}
	})
	for name, value := range fields {
		values.Set(name, value)
	}
	action, err := p.URL.Parse(form.AttrOr("action", ""))
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(form.AttrOr("method", "get"), "post") {
		action.RawQuery = values.Encode()
		return p.client.Get(action.String())
	}
	return p.client.Post(action.String(), values)
}

// Click follows the link that carries the text.
func (p *Page) Click(t testing.TB, text string) *Page {
	t.Helper()
	link := p.Doc.Find("a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.Contains(a.Text(), text) }).First()
	href, ok := link.Attr("href")
	if !ok {
		t.Fatalf("%s has no link %q:\n%s", p.URL, text, p.Text())
	}
	to, err := p.URL.Parse(href)
	if err != nil {
		t.Fatal(err)
	}
	return p.client.Open(t, to.String())
}

// Has says that the page has a field of that name.
func (p *Page) Has(field string) bool { return p.Doc.Find(`[name="`+field+`"]`).Length() > 0 }

// Value answers what a field holds.
func (p *Page) Value(field string) string {
	return p.Doc.Find(`[name="`+field+`"]`).First().AttrOr("value", "")
}

// Title answers the page's title.
func (p *Page) Title() string { return strings.TrimSpace(p.Doc.Find("title").Text()) }

// Text answers what a person reads: the words of the main part.
func (p *Page) Text() string {
	main := p.Doc.Find("main")
	if main.Length() == 0 {
		main = p.Doc.Find("body")
	}
	return strings.Join(strings.Fields(main.Text()), " ")
}

// Want fails unless the page has the status and its text holds every phrase.
func (p *Page) Want(t testing.TB, status int, phrases ...string) *Page {
	t.Helper()
	if p.Status != status {
		t.Fatalf("%s: status %d, want %d:\n%s", p.URL, p.Status, status, p.Text())
	}
	for _, phrase := range phrases {
		if !strings.Contains(p.Text()+p.Title(), phrase) {
			t.Fatalf("%s does not say %q:\n%s", p.URL, phrase, p.Text())
		}
	}
	return p
}

// Fast answers a client that gives up soon, for servers that may be dead.
func (c *Client) Fast(limit time.Duration) *Client {
	c.HTTP.Timeout = limit
	return c
}
