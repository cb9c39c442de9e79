package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"poolhouse.dev/assets"
	"poolhouse.dev/views/email"
	"poolhouse.dev/views/theme"
)

// each renders every page in every look.
func each(t *testing.T, check func(t *testing.T, l look, raw []byte, d *goquery.Document)) {
	for _, l := range looks() {
		for _, s := range shots() {
			t.Run(l.file(s), func(t *testing.T) {
				var b bytes.Buffer
				if err := s.render(l.page(s)).Render(context.Background(), &b); err != nil {
					t.Fatal(err)
				}
				d, err := goquery.NewDocumentFromReader(bytes.NewReader(b.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				check(t, l, b.Bytes(), d)
			})
		}
	}
}

func TestEveryPageIsWellMade(t *testing.T) {
	each(t, func(t *testing.T, l look, raw []byte, d *goquery.Document) {
		for selector, n := range map[string]int{
			"h1": 1, "main": 1, "html[lang]": 1, "title": 1, "meta[name=viewport]": 1,
			"style": 0, "[style]": 0, "script:not([src])": 0, "iframe": 0, "[onclick], [onsubmit], [onpaste]": 0, "input[type=number]": 0,
			"form:not([method=post])": 0, "input[placeholder]": 0, "button:not([type])": 0, "a:not([href])": 0, "[tabindex]:not([tabindex='0']):not([tabindex='-1'])": 0,
		} {
			if got := d.Find(selector).Length(); got != n {
				t.Errorf("%d × %s, want %d", got, selector, n)
			}
		}
		labelled(t, d)
		references(t, d)
	})
}

// labelled fails for inputs without a visible label above them.
func labelled(t *testing.T, d *goquery.Document) {
	d.Find("input:not([type=hidden]):not([aria-hidden])").Each(func(_ int, input *goquery.Selection) {
		id, _ := input.Attr("id")
		if strings.TrimSpace(d.Find("label[for='"+id+"']").Text()) == "" {
			t.Errorf("no label for %q", id)
		}
	})
	d.Find("button, a").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("aria-label", "")+strings.TrimSpace(s.Text()) == "" {
			t.Error("a button or link without a name")
		}
	})
}

// references fails for ids that are missing or given twice.
func references(t *testing.T, d *goquery.Document) {
	ids := map[string]int{}
	d.Find("[id]").Each(func(_ int, s *goquery.Selection) { ids[s.AttrOr("id", "")]++ })
	for id, n := range ids {
		if n > 1 || id == "" {
			t.Errorf("id %q is there %d times", id, n)
		}
	}
	for _, attribute := range []string{"aria-describedby", "aria-labelledby", "aria-controls", "for", "data-caps", "data-strength"} {
		d.Find("[" + attribute + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attribute, "")) {
				if ids[id] == 0 {
					t.Errorf("%s names %q, which is not there", attribute, id)
				}
			}
		})
	}
	d.Find("#errors a").Each(func(_ int, s *goquery.Selection) {
		if ids[strings.TrimPrefix(s.AttrOr("href", ""), "#")] == 0 {
			t.Errorf("the summary leads to %s, which is not there", s.AttrOr("href", ""))
		}
	})
}

var unfilled = regexp.MustCompile(`\b(page|form|wait|identifier|attribute|hint|password|strength|required|error|notice|code|signin|choose|signup|confirm|forgot|reset|newpassword|signedout|signout|link|failure|cookies|toomany|busy|home|autopost|account|setup|mailbox|demo|way|step|passkey|enrol|backup|upgrade|puzzle|provider|hop|trial)\.[a-z]+_?[a-z]*\b|<no value>|{{|\x{fffc}`)

// words finds what is shown or read out.
var words = regexp.MustCompile(`(?:>|aria-label="|alt="|data-[a-z-]+=")([^<>"]+)`)

func TestNoPageShowsAnIDOrAHole(t *testing.T) {
	each(t, func(t *testing.T, l look, raw []byte, d *goquery.Document) {
		for _, piece := range words.FindAllSubmatch(raw, -1) {
			if found := unfilled.Find(piece[1]); found != nil {
				t.Errorf("it says %q", found)
			}
		}
	})
}

// Translated pages hold no English sentence that was forgotten.
func TestArabicPagesAreArabic(t *testing.T) {
	latin := regexp.MustCompile(`[A-Za-z]{3,}( [A-Za-z]{2,}){3,}`)
	each(t, func(t *testing.T, l look, raw []byte, d *goquery.Document) {
		if l.lang != "ar" || l.theme != "plain" {
			return
		}
		d.Find("pre, bdi, code, dd, .detail, [lang=en], table").Remove()
		if found := latin.FindString(d.Find("body").Text()); found != "" {
			t.Errorf("it says %q", found)
		}
	})
}

func TestTheSignInPageIsLight(t *testing.T) {
	l := looks()[0]
	for _, s := range shots() {
		if s.name != "signin" {
			continue
		}
		p := l.page(s)
		p.Assets = assets.URL
		var b bytes.Buffer
		if err := s.render(p).Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		total, requests := b.Len(), 1
		for _, name := range []string{"app.css", "app.js"} {
			f, _ := assets.Lookup(filepath.Base(assets.URL(name)))
			total, requests = total+len(f.Gzip()), requests+1
		}
		if total > 30<<10 || requests > 3 {
			t.Errorf("%d bytes in %d requests, the budget is 30 KB in 3", total, requests)
		}
	}
}

func TestTheStylesheetBeginsWithTheDefaultTheme(t *testing.T) {
	css, err := os.ReadFile("../../assets/css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(css), theme.Theme{}.CSS()) {
		t.Errorf("app.css differs from views/theme; put this at its head:\n%s", theme.Theme{}.CSS())
	}
}

func TestTheOtherThemeMayBeUsed(t *testing.T) {
	if problems := sand.Check(); problems != nil {
		t.Error(problems)
	}
}

func TestTheGalleryIsWritten(t *testing.T) {
	out := t.TempDir()
	n, err := build(out)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(looks())*len(shots()) + len(assets.Catalogues().Languages())*len(mails()); n != want {
		t.Errorf("%d pages, want %d", n, want)
	}
	for _, name := range []string{"index.html", "assets/app.css", "assets/sand.css", "plain-light-en/signin.html", "mail/ar-sign_up.html", "mail/de-sign_up.txt"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryKindOfMessageIsShown(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range mails() {
		seen[m.Kind] = true
	}
	for _, kind := range []string{email.SignUp, email.ResendCode, email.ForgotPassword, email.AdminCreateUser, email.AttributeChange, email.AccountExists, email.PasswordChanged, email.AddressChanged, email.UserDeleted} {
		if !seen[kind] {
			t.Errorf("%s is not in the gallery", kind)
		}
	}
}
