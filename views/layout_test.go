package views_test

import (
	"testing"

	"poolhouse.dev/assets"
	"poolhouse.dev/views/signedout"
)

func TestThePageFollowsTheSystemUnlessForced(t *testing.T) {
	p := frame()
	d := render(t, signedout.View(signedout.Props{Page: p}))
	d.is("meta[name=color-scheme]", "content", "light dark")
	d.has(0, "html[data-theme]")
	p.ColorScheme = "dark"
	d = render(t, signedout.View(signedout.Props{Page: p}))
	d.is("meta[name=color-scheme]", "content", "dark")
	d.is("html", "data-theme", "dark")
}

func TestTheThemeReplacesTheStylesheet(t *testing.T) {
	p := frame()
	d := render(t, signedout.View(signedout.Props{Page: p}))
	d.is("link[rel=stylesheet]", "href", assets.URL("app.css"))
	p.ThemeCSS = "/assets/theme/-/x.css"
	d = render(t, signedout.View(signedout.Props{Page: p}))
	d.has(1, "link[rel=stylesheet]") // one request before anything is shown
	d.is("link[rel=stylesheet]", "href", "/assets/theme/-/x.css")
	d.has(1, "script[src][defer]")
}

func TestTheLogoFollowsTheScheme(t *testing.T) {
	p := frame()
	p.LogoURL, p.LogoDarkURL = "/logo.png", "/logo-dark.png"
	d := render(t, signedout.View(signedout.Props{Page: p}))
	d.is("picture source", "srcset", "/logo-dark.png")
	d.is("img.logo", "alt", "Notes")
	p.ColorScheme = "dark"
	d = render(t, signedout.View(signedout.Props{Page: p}))
	d.has(0, "picture source")
	d.is("img.logo", "src", "/logo-dark.png")
}

func TestLanguagesAreLinksInTheirOwnWords(t *testing.T) {
	d := render(t, signedout.View(signedout.Props{Page: spoken("ar")}))
	d.is("html", "lang", "ar")
	d.is("html", "dir", "rtl")
	d.has(3, ".languages a[lang][hreflang]")
	d.is(".languages a[lang=ar]", "dir", "rtl")
	d.is(".languages a[aria-current=true]", "lang", "ar")
	d.says(".languages a[lang=de]", "Deutsch")
	p := frame()
	p.Languages = p.Languages[:1]
	render(t, signedout.View(signedout.Props{Page: p})).has(0, ".languages")
}

func TestTitlesNameTheApp(t *testing.T) {
	render(t, signedout.View(signedout.Props{Page: frame()})).says("title", "You are signed out – Notes")
}
