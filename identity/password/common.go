package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
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
	text, err := io.ReadAll(unpacked)
	if err != nil {
		panic("password: embedded list: " + err.Error())
	}
	return string(text)
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
