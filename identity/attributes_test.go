package identity

import (
	"strings"
	"testing"
)

func number(n float64) *float64 { return &n }

func count(n int) *int { return &n }

func no() *bool { b := false; return &b }

// schemaPool has one attribute of every kind.
func schemaPool() *Pool {
	return &Pool{ID: testPool, Name: "Test", Schema: []Attribute{
		{Name: "name", Required: true},
		{Name: "locale", Mutable: no()},
		{Name: "custom:colour", StringRule: &StringConstraints{MinLength: count(2), MaxLength: count(5)}},
		{Name: "custom:age", DataType: "Number", NumberRule: &NumberConstraints{MinValue: number(0), MaxValue: number(150)}},
		{Name: "custom:member", DataType: "Boolean"},
		{Name: "custom:since", DataType: "DateTime"},
		{Name: "custom:employee", Mutable: no()},
	}}
}

func TestAttributesKeepTheirFormat(t *testing.T) {
	good := map[string][]string{
		"email": {"ann@example.test"}, "phone_number": {"+49 170 1234567"}, "birthdate": {"1990-02-28", "0000-12-31"},
		"updated_at": {"0", "1700000000"}, "picture": {"https://x.test/a.png", "avatars/ann.png"}, "name": {"Ann Ó Briain", "安"},
		"custom:colour": {"rot", "grün"}, "custom:age": {"0", "42", "42.5"}, "custom:member": {"true", "false"},
		"custom:since": {"2026-03-01", "2026-03-01T10:00:00Z"},
	}
	bad := map[string][]string{
		"email": {"ann", "ann@"}, "phone_number": {"0170"}, "birthdate": {"28.2.1990", "1990-02-30", "1990", "1990-2-28"},
		"updated_at": {"-1", "now", "1e9"}, "picture": {"javascript:alert(1)", "JavaScript:alert(1)", "data:image/png;base64,AA"},
		"website": {"vbscript:x"}, "name": {"a\x00b", "\u202Enna", "\xff", strings.Repeat("x", 2049)},
		"custom:colour": {"x", "violet"}, "custom:age": {"-1", "151", "NaN", "Inf", "0x10", "1e2", "twelve"},
		"custom:member": {"yes", "1", "TRUE"}, "custom:since": {"yesterday", "1700000000"},
		"custom:unknown": {"x"}, "unknown": {"x"}, "colour": {"rot"}, "sub": {"x"}, "identities": {"[]"}, "CUSTOM:age": {"1"},
	}
	for name, values := range good {
		for _, value := range values {
			if _, failed := checkAttributes("test", schemaPool(), nil, bySelf, map[string]string{name: value}, nil); failed != nil {
				t.Errorf("%s=%q is refused: %v", name, value, failed)
			}
		}
	}
	for name, values := range bad {
		for _, value := range values {
			kept, failed := checkAttributes("test", schemaPool(), nil, byAdministrator, map[string]string{name: value}, nil)
			if failed == nil {
				t.Errorf("%s=%q is kept as %q", name, value, kept[name])
			} else if failed.Field != name || failed.Code != AttributeRefused {
				t.Errorf("%s=%q: %v", name, value, failed)
			}
		}
	}
}

func TestAttackSelfVerifiedAddress(t *testing.T) {
	p := schemaPool()
	for _, name := range []string{"email_verified", "phone_number_verified"} {
		for _, by := range []writer{bySignUp, bySelf} {
			if _, failed := checkAttributes("test", p, &Client{}, by, map[string]string{name: "true"}, nil); failed == nil {
				t.Errorf("%s is written by a person", name)
			}
		}
		client := &Client{WriteAttributes: []string{name}}
		if _, failed := checkAttributes("test", p, client, bySelf, map[string]string{name: "true"}, nil); failed == nil {
			t.Errorf("%s is written through a client that lists it", name)
		}
		if _, failed := checkAttributes("test", p, nil, byAdministrator, map[string]string{name: "true"}, nil); failed != nil {
			t.Errorf("an administrator may not write %s: %v", name, failed)
		}
	}
}

