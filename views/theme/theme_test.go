package theme

import (
	"strings"
	"testing"
)

func TestTheDefaultsCanBeRead(t *testing.T) {
	if problems := (Theme{}).Check(); problems != nil {
		t.Fatal(problems)
	}
}

func TestContrastIsWCAGs(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.478}, {"#0000ff", "#ffffff", 8.592},
	} {
		if got := contrast(must(row.a), must(row.b)); got < row.want-0.005 || got > row.want+0.005 {
			t.Errorf("%s on %s: %.3f, want %.3f", row.a, row.b, got, row.want)
		}
	}
}

func TestAPaleColourIsRefusedWithItsFigure(t *testing.T) {
	problems := Theme{Primary: "#8fb8ff"}.Check()
	if len(problems) == 0 || problems[0].Field != "primary" || !strings.Contains(problems[0].Text, "links on the card is 2.0") {
		t.Fatal(problems)
	}
}

func TestADarkColourIsRefusedInTheDark(t *testing.T) {
	for _, p := range (Theme{PrimaryDark: "#223355"}).Check() {
		if p.Field == "primary_dark" && strings.Contains(p.Text, "in the dark scheme") {
			return
		}
	}
	t.Fatal("no problem with a dark link on a dark card")
}

func TestWordsOnButtonsFollowTheButton(t *testing.T) {
	if got := (Theme{Primary: "#ffd400"}).OnPrimary(); got != "#000000" {
		t.Errorf("on yellow: %s", got)
	}
	if got := (Theme{Primary: "#5b2a86"}).OnPrimary(); got != "#ffffff" {
		t.Errorf("on purple: %s", got)
	}
}

func TestNothingSetBecomesAnotherRule(t *testing.T) {
	radius := 99
	for name, bad := range map[string]Theme{
		"colour": {Primary: "red;}body{display:none"},
		"short":  {Text: "#fff"},
		"font":   {FontStack: "Arial;}*{background:url(//evil.test)"},
		"quote":  {FontStack: `"Arial`},
		"escape": {FontStack: `\41 rial`},
		"radius": {Radius: &radius},
		"image":  {BackgroundImage: "//evil.test/x.png"},
		"paren":  {BackgroundImage: `/x.png");}`},
	} {
		t.Run(name, func(t *testing.T) {
			if len(bad.Check()) == 0 {
				t.Error("not refused")
			}
			if bad.CSS() != (Theme{}).CSS() {
				t.Errorf("it reached the stylesheet:\n%s", bad.CSS())
			}
		})
	}
}

func TestAClientsThemeOverridesThePools(t *testing.T) {
	got := Theme{Primary: "#111111", Text: "#222222"}.Over(Theme{Primary: "#333333"})
	if got.Primary != "#333333" || got.Text != "#222222" {
		t.Fatal(got)
	}
}

func TestEveryDerivedColourStaysReadable(t *testing.T) {
	odd := Theme{Surface: "#fdf1dc", Background: "#f3e3c3", Text: "#3a2b12", Primary: "#7a3b00"}
	if problems := odd.Check(); problems != nil {
		t.Fatal(problems)
	}
}
