package webtest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Answer is what a browser shows.
type Answer struct {
	b      *Browser
	Status int
	Header http.Header
	Body   string
	URL    *url.URL // where the browser is now
	Doc    *goquery.Document
}

// Text answers what a person reads on the page.
func (a *Answer) Text() string {
	return strings.Join(strings.Fields(a.Doc.Find("title, body").Text()), " ")
}

// Says fails unless the page says so.
func (a *Answer) Says(text string) *Answer {
	a.b.h.Helper()
	if !strings.Contains(a.Text(), text) {
		a.b.h.Fatalf("%s (%d) says %q, want %q", a.URL, a.Status, a.Text(), text)
	}
	return a
}

// SaysNot fails if the page says so.
func (a *Answer) SaysNot(text string) *Answer {
	a.b.h.Helper()
	if strings.Contains(a.Text(), text) {
		a.b.h.Fatalf("%s (%d) says %q, want no %q", a.URL, a.Status, a.Text(), text)
	}
	return a
}

// Is fails unless the status is this.
func (a *Answer) Is(status int) *Answer {
	a.b.h.Helper()
	if a.Status != status {
		a.b.h.Fatalf("%s answers %d, want %d: %s", a.URL, a.Status, status, a.Text())
	}
	return a
}

// At fails unless the browser is at this path.
func (a *Answer) At(path string) *Answer {
	a.b.h.Helper()
	if a.URL.Path != path {
		a.b.h.Fatalf("at %s (%d: %s), want %s", a.URL, a.Status, a.Text(), path)
	}
	return a
}

// Lands fails unless the browser is sent to this place outside, and answers
// the parameters it carries there.
func (a *Answer) Lands(prefix string) url.Values {
	a.b.h.Helper()
	location := a.Header.Get("Location")
	if !strings.HasPrefix(location, prefix) {
		a.b.h.Fatalf("%s answers %d %q (%s), want a redirect to %s", a.URL, a.Status, location, a.Text(), prefix)
	}
	u, err := url.Parse(location)
	a.b.h.must(err)
	return u.Query()
}

// Has fails unless the header is this.
func (a *Answer) Has(name, value string) *Answer {
	a.b.h.Helper()
	if got := a.Header.Get(name); got != value {
		a.b.h.Fatalf("%s: %s is %q, want %q", a.URL, name, got, value)
	}
	return a
}

// Form answers the fields of the form that has a field of this name, and where it posts to.
func (a *Answer) Form(field string) (url.Values, string) {
	a.b.h.Helper()
	form := a.Doc.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return s.Find(`[name="`+field+`"]`).Length() > 0
	}).First()
	if form.Length() == 0 {
		a.b.h.Fatalf("%s (%d) has no form with %q: %s", a.URL, a.Status, field, a.Text())
	}
	return a.fieldsOf(form)
}

func (a *Answer) fieldsOf(form *goquery.Selection) (url.Values, string) {
	fields := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
		fields.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	return fields, a.resolve(form.AttrOr("action", a.URL.String()))
}

func (a *Answer) resolve(href string) string {
	to, err := a.URL.Parse(href)
	a.b.h.must(err)
	return to.String()
}

// Submit fills in the form that has the first of the named fields, and sends it.
func (a *Answer) Submit(pairs ...string) *Answer {
	a.b.h.Helper()
	fields, action := a.Form(pairs[0])
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	return a.b.Post(action, fields)
}

// Press sends the form whose action has this path, as it is.
func (a *Answer) Press(path string, pairs ...string) *Answer {
	a.b.h.Helper()
	form := a.Doc.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool {
		action, err := url.Parse(s.AttrOr("action", ""))
		return err == nil && action.Path == path
	}).First()
	if form.Length() == 0 {
		a.b.h.Fatalf("%s (%d) has no form to %s: %s", a.URL, a.Status, path, a.Text())
	}
	fields, action := a.fieldsOf(form)
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	return a.b.Post(action, fields)
}

// Follow follows the link with this text.
func (a *Answer) Follow(text string) *Answer {
	a.b.h.Helper()
	link := a.Doc.Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(s.Text(), text)
	}).First()
	href, ok := link.Attr("href")
	if !ok {
		a.b.h.Fatalf("%s (%d) has no link %q: %s", a.URL, a.Status, text, a.Text())
	}
	return a.b.Get(a.resolve(href))
}
