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
