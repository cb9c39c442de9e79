package otp

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"unicode"
)

const (
	recoveryCodes = 10
	recoveryBytes = 10 // 80 bits: no guess finds one, so a plain hash may store them
	recoveryGroup = 4
)

// Crockford's base32 has no I, L, O and U: nothing to mistake for 1, 0 or V.
// Lower case, because digits stand out in it.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewRecoveryCodes answers ten codes of 80 random bits each, as they are shown:
// four groups of four characters, "k3f9-0tq7-vh2m-x8dc". NormaliseRecovery makes
// of them what is stored.
func NewRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var raw [recoveryBytes]byte
		rand.Read(raw[:])
		codes[i] = grouped(crockford.EncodeToString(raw[:]))
	}
	return codes
}

func grouped(code string) string {
	var b strings.Builder
	for i := 0; i < len(code); i += recoveryGroup {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(code[i:min(i+recoveryGroup, len(code))])
	}
	return b.String()
}

// NormaliseRecovery answers a recovery code as it is stored from what was typed
// or pasted: see Normalise, and in lower case with O read as 0, I and L as 1, as
// Crockford's base32 decodes. Other characters stay, and fail to match.
func NormaliseRecovery(input string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(narrow(r)); r {
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, Normalise(input))
}

// narrow answers the ASCII letter of a full-width one, which Asian keyboards
// type (U+FF01 to U+FF5E follow ASCII).
func narrow(r rune) rune {
	if r >= '\uff01' && r <= '\uff5e' {
		return r - '\uff01' + '!'
	}
	return r
}
