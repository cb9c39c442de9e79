package qr

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"rsc.io/qr"
)

const uri = "otpauth://totp/Acme:ann%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&algorithm=SHA1&digits=6&period=30"

// drawn is the markup as a browser reads it.
type drawn struct {
	XMLName xml.Name `xml:"svg"`
	Class   string   `xml:"class,attr"`
	Role    string   `xml:"role,attr"`
	Label   string   `xml:"aria-label,attr"`
	View    string   `xml:"viewBox,attr"`
	Rect    struct {
		Width  int    `xml:"width,attr"`
		Height int    `xml:"height,attr"`
		Fill   string `xml:"fill,attr"`
	} `xml:"rect"`
	Path []struct {
		D    string `xml:"d,attr"`
		Fill string `xml:"fill,attr"`
	} `xml:"path"`
}

func draw(t *testing.T, text, label string) (drawn, string) {
	t.Helper()
	var b strings.Builder
	if err := SVG(text, label).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	var d drawn
	if err := xml.Unmarshal([]byte(b.String()), &d); err != nil {
		t.Fatalf("%v: %s", err, b.String())
	}
	return d, b.String()
}

var run = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

func TestTheModulesDrawnAreThoseOfTheCode(t *testing.T) {
	for _, text := range []string{"", "7", "HELLO WORLD", uri, strings.Repeat("ü", 1000)} {
		d, _ := draw(t, text, "code")
		want, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		dark := map[[2]int]bool{}
		for _, m := range run.FindAllStringSubmatch(d.Path[0].D, -1) {
			var x, y, right, left int
			fmt.Sscan(strings.Join(m[1:], " "), &x, &y, &right, &left)
			for i := range right {
				dark[[2]int{x + i - 4, y - 4}] = true
			}
			if right != left || right < 1 {
				t.Errorf("a run %s", m[0])
			}
		}
		if rest := run.ReplaceAllString(d.Path[0].D, ""); rest != "" || len(d.Path) != 1 {
			t.Errorf("more is drawn: %q", rest)
		}
		for y := -4; y < want.Size+4; y++ {
			for x := -4; x < want.Size+4; x++ {
				if dark[[2]int{x, y}] != want.Black(x, y) {
					t.Fatalf("%.20q: module %d,%d is dark: %v", text, x, y, dark[[2]int{x, y}])
				}
			}
		}
		side := want.Size + 8
		if d.View != fmt.Sprintf("0 0 %d %d", side, side) || d.Rect.Width != side || d.Rect.Height != side {
			t.Errorf("size %d: %+v", want.Size, d)
		}
	}
}

func TestACodeCanBeScannedInTheDarkAndReadAloud(t *testing.T) {
	d, text := draw(t, uri, `Ann's "code" <1> & more`)
	if d.Rect.Fill != "#fff" || d.Path[0].Fill != "#000" {
		t.Errorf("%+v", d)
	}
	if d.Role != "img" || d.Label != `Ann's "code" <1> & more` || d.Class != "qr" {
		t.Errorf("%+v", d)
	}
	if strings.Contains(text, "style=") || strings.Contains(text, "<style") || strings.Contains(text, "<script") {
		t.Errorf("the page's policy refuses %s", text)
	}
	if strings.Index(text, "<rect") > strings.Index(text, "<path") {
		t.Error("the ground covers the code")
	}
	if len(text) > 12_000 {
		t.Errorf("%d bytes", len(text))
	}
}

func TestATextThatIsTooLongIsAnError(t *testing.T) {
	var b strings.Builder
	if err := SVG(strings.Repeat("a", 2331), "").Render(t.Context(), &b); err != nil {
		t.Errorf("2,331 bytes: %v", err)
	}
	b.Reset()
	if err := SVG(strings.Repeat("a", 2332), "").Render(t.Context(), &b); err == nil || b.Len() > 0 {
		t.Errorf("2,332 bytes: %v and %d bytes of a code", err, b.Len())
	}
}
