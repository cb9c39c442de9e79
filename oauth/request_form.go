package oauth

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// form is a decoded query or body. RFC 6749 §3.1: parameters without a value
// are treated as if they were omitted, and none is sent twice.
type form url.Values

// get answers the parameter when it was sent once, else "".
func (f form) get(name string) string {
	if values := f[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// twice says that a parameter was sent more than once, but for those that may be.
func (f form) twice(but ...string) bool {
	for name, values := range f {
		if len(values) > 1 && !slices.Contains(but, name) {
			return true
		}
	}
	return false
}

// readable says that every value is UTF-8 without a NUL.
func (f form) readable() bool {
	for _, values := range f {
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return false
			}
		}
	}
	return true
}

// sameWords says that two lists of words are the same, whatever their order.
func sameWords(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values(strings.Fields(a))), slices.Sorted(slices.Values(strings.Fields(b))))
}
