package assets

import (
	"bytes"
	"compress/gzip"
	"io"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestStylesheetAndScriptStaySmall(t *testing.T) {
	for name, budget := range map[string]struct{ plain, packed int }{
		"app.css": {14 << 10, 4 << 10}, "account.css": {10 << 10, 3 << 10}, "gets.css": {2 << 10, 1 << 10}, "app.js": {11 << 10, 9 << 10 / 2}, "puzzle.js": {2 << 10, 1 << 10}, "icon.svg": {512, 512},
	} {
		f := files().plain[name]
		if len(f.Body) > budget.plain || len(f.Gzip()) > budget.packed {
			t.Errorf("%s is %d bytes, %d compressed; the budget is %d and %d", name, len(f.Body), len(f.Gzip()), budget.plain, budget.packed)
		}
	}
}

func TestAFileIsServedUnderItsHash(t *testing.T) {
	url := URL("app.css")
	if !regexp.MustCompile(`^/assets/app\.[\w-]{16}\.css$`).MatchString(url) {
		t.Fatalf("URL is %s", url)
	}
	f, ok := Lookup(path.Base(url))
	if !ok || f.ContentType != "text/css; charset=utf-8" {
		t.Fatalf("%v %+v", ok, f)
	}
	if _, ok := Lookup("app.css"); ok {
		t.Error("a name without its hash must not be kept for ever")
	}
	if New("a.css", []byte("a")).Name == New("a.css", []byte("b")).Name {
		t.Error("the name does not follow the content")
	}
}

func TestCompressionGivesTheSame(t *testing.T) {
	f := files().plain["app.js"]
	r, err := gzip.NewReader(bytes.NewReader(f.Gzip()))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, f.Body) {
		t.Errorf("%v, %d bytes of %d", err, len(body), len(f.Body))
	}
	if New("a.css", []byte("a{}")).Gzip() != nil {
		t.Error("something so small must not grow")
	}
}

func TestAThemeComesAfterTheRest(t *testing.T) {
	f := Themed(":root{--primary:#123456}", ".card{color:red}")
	if !strings.HasSuffix(string(f.Body), ":root{--primary:#123456}\n.card{color:red}") || !bytes.HasPrefix(f.Body, files().plain["app.css"].Body) {
		t.Errorf("it ends with %s", f.Body[len(f.Body)-80:])
	}
}

func TestMinifyingKeepsTheMeaning(t *testing.T) {
	css := "/* why */\na:hover > b, .c :focus {\n\tmargin: calc(1rem + 2px) 0;\n\tcontent: \"\";\n}\n@media (min-width: 3rem) { i { x: 1 } }\n"
	if got, want := string(minifyCSS([]byte(css))), `a:hover>b,.c :focus{margin:calc(1rem + 2px) 0;content:""}@media (min-width:3rem){i{x:1}}`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	js := "// why\nconst a = 'https://x'; // and\n\tb();\n"
	if got, want := string(minifyJS([]byte(js))), "const a = 'https://x';\nb();"; got != want {
		t.Errorf("%q want %q", got, want)
	}
}

// Right-to-left languages turn the page around; left and right do not turn.
func TestNoStylesheetKnowsLeftAndRight(t *testing.T) {
	for _, name := range paths() {
		if path.Ext(name) != ".css" {
			continue
		}
		css, err := embedded.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		turnsAndLoadsNothing(t, css)
	}
}

func turnsAndLoadsNothing(t *testing.T, css []byte) {
	t.Helper()
	for _, m := range regexp.MustCompile(`[\w-]*(?:left|right)[\w-]*\s*:|:\s*(?:left|right)\b`).FindAllString(string(css), -1) {
		t.Errorf("%s", m)
	}
	for _, m := range regexp.MustCompile(`url\(|@import|@font-face`).FindAllString(string(css), -1) {
		t.Errorf("the stylesheet loads something: %s", m)
	}
}

// The script asks one thing of the server, which the page names, and keeps what
// it knows in one place, which never leaves the browser.
func TestTheScriptAsksAndKeepsLittle(t *testing.T) {
	app := string(files().plain["app.js"].Body)
	for piece, most := range map[string]int{"fetch(": 1, "localStorage": 2, "XMLHttpRequest": 0, "sendBeacon": 0, "cookie": 0} {
		if n := strings.Count(app, piece); n > most {
			t.Errorf("%d × %s, want %d at most", n, piece, most)
		}
	}
}

func TestScriptsStayWithinThePolicy(t *testing.T) {
	for _, name := range Names() {
		js := string(files().plain[name].Body)
		for _, bad := range []string{"eval(", "innerHTML", "new Function", ".style", "onpaste", "'paste'", ".disabled"} {
			if path.Ext(name) == ".js" && strings.Contains(js, bad) {
				t.Errorf("%s uses %s", name, bad)
			}
		}
	}
}
