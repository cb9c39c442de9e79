package oauth

import (
	"slices"
	"strconv"
	"strings"
)

// registered says whether a redirect URI is one of the client's. RFC 9700 §2.1:
// exact string comparison, and nothing else but RFC 8252 §7.3's free port.
func registered(uris []string, given string) bool {
	return slices.ContainsFunc(uris, func(uri string) bool {
		return uri == given || sameButPort(uri, given)
	})
}

// sameButPort says that both are http URIs of the same literal loopback
// address that differ in the port alone. RFC 8252 §7.3: the port is free for
// 127.0.0.1 and [::1]; §8.3: not for localhost, which may resolve elsewhere.
func sameButPort(uri, given string) bool {
	host, rest, ok := cutLoopback(uri)
	if !ok {
		return false
	}
	givenHost, givenRest, ok := cutLoopback(given)
	return ok && host == givenHost && rest == givenRest
}

// cutLoopback takes the port out of a loopback URI. It works on the text, so
// that no parser's leniency widens what is taken.
func cutLoopback(uri string) (host, rest string, ok bool) {
	for _, host := range []string{"http://127.0.0.1", "http://[::1]"} {
		if rest, ok := strings.CutPrefix(uri, host); ok {
			rest, ok = cutPort(rest)
			return host, rest, ok && (rest == "" || rest[0] == '/' || rest[0] == '?')
		}
	}
	return "", "", false
}

// cutPort removes ":" and a port between 1 and 65535, without leading zeros.
func cutPort(text string) (rest string, ok bool) {
	text, found := strings.CutPrefix(text, ":")
	if !found {
		return text, true
	}
	digits := 0
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		digits++
	}
	_, err := strconv.ParseUint(text[:digits], 10, 16)
	return text[digits:], err == nil && text[0] != '0'
}
