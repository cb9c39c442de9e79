// Package theme turns the few values a pool sets into the custom properties
// all pages are drawn with, and computes whether every pair of colours that
// meets on a page can be told apart (WCAG 2.2 §1.4.3, §1.4.11).
package theme

import (
	"fmt"
	"strings"
)

// Theme is how pages look. The empty string, and a nil Radius, keep the
// default. Colours are #rrggbb.
type Theme struct {
	Primary, PrimaryDark       string // buttons and links
	Background, BackgroundDark string // page
	Surface, SurfaceDark       string // card
	Text, TextDark             string
	Radius                     *int   // px, 0-32
	FontStack                  string // CSS font-family list of installed fonts
	BackgroundImage            string // path on this server
}

// Over answers t with the values that upper sets: a client's theme over its pool's.
func (t Theme) Over(upper Theme) Theme {
	for _, f := range []struct{ to, from *string }{
		{&t.Primary, &upper.Primary}, {&t.PrimaryDark, &upper.PrimaryDark},
		{&t.Background, &upper.Background}, {&t.BackgroundDark, &upper.BackgroundDark},
		{&t.Surface, &upper.Surface}, {&t.SurfaceDark, &upper.SurfaceDark},
		{&t.Text, &upper.Text}, {&t.TextDark, &upper.TextDark},
		{&t.FontStack, &upper.FontStack}, {&t.BackgroundImage, &upper.BackgroundImage},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if upper.Radius != nil {
		t.Radius = upper.Radius
	}
	return t
}

// Zero says that nothing is set, so that no stylesheet is needed.
func (t Theme) Zero() bool { return t == Theme{} }

// OnPrimary answers the colour of words on a primary button in the light:
// black or white, whichever is read more easily. Mails use it too.
func (t Theme) OnPrimary() string {
	return light.with(t.Primary, t.Background, t.Surface, t.Text).onPrimary().String()
}

// PrimaryColour answers the colour of buttons in the light.
func (t Theme) PrimaryColour() string {
	return light.with(t.Primary, "", "", "").primary.String()
}

// CSS answers the stylesheet that follows app.css. A value that is not valid
// is left out, so that nothing a pool sets can become another rule; Check
// says which.
func (t Theme) CSS() string {
	day := light.with(t.Primary, t.Background, t.Surface, t.Text).css()
	night := dark.with(t.PrimaryDark, t.BackgroundDark, t.SurfaceDark, t.TextDark).css()
	return fmt.Sprintf(":root{%s%s}\n@media(prefers-color-scheme:dark){:root:not([data-theme=light]){%s}}\n:root[data-theme=dark]{%s}\n",
		t.shape(), day, night, night)
}

// shape is what does not change in the dark.
func (t Theme) shape() string {
	var b strings.Builder
	if t.Radius != nil && validRadius(*t.Radius) {
		fmt.Fprintf(&b, "--radius:%dpx;", *t.Radius)
	}
	if t.FontStack != "" && validFont(t.FontStack) {
		fmt.Fprintf(&b, "--font:%s;", t.FontStack)
	}
	if t.BackgroundImage != "" && validPath(t.BackgroundImage) {
		fmt.Fprintf(&b, "--backdrop:url(%q) center/cover no-repeat fixed;", t.BackgroundImage)
	}
	return b.String()
}
