package password

import (
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// Bounds of scrypt, in blocks of 128 bytes: memory is N·r of them, work N·r·p.
const (
	minScryptN      = 1 << 10
	maxScryptMemory = 64 << 20 / 128
	maxScryptWork   = 3 << 18 // ln=15,r=8,p=3
)

// scryptHash is a hash by scrypt (RFC 7914).
type scryptHash struct {
	n, r, p   int
	salt, tag []byte
}

// readScrypt reads $scrypt$ln=16,r=8,p=1$salt$tag. Ory's Kratos writes N itself as
// ln, which no logarithm is.
func readScrypt(encoded string) (stored, error) {
	rest, ok := strings.CutPrefix(encoded, "$scrypt$")
	if !ok {
		return nil, nil
	}
	parts := strings.Split(rest, "$")
	if len(parts) != 3 {
		return nil, ErrMalformed
	}
	values, err := members(parts[0], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	h := scryptHash{n: values[0], r: values[1], p: values[2]}
	if h.n < 64 {
		h.n = 1 << h.n
	}
	if h.salt, err = looseBase64(parts[1], 8); err == nil {
		h.tag, err = looseBase64(parts[2], 16)
	}
	return h.bounded(err)
}

// readWerkzeugScrypt reads scrypt:32768:8:1$salt$tag, the salt as text, the tag hex.
func readWerkzeugScrypt(encoded string) (stored, error) {
	rest, ok := strings.CutPrefix(encoded, "scrypt:")
	if !ok {
		return nil, nil
	}
	parts := strings.Split(rest, "$")
	values := strings.Split(parts[0], ":")
	if len(parts) != 3 || len(values) != 3 {
		return nil, ErrMalformed
	}
	var h scryptHash
	for i, into := range []*int{&h.n, &h.r, &h.p} {
		var err error
		if *into, err = plainNumber(values[i]); err != nil {
			return nil, err
		}
	}
	var err error
	if h.salt, err = saltText(parts[1]); err == nil {
		h.tag, err = hexTag(parts[2])
	}
	return h.bounded(err)
}

func hexTag(text string) ([]byte, error) {
	tag, err := hex.DecodeString(text)
	if err != nil || len(tag) < 16 || len(tag) > 64 {
		return nil, ErrMalformed
	}
	return tag, nil
}

// bounded answers the hash, or why it is not taken in.
func (h scryptHash) bounded(err error) (stored, error) {
	const huge = 1 << 30 // before it is multiplied
	switch {
	case err != nil:
		return nil, err
	case !isPowerOf2(h.n) || h.n < minScryptN || h.r < 1 || h.p < 1:
		return nil, ErrMalformed
	case h.n > huge || h.r > huge || h.p > huge || h.n*h.r > maxScryptMemory || h.n*h.r*h.p > maxScryptWork:
		return nil, ErrCostly
	}
	return h, nil
}

func (h scryptHash) kind() Kind { return Scrypt }

func (h scryptHash) work() (of, full int) { return h.n * h.r * h.p, maxScryptWork }

func (h scryptHash) matches(raw, _ string) bool {
	tag, err := scrypt.Key([]byte(raw), h.salt, h.n, h.r, h.p, len(h.tag))
	return err == nil && same(tag, h.tag) && !odd(raw)
}

// beyond goes down with the memory where the rest is less than one pass over it.
func (h scryptHash) beyond(less stored) (rest []stored) {
	left := difference(h, less)
	for n := h.n; n >= 2 && left > 0; n /= 2 {
		if passes := left / (n * h.r); passes > 0 {
			rest = append(rest, scryptHash{n, h.r, passes, h.salt, h.tag})
			left -= passes * n * h.r
		}
	}
	return rest
}
