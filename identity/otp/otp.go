// Package otp makes one-time codes and tokens, and reads codes as people type them.
package otp

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
)

// NewCode answers six decimal digits, each code equally likely.
func NewCode() string {
	for {
		var raw [4]byte
		rand.Read(raw[:])
		if code, ok := codeFrom(binary.BigEndian.Uint32(raw[:])); ok {
			return code
		}
	}
}

// codeFrom refuses numbers from the incomplete last million of 2^32, which
// would make low codes likelier (rejection sampling).
func codeFrom(n uint32) (string, bool) {
	const codes = 1_000_000
	const whole = (1 << 32) / codes * codes
	return fmt.Sprintf("%06d", n%codes), uint64(n) < whole
}

// NewToken answers 32 random bytes as base64url, 43 characters, behind an
// optional prefix by which leak scanners know its kind ("rt_").
func NewToken(prefix ...string) string {
	var raw [32]byte
	rand.Read(raw[:])
	return strings.Join(prefix, "") + base64.RawURLEncoding.EncodeToString(raw[:])
}

// Normalise answers a code as it was sent from what was typed or pasted:
// without spaces, dashes and invisible marks, with the digits of other scripts
// and full-width digits as ASCII. Other characters stay, and fail to match.
func Normalise(input string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Dash, r), r == '\u2212':
			return -1
		case unicode.Is(unicode.Cf, r): // zero-width space and joiners, directional marks, byte order mark
			return -1
		case unicode.IsDigit(r):
			return '0' + digitValue(r)
		}
		return r
	}, input)
}

// digitValue: Unicode assigns decimal digits (Nd) in runs of ten that ascend
// from zero (Unicode §4.6), so the distance to the start of the run, modulo
// ten, is the value.
func digitValue(r rune) rune {
	for _, run := range unicode.Nd.R16 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	for _, run := range unicode.Nd.R32 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	return r
}
