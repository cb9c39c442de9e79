// Package views_test reads the pages as a browser does: by selector.
package views_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"poolhouse.dev/assets"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

var (
	byEmail = form.Names{Email: true}
	rules   = form.Rules{MinLength: 8}
)

// frame answers what a page needs, in English.
func frame() layout.Page { return spoken("en") }

func spoken(lang string) layout.Page {
	words := assets.Catalogues().For(lang)
	p := layout.Page{
		Lang: words.Tag, Dir: words.Dir, T: words.T, Assets: assets.URL, AppName: "Notes", ReturnHost: "notes.example.test",
		FormToken: "form-token", Request: "sealed-request", RequestID: "7f3a",
	}
	for _, l := range assets.Catalogues().Languages() {
		p.Languages = append(p.Languages, layout.Language{Tag: l.Tag, Name: l.Name, Dir: l.Dir, Href: "?lang=" + l.Tag})
	}
	return p
}

func wrong(field, text string) layout.Page {
	p := frame()
	p.Errors = []layout.FieldError{{Field: field, Text: text}}
	return p
}

// doc is a rendered page.
type doc struct {
	*goquery.Document
	t *testing.T
}

func render(t *testing.T, page templ.Component) doc {
	t.Helper()
	var b bytes.Buffer
	if err := page.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	d, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return doc{d, t}
}

// has fails unless the selector matches n elements.
func (d doc) has(n int, selector string) {
	d.t.Helper()
	if got := d.Find(selector).Length(); got != n {
		d.t.Errorf("%d × %s, want %d", got, selector, n)
	}
}

// says fails unless the first match holds exactly these words.
func (d doc) says(selector, words string) {
	d.t.Helper()
	if got := strings.Join(strings.Fields(d.Find(selector).First().Text()), " "); got != words {
		d.t.Errorf("%s says %q, want %q", selector, got, words)
	}
}

// is fails unless the first match has this attribute.
func (d doc) is(selector, attribute, value string) {
	d.t.Helper()
	if got, ok := d.Find(selector).First().Attr(attribute); !ok || got != value {
		d.t.Errorf("%s has %s=%q, want %q", selector, attribute, got, value)
	}
}
