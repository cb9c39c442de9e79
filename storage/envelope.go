package storage

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

// An envelope is {"f":FORMAT,"c":"CRC32C","v":VALUE}. It is written in exactly
// this form and read back in it, so that the value is not parsed twice. The
// checksum covers key, format and value: it tells a flipped bit and a value
// that stands under another record's key.
const (
	envelopeFormat = `{"f":`
	envelopeSum    = `,"c":"`
	envelopeValue  = `","v":`
	sumLength      = 8
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errNotUTF8 = errors.New("storage: text is not valid UTF-8")
)

func seal(key Key, format int, v any) ([]byte, error) {
	value, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if replacedText(value) {
		return nil, errNotUTF8
	}
	number := strconv.Itoa(format)
	out := make([]byte, 0, len(value)+len(number)+32)
	out = append(append(out, envelopeFormat...), number...)
	out = append(append(out, envelopeSum...), checksum(key, number, value)...)
	out = append(append(out, envelopeValue...), value...)
	return append(out, '}'), nil
}

// open answers the format number and the value's JSON.
func open(key Key, envelope []byte) (format int, value []byte, err error) {
	rest, began := bytes.CutPrefix(envelope, []byte(envelopeFormat))
	number, rest, _ := bytes.Cut(rest, []byte(envelopeSum))
	sum, rest, _ := bytes.Cut(rest, []byte(envelopeValue))
	value, ended := bytes.CutSuffix(rest, []byte("}"))
	if !began || !ended || len(sum) != sumLength {
		return 0, nil, damaged(key, errors.New("not an envelope"))
	}
	if checksum(key, string(number), value) != string(sum) {
		return 0, nil, damaged(key, errors.New("checksum differs"))
	}
	if format, err = strconv.Atoi(string(number)); err != nil {
		return 0, nil, damaged(key, err)
	}
	return format, value, nil
}

func checksum(key Key, number string, value []byte) string {
	sum := crc32.Checksum(key, castagnoli)
	sum = crc32.Update(sum, castagnoli, []byte(number))
	sum = crc32.Update(sum, castagnoli, value)
	return hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

func damaged(key Key, cause error) error {
	parts, _ := key.Parts()
	return fmt.Errorf("%w %q: %w", ErrDamaged, parts, cause)
}

// replacedText says that json.Marshal met bytes that are no UTF-8: it writes
// them as the six characters \ufffd, while a genuine U+FFFD is written as itself.
// Storing the replacement would quietly change what was given.
func replacedText(value []byte) bool {
	for {
		at := bytes.IndexByte(value, '\\')
		if at < 0 || at+1 >= len(value) {
			return false
		}
		if bytes.HasPrefix(value[at:], []byte(`\ufffd`)) {
			return true
		}
		value = value[at+2:]
	}
}
