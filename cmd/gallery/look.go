package main

import (
	"fmt"
	"path"
	"strings"

	"poolhouse.dev/assets"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/theme"
)

// look is one way all pages are shown: a language in a theme.
type look struct {
	theme  string // "plain" or "sand"
	scheme string // "light", "dark"
	lang   string // "en", …, "pseudo"
}

// sand is a theme far from the default: warm, square, with a logo.
var sand = theme.Theme{
	Primary: "#7a3b00", Background: "#f3e9d6", Surface: "#fffaf0", Text: "#3a2b12",
	PrimaryDark: "#f2b877", BackgroundDark: "#15110b", SurfaceDark: "#211b12", TextDark: "#f3e3c3",
	Radius: new(int), FontStack: `Georgia, "Noto Serif", serif`,
}

func logo(colour string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 48" width="180" height="48"><g fill="none" stroke="%[1]s" stroke-width="3"><path d="M4 40 24 8l20 32Z"/><path d="M14 40 24 24l10 16"/></g><text x="56" y="33" font-family="Georgia,'Noto Serif',serif" font-size="25" fill="%[1]s">Sandhill</text></svg>`, colour)
}

func looks() []look {
	var all []look
	for _, t := range []string{"plain", "sand"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, lang := range []string{"en", "de", "ar", "pseudo"} {
				all = append(all, look{t, scheme, lang})
			}
		}
	}
	return all
}

func (l look) name() string { return l.theme + " " + l.scheme + " " + l.lang }

func (l look) file(s shot) string { return path.Join(l.theme+"-"+l.scheme+"-"+l.lang, s.name+".html") }

// page answers the frame a shot is rendered in.
func (l look) page(s shot) layout.Page {
	words := assets.Catalogues().For(l.lang)
	p := layout.Page{
		Lang: words.Tag, Dir: words.Dir, T: words.T, ColorScheme: l.scheme,
		Assets:  func(name string) string { return "../assets/" + name },
		AppName: "Notes", ReturnHost: "notes.example.test", ReturnURL: "https://notes.example.test/",
		FormToken: "token", Request: "request", RequestID: "7f3a-91c2-d04e",
	}
	if l.lang == "pseudo" {
		p.T = pseudo(words.T)
	}
	if l.theme == "sand" {
		p.ThemeCSS, p.LogoURL, p.LogoDarkURL = "../assets/sand.css", "../assets/logo.svg", "../assets/logo-dark.svg"
	}
	for _, o := range assets.Catalogues().Languages() {
		href := "../" + (look{l.theme, l.scheme, o.Tag}).file(s)
		p.Languages = append(p.Languages, layout.Language{Tag: o.Tag, Name: o.Name, Dir: o.Dir, Href: href})
	}
	return p
}

// pseudo answers English with accents and two fifths more length, so that a
// page that cuts or glues words is seen before anybody translates it.
func pseudo(t func(string, ...any) string) func(string, ...any) string {
	accents := strings.NewReplacer("a", "á", "e", "ë", "i", "ï", "o", "ö", "u", "ü", "c", "ç", "n", "ñ", "A", "Å", "E", "É", "O", "Ø", "S", "Š", "Y", "Ý")
	return func(id string, data ...any) string {
		text := t(id, data...)
		longer := strings.Repeat("~", (len([]rune(text))*2+4)/5)
		return "[" + accents.Replace(text) + " " + breakable(longer) + "]"
	}
}

// breakable puts a space after every eighth sign, as words have.
func breakable(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%8 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