func TestImmutableAttributesAreSetOnce(t *testing.T) {
	p := schemaPool()
	set := map[string]string{"custom:employee": "E1"}
	if _, failed := checkAttributes("test", p, nil, bySignUp, set, nil); failed != nil {
		t.Errorf("at sign-up: %v", failed)
	}
	for _, old := range []map[string]string{{"custom:employee": "E0"}, {}} {
		for _, by := range []writer{bySelf, byAdministrator} {
			if _, failed := checkAttributes("test", p, nil, by, set, old); failed == nil {
				t.Errorf("changed from %v afterwards", old)
			}
		}
	}
	if _, failed := checkAttributes("test", p, nil, bySelf, set, set); failed != nil {
		t.Errorf("a form that repeats the value: %v", failed)
	}
	if _, failed := checkAttributes("test", p, nil, bySelf, map[string]string{"custom:employee": ""}, set); failed == nil {
		t.Error("cleared afterwards")
	}
}

func TestARequiredAttributeIsNotCleared(t *testing.T) {
	_, failed := checkAttributes("test", schemaPool(), nil, bySelf, map[string]string{"name": ""}, map[string]string{"name": "Ann"})
	if failed == nil || failed.Code != AttributeRequired {
		t.Errorf("got %v", failed)
	}
	p := &Pool{UsernameAttributes: []string{"email", "phone_number"}}
	both := map[string]string{"email": "a@example.test", "phone_number": "+491701234567"}
	if _, failed := checkAttributes("test", p, nil, bySelf, map[string]string{"phone_number": ""}, both); failed != nil {
		t.Errorf("one of two addresses: %v", failed)
	}
	one := map[string]string{"email": "a@example.test"}
	if _, failed := checkAttributes("test", p, nil, bySelf, map[string]string{"email": ""}, one); failed == nil {
		t.Error("the last address, by which the user is known, is cleared")
	}
}

func TestWriteAttributesLimitAClient(t *testing.T) {
	client := &Client{WriteAttributes: []string{"name"}}
	if _, failed := checkAttributes("test", schemaPool(), client, bySelf, map[string]string{"name": "Ann"}, nil); failed != nil {
		t.Error(failed)
	}
	if _, failed := checkAttributes("test", schemaPool(), client, bySelf, map[string]string{"nickname": "Annie"}, nil); failed == nil {
		t.Error("an attribute outside the list is written")
	}
}

func TestReadAttributesLimitAClient(t *testing.T) {
	u := User{ID: "s", Attributes: map[string]string{"name": "Ann", "email": "a@example.test", "email_verified": "true"}}
	got := u.ReadableBy(&Client{ReadAttributes: []string{"email"}})
	if len(got) != 2 || got["email"] == "" || got["sub"] != "s" {
		t.Errorf("got %v", got)
	}
	if got := u.ReadableBy(&Client{}); len(got) != 4 {
		t.Errorf("an empty list permits all, got %v", got)
	}
}

func TestANewAddressIsNotVerified(t *testing.T) {
	u := User{Attributes: map[string]string{"email": "a@example.test", "email_verified": "true"}}
	applyAttributes(&u, map[string]string{"email": "b@example.test"})
	if u.Attributes["email_verified"] != "false" {
		t.Errorf("got %v", u.Attributes)
	}
	applyAttributes(&u, map[string]string{"email": "", "email_verified": "true"})
	if len(u.Attributes) != 0 {
		t.Errorf("a flag without its address: %v", u.Attributes)
	}
}

func TestMasksShowLittle(t *testing.T) {
	for value, want := range map[address]string{
		{"email", "ann@mail.example.test"}: "a***@m***.test",
		{"email", "ü@x"}:                   "ü***@x***",
		{"phone_number", "+4917012345"}:    "+49******45",
	} {
		if got := value.masked(); got != want {
			t.Errorf("%s is shown as %s, want %s", value.Value, got, want)
		}
	}
}

func TestARefusedAttributeSaysWhy(t *testing.T) {
	old := map[string]string{"name": "Ann", "locale": "de"}
	for name, c := range map[string]struct{ value, why string }{
		"unknown":       {"x", "no such attribute"},
		"locale":        {"en", "immutable"},
		"custom:colour": {"violet", "printable text of 2 to 5 characters"},
		"custom:age":    {"151", "a number of 0 to 150"},
		"custom:member": {"yes", "true or false"},
		"birthdate":     {"28.2.1990", "2001-12-31"},
		"nickname":      {strings.Repeat("x", 2049), "at most 2048 bytes"},
	} {
		_, failed := checkAttributes("test", schemaPool(), nil, byAdministrator, map[string]string{name: c.value}, old)
		if failed == nil || failed.Err == nil || !strings.Contains(failed.Err.Error(), c.why) {
			t.Errorf("%s=%.20q: %v, want %q", name, c.value, failed, c.why)
		}
	}
}
