package federation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func none(string) bool { return false }

func TestClaimsAreListedByTheirPaths(t *testing.T) {
	claims := claimsOf(t, someClaims)
	claims["saml"], claims["nothing"] = []string{"x", "y\u202e"}, map[string]any{}
	all, more := Paths(claims, none)
	got := map[string]string{}
	for _, one := range all {
		got[one.Path] = strings.Join(one.Values, "|")
	}
	for path, want := range map[string]string{
		"sub": "248289761001", "age": "42", "admin": "true", "none": "null", "empty": "", "address.country": "DE", "address.lines": "a|b",
		"groups": "staff|R&D, Berlin", "deep[0].id": "x", "deep[1].id": "y", "mixed[0]": "a", "mixed[1].b": "1", "saml": "x|y", "nothing": "{}",
		"none_of": "", "bell": "",
	} {
		if value, there := got[path]; !there || value != want {
			t.Errorf("%s is %q (%v), want %q", path, value, there, want)
		}
	}
	if more || !slices.IsSortedFunc(all[:3], func(a, b Said) int { return strings.Compare(a.Path, b.Path) }) {
		t.Errorf("more: %v, %v", more, all[:3])
	}
}

// A path that is listed is one that a mapping can hold.
func TestWhatIsListedCanBeMapped(t *testing.T) {
	claims := claimsOf(t, someClaims)
	all, _ := Paths(claims, none)
	for _, one := range all {
		value, found := find(claims, one.Path)
		if text, ok := flat(value); found && ok && one.Path != "a.b" && len(one.Values) == 1 && value != nil && text != "\u0007" && Plain(text, maxValue) != one.Values[0] {
			t.Errorf("%s is listed as %q and mapped as %q", one.Path, one.Values[0], text)
		}
		if !found {
			t.Errorf("%s is listed and not found", one.Path)
		}
	}
}

func TestTheListOfClaimsIsBounded(t *testing.T) {
	claims, deep := map[string]any{}, any("end")
	for range 2 * maxDepth {
		deep = map[string]any{"d": []any{deep}}
	}
	claims["a"] = deep
	all, more := Paths(claims, none)
	if more || len(all) != 1 || strings.Count(all[0].Path, "d") > maxDepth || all[0].Values[0] != "[…]" {
		t.Errorf("%v %v", more, all)
	}
	for i := range 2 * maxSaid {
		claims[fmt.Sprintf("c%04d", i)] = strings.Repeat("x", 2*maxValue)
	}
	all, more = Paths(claims, none)
	if !more || len(all) != maxSaid || len(all[9].Values[0]) > maxValue+len("…") {
		t.Errorf("%v, %d of them", more, len(all))
	}
}

func TestWhatIsHiddenIsLeftOutWhereverItStands(t *testing.T) {
	deep := any(map[string]any{"secret": "s3"})
	for range 2 * maxDepth {
		deep = map[string]any{"d": deep}
	}
	claims := map[string]any{
		"secret": "s1", "list": []any{map[string]any{"secret": []any{"s2"}}}, "deep": deep, "saml secret": []string{"s4"},
		strings.Repeat("x", 2*maxPath): map[string]any{"secret": "s5"}, "open": "o",
	}
	all, _ := Paths(claims, func(path string) bool { return strings.Contains(path, "secret") })
	for _, one := range all {
		if shown := strings.Join(one.Values, " "); strings.Contains(shown, "s") || one.Path == "open" && (one.Hidden || shown != "o") {
			t.Errorf("%+v", one)
		}
	}
	if len(all) != len(claims) {
		t.Errorf("%d are listed", len(all))
	}
}
