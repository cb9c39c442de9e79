package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits on what a form or a query may hold.
const (
	MaxForm   = 64 << 10
	MaxParams = 100

	// maxIgnored is how much of a form that is too large is read and thrown away.
	maxIgnored = 32 << 20
)

// manyTimes are the parameters that may be sent more than once: the APIs that
// tokens are for (RFC 8707 §2, RFC 8693 §2.1). No page reads them.
var manyTimes = []string{"resource", "audience"}

// Values are decoded parameters, each name at most once but for manyTimes, all valid UTF-8.
type Values struct{ url.Values }

// Get answers the value, or "".
func (v Values) Get(name string) string { return v.Values.Get(name) }

// Strict parses a query or a form body. It refuses what lenient parsers guess
// about: broken escapes, semicolons, NUL, malformed UTF-8, more than MaxParams
// names, and a name given twice (RFC 6749 §3.1: not more than once).
func Strict(raw string) (Values, error) {
	if strings.Count(raw, "&") >= MaxParams {
		return Values{}, refused(http.StatusBadRequest, "request", "too many parameters")
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Values{}, refused(http.StatusBadRequest, "request", "malformed parameters")
	}
	for name, all := range values {
		if len(all) > 1 && !slices.Contains(manyTimes, name) {
			return Values{}, refused(http.StatusBadRequest, "request", "a parameter is given twice")
		}
		if !clean(name) || slices.ContainsFunc(all, func(one string) bool { return !clean(one) }) {
			return Values{}, refused(http.StatusBadRequest, "request", "parameters are not valid UTF-8 text")
		}
	}
	return Values{values}, nil
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// readForm reads the body of a form post, of at most so many bytes. A request
// without a body is an empty form.
func readForm(req *http.Request, most int64) (Values, error) {
	if req.Header.Get("Content-Encoding") != "" {
		// A compressed form is never sent by a browser; refusing it keeps small bodies from growing large.
		return Values{}, refused(http.StatusUnsupportedMediaType, "request", "compressed bodies are not accepted")
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, most+1))
	if err != nil {
		return Values{}, unreadable(err)
	}
	if int64(len(body)) > most {
		// Most clients listen when all is sent: closing before that is a broken
		// connection to them and no answer. ReadTimeout bounds the wait.
		_, _ = io.CopyN(io.Discard, req.Body, maxIgnored)
		return Values{}, refused(http.StatusRequestEntityTooLarge, "too_large", "the form is larger than "+strconv.FormatInt(most>>10, 10)+" KiB")
	}
	if len(body) == 0 {
		return Values{url.Values{}}, nil
	}
	if err := urlencoded(req.Header.Values("Content-Type")); err != nil {
		return Values{}, err
	}
	return Strict(string(body))
}

// readJSON reads a body of JSON, of at most so many bytes.
func readJSON(req *http.Request, most int64) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || req.Header.Get("Content-Encoding") != "" {
		return nil, refused(http.StatusUnsupportedMediaType, "request", "the body must be application/json")
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, most+1))
	switch {
	case err != nil:
		return nil, unreadable(err)
	case int64(len(body)) > most:
		return nil, refused(http.StatusRequestEntityTooLarge, "too_large", "the body is larger than "+strconv.FormatInt(most>>10, 10)+" KiB")
	case !utf8.Valid(body):
		return nil, refused(http.StatusBadRequest, "request", "the body is not UTF-8")
	}
	return body, nil
}

func unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refused(http.StatusRequestEntityTooLarge, "too_large", "the form is larger than 64 KiB")
	}
	return refused(http.StatusBadRequest, "request", "the body could not be read")
}

func urlencoded(types []string) error {
	if len(types) == 1 {
		kind, _, err := mime.ParseMediaType(types[0])
		if err == nil && kind == "application/x-www-form-urlencoded" {
			return nil
		}
	}
	return refused(http.StatusUnsupportedMediaType, "request", "the body must be application/x-www-form-urlencoded")
}
