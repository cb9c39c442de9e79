package password

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Strength estimates how long a password withstands guessing. It advises; only
// Policy.Check refuses.
type Strength struct {
	Score   int     // 0 and 1 weak, 2 fair, 3 good, 4 strong
	Word    string  // code of the words shown beside the field; see StrengthWords
	Guesses float64 // power of ten
}

// The codes of Strength.Word. A weak password is told why, by the guess that
// covers most of it.
const (
	WeakCommon   = "weak_common"
	WeakContext  = "weak_context"
	WeakRepeated = "weak_repeated"
	WeakSequence = "weak_sequence"
	WeakKeyboard = "weak_keyboard"
	WeakShort    = "weak_short"
	Fair         = "fair"
	Good         = "good"
	Strong       = "strong"
)

// StrengthWords lists every code, for the tests that hold the front ends' words.
func StrengthWords() []string {
	return []string{WeakCommon, WeakContext, WeakRepeated, WeakSequence, WeakKeyboard, WeakShort, Fair, Good, Strong}
}

// Powers of ten of the guesses that finding one part takes.
const (
	costChar    = 1.0 // a character nothing is known about, as zxcvbn counts it
	costCommon  = 3.5 // one of the list, most used first
	costContext = 0.7
	costVariant = 0.5 // capitals, or digits for letters
	costJoin    = 0.4 // which kind of part comes next
)

// Past this many characters a part that repays looking at is long since found.
const judgedRunes = 72

// Estimate answers the strength of password against one who knows the context:
// the user's name and address, the names of pool and client. It is the cheapest
// way to put the password together from parts an attacker tries early.
func Estimate(password string, context ...string) Strength {
	text := []rune(firstRunes(password, judgedRunes))
	guesses, why := cheapest(text, partsOf(text, contextWords(context)))
	s := Strength{Guesses: guesses}
	switch {
	case guesses < 3:
		s.Score, s.Word = 0, why
	case guesses < 6:
		s.Score, s.Word = 1, why
	case guesses < 8:
		s.Score, s.Word = 2, Fair
	case guesses < 10:
		s.Score, s.Word = 3, Good
	default:
		s.Score, s.Word = 4, Strong
	}
	return s
}

func firstRunes(text string, n int) string {
	for at := range text {
		if n == 0 {
			return text[:at]
		}
		n--
	}
	return text
}

// part is a guessable stretch from start to end (excluded).
type part struct {
	start, end int
	cost       float64
	why        string
}

// cheapest joins parts and single characters so that their costs add up to the
// least, and answers which kind of part covers most.
func cheapest(text []rune, parts []part) (cost float64, why string) {
	costs := make([]float64, len(text)+1)
	last := make([]part, len(text)+1)
	for end := 1; end <= len(text); end++ {
		costs[end] = costs[end-1] + costChar
		last[end] = part{start: end - 1, end: end, why: WeakShort}
		for _, p := range parts {
			if through := costs[p.start] + p.cost + costJoin; p.end == end && through < costs[end] {
				costs[end], last[end] = through, p
			}
		}
	}
	return costs[len(text)], mostOf(last)
}

func mostOf(last []part) string {
	covered := map[string]int{}
	for at := len(last) - 1; at > 0; at = last[at].start {
		covered[last[at].why] += last[at].end - last[at].start
	}
	why := WeakShort
	for _, code := range StrengthWords() {
		if covered[code] > covered[why] {
			why = code
		}
	}
	return why
}

// partsOf finds every part an attacker would try early.
func partsOf(text []rune, context []string) []part {
	folded := []rune(strings.Map(unicode.ToLower, string(text)))
	plain := []rune(strings.Map(unleet, string(folded)))
	var parts []part
	for start := range folded {
		parts = append(parts, wordsAt(text, folded, plain, start, context)...)
		parts = append(parts, repeatsAt(folded, start)...)
		if end := runAt(folded, start, nextInOrder); end-start >= 3 {
			parts = append(parts, part{start, end, 1.5 + math.Log10(float64(end-start)), WeakSequence})
		}
		if end := runAt(folded, start, nextOnKeyboard); end-start >= 4 {
			parts = append(parts, part{start, end, 1.8 + math.Log10(float64(end-start)), WeakKeyboard})
		}
	}
	return parts
}

const longestListed = 20

// wordsAt finds listed and context words that begin at start, as they are or
// with digits for letters.
func wordsAt(text, folded, plain []rune, start int, context []string) []part {
	var parts []part
	for end := start + 3; end <= len(text); end++ {
		asIs, variant := string(folded[start:end]), 0.0
		if asIs != string(text[start:end]) {
			variant = costVariant
		}
		word := string(plain[start:end])
		switch {
		case isContext(asIs, context):
			parts = append(parts, part{start, end, costContext + variant, WeakContext})
		case end-start > longestListed || end-start < 4:
		case listed(asIs):
			parts = append(parts, part{start, end, costCommon + variant, WeakCommon})
		case word != asIs && listed(word):
			parts = append(parts, part{start, end, costCommon + variant + costVariant, WeakCommon})
		}
	}
	return parts
}

func isContext(word string, context []string) bool {
	for _, one := range context {
		if one == word {
			return true
		}
	}
	return false
}

// repeatsAt finds one to eight characters said three times or oftener, or four
// and more said twice.
func repeatsAt(folded []rune, start int) []part {
	var parts []part
	for size := 1; size <= 8; size++ {
		times := 1
		for start+size*(times+1) <= len(folded) &&
			string(folded[start+size*times:start+size*(times+1)]) == string(folded[start:start+size]) {
			times++
		}
		if times >= 3 || times == 2 && size >= 4 {
			cost := float64(size)*costChar + math.Log10(float64(times))
			parts = append(parts, part{start, start + size*times, cost, WeakRepeated})
		}
	}
	return parts
}

// runAt answers where the run that begins at start ends: each character leads
// to the next by the same step.
func runAt(text []rune, start int, step func(a, b rune) int) int {
	if start+1 >= len(text) {
		return start + 1
	}
	way := step(text[start], text[start+1])
	end := start + 1
	for way != 0 && end < len(text) && step(text[end-1], text[end]) == way {
		end++
	}
	return end
}

func nextInOrder(a, b rune) int {
	if !unicode.IsLetter(a) && !unicode.IsDigit(a) || !unicode.IsLetter(b) && !unicode.IsDigit(b) {
		return 0
	}
	if way := int(b - a); way == 1 || way == -1 {
		return way
	}
	return 0
}

// Rows of the keyboards most in use; a slanted column is typed as readily.
var rows = []string{
	"1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./",
	"qwertzuiopü", "yxcvbnm,.-", "azertyuiop", "qsdfghjklm", "wxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
}

func nextOnKeyboard(a, b rune) int {
	pair, back := string([]rune{a, b}), string([]rune{b, a})
	for _, row := range rows {
		switch {
		case strings.Contains(row, pair):
			return 1
		case strings.Contains(row, back):
			return -1
		}
	}
	return 0
}

// unleet reads digits and signs as the letters they stand for.
func unleet(r rune) rune {
	const signs, letters = "4@83€1!|0$57+", "aabeeiiiosstt"
	if at := strings.IndexRune(signs, r); at >= 0 {
		return rune(letters[utf8.RuneCountInString(signs[:at])])
	}
	return r
}
