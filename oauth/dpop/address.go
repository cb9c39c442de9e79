package dpop

import (
	"net/url"
	"strings"
)

// sameURL compares htu with the address of the request: without query and fragment
// (RFC 9449 §4.3 no. 9), the case of scheme and host and the scheme's own port not
// minded (RFC 3986 §6.2.2.1, §6.2.3).
func sameURL(given, want string) bool {
	a, ok := plain(given)
	b, known := plain(want)
	return ok && known && a == b
}

func plain(text string) (string, bool) {
	at, err := url.Parse(text)
	if err != nil || at.Scheme == "" || at.Host == "" || at.User != nil || at.Opaque != "" {
		return "", false
	}
	scheme, host := strings.ToLower(at.Scheme), strings.ToLower(at.Host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	path := at.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path, true
}
