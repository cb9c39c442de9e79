package theme

import (
	"fmt"
	"strings"
)

// Problem is a value that cannot be used, or a pair of colours that cannot be
// told apart.
type Problem struct {
	Field string // the setting: "primary", "radius"
	Text  string // what is wrong, with the figure
}

// Check answers everything that is wrong with the theme, nil when it may be used.
func (t Theme) Check() []Problem {
	problems := t.checkValues()
	day := light.with(t.Primary, t.Background, t.Surface, t.Text)
	night := dark.with(t.PrimaryDark, t.BackgroundDark, t.SurfaceDark, t.TextDark)
	problems = append(problems, day.check("", "light")...)
	return append(problems, night.check("_dark", "dark")...)
}

// pair is two colours that meet on a page.
type pair struct {
	field  string
	what   string
	a, b   colour
	enough float64
}

// pairs lists what is set by hand. Derived colours are moved until they are
// readable, so they follow from text and surface.
func (p palette) pairs() []pair {
	return []pair{
		{"text", "text on the card", p.text, p.surface, 4.5},
		{"text", "text on the page", p.text, p.background, 4.5},
		{"text", "hints on the card", p.muted(), p.surface, 4.5},
		{"text", "hints on the page", p.muted(), p.background, 4.5},
		{"text", "borders of inputs on the card", p.control(), p.surface, 3},
		{"text", "error text on the card", p.tone(p.danger), p.surface, 4.5},
		{"text", "error text on its own ground", p.tone(p.danger), p.wash(p.danger), 4.5},
		{"text", "success text on its own ground", p.tone(p.good), p.wash(p.good), 4.5},
		{"text", "warning text on its own ground", p.tone(p.warn), p.wash(p.warn), 4.5},
		{"primary", "links on the card", p.primary, p.surface, 4.5},
		{"primary", "links on the page", p.primary, p.background, 4.5},
		{"primary", "words on buttons", p.onPrimary(), p.primary, 4.5},
		{"primary", "words on buttons under the pointer", p.onPrimary(), p.hover(), 4.5},
		{"primary", "the focus ring on the card", p.primary, p.surface, 3},
		{"primary", "the focus ring on the page", p.primary, p.background, 3},
	}
}

func (p palette) check(suffix, scheme string) []Problem {
	var problems []Problem
	for _, pair := range p.pairs() {
		if ratio := contrast(pair.a, pair.b); ratio < pair.enough {
			problems = append(problems, Problem{pair.field + suffix, fmt.Sprintf(
				"in the %s scheme the contrast of %s is %.2f:1 (%s and %s); at least %g:1 is needed",
				scheme, pair.what, ratio, pair.a, pair.b, pair.enough)})
		}
	}
	return problems
}

func (t Theme) checkValues() []Problem {
	var problems []Problem
	for _, f := range []struct{ field, value string }{
		{"primary", t.Primary}, {"primary_dark", t.PrimaryDark}, {"background", t.Background}, {"background_dark", t.BackgroundDark},
		{"surface", t.Surface}, {"surface_dark", t.SurfaceDark}, {"text", t.Text}, {"text_dark", t.TextDark},
	} {
		if _, ok := parse(f.value); f.value != "" && !ok {
			problems = append(problems, Problem{f.field, fmt.Sprintf("%q is not a colour; write it as #rrggbb, for example #0f5fc2", f.value)})
		}
	}
	if t.Radius != nil && !validRadius(*t.Radius) {
		problems = append(problems, Problem{"radius", fmt.Sprintf("%d is outside 0 to 32 (pixels)", *t.Radius)})
	}
	if t.FontStack != "" && !validFont(t.FontStack) {
		problems = append(problems, Problem{"font_stack", fmt.Sprintf("%q is not a list of font names; letters, digits, spaces, commas, hyphens and paired quotes are allowed", t.FontStack)})
	}
	if t.BackgroundImage != "" && !validPath(t.BackgroundImage) {
		problems = append(problems, Problem{"background_image", fmt.Sprintf("%q is not a path on this server", t.BackgroundImage)})
	}
	return problems
}

func validRadius(px int) bool { return px >= 0 && px <= 32 }

// validFont holds a font stack to characters that cannot end a declaration.
func validFont(stack string) bool {
	if len(stack) > 300 || strings.Count(stack, `"`)%2 != 0 || strings.Count(stack, `'`)%2 != 0 {
		return false
	}
	return only(stack, " ,-_'\"")
}

// validPath holds an image to a plain path below /: nothing from elsewhere is loaded.
func validPath(path string) bool {
	return len(path) <= 300 && strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && only(path, "/-_.")
}

func only(s, others string) bool {
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(others, r) {
			return false
		}
	}
	return true
}
