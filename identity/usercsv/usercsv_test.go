package usercsv

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheHeaderIsCognitos(t *testing.T) {
	const want = "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,email_verified,gender,birthdate," +
		"zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,cognito:mfa_enabled,cognito:username,custom:plan"
	if got := strings.Join(Header([]string{"custom:plan"}), ","); got != want {
		t.Errorf("header %s", got)
	}
}

func TestColumnsStandInAnyOrderAndAllOfThem(t *testing.T) {
	want := []string{"a", "b"}
	if got, err := Columns("b, a ,c\r", want, []string{"c"}); err != nil || !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("%v %v", got, err)
	}
	for line, why := range map[string]string{
		"a": "b is missing", "a,b,b": "b stands twice", "a,b,d": "no column d", "\ufeffa,b": "byte order mark", `"a",b`: "without quotes",
	} {
		if _, err := Columns(line, want, nil); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %s", line, err, why)
		}
	}
}

func TestACommaInAValueStandsBehindABackslash(t *testing.T) {
	for line, want := range map[string][]string{
		`a,b`: {"a", "b"}, `a\,b`: {"a,b"}, ` a , b `: {"a", "b"}, ``: {""}, `,`: {"", ""}, `a\b,c\\,d`: {`a\b`, `c\,d`}, `a\`: {`a\`}, `5'8",x`: {`5'8"`, "x"},
	} {
		if got, err := Fields(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q %v, want %q", line, got, err, want)
		}
	}
	for line, why := range map[string]string{strings.Repeat("a", MaxLine+1): "characters", "a\xff": "UTF-8", `a,"b"`: "quotes"} {
		if _, err := Fields(line); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.20q: %v, want %s", line, err, why)
		}
	}
	if _, err := Fields(strings.Repeat("é", MaxLine)); err != nil {
		t.Error(err)
	}
}

func TestALineIsOneUser(t *testing.T) {
	columns := []string{Username, MFA, "email", "email_verified", "birthdate", "name", PasswordHash}
	row, err := Read(columns, `ann,false,ann@example.test,TRUE,02/29/2000,,$x`)
	want := map[string]string{"email": "ann@example.test", "email_verified": "true", "birthdate": "2000-02-29"}
	if err != nil || row.Username != "ann" || row.MFA || row.Hash != "$x" || !maps.Equal(row.Attributes, want) {
		t.Errorf("%+v %v", row, err)
	}
	for line, why := range map[string]string{
		`,false,,,,,`: "username is missing", `a b,false,,,,,`: "has a space", `a,,,,,,`: "mfa_enabled is true or false",
		`a,false,,yes,,,`: "email_verified is true or false", `a,false,,,2000-02-29,,`: "mm/dd/yyyy", `a,false`: "has 2 values",
	} {
		if _, err := Read(columns, line); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %s", line, err, why)
		}
	}
}

// FuzzRead: no line breaks the reader, and what it reads has the form that it promises.
func FuzzRead(f *testing.F) {
	columns := Header([]string{"custom:plan"})
	f.Add(strings.Repeat(",", len(columns)-1))
	f.Add(`Ann,,,,,,,,,ann@example.test,true,,02/29/2000,,,,false,A street 1\, town,,false,ann,gold`)
	f.Add(`"Ann",\,\\,,` + "\xff\x00\r")
	f.Fuzz(func(t *testing.T, line string) {
		row, err := Read(columns, line)
		if err != nil {
			return
		}
		if row.Username == "" || strings.ContainsAny(row.Username, " \t") {
			t.Errorf("username %q", row.Username)
		}
		for name, value := range row.Attributes {
			if value == "" || !utf8.ValidString(value) || !slices.Contains(columns, name) {
				t.Errorf("%s is %q", name, value)
			}
		}
	})
}
