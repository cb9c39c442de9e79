package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"io"
	"strings"
	"sync"
)

// Sorted lower-case lines; COMMON.md names the sources and their licences.
//
//go:embed common.txt.gz
var packedCommon []byte

// The list is unpacked when the first password is judged, not at start. It
// stays one string: forty thousand small ones would cost three times as much.
var commonLines = sync.OnceValue(func() string {
	unpacked, err := gzip.NewReader(bytes.NewReader(packedCommon))
	if err != nil {
		panic("password: embedded list: " + err.Error())
	}
	var text strings.Builder                                                       // of the right size: one that grows leaves its own size thrice behind
	text.Grow(int(binary.LittleEndian.Uint32(packedCommon[len(packedCommon)-4:]))) // RFC 1952 §2.3.1: ISIZE
	if _, err := io.Copy(&text, unpacked); err != nil {
		panic("password: embedded list: " + err.Error())
	}
	return text.String()
})

// Common says whether password is one of the most used passwords, in any case.
func Common(password string) bool { return listed(fold(password)) }

// listed looks a folded word up by bisection between byte offsets.
func listed(word string) bool {
	lines := commonLines()
	low, high := 0, len(lines)
	for low < high {
		start := strings.LastIndexByte(lines[:(low+high)/2], '\n') + 1
		end := start + strings.IndexByte(lines[start:], '\n')
		switch strings.Compare(word, lines[start:end]) {
		case 0:
			return true
		case -1:
			high = start
		case 1:
			low = end + 1
		}
	}
	return false
}
