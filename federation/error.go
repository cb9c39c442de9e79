package federation

import (
	"errors"
	"strings"
	"unicode"
)

// Code says why a trip failed, as far as the person in front of the browser may know.
type Code string

// The codes.
const (
	Denied        Code = "denied"        // the person went back, or refused at the provider
	Refused       Code = "refused"       // the provider answered with an error
	Unreachable   Code = "unreachable"   // the provider does not answer, or not in time
	Misconfigured Code = "misconfigured" // the settings here or there cannot work
	Invalid       Code = "invalid"       // what came back does not hold: signature, nonce, audience, …
	Stale         Code = "stale"         // a new sign-in was asked for, and what came back tells of none
)

// Error is a failed trip. Its texts are for administrators: they may hold what a
// stranger wrote, never a secret of ours.
type Error struct {
	Code     Code
	Provider string // the provider's name in the pool
	Reason   string // the provider's own code (access_denied, a SAML status), or ""
	Detail   string // what happened, in a sentence
	// Claims are what the refused answer said, decoded and unverified, for the
	// administrator's event; nil when nothing could be read.
	Claims map[string]any
	Err    error // the cause, or nil
}

func (e *Error) Error() string {
	text := "federation: " + e.Provider + ": " + string(e.Code)
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf answers the code of a failed trip; false for any other error.
func CodeOf(err error) (Code, bool) {
	var e *Error
	if !errors.As(err, &e) {
		return "", false
	}
	return e.Code, true
}

// Plain answers text that a stranger wrote as one line of at most limit bytes,
// fit for a log and for an administrator's page.
func Plain(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return strings.TrimSpace(text)
}
