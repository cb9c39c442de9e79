package password

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheDefaultPolicyAsksForLengthAlone(t *testing.T) {
	for password, want := range map[string][]Violation{
		"gravelmothtubala":                   nil,
		"gravelm":                            {TooShort},
		"gravelmo":                           nil,
		"😀😃😄😁😆😅😂":                            {TooShort}, // characters are counted, not bytes
		"😀😃😄😁😆😅😂🤣":                           nil,
		"gravel moth":                        nil,
		" gravelmoth":                        {SpacesAtEnds},
		"gravelmoth\u00a0":                   {SpacesAtEnds},
		"password":                           {IsCommon},
		strings.Repeat("ab c", 64):           nil,
		strings.Repeat("ab c", 64) + "d":     {TooLong},
		strings.Repeat("x", 1<<20):           {TooLong},
		strings.Repeat("😀", 255) + "x":       nil,
		"grave" + "e\u0301" + "x" + "":       {TooShort}, // seven once composed
		strings.Repeat("e\u0302\u0301", 200): nil,        // 1,000 bytes as typed, 600 composed
	} {
		if got := (Policy{}).Check(password); !slices.Equal(got, want) {
			t.Errorf("%.40q: %v, want %v", password, got, want)
		}
	}
}

func TestCompositionIsAskedOnlyWhenSwitchedOn(t *testing.T) {
	all := Policy{RequireLowercase: true, RequireUppercase: true, RequireNumbers: true, RequireSymbols: true}
	for password, want := range map[string][]Violation{
		"Gravel-moth7": nil,
		"GRAVEL-MOTH7": {NeedsLowercase},
		"gravel-moth7": {NeedsUppercase},
		"Gravel-mothx": {NeedsNumber},
		"Gravelmoth77": {NeedsSymbol},
		"Gravel moth7": nil, // Cognito: a space inside counts as a symbol
		"Éclair-moth7": nil,
	} {
		if got := all.Check(password); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", password, got, want)
		}
	}
	if got := (Policy{MinimumLength: 12}).Check("gravelmoth1"); !slices.Equal(got, []Violation{TooShort}) {
		t.Errorf("eleven of twelve: %v", got)
	}
}

func TestAPasswordIsNotMadeOfItsContext(t *testing.T) {
	context := []string{"ann.smith@example.test", "Ann Smith", "Acme Rockets", ""}
	for _, password := range []string{"ann.smith@example.test", "Acme2024!", "acmerockets", "rockets1234", "ANNANNANN", "smithsmith1", "acmepassword1"} {
		if got := (Policy{MinimumLength: 6}).Check(password, context...); !slices.Contains(got, ContainsContext) {
			t.Errorf("%q is let through: %v", password, got)
		}
	}
	for _, password := range []string{"gravel moth tuba", "channel-swim", "acme is where the moths sing"} {
		if got := (Policy{}).Check(password, context...); got != nil {
			t.Errorf("%q is refused: %v", password, got)
		}
	}
}

func TestAPolicyOutOfBoundsNamesTheSetting(t *testing.T) {
	for field, p := range map[string]Policy{
		"minimum_length":                   {MinimumLength: 5},
		"password_history_size":            {PasswordHistorySize: 25},
		"temporary_password_validity_days": {TemporaryPasswordValidityDays: -1},
	} {
		var e *PolicyError
		if err := p.Validate(); !errors.As(err, &e) || e.Field != field || !strings.HasPrefix(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, p := range []Policy{
		{}, {MinimumLength: 6}, {MinimumLength: 99, PasswordHistorySize: 24, TemporaryPasswordValidityDays: 365},
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, p := range []Policy{{MinimumLength: 100}, {MinimumLength: -1}, {PasswordHistorySize: -1}, {TemporaryPasswordValidityDays: 366}} {
		if p.Validate() == nil {
			t.Errorf("%+v is let through", p)
		}
	}
}

func TestThePolicyIsWrittenInCognitoNames(t *testing.T) {
	const text = `{"minimum_length":10,"require_lowercase":true,"require_uppercase":true,"require_numbers":true,` +
		`"require_symbols":true,"password_history_size":5,"temporary_password_validity_days":3}`
	var p Policy
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	if got, _ := json.Marshal(p); string(got) != text {
		t.Errorf("%s", got)
	}
	if p.TemporaryValidity() != 72*time.Hour || (Policy{}).TemporaryValidity() != 7*24*time.Hour {
		t.Error("temporary validity")
	}
}

func TestATemporaryPasswordPassesEveryPolicyAndCannotBeGuessed(t *testing.T) {
	strict := Policy{RequireLowercase: true, RequireUppercase: true, RequireNumbers: true, RequireSymbols: true}
	seen := map[string]bool{}
	for length := 6; length <= 99; length++ {
		strict.MinimumLength = length
		text := strict.Temporary()
		if broken := strict.Check(text); broken != nil {
			t.Errorf("%q breaks minimum length %d: %v", text, length, broken)
		}
		if seen[text] || strings.ContainsAny(text, "0Oo1Il") {
			t.Errorf("%q", text)
		}
		seen[text] = true
	}
	random := len(strings.ReplaceAll(Temporary(), "-", ""))
	if bits := float64(random) * math.Log2(float64(len(readable))); bits < 71 {
		t.Errorf("%.0f bits", bits)
	}
}
