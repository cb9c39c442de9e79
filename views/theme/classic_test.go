package theme

import "testing"

func TestClassicClassesFindTheirCounterparts(t *testing.T) {
	got, err := Classic(`/* ours */ .submitButton-customizable { color: #fff }
.submitButton-customizable:hover, .label-customizable { color: red; }
.passwordCheck-valid-customizable { color: green }`)
	want := "button.button:not(.plain){color: #fff}\nbutton.button:not(.plain):hover,label{color: red;}\n"
	if err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}

// The banner of the classic pages holds a picture; ours holds the app's name too,
// which must be read on any ground, unless the sheet says its colour.
func TestTheNameIsReadOnTheGroundOfABanner(t *testing.T) {
	for ground, text := range map[string]string{"#7b2d8b": "#ffffff", "#FE8": "#000000"} {
		got, err := Classic(`.banner-customizable { padding: 25px; background-color: ` + ground + `; }`)
		want := ".card > .brand{padding-block:1.5rem;color:" + text + "}\n.card > .brand{padding: 25px; background-color: " + ground + ";}\n"
		if err != nil || got != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got, _ := Classic(`.banner-customizable { padding: 25px }`); got != ".card > .brand{padding: 25px}\n" {
		t.Errorf("without a ground: %q", got)
	}
}

func TestWhatIsNoClassicSheet(t *testing.T) {
	for _, sheet := range []string{
		"@import 'x';", "body { color: red }", ".label-customizable { color: red", "@media print { .label-customizable { color: red } }",
		".label-customizable { background: url(//evil.test) }", ".label-customizable input { color: red }", ".label-customizable:hover{}body{}",
	} {
		if out, err := Classic(sheet); err == nil {
			t.Errorf("%q became %q", sheet, out)
		}
	}
}
