package layout

import (
	"strings"
)

// Error answers the message about a field, or "".
func (p Page) Error(field string) string {
	for _, e := range p.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// FieldID answers the id of the input for a form field; names of custom
// attributes hold a colon, which a fragment link would have to escape.
func FieldID(field string) string { return strings.ReplaceAll(field, ":", "-") }

// MarkedTitle answers the document's title: the page's words, marked when
// something has to be corrected, and the app's name.
func (p Page) MarkedTitle(title string) string {
	if p.Title != "" {
		title = p.Title
	}
	if len(p.Errors) > 0 {
		title = p.T("page.title_error", "Title", title)
	}
	if p.AppName == "" || strings.Contains(title, p.AppName) {
		return title
	}
	return p.T("page.title_app", "Title", title, "App", p.AppName)
}

func (p Page) direction() string {
	if p.Dir == "rtl" {
		return "rtl"
	}
	return "ltr"
}

func (p Page) forced() bool { return p.ColorScheme == "light" || p.ColorScheme == "dark" }

func (p Page) schemes() string {
	if p.forced() {
		return p.ColorScheme
	}
	return "light dark"
}

func (p Page) stylesheet() string {
	if p.ThemeCSS != "" {
		return p.ThemeCSS
	}
	return p.Assets("app.css")
}

// logo answers the one logo of a page that does not switch with the system.
func (p Page) logo() string {
	if p.ColorScheme == "dark" && p.LogoDarkURL != "" {
		return p.LogoDarkURL
	}
	return p.LogoURL
}

func (p Page) switchesLogo() bool { return !p.forced() && p.LogoDarkURL != "" }

// initial answers the first letter of the app's name, for the mark that stands
// in for a logo.
func (p Page) initial() string {
	for _, r := range strings.TrimSpace(p.AppName) {
		return strings.ToUpper(string(r))
	}
	return ""
}

func (p Page) language() Language {
	for _, l := range p.Languages {
		if l.Tag == p.Lang {
			return l
		}
	}
	return Language{Tag: p.Lang, Name: p.Lang}
}

// slot stands in a message for a value that is marked up on its own.
const slot = "\ufffc"

// around answers the words before and after a value in a message, so that the
// value can be marked up without gluing sentences together.
func around(text string) (before, after string) {
	before, after, _ = strings.Cut(text, slot)
	return before, after
}
