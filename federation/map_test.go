package federation

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

const someClaims = `{
	"sub": "248289761001", "email": "ann@example.test", "age": 42, "big": 9007199254740993, "admin": true, "none": null, "empty": "",
	"address": {"country": "DE", "formatted": "1 Road\nTown", "lines": ["a", "b"]},
	"groups": ["staff", "R&D, Berlin"], "one": ["only"], "none_of": [], "deep": [{"id": "x"}, {"id": "y"}],
	"https://example.com/role": "chief", "a.b": "exact", "a": {"b": "path"}, "mixed": ["a", {"b": 1}], "bell": "\u0007"
}`

func claimsOf(t testing.TB, text string) map[string]any {
	t.Helper()
	var claims map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestAttributesAreFoundByTheirPath(t *testing.T) {
	claims := claimsOf(t, someClaims)
	claims["urn:oid:1.2.3"], claims["saml"] = []string{"x", "y"}, []string{"alone"}
	claims["float"] = 1.5
	for path, want := range map[string]string{
		"sub": "248289761001", "email": "ann@example.test", "age": "42", "big": "9007199254740993", "admin": "true",
		"none": "", "empty": "", "missing": "", "none_of": "", "address.country": "DE", "address.formatted": "1 Road\nTown",
		"address.lines": "a,b", "address.lines.1": "b", "address.lines[0]": "a", "address.lines[2]": "", "address.lines[-1]": "",
		"groups": "staff,R%26D%2C+Berlin", "one": "only", "deep[1].id": "y", "https://example.com/role": "chief",
		"a.b": "exact", "=staff": "staff", "=": "", "urn:oid:1.2.3": "x,y", "saml": "alone", "urn:oid:1.2.3[1]": "", "Email": "",
		"email.x": "", "float": "1.5", "saml[0]": "alone", ".": "", "deep[0].id.x.x.x.x.x.x.x": "",
	} {
		got, problems := Map(claims, map[string]string{"attribute": path})
		if got["attribute"] != want || len(problems) != 0 {
			t.Errorf("%s: %q %v", path, got["attribute"], problems)
		}
		if _, set := got["attribute"]; set && want == "" {
			t.Errorf("%s: an attribute without a value is there", path)
		}
	}
}

func TestWhatIsNoTextIsAProblem(t *testing.T) {
	claims := claimsOf(t, someClaims)
	claims["long"], claims["many"], claims["fits"] = strings.Repeat("é", 2049), make([]any, 101), strings.Repeat("é", 2048)
	claims["broken"] = "\xff"
	for _, path := range []string{"address", "mixed", "deep", "long", "many", "bell", "broken"} {
		got, problems := Map(claims, map[string]string{"attribute": path})
		if len(got) != 0 || len(problems) != 1 || problems[0].Field != "attribute" {
			t.Errorf("%s: %v %v", path, got, problems)
		}
	}
	if got, problems := Map(claims, map[string]string{"a": "fits"}); len(problems) != 0 || utf8.RuneCountInString(got["a"]) != 2048 {
		t.Error(problems)
	}
}

// AC-05: an address counts as verified for true and "true" alone.
func TestAC05FiveSpellingsOfEmailVerified(t *testing.T) {
	for spelling, want := range map[string]bool{"true": true, `"true"`: true, "false": false, "1": false, `"1"`: false, `"True"`: false, `"yes"`: false, "null": false, `["true","x"]`: false, `{"a":true}`: false, "1.0": false} {
		claims := claimsOf(t, `{"email_verified": `+spelling+`}`)
		got, _ := Map(claims, map[string]string{"email_verified": "email_verified"})
		if Vouched(claims["email_verified"]) != want || got["email_verified"] != map[bool]string{true: "true", false: "false"}[want] {
			t.Errorf("%s: %v", spelling, got)
		}
	}
	if got, _ := Map(nil, map[string]string{"email_verified": "email_verified"}); got["email_verified"] != "false" || Vouched(nil) {
		t.Error("absent counts as verified")
	}
	if !Vouched([]string{"true"}) || Vouched([]string{"true", "true"}) {
		t.Error("the attribute of a SAML assertion is misread")
	}
}

// AC-12: a provider writes nothing that belongs to this server.
func TestAC12ReservedNamesAreNotMapped(t *testing.T) {
	mapping := map[string]string{"sub": "sub", "identities": "=[]", "cognito:groups": "groups", "email": "email"}
	got, problems := Map(claimsOf(t, someClaims), mapping)
	if !maps.Equal(got, map[string]string{"email": "ann@example.test"}) || len(problems) != 3 {
		t.Errorf("%v %v", got, problems)
	}
	if err := CheckMapping(mapping); err == nil || !strings.Contains(err.Error(), "attribute_mapping.cognito:groups belongs") {
		t.Error(err)
	}
}

func TestAMappingIsCheckedWhenItIsSaved(t *testing.T) {
	if err := CheckMapping(map[string]string{"email": "email", "custom:role": "=staff", "name": "a.b[0]"}); err != nil {
		t.Error(err)
	}
	many := map[string]string{}
	for i := range 101 {
		many["custom:"+string(rune('a'+i))] = "x"
	}
	if _, problems := Map(map[string]any{"x": "y"}, many); len(problems) != 1 {
		t.Error(len(problems))
	}
	for _, bad := range []map[string]string{{"email": ""}, {"": "x"}, {"email": strings.Repeat("x", 513)}, {"email": "\x01"}, {"\xff": "x"}, many} {
		if CheckMapping(bad) == nil {
			t.Errorf("%v", bad)
		}
	}
}

// FuzzMap: whatever a provider says, attributes stay text within their bounds,
// come out the same each time, and never bear a reserved name.
func FuzzMap(f *testing.F) {
	for _, path := range []string{"email", "address.country", "groups", "deep[1].id", "=x", "a.b", "[[[", "....", "none_of[0]", "https://example.com/role"} {
		f.Add(someClaims, "custom:x", path)
	}
	f.Add(`{"email_verified":"TRUE"}`, "email_verified", "email_verified")
	f.Add(`{"sub":"1"}`, "sub", "sub")
	f.Add(`[`, "email", "email")
	f.Fuzz(func(t *testing.T, text, name, path string) {
		var claims map[string]any
		json.Unmarshal([]byte(text), &claims)
		mapping := map[string]string{name: path}
		got, problems := Map(claims, mapping)
		again, _ := Map(claims, mapping)
		if !maps.Equal(got, again) || len(got)+len(problems) > 1 {
			t.Fatalf("%v %v %v", got, again, problems)
		}
		if CheckMapping(mapping) != nil && len(problems) == 0 {
			t.Error("a mapping that is refused maps")
		}
		for key, value := range got {
			if reserved(key) || value == "" || !utf8.ValidString(value) || utf8.RuneCountInString(value) > maxValue {
				t.Errorf("%q %q", key, value)
			}
		}
	})
}
