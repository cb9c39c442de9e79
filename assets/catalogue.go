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
	words   []words // as languages
	matcher language.Matcher
}

// words answers the messages of one language. They are read when the first of them is
// asked for: parsed, the three catalogues are a megabyte, and whoever serves machines
// alone, or people of one language, needs none or one of them.
type words func() *i18n.Localizer

// Catalogues answers the embedded catalogues.
func Catalogues() *Catalogue { return catalogues() }

var catalogues = sync.OnceValue(func() *Catalogue {
	c := &Catalogue{}
	var tags []language.Tag
	for _, l := range languages {
		tag := language.MustParse(l.Tag)
		tags = append(tags, tag)
		c.words = append(c.words, sync.OnceValue(func() *i18n.Localizer { return readWords(tag) }))
	}
	c.matcher = language.NewMatcher(tags)
	return c
})

func readWords(tag language.Tag) *i18n.Localizer {
	bundle := i18n.NewBundle(tag)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	if _, err := bundle.LoadMessageFileFS(locales, "locales/"+tag.String()+".json"); err != nil {
		panic("assets: " + err.Error()) // a test reads them all
	}
	return i18n.NewLocalizer(bundle, tag.String())
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
	return &Localizer{Language: languages[i], words: c.words[i], english: c.words[0]}
}

// Localizer answers messages in one language.
type Localizer struct {
	Language
	words, english words
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
	text, err := l.words().Localize(config)
	if text == "" && err != nil {
		text, err = l.english().Localize(config)
	}
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
