package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// presigned says that the query carries a signature.
func presigned(query string) bool {
	for _, part := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.PathUnescape(name); err == nil && strings.HasPrefix(strings.ToLower(plain), "x-amz-") {
			return true
		}
	}
	return false
}

// canonicalRequest is what signer and verifier must both come to.
func canonicalRequest(req *http.Request, headers []string, hash string) (string, error) {
	path, err := canonicalPath(req)
	if err != nil {
		return "", err
	}
	query, err := canonicalQuery(req.URL.RawQuery)
	if err != nil {
		return "", err
	}
	var lines strings.Builder
	for _, name := range headers {
		lines.WriteString(name + ":" + value(req, name) + "\n")
		if lines.Len() > maxHeader {
			return "", incomplete("The signed headers are too long.")
		}
	}
	return strings.Join([]string{req.Method, path, query, lines.String(), strings.Join(headers, ";"), hash}, "\n"), nil
}

// canonicalPath is the path as it came, "." and ".." and doubled slashes taken
// out, and encoded once more: what arrives encoded is encoded twice.
func canonicalPath(req *http.Request) (string, error) {
	raw, _, _ := strings.Cut(req.RequestURI, "?")
	if !strings.HasPrefix(raw, "/") { // made by hand, or asked for with its host
		raw = req.URL.EscapedPath()
	}
	if len(raw) > maxPath {
		return "", incomplete("The path is too long.")
	}
	var kept []string
	for _, part := range strings.Split(raw, "/") {
		switch part {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, encode(part))
		}
	}
	path := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && (strings.HasSuffix(raw, "/") || strings.HasSuffix(raw, "/.") || strings.HasSuffix(raw, "/..")) {
		path += "/"
	}
	return path, nil
}

// canonicalQuery sorts the parameters by their encoded name, then by their value.
func canonicalQuery(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	if len(raw) > maxPath {
		return "", incomplete("The query is too long.")
	}
	var pairs [][2]string
	for _, part := range strings.Split(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		plainName, err := url.PathUnescape(name)
		if err != nil {
			return "", incomplete("The query is not well-formed.")
		}
		plainValue, err := url.PathUnescape(value)
		if err != nil {
			return "", incomplete("The query is not well-formed.")
		}
		pairs = append(pairs, [2]string{encode(plainName), encode(plainValue)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var parts []string
	for _, pair := range pairs {
		parts = append(parts, pair[0]+"="+pair[1])
	}
	return strings.Join(parts, "&"), nil
}

// encode is AWS's URI encoding: every byte but the unreserved of RFC 3986 §2.3.
func encode(text string) string {
	const hexadecimal = "0123456789ABCDEF"
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			out.WriteByte(c)
			continue
		}
		out.Write([]byte{'%', hexadecimal[c>>4], hexadecimal[c&15]})
	}
	return out.String()
}

// present says that the request has a header; net/http keeps two of them apart.
func present(req *http.Request, name string) bool {
	switch name {
	case "host":
		return req.Host != ""
	case "content-length":
		return req.ContentLength >= 0
	case "transfer-encoding":
		return len(req.TransferEncoding) > 0
	}
	return len(req.Header.Values(name)) > 0
}

// value is a header as it is signed: trimmed, runs of spaces made one, and
// several of one name joined in their order.
func value(req *http.Request, name string) string {
	switch name {
	case "host":
		return req.Host
	case "content-length":
		return strconv.FormatInt(req.ContentLength, 10)
	case "transfer-encoding":
		return strings.Join(req.TransferEncoding, ",")
	}
	var parts []string
	for _, one := range req.Header.Values(name) {
		parts = append(parts, strings.Join(strings.FieldsFunc(one, func(c rune) bool { return c == ' ' || c == '\t' }), " "))
	}
	return strings.Join(parts, ",")
}
