package otp

import (
	"regexp"
	"strings"
	"testing"
)

var shownCode = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$`)

func TestRecoveryCodesAreTenOf80BitsInGroups(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		codes := NewRecoveryCodes()
		if len(codes) != 10 {
			t.Fatalf("%d codes", len(codes))
		}
		for _, code := range codes {
			if !shownCode.MatchString(code) || seen[code] {
				t.Fatalf("%q, seen before: %v", code, seen[code])
			}
			seen[code] = true
		}
	}
}

func TestARecoveryCodeIsReadAsPeopleTypeIt(t *testing.T) {
	const stored = "k3f90tq7vh2mx1dc"
	for _, typed := range []string{
		"k3f9-0tq7-vh2m-x1dc", "K3F9 0TQ7 VH2M X1DC", "k3f90tq7vh2mx1dc\n", "k3f9-Otq7-vh2m-xldc",
		"k3f9\u2013otq7\u2011vh2m\u2212xIdc", "\ufeffk3f9\u00a00tq7\u200bvh2mx1dc", "ｋ３ｆ９－０ＴＱ７－ｖｈ２ｍ－ｘＬｄｃ",
	} {
		if got := NormaliseRecovery(typed); got != stored {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
	for _, code := range NewRecoveryCodes() {
		if got := NormaliseRecovery(strings.ToUpper(code)); got != strings.ReplaceAll(code, "-", "") {
			t.Errorf("%q is stored as %q", code, got)
		}
	}
	if NormaliseRecovery("k3f9-0tq7-vh2m-x1du") == stored {
		t.Error("u is read as another letter")
	}
}

func FuzzNormaliseRecovery(f *testing.F) {
	f.Add("K3F9-Otq7 vh2m xldc")
	f.Add("İ\u212a\ufeff\uff2f\xff")
	f.Fuzz(func(t *testing.T, input string) {
		once := NormaliseRecovery(input)
		if again := NormaliseRecovery(once); again != once {
			t.Fatalf("%q is read as %q, that as %q", input, once, again)
		}
		if strings.ContainsAny(once, "ABCDEFGHIJKLMNOPQRSTUVWXYZ -oil") {
			t.Fatalf("%q is read as %q", input, once)
		}
	})
}
