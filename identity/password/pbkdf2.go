package password

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"strings"
)

// Bounds of PBKDF2; the most is what Django 6.0 asks. Each 32 bytes of the tag take
// all iterations once more.
const (
	minPBKDF2     = 1000
	maxPBKDF2     = 1_200_000
	maxPBKDF2Work = maxPBKDF2
)

// pbkdf2Hash is a hash by PBKDF2 with HMAC-SHA-256 (RFC 8018).
type pbkdf2Hash struct {
	iterations int
	salt, tag  []byte
}

// readPBKDF2 reads $pbkdf2-sha256$i=600000,l=32$salt$tag, and what passlib writes,
// $pbkdf2-sha256$29000$salt$tag.
func readPBKDF2(encoded string) (stored, error) {
	rest, ok := strings.CutPrefix(encoded, "$pbkdf2-sha256$")
	if !ok {
		return nil, nil
	}
	parts := strings.Split(rest, "$")
	if len(parts) != 3 {
		return nil, ErrMalformed
	}
	size, h, err := 0, pbkdf2Hash{}, error(nil)
	if strings.HasPrefix(parts[0], "i=") {
		var values []int
		if values, err = members(parts[0], "i", "l"); err == nil {
			h.iterations, size = values[0], values[1]
		}
	} else {
		h.iterations, err = plainNumber(parts[0])
	}
	if err == nil {
		h.salt, err = looseBase64(parts[1], 8)
	}
	if err == nil {
		h.tag, err = looseBase64(parts[2], 16)
	}
	if err == nil && size != 0 && size != len(h.tag) {
		err = ErrMalformed
	}
	return h.bounded(err)
}

// readDjangoPBKDF2 reads pbkdf2_sha256$600000$salt$tag, the salt as text.
func readDjangoPBKDF2(encoded string) (stored, error) {
	rest, ok := strings.CutPrefix(encoded, "pbkdf2_sha256$")
	if !ok {
		return nil, nil
	}
	return readTextPBKDF2(strings.Split(rest, "$"), func(text string) ([]byte, error) { return looseBase64(text, 16) })
}

// readWerkzeugPBKDF2 reads pbkdf2:sha256:600000$salt$tag, the salt as text, the tag hex.
func readWerkzeugPBKDF2(encoded string) (stored, error) {
	rest, ok := strings.CutPrefix(encoded, "pbkdf2:sha256:")
	if !ok {
		return nil, nil
	}
	return readTextPBKDF2(strings.Split(rest, "$"), hexTag)
}

func readTextPBKDF2(parts []string, tag func(string) ([]byte, error)) (stored, error) {
	if len(parts) != 3 {
		return nil, ErrMalformed
	}
	var h pbkdf2Hash
	var err error
	if h.iterations, err = plainNumber(parts[0]); err == nil {
		h.salt, err = saltText(parts[1])
	}
	if err == nil {
		h.tag, err = tag(parts[2])
	}
	return h.bounded(err)
}

// bounded answers the hash, or why it is not taken in.
func (h pbkdf2Hash) bounded(err error) (stored, error) {
	switch {
	case err != nil:
		return nil, err
	case h.iterations < minPBKDF2:
		return nil, ErrMalformed
	case h.iterations > maxPBKDF2 || h.iterations*h.blocks() > maxPBKDF2Work:
		return nil, ErrCostly
	}
	return h, nil
}

func (h pbkdf2Hash) blocks() int { return (len(h.tag) + sha256.Size - 1) / sha256.Size }

func (h pbkdf2Hash) kind() Kind { return PBKDF2 }

func (h pbkdf2Hash) work() (of, full int) { return h.iterations * h.blocks(), maxPBKDF2Work }

func (h pbkdf2Hash) matches(raw, _ string) bool {
	tag, err := pbkdf2.Key(sha256.New, raw, h.salt, h.iterations, len(h.tag))
	return err == nil && same(tag, h.tag) && !odd(raw)
}

func (h pbkdf2Hash) beyond(less stored) []stored {
	if left := difference(h, less); left > 0 {
		return []stored{pbkdf2Hash{left, h.salt, h.tag[:min(len(h.tag), sha256.Size)]}}
	}
	return nil
}
