package password

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Kind is how a hash was made (Cognito PasswordHashingAlgorithmType).
type Kind string

// The kinds of hashes that are verified. New ones are made by argon2id alone.
const (
	Argon2id Kind = "ARGON2ID"
	Bcrypt   Kind = "BCRYPT"
	Scrypt   Kind = "SCRYPT"
	PBKDF2   Kind = "PBKDF2_SHA256"
)

// Kinds are all of them.
var Kinds = []Kind{Argon2id, Bcrypt, Scrypt, PBKDF2}

// stored is a hash that was read. Its methods compute: the caller holds a place.
type stored interface {
	kind() Kind
	// work is what it takes to verify it, in a unit of its kind; full is the most
	// that is taken in.
	work() (of, full int)
	// matches says whether a password is the one behind it: raw as it was typed,
	// text normalised. It takes the same work either way.
	matches(raw, text string) bool
	// beyond answers hashes that take together what this one does and less does not,
	// which is of its kind; nothing where less is as dear.
	beyond(less stored) []stored
}

// maxEncoded is longer than any hash: parameters, 64 bytes of salt, 64 of tag in hex.
const maxEncoded = 320

// readers read one form each; they answer nil for what is another's.
var readers = []func(string) (stored, error){readArgon2id, readBcrypt, readScrypt, readWerkzeugScrypt, readPBKDF2, readDjangoPBKDF2, readWerkzeugPBKDF2}

func read(encoded string) (stored, error) {
	if len(encoded) > maxEncoded {
		return nil, ErrMalformed
	}
	for _, read := range readers {
		if one, err := read(encoded); one != nil || err != nil {
			return one, err
		}
	}
	return nil, ErrMalformed
}

// Cost is what a hash takes to verify: Work in a unit of its Kind.
type Cost struct {
	Kind Kind `json:"kind"`
	Work int  `json:"work"`
}

// CostOf says what a hash from elsewhere takes, and so that it can be stored. Its
// error is ErrMalformed or ErrCostly.
func CostOf(encoded string) (Cost, error) {
	one, err := read(encoded)
	if err != nil {
		return Cost{}, err
	}
	work, _ := one.work()
	return Cost{one.kind(), work}, nil
}

// Bearable says whether a try may take the work of all these hashes together: no
// more than the dearest single hash that is taken in. What cannot be read counts
// for nothing.
func Bearable(encoded ...string) bool {
	const whole = 1 << 20
	share := 0
	for _, text := range encoded {
		if one, err := read(text); err == nil {
			of, full := one.work()
			share += of * whole / full
		}
	}
	return share <= whole
}

// difference is how much more work one hash takes than another of its kind.
func difference(dear, cheap stored) int {
	more, _ := dear.work()
	less, _ := cheap.work()
	return more - less
}

// same compares in constant time.
func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// odd says that a password has a NUL in it. C's bcrypt ends there, Go's repeats the
// password behind it, and HMAC fills up with them: "a" and "a\x00" have one hash. So
// none of them is anybody's password.
func odd(raw string) bool { return strings.IndexByte(raw, 0) >= 0 }

// looseBase64 reads base64 as hashes have it: with or without padding, "." for "+"
// as passlib writes.
func looseBase64(text string, atLeast int) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, ErrMalformed
	}
	plain := strings.ReplaceAll(strings.TrimRight(text, "="), ".", "+")
	raw, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil || len(raw) < atLeast || len(raw) > 64 {
		return nil, ErrMalformed
	}
	return raw, nil
}

// saltText is a salt that is used as it is written.
func saltText(text string) ([]byte, error) {
	if len(text) < 8 || len(text) > 64 || bytes.ContainsFunc([]byte(text), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, ErrMalformed
	}
	return []byte(text), nil
}

// members reads "a=1,b=2": names in this order, those behind optional only if they
// are there.
func members(text string, names ...string) ([]int, error) {
	values := make([]int, len(names))
	fields := strings.Split(text, ",")
	if len(fields) > len(names) {
		return nil, ErrMalformed
	}
	for i, field := range fields {
		n, ok := number(field, names[i]+"=")
		if !ok {
			return nil, ErrMalformed
		}
		values[i] = int(n)
	}
	return values, nil
}

// plainNumber reads a number that has one spelling.
func plainNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || strconv.Itoa(n) != text {
		return 0, fmt.Errorf("%w: %q is no number", ErrMalformed, text)
	}
	return n, nil
}

func isPowerOf2(n int) bool { return n > 0 && bits.OnesCount(uint(n)) == 1 }
