package pages

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// look is a way to see a page.
type look struct {
	name          string
	width, height int64
	scheme        string
}

var looks = []look{
	{"light", 1280, 900, "light"},
	{"dark", 1280, 900, "dark"},
	{"phone", 320, 700, "light"},
	{"phone-dark", 320, 700, "dark"},
}

// Pictures of the pages go to bin/screens. On the narrowest phone nothing
// reaches over the edge.
func TestLooks(t *testing.T) {
	s, b := start(t)
	b.Expect("status of 404")
	c := kit.NewClient()
	login := c.Open(t, s.App.URL+"/start").URL.String()
	for _, language := range []string{"en", "de", "ar"} {
		for name, address := range map[string]string{
			"sign-in": login + "&lang=" + language,
			"sign-up": s.URL + "/signup?lang=" + language,
			"forgot":  s.URL + "/forgotPassword?lang=" + language,
			"failure": s.URL + "/nowhere?lang=" + language,
		} {
			for _, l := range looks {
				b.Look(t, l.width, l.height, l.scheme)
				b.Open(t, address)
				fits(t, b, fmt.Sprintf("%s-%s-%s", name, language, l.name), l.width)
			}
		}
	}
}

func fits(t *testing.T, b *kit.Browser, name string, width int64) {
	t.Helper()
	b.Shot(t, name)
	if got := kit.Ask(t, b, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); got > width {
		t.Errorf("%s is %d pixels wide, more than %d", name, got, width)
	}
}

// Light and dark are two looks, and right-to-left is a third.
func TestSchemesDiffer(t *testing.T) {
	s, b := start(t)
	background := func(scheme string) string {
		t.Helper()
		b.Look(t, 1280, 900, scheme)
		b.Open(t, s.URL+"/login")
		return kit.Ask(t, b, chromedp.Evaluate[string](`getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color`))
	}
	if light, dark := background("light"), background("dark"); light == dark {
		t.Errorf("light and dark look the same: %s", light)
	}
	b.Open(t, s.URL+"/login?lang=ar")
	if dir := kit.Ask(t, b, chromedp.Evaluate[string](`getComputedStyle(document.body).direction`)); dir != "rtl" {
		t.Errorf("the Arabic page runs %s", dir)
	}
}

// Zoomed to 400 % on a desktop, text is still all there without moving sideways.
func TestZoom(t *testing.T) {
	s, b := start(t)
	b.Look(t, 320, 225, "light") // 1280 by 900 at 400 %
	for _, path := range []string{"/login", "/signup", "/forgotPassword"} {
		b.Open(t, s.URL+path)
		if got := kit.Ask(t, b, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); got > 320 {
			t.Errorf("%s is %d pixels wide", path, got)
		}
	}
}
