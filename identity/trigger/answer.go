package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxAnswer bounds what a trigger may give back, in bytes (security baseline:
// 256 KiB).
const MaxAnswer = 256 << 10

// maxMessage bounds what a trigger's refusal may say, in characters.
const maxMessage = 1000

// Errors of ReadAnswer: why something is no answer.
var (
	errTooLarge   = errors.New("the answer is larger than 256 KiB")
	errNotText    = errors.New("the answer is not UTF-8")
	errNotJSON    = errors.New("the answer is not JSON")
	errNotObject  = errors.New("the answer is not the event: return the event that the handler was given")
	errNoResponse = errors.New("the answer has no response, or one that is not an object: return the event that the handler was given")
)

// ReadAnswer answers the response member of the event that a trigger gave back.
// Anything but an object with an object under response is an error.
func ReadAnswer(body []byte) (json.RawMessage, error) {
	switch {
	case len(body) > MaxAnswer:
		return nil, errTooLarge
	case !utf8.Valid(body):
		return nil, errNotText
	case !json.Valid(body):
		return nil, errNotJSON
	}
	var event map[string]json.RawMessage // a struct would take "Response" for response
	if json.Unmarshal(body, &event) != nil || event == nil {
		return nil, errNotObject
	}
	response := bytes.TrimSpace(event["response"])
	if !bytes.HasPrefix(response, []byte("{")) {
		return nil, errNoResponse
	}
	return json.RawMessage(response), nil
}

// Bounded answers text on one line that can be printed, of at most so many characters.
func Bounded(text string, longest int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '?'
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) > longest {
		text = string([]rune(text)[:longest-1]) + "…"
	}
	return strings.TrimSpace(text)
}

// Refusal is a trigger that threw: message is what it said.
func Refusal(message string) *Error {
	return &Error{Outcome: Refused, Message: Bounded(message, maxMessage)}
}

// Malformation is an answer that is none.
func Malformation(why error) *Error { return &Error{Outcome: Malformed, Err: why} }

// Failure is a trigger that could not be asked or did not answer in time.
// Again says that another try may help.
func Failure(again bool, why error) *Error { return &Error{Outcome: Failed, Again: again, Err: why} }
