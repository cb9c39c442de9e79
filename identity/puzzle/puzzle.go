// Package puzzle asks a browser for a little work before a costly step, when
// there is pressure: find a number that, hashed behind a random salt, gives a
// digest with so many leading zero bits (Hashcash; the form is close to
// ALTCHA's). Nothing is stored when a ticket is issued; the caller stores the id
// that Check answers, so that a ticket serves once.
//
// Without script there is a wait instead of work. A wait costs a robot with many
// tickets little, so the caller counts tickets redeemed by waiting against the
// address they come from.
//
// Captcha asks a provider instead, where an operator chose one.
package puzzle

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

const (
	// WaitFor is how old a ticket must be to pass without a solution.
	WaitFor = 20 * time.Second
	// Life is how old a ticket may be.
	Life = 15 * time.Minute
	// DefaultBits is 65,536 hashes on average. A loop of plain JavaScript makes
	// 1.2 million a second on a server core (V8, measured); assumed is a phone six
	// to ten times slower, so 0.3 to 0.5 s, and for one in twenty three times that.
	// crypto.subtle makes 18,000 a second there, since every call is a promise: the
	// page's script hashes by itself. A native program needs 8 ms (BenchmarkSolve):
	// a puzzle slows floods down, it does not keep a determined one out.
	DefaultBits = 16
	// MaxBits is where a phone would work for minutes.
	MaxBits = 24
)

// Errors of this package; test them with errors.Is.
var (
	// ErrUnsolved refuses a solution that solves nothing.
	ErrUnsolved = errors.New("puzzle: not solved")
	// ErrTooSoon refuses a ticket without a solution before WaitFor; errors.As
	// with *TooSoon tells how long to wait.
	ErrTooSoon = errors.New("puzzle: too soon without a solution")
	// ErrExpired refuses a ticket past Life.
	ErrExpired = errors.New("puzzle: the ticket has expired")
	// ErrForged refuses what was not issued here, or for another purpose.
	ErrForged = errors.New("puzzle: not a ticket of ours")
)

// TooSoon is ErrTooSoon with what remains to wait.
type TooSoon struct{ Wait time.Duration }

func (e *TooSoon) Error() string { return fmt.Sprintf("%v: %v left", ErrTooSoon, e.Wait) }

// Unwrap makes it an ErrTooSoon to errors.Is.
func (e *TooSoon) Unwrap() error { return ErrTooSoon }

// Ticket is what a page carries: Token goes back in the form, Salt and Bits are
// what its script needs. A solution is a decimal number n, at most 20 digits,
// for which SHA-256(Salt + n) begins with Bits zero bits.
type Ticket struct {
	Token string
	Salt  string
	Bits  int
}

// Issue makes a ticket for one purpose ("SignUp"), of bits difficulty between 1
// and MaxBits. mac authenticates its parts under a key that only the server has;
// it must keep ("a", "bc") and ("ab", "c") apart.
func Issue(mac func(parts ...string) []byte, now time.Time, purpose string, bits int) Ticket {
	var raw [16]byte
	rand.Read(raw[:])
	t := token{
		bits:   strconv.Itoa(min(max(bits, 1), MaxBits)),
		issued: strconv.FormatInt(now.Unix(), 10),
		salt:   base64.RawURLEncoding.EncodeToString(raw[:]),
	}
	difficulty, _ := strconv.Atoi(t.bits)
	text := strings.Join([]string{t.bits, t.issued, t.salt, t.seal(mac, purpose)}, ".")
	return Ticket{Token: text, Salt: t.salt, Bits: difficulty}
}

// Check answers the id under which the caller remembers, for Life, that the
// ticket was used. The solution is what the script found, or "" to pass by
// waiting. It answers ErrForged, ErrExpired, ErrUnsolved or a *TooSoon.
func Check(mac func(parts ...string) []byte, now time.Time, purpose, ticket, solution string) (id string, err error) {
	t, err := open(mac, purpose, ticket)
	if err != nil {
		return "", err
	}
	age, difficulty, err := t.read(now)
	switch {
	case err != nil:
		return "", err
	case age > Life:
		return "", ErrExpired
	case solution == "" && age < WaitFor:
		return "", &TooSoon{Wait: WaitFor - age}
	case solution != "" && !solves(t.salt, solution, difficulty):
		return "", ErrUnsolved
	}
	// Only the salt, which is sealed letter by letter, so that a ticket spelled
	// differently is the same one.
	sum := sha256.Sum256([]byte("puzzle " + t.salt))
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// token is a ticket's text, cut at its dots.
type token struct{ bits, issued, salt string }

func open(mac func(parts ...string) []byte, purpose, ticket string) (token, error) {
	parts := strings.SplitN(ticket, ".", 5)
	if len(parts) != 4 {
		return token{}, ErrForged
	}
	t := token{bits: parts[0], issued: parts[1], salt: parts[2]}
	if subtle.ConstantTimeCompare([]byte(t.seal(mac, purpose)), []byte(parts[3])) != 1 {
		return token{}, ErrForged
	}
	return t, nil
}

func (t token) seal(mac func(parts ...string) []byte, purpose string) string {
	return base64.RawURLEncoding.EncodeToString(mac("puzzle", purpose, t.bits, t.issued, t.salt))
}

func (t token) read(now time.Time) (age time.Duration, difficulty int, err error) {
	issued, err := strconv.ParseInt(t.issued, 10, 64)
	if err != nil {
		return 0, 0, ErrForged
	}
	if difficulty, err = strconv.Atoi(t.bits); err != nil {
		return 0, 0, ErrForged
	}
	return now.Sub(time.Unix(issued, 0)), difficulty, nil
}

// solves: the salt has one length, so that salt and number cannot run into one
// another.
func solves(salt, solution string, difficulty int) bool {
	if len(solution) > 20 || strings.Trim(solution, "0123456789") != "" {
		return false
	}
	sum := sha256.Sum256([]byte(salt + solution))
	return bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:])) >= difficulty
}
