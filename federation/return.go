package federation

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Return is what came back with the browser.
type Return struct {
	Method string // GET or POST
	Values url.Values
}

// Bounds of what comes back: a SAML response has at most 100,000 characters in
// base64, which percent-encoding may lengthen.
const (
	maxReturn = 320 << 10
	maxFields = 32
)

var errReturn = errors.New("federation: the answer cannot be read")

// ParseReturn reads the query of a GET or the form of a POST, once: a name that
// comes twice, an encoding that is wrong, more than 32 fields or 320 KiB refuse
// the whole.
func ParseReturn(method, encoded string) (Return, error) {
	if method != "GET" && method != "POST" || len(encoded) > maxReturn || strings.Count(encoded, "&") >= maxFields {
		return Return{}, errReturn
	}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return Return{}, errReturn
	}
	for name, all := range values {
		// RFC 6749 §3.1: a parameter is not included more than once.
		if len(all) != 1 || !readable(name) || !readable(all[0]) {
			return Return{}, errReturn
		}
	}
	return Return{Method: method, Values: values}, nil
}

func readable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }
