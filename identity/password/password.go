// Package password keeps and judges passwords: argon2id hashes behind a bounded
// pool, hashes from elsewhere until their person signs in, a policy, a list of common passwords and an estimate of strength.
//
// It follows NIST SP 800-63B-4 §3.1.1 (length before composition, a blocklist,
// Unicode normalised, no truncation), RFC 9106 (argon2id), the PHC string format,
// and RFC 5054 (SRP) as Cognito's clients do it. The member names of the policy are the Cognito API's.
package password

import (
	"errors"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of a password, after normalisation. Cognito's longest is 256 characters.
const (
	MaxRunes = 256
	MaxBytes = 1024
)

// Errors of this package; test them with errors.Is.
var (
	// ErrTooLong refuses a password past MaxRunes or MaxBytes before any work is done.
	ErrTooLong = errors.New("password: too long")
	// ErrBusy says that no worker was free before the queue deadline.
	ErrBusy = errors.New("password: hashing queue is full")
	// ErrMalformed says that a stored hash has none of the forms that are known, or too
	// little work in it to be one.
	ErrMalformed = errors.New("password: malformed hash")
	// ErrCostly says that a stored hash asks for more work than is allowed.
	ErrCostly = errors.New("password: hash parameters above the cap")
)

// Normalise answers the text that is hashed. 63B-4 §3.1.1.2: the same password
// typed on another keyboard may arrive composed or decomposed. NFC, not NFKC,
// which would make different passwords (ﬁ and fi) equal. Nothing is trimmed,
// folded or cut: the whole password counts.
func Normalise(password string) (string, error) {
	// Four bytes may compose to one; beyond that the text is too long without
	// looking at it.
	if len(password) > 4*MaxBytes {
		return "", ErrTooLong
	}
	text := norm.NFC.String(password)
	if len(text) > MaxBytes || utf8.RuneCountInString(text) > MaxRunes {
		return "", ErrTooLong
	}
	return text, nil
}
