// Package audit keeps who did what, when and from where. Events are written in
// the transaction of the deed, so that neither exists without the other; they
// hold no secret, and leave by Sweep.
package audit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"poolhouse.dev/storage"
)

// Outcomes of an event.
const (
	OK      = "ok"
	Refused = "refused"
	Fault   = "fault"
)

// Event is one thing that happened.
type Event struct {
	ID        string            `json:"id"` // given by Write; sorts by time
	At        time.Time         `json:"at"`
	Pool      string            `json:"pool"`
	Client    string            `json:"client,omitempty"`
	User      string            `json:"user,omitempty"`
	Session   string            `json:"session,omitempty"` // public id, never the cookie
	Action    string            `json:"action"`
	Outcome   string            `json:"outcome"`
	Reason    string            `json:"reason,omitempty"` // the code of the refusal
	Address   string            `json:"address,omitempty"`
	UserAgent string            `json:"user_agent,omitempty"`
	Request   string            `json:"request,omitempty"` // id of the request, as in the log
	Detail    map[string]string `json:"detail,omitempty"`
}

var events = storage.Collection[Event]{
	Name: "audit", Format: 1,
	ID: func(e *Event) []any { return []any{e.ID} },
	Indexes: []storage.Index[Event]{
		{Name: "pool", Of: func(e *Event) []any { return []any{e.Pool, e.ID} }},
		{Name: "user", Of: func(e *Event) []any {
			if e.User == "" {
				return nil
			}
			return []any{e.Pool, e.User, e.ID}
		}},
	},
}

// Write keeps the event. It gives it its ID and shortens what came from
// outside; it refuses an event without a time or with a detail that is named
// like a secret, both slips of the caller.
func Write(w storage.Writer, e Event) error {
	if e.At.Unix() <= 0 || e.Action == "" {
		return errors.New("audit: an event needs a time and an action")
	}
	if name, ok := secretIn(e.Detail); ok {
		return fmt.Errorf("audit: detail %q would keep a secret", name)
	}
	e.At = e.At.UTC()
	e.ID = idAt(e.At)
	e.shorten()
	return events.Insert(w, e)
}

// idAt answers an id that sorts by time and is not used twice.
func idAt(at time.Time) string {
	var raw [8]byte
	rand.Read(raw[:])
	return fmt.Sprintf("%016x", at.UnixNano()) + hex.EncodeToString(raw[:])
}

func secretIn(detail map[string]string) (string, bool) {
	for name := range detail {
		switch lower := strings.ToLower(name); {
		case strings.Contains(lower, "password"), strings.Contains(lower, "secret"), strings.Contains(lower, "token"),
			lower == "code", lower == "link", lower == "cookie":
			return name, true
		}
	}
	return "", false
}

const longest = 512 // bytes of one text

func (e *Event) shorten() {
	for _, text := range []*string{&e.Pool, &e.Client, &e.User, &e.Session, &e.Reason, &e.Address, &e.UserAgent, &e.Request} {
		*text = shortened(*text)
	}
	var detail map[string]string
	for name, value := range e.Detail {
		if detail == nil {
			detail = map[string]string{}
		}
		detail[shortened(name)] = shortened(value)
	}
	e.Detail = detail
}

// shortened cuts between characters; keys of the store are UTF-8.
func shortened(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= longest {
		return text
	}
	end := longest
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// Filter selects events of one pool. Empty fields select everything.
type Filter struct {
	Pool   string // required
	User   string
	Action string
	After  string // ID of the last event of the page before
	Limit  int    // 50 by default, at most 500
}

// List answers events newest first.
func List(r storage.Reader, f Filter) ([]Event, error) {
	limit := f.limit()
	var found []Event
	for page := f.page(); ; {
		some, next, err := events.ListPage(r, page)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			if f.Action == "" || e.Action == f.Action {
				found = append(found, e)
			}
		}
		if len(found) >= limit {
			return found[:limit], nil
		}
		if next == nil {
			return found, nil
		}
		page.Cursor = next
	}
}

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return 50
	}
	return min(f.Limit, 500)
}

func (f Filter) page() storage.Page {
	page := storage.Page{Index: "pool", Prefix: []any{f.Pool}, Reverse: true, Limit: f.limit()}
	if f.User != "" {
		page.Index, page.Prefix = "user", []any{f.Pool, f.User}
	}
	if f.After != "" {
		page.After = append(page.Prefix[:len(page.Prefix):len(page.Prefix)], f.After)
	}
	return page
}

// Sweep removes the events before a time, in transactions of bounded size, and
// answers how many there were.
func Sweep(ctx context.Context, s storage.Store, before time.Time) (int, error) {
	return events.Sweep(ctx, s, storage.Page{}, func(e *Event) bool { return e.At.Before(before) })
}
