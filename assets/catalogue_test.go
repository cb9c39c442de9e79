package assets

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// messages answers every message of a catalogue: id to plural form to text.
func messages(t *testing.T, tag string) map[string]map[string]string {
	t.Helper()
	raw, err := locales.ReadFile("locales/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	flat := map[string]map[string]string{}
	flatten("", tree, flat)
	return flat
}

func flatten(prefix string, tree map[string]any, into map[string]map[string]string) {
	for name, value := range tree {
		id := strings.TrimPrefix(prefix+"."+name, ".")
		switch v := value.(type) {
		case string:
			into[id] = map[string]string{"other": v}
		case map[string]any:
			if _, plural := v["other"]; !plural {
				flatten(id, v, into)
				continue
			}
			into[id] = map[string]string{}
			for form, text := range v {
				into[id][form] = text.(string)
			}
		}
	}
}

// forms are the plural categories of each language (CLDR).
var forms = map[string][]string{
	"en": {"one", "other"}, "de": {"one", "other"}, "ar": {"few", "many", "one", "other", "two", "zero"},
}

var placeholder = regexp.MustCompile(`{{\.(\w+)}}`)

// names answers the placeholders of a text. Count may be left out where the
// words say the number: one, two.
func names(text string) string {
	var all []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if m[1] != "Count" {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	english := messages(t, "en")
	for _, l := range languages {
		own := messages(t, l.Tag)
		for id, texts := range english {
			translated, ok := own[id]
			if !ok {
				t.Errorf("%s lacks %s", l.Tag, id)
				continue
			}
			if len(texts) > 1 {
				var have []string
				for form := range translated {
					have = append(have, form)
				}
				slices.Sort(have)
				if !slices.Equal(have, forms[l.Tag]) {
					t.Errorf("%s %s has the plural forms %v, want %v", l.Tag, id, have, forms[l.Tag])
				}
			}
			for form, text := range translated {
				if names(text) != names(texts["other"]) {
					t.Errorf("%s %s (%s) names %q, English names %q", l.Tag, id, form, names(text), names(texts["other"]))
				}
			}
		}
		for id := range own {
			if _, ok := english[id]; !ok {
				t.Errorf("%s has %s, which English lacks", l.Tag, id)
			}
		}
	}
}

func TestNothingBlamesOrShouts(t *testing.T) {
	shouting := regexp.MustCompile(`(?i)[!¡]|invalid|illegal|credential|failed to|forbidden|you must|oops`)
	for id, texts := range messages(t, "en") {
		for _, text := range texts {
			allowed := strings.ReplaceAll(text, "! or -", "") // the examples of symbols
			if found := shouting.FindString(allowed); found != "" {
				t.Errorf("%s says %q: %s", id, found, text)
			}
		}
	}
}

// used finds the ids that pages ask for in their source.
var used = regexp.MustCompile(`(?:\bT|About|HeadingAbout|Around|when)\([^"\n]*(?:p\.\w+\([^)]*\), )?"([a-z]+\.[a-z_]*[a-z])"`)

func TestEveryMessagePagesAskForExists(t *testing.T) {
	english := messages(t, "en")
	asked := 0
	err := filepath.WalkDir("../views", func(path string, e fs.DirEntry, err error) error {
		generated := strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go")
		if err != nil || e.IsDir() || generated || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range used.FindAllStringSubmatch(string(source), -1) {
			asked++
			if _, ok := english[m[1]]; !ok {
				t.Errorf("%s asks for %s, which no catalogue has", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked < 100 {
		t.Errorf("only %d messages were found in the source", asked)
	}
}

func TestTheLanguageIsTheFirstThereIs(t *testing.T) {
	for _, row := range []struct {
		asked []string
		want  string
	}{
		{nil, "en"}, {[]string{"de"}, "de"}, {[]string{"de-AT"}, "de"}, {[]string{"ar-EG"}, "ar"}, {[]string{"fr", "de"}, "de"},
		{[]string{"fr-CH, de;q=0.7, en;q=0.5"}, "de"}, {[]string{"../../etc/passwd", "ar"}, "ar"}, {[]string{"", "xx"}, "en"},
	} {
		if got := Catalogues().For(row.asked...).Tag; got != row.want {
			t.Errorf("%q gives %s, want %s", row.asked, got, row.want)
		}
	}
	if got := Catalogues().For("ar").Dir; got != "rtl" {
		t.Errorf("Arabic runs %s", got)
	}
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	for count, want := range map[int]string{1: "ثانية واحدة", 2: "ثانيتين", 3: "3 ثوانٍ", 11: "11 ثانية", 100: "100 ثانية"} {
		if got := Catalogues().For("ar").T("wait.seconds", "Count", count); !strings.Contains(got, want) {
			t.Errorf("%d: %s", count, got)
		}
	}
	if got := Catalogues().For("de").T("wait.minutes", "Count", 1); got != "Versuchen Sie es in 1 Minute erneut." {
		t.Error(got)
	}
}

func TestAnUnknownMessageIsItsID(t *testing.T) {
	if got := Catalogues().For("de").T("no.such_message"); got != "no.such_message" {
		t.Error(got)
	}
}

func TestValuesAreNoTemplates(t *testing.T) {
	if got := Catalogues().For("en").T("signin.title", "App", "{{.Secret}}"); got != "Sign in to {{.Secret}}" {
		t.Error(got)
	}
}

func TestDatesAreWrittenInTheLanguage(t *testing.T) {
	at := time.Date(2026, 5, 3, 14, 2, 0, 0, time.UTC)
	for tag, want := range map[string]string{"en": "3 May 2026, 14:02 UTC", "de": "3. Mai 2026, 14:02 UTC", "ar": "3 مايو 2026، 14:02 UTC"} {
		if got := Catalogues().For(tag).DateTime(at); got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
	}
}

func TestALanguageThatLacksAMessageSaysItInEnglish(t *testing.T) {
	l := *Catalogues().For("de")
	l.words = func() *i18n.Localizer { return i18n.NewLocalizer(i18n.NewBundle(language.German), "de") }
	if got := l.T("wait.minutes", "Count", 2); got != Catalogues().For("en").T("wait.minutes", "Count", 2) {
		t.Errorf("%q", got)
	}
	if got := l.T("no.such_message"); got != "no.such_message" {
		t.Errorf("%q", got)
	}
}
