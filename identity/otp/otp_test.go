package otp

import (
	"strings"
	"testing"
	"unicode"
)

func TestCodesAreSixDigitsAndSpreadEvenly(t *testing.T) {
	var first [10]int
	const draws = 20_000
	for range draws {
		code := NewCode()
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("code %q", code)
		}
		first[code[0]-'0']++
	}
	for digit, n := range first {
		// Ten standard deviations around the expected tenth.
		if n < draws/10-425 || n > draws/10+425 {
			t.Errorf("first digit %d: %d of %d", digit, n, draws)
		}
	}
}

func TestTheIncompleteLastMillionIsDrawnAgain(t *testing.T) {
	if code, ok := codeFrom(4_293_999_999); !ok || code != "999999" {
		t.Errorf("last whole million: %q %v", code, ok)
	}
	if _, ok := codeFrom(4_294_000_000); ok {
		t.Error("a number past the last whole million was taken")
	}
	if code, _ := codeFrom(42); code != "000042" {
		t.Errorf("leading zeros: %q", code)
	}
}

func TestTokensCarry32BytesBehindTheirPrefix(t *testing.T) {
	a, b := NewToken(), NewToken("rt_")
	if len(a) != 43 || len(b) != 46 || !strings.HasPrefix(b, "rt_") || a == b[3:] {
		t.Errorf("tokens %q %q", a, b)
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	for input, want := range map[string]string{
		"123456":                               "123456",
		" 123 456\n":                           "123456",
		"123-456":                              "123456",
		"123\u2011456":                         "123456", // non-breaking hyphen
		"12\u2013345\u22126":                   "123456", // en dash, minus sign
		"123\u00a0456\u202f":                   "123456", // no-break spaces
		"\ufeff123\u200b456":                   "123456", // byte order mark, zero-width space
		"\u200e123456\u200f":                   "123456", // directional marks
		"１２３４５６":                               "123456", // full-width
		"\u0661\u0662\u0663\u0664\u0665\u0660": "123450", // Arabic-Indic
		"\u06f1\u06f2\u06f3\u06f4\u06f5\u06f9": "123459", // Persian
		"\u0967\u0968\u0969":                   "123",    // Devanagari
		"12a456":                               "12a456",
		"":                                     "",
	} {
		if got := Normalise(input); got != want {
			t.Errorf("Normalise(%q) = %q, want %q", input, got, want)
		}
	}
}

func TestEveryDecimalDigitOfUnicodeIsRead(t *testing.T) {
	for value, r := range "0123456789" {
		if digitValue(r) != rune(value) {
			t.Errorf("%c", r)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.IsDigit(r) && (digitValue(r) < 0 || digitValue(r) > 9) {
			t.Errorf("%U has value %d", r, digitValue(r))
		}
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add("123 456")
	f.Add("\u0661\u0662\u0663")
	f.Add("\xff-\x00")
	f.Fuzz(func(t *testing.T, input string) {
		once := Normalise(input)
		if Normalise(once) != once {
			t.Errorf("%q: %q is not a fixed point", input, once)
		}
		if strings.ContainsFunc(once, unicode.IsSpace) {
			t.Errorf("%q: space in %q", input, once)
		}
	})
}
