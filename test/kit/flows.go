package kit

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Follow opens the first link whose address leads to the path. Pages may say
// what they like in any language; where they lead is what counts.
func (p *Page) Follow(path string) (*Page, error) {
	var to *url.URL
	p.Doc.Find("a[href]").EachWithBreak(func(_ int, a *goquery.Selection) bool {
		u, err := p.URL.Parse(a.AttrOr("href", ""))
		if err == nil && strings.HasSuffix(u.Path, path) {
			to = u
		}
		return to == nil
	})
	if to == nil {
		return nil, fmt.Errorf("%s (%d) has no link to %s:\n%s", p.URL, p.Status, path, p.Text())
	}
	return p.client.Get(to.String())
}

// SignIn begins at an address that asks for a sign-in and goes on with name and
// password. It answers where that ended.
func (c *Client) SignIn(begin, name, password string) (*Page, error) {
	page, err := c.Get(begin)
	if err != nil {
		return nil, err
	}
	if !page.Has("password") {
		return nil, fmt.Errorf("%s (%d) does not ask for a password:\n%s", page.URL, page.Status, page.Text())
	}
	return page.Send(Fields{"username": name, "password": password})
}

// SignUp begins at an address that asks for a sign-in and creates an account
// instead. It answers the page that asks for the code.
func (c *Client) SignUp(begin, name, password string) (*Page, error) {
	page, err := c.Get(begin)
	if err != nil {
		return nil, err
	}
	if page, err = page.Follow("/signup"); err != nil {
		return nil, err
	}
	if page, err = page.Send(Fields{"username": name, "password": password}); err != nil {
		return nil, err
	}
	if !page.Has("code") {
		return nil, fmt.Errorf("after sign-up %s (%d) does not ask for a code:\n%s", page.URL, page.Status, page.Text())
	}
	return page, nil
}

// Register signs a new person up, takes the code from the mail, and answers the
// page where that ended.
func (s *Server) Register(t testing.TB, c *Client, begin, name, password string) *Page {
	t.Helper()
	page, err := c.SignUp(begin, name, password)
	if err != nil {
		t.Fatal(err)
	}
	return page.Submit(t, Fields{"code": s.Mail(t, name, 1).Code(t)})
}

// Refusal is an OAuth error answer.
type Refusal struct {
	Status      int
	Code        string
	Description string
}

// Error says what was refused.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Description)
}

// Refused answers the OAuth error code of err, or "".
func Refused(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

// WithoutRedirects answers a client that stops at the first redirect, to look at it.
func (c *Client) WithoutRedirects() *Client {
	copied := *c.HTTP
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{HTTP: &copied}
}
