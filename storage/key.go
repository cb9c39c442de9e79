package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Key is an encoded tuple: its byte order is the order of the tuples. A tuple
// sorts before every longer one that begins with it, and the bytes of one key
// begin with those of another exactly when the tuples do.
type Key []byte

// Each element begins with a tag, so that values of different kinds never meet.
// The tags are part of the store format; they stay below keyEnd.
const (
	tagBytes  byte = 0x10
	tagString byte = 0x20
	tagFalse  byte = 0x30
	tagTrue   byte = 0x31
	tagInt    byte = 0x40
	tagUint   byte = 0x41
	tagTime   byte = 0x50
	keyEnd    byte = 0xFF
)

// Text ends with a zero byte; zeros and ones inside are escaped with a one, so
// that the terminator cannot occur inside and order is kept.
const (
	textEnd    byte = 0x00
	textEscape byte = 0x01
)

const signBit = 1 << 63

var errBadKey = errors.New("storage: these bytes are no key")

// K encodes a tuple of string, []byte, bool, int, int64, uint64 and time.Time.
// An int and an int64 of the same value encode alike; a time keeps its instant
// to the nanosecond and loses its zone. Any other type is a programming error
// and panics.
func K(parts ...any) Key {
	key := make(Key, 0, 64)
	for _, part := range parts {
		key = appendPart(key, part)
	}
	return key
}

func appendPart(key Key, part any) Key {
	switch v := part.(type) {
	case string:
		return appendText(append(key, tagString), v)
	case []byte:
		return appendText(append(key, tagBytes), v)
	case bool:
		if v {
			return append(key, tagTrue)
		}
		return append(key, tagFalse)
	case int:
		return appendInt(append(key, tagInt), int64(v))
	case int64:
		return appendInt(append(key, tagInt), v)
	case uint64:
		return binary.BigEndian.AppendUint64(append(key, tagUint), v)
	case time.Time:
		key = appendInt(append(key, tagTime), v.Unix())
		return binary.BigEndian.AppendUint32(key, uint32(v.Nanosecond()))
	}
	panic(fmt.Sprintf("storage: a key cannot hold a %T", part))
}

// appendInt flips the sign bit: negative numbers then sort before positive ones.
func appendInt(key Key, v int64) Key {
	return binary.BigEndian.AppendUint64(key, uint64(v)^signBit)
}

func appendText[T string | []byte](key Key, text T) Key {
	for i := range len(text) {
		if text[i] <= textEscape {
			key = append(key, textEscape, text[i]+1)
			continue
		}
		key = append(key, text[i])
	}
	return append(key, textEnd)
}

// Parts decodes the tuple: every int comes back as int64, every time in UTC.
func (k Key) Parts() ([]any, error) {
	var parts []any
	for rest := []byte(k); len(rest) > 0; {
		part, size, err := nextPart(rest)
		if err != nil {
			return nil, err
		}
		parts, rest = append(parts, part), rest[size:]
	}
	return parts, nil
}

func nextPart(b []byte) (part any, size int, err error) {
	switch b[0] {
	case tagFalse, tagTrue:
		return b[0] == tagTrue, 1, nil
	case tagBytes, tagString:
		return nextText(b)
	case tagInt, tagUint:
		if len(b) < 9 {
			return nil, 0, errBadKey
		}
		return nextNumber(b), 9, nil
	case tagTime:
		return nextTime(b)
	}
	return nil, 0, errBadKey
}

func nextNumber(b []byte) any {
	n := binary.BigEndian.Uint64(b[1:])
	if b[0] == tagUint {
		return n
	}
	return int64(n ^ signBit)
}

func nextTime(b []byte) (any, int, error) {
	if len(b) < 13 {
		return nil, 0, errBadKey
	}
	seconds := int64(binary.BigEndian.Uint64(b[1:]) ^ signBit)
	nanos := binary.BigEndian.Uint32(b[9:])
	if nanos >= 1e9 {
		return nil, 0, errBadKey
	}
	return time.Unix(seconds, int64(nanos)).UTC(), 13, nil
}

func nextText(b []byte) (any, int, error) {
	end := bytes.IndexByte(b, textEnd)
	if end < 0 {
		return nil, 0, errBadKey
	}
	text, err := unescape(b[1:end])
	if err != nil {
		return nil, 0, err
	}
	if b[0] == tagBytes {
		return text, end + 1, nil
	}
	return string(text), end + 1, nil
}

func unescape(b []byte) ([]byte, error) {
	text := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != textEscape {
			text = append(text, b[i])
			continue
		}
		i++
		if i == len(b) || b[i] == 0 || b[i] > textEscape+1 {
			return nil, errBadKey
		}
		text = append(text, b[i]-1)
	}
	return text, nil
}

// Prefix selects every key that begins with the tuple.
func Prefix(parts ...any) Range { return K(parts...).prefix() }

// prefix ends before keyEnd, which no element begins with.
func (k Key) prefix() Range {
	return Range{Start: k, End: append(bytes.Clone(k), keyEnd)}
}

// After answers what is left of the range behind the key, in the direction of the range.
func (r Range) After(key Key) Range {
	if r.Reverse {
		r.End = bytes.Clone(key)
		return r
	}
	r.Start = append(bytes.Clone(key), 0)
	return r
}

// PageSize is how many entries a page of this range holds at most.
func (r Range) PageSize() int {
	if r.Limit <= 0 {
		return 1000
	}
	return r.Limit
}
