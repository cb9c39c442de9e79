package password

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Policy is what a pool asks of a password (Cognito PasswordPolicyType). The
// zero value is the house's default: eight characters, no composition rules,
// no common password (63B-4 §3.1.1.2).
type Policy struct {
	MinimumLength                 int  `json:"minimum_length,omitempty" yaml:"minimum_length,omitempty"` // 6-99; 0 is 8
	RequireLowercase              bool `json:"require_lowercase,omitempty" yaml:"require_lowercase,omitempty"`
	RequireUppercase              bool `json:"require_uppercase,omitempty" yaml:"require_uppercase,omitempty"`
	RequireNumbers                bool `json:"require_numbers,omitempty" yaml:"require_numbers,omitempty"`
	RequireSymbols                bool `json:"require_symbols,omitempty" yaml:"require_symbols,omitempty"`
	PasswordHistorySize           int  `json:"password_history_size,omitempty" yaml:"password_history_size,omitempty"`                       // 0-24
	TemporaryPasswordValidityDays int  `json:"temporary_password_validity_days,omitempty" yaml:"temporary_password_validity_days,omitempty"` // 0-365; 0 is 7
}

// Violation is one way in which a password breaks the policy; front ends hold
// the words for it.
type Violation string

// The violations.
const (
	TooShort        Violation = "too_short"
	TooLong         Violation = "too_long"
	NeedsLowercase  Violation = "needs_lowercase"
	NeedsUppercase  Violation = "needs_uppercase"
	NeedsNumber     Violation = "needs_number"
	NeedsSymbol     Violation = "needs_symbol"
	IsCommon        Violation = "common"
	ContainsContext Violation = "contains_context"
	SpacesAtEnds    Violation = "spaces_at_ends"
)

// Violations lists every code, for the tests that hold the front ends' words.
func Violations() []Violation {
	return []Violation{TooShort, TooLong, NeedsLowercase, NeedsUppercase, NeedsNumber, NeedsSymbol, IsCommon, ContainsContext, SpacesAtEnds}
}

// PolicyError names the setting of a policy that is out of bounds.
type PolicyError struct {
	Field    string // snake_case, as in the file
	Min, Max int
}

func (e *PolicyError) Error() string {
	return fmt.Sprintf("%s must be between %d and %d", e.Field, e.Min, e.Max)
}

// Validate answers a *PolicyError for the first setting outside Cognito's bounds.
func (p Policy) Validate() error {
	switch {
	case p.MinimumLength != 0 && (p.MinimumLength < 6 || p.MinimumLength > 99):
		return &PolicyError{Field: "minimum_length", Min: 6, Max: 99}
	case p.PasswordHistorySize < 0 || p.PasswordHistorySize > 24:
		return &PolicyError{Field: "password_history_size", Min: 0, Max: 24}
	case p.TemporaryPasswordValidityDays < 0 || p.TemporaryPasswordValidityDays > 365:
		return &PolicyError{Field: "temporary_password_validity_days", Min: 0, Max: 365}
	}
	return nil
}

// MinLength is the shortest password in characters.
func (p Policy) MinLength() int {
	if p.MinimumLength == 0 {
		return 8
	}
	return p.MinimumLength
}

// TemporaryValidity is how long a temporary password lives.
func (p Policy) TemporaryValidity() time.Duration {
	days := p.TemporaryPasswordValidityDays
	if days == 0 {
		days = 7
	}
	return time.Duration(days) * 24 * time.Hour
}

// Check answers how password breaks the policy; nil when it does not. The
// context is what an attacker would try first: the user's name and address, the
// names of pool and client.
func (p Policy) Check(password string, context ...string) []Violation {
	text, err := Normalise(password)
	if err != nil {
		return []Violation{TooLong}
	}
	var broken []Violation
	note := func(bad bool, v Violation) {
		if bad {
			broken = append(broken, v)
		}
	}
	has := classesOf(text)
	note(utf8.RuneCountInString(text) < p.MinLength(), TooShort)
	note(p.RequireLowercase && !has.lower, NeedsLowercase)
	note(p.RequireUppercase && !has.upper, NeedsUppercase)
	note(p.RequireNumbers && !has.number, NeedsNumber)
	note(p.RequireSymbols && !has.symbol, NeedsSymbol)
	// Cognito's PasswordType begins and ends with something visible.
	note(strings.TrimSpace(text) != text, SpacesAtEnds)
	note(Common(text), IsCommon)
	note(mostlyContext(fold(text), context), ContainsContext)
	return broken
}

type classes struct{ lower, upper, number, symbol bool }

func classesOf(text string) classes {
	var has classes
	for _, r := range strings.TrimSpace(text) {
		switch {
		case unicode.IsLower(r):
			has.lower = true
		case unicode.IsUpper(r):
			has.upper = true
		case unicode.IsNumber(r):
			has.number = true
		case !unicode.IsLetter(r):
			has.symbol = true
		}
	}
	return has
}

// mostlyContext says that little is left of a password when the context words
// are taken out. A long passphrase may name the firm; "acme2024" may not.
func mostlyContext(folded string, context []string) bool {
	words := contextWords(context)
	return leftover(folded, words, 4) < 8 || leftover(folded, words, 3) < 4
}

// leftover counts the characters that remain when words of at least size
// characters are taken out; a password that holds none keeps no leftover to
// speak of and answers a large number.
func leftover(folded string, words []string, size int) int {
	rest := folded
	for _, word := range words {
		if utf8.RuneCountInString(word) >= size {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	if rest == folded {
		return MaxRunes
	}
	if Common(rest) {
		return 0
	}
	return utf8.RuneCountInString(rest)
}

// contextWords answers the whole phrases, longest meaning first, and then their words.
func contextWords(context []string) []string {
	var words []string
	for _, phrase := range context {
		words = append(words, fold(phrase))
	}
	for _, phrase := range words[:len(words):len(words)] {
		words = append(words, strings.FieldsFunc(phrase, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsNumber(r)
		})...)
	}
	return words
}

// fold makes spellings equal that people hold for the same word.
func fold(text string) string { return strings.ToLower(norm.NFC.String(text)) }
