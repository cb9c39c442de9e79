package assets

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales/*.json
var locales embed.FS

// Language is one of the languages pages are written in.
type Language struct {
	Tag  string // BCP 47
	Name string // in the language itself
	Dir  string // "ltr" or "rtl"
}

// languages lists the catalogues, the fallback first.
var languages = []Language{
	{"en", "English", "ltr"},
	{"de", "Deutsch", "ltr"},
	{"ar", "العربية", "rtl"},
}

// Catalogue is the messages in every language.
type Catalogue struct {
	bundle  *i18n.Bundle
	matcher language.Matcher
}

// Catalogues answers the embedded catalogues. They are read when first asked for.
func Catalogues() *Catalogue { return catalogues() }

var catalogues = sync.OnceValue(readCatalogues)

func readCatalogues() *Catalogue {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	var tags []language.Tag
	for _, l := range languages {
		if _, err := bundle.LoadMessageFileFS(locales, "locales/"+l.Tag+".json"); err != nil {
			panic("assets: " + err.Error()) // a test reads them all
		}
		tags = append(tags, language.MustParse(l.Tag))
	}
	return &Catalogue{bundle: bundle, matcher: language.NewMatcher(tags)}
}

// Languages lists the languages there are, with their own names.
func (c *Catalogue) Languages() []Language { return append([]Language(nil), languages...) }

// For answers the messages in the first of the languages there is. Each tag is
// a BCP 47 tag or an Accept-Language header; what cannot be read is passed
// over, and English is the last resort.
func (c *Catalogue) For(tags ...string) *Localizer {
	var wanted []language.Tag
	for _, t := range tags {
		if parsed, _, err := language.ParseAcceptLanguage(t); err == nil {
			wanted = append(wanted, parsed...)
		}
	}
	_, i, _ := c.matcher.Match(wanted...)
	l := languages[i]
	return &Localizer{Language: l, messages: i18n.NewLocalizer(c.bundle, l.Tag)}
}

// Localizer answers messages in one language.
type Localizer struct {
	Language
	messages *i18n.Localizer
}

// T answers the message with this id. data holds name and value pairs; the
// value of "Count" chooses the plural form (CLDR). A message the language
// lacks is answered in English, and one that nobody has as its id.
func (l *Localizer) T(id string, data ...any) string {
	values := map[string]any{}
	for i := 0; i+1 < len(data); i += 2 {
		values[fmt.Sprint(data[i])] = data[i+1]
	}
	config := &i18n.LocalizeConfig{MessageID: id, TemplateData: values}
	if count, ok := values["Count"]; ok {
		config.PluralCount = count
	}
	text, err := l.messages.Localize(config)
	if text == "" && err != nil {
		return id
	}
	return text
}

// Date prints a day in words: 3 May 2026.
func (l *Localizer) Date(t time.Time) string {
	return l.T("date.day", "Day", t.Day(), "Month", l.T("date.month_"+strconv.Itoa(int(t.Month()))), "Year", t.Year())
}

// Clock prints a time of day with its zone: 14:02 UTC.
func (l *Localizer) Clock(t time.Time) string { return t.Format("15:04 MST") }

// DateTime prints a day and a time of day.
func (l *Localizer) DateTime(t time.Time) string {
	return l.T("date.with_time", "Date", l.Date(t), "Time", l.Clock(t))
}
