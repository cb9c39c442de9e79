package message

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// claim takes the message that has been due longest, or answers how long it is
// until one is. What is for an app that cannot take it now is put off.
func (l *lane) claim(ctx context.Context) (m Message, wait time.Duration, err error) {
	for {
		var id, to string
		if id, to, wait, err = l.next(ctx); err != nil || wait > 0 {
			return Message{}, wait, err
		}
		if held := l.apart.begin(to, l.Now()); held > 0 {
			if err := l.putOff(ctx, id, held); err != nil {
				return Message{}, 0, err
			}
			continue
		}
		m, err = l.take(ctx, id)
		if err != nil {
			l.apart.leave(to)
		}
		if !errors.Is(err, errTaken) {
			return m, 0, err
		}
	}
}

var errTaken = errors.New("message: another process has it")

// next looks without a transaction that writes: most of the time there is nothing.
func (l *lane) next(ctx context.Context) (id, to string, wait time.Duration, err error) {
	err = l.Store.View(ctx, func(r storage.Reader) error {
		due, err := messages.List(r, storage.Page{Index: "due", Prefix: []any{l.channel}, Limit: 1})
		if err != nil {
			return err
		}
		id, to, wait = "", "", pollTime
		if len(due) > 0 {
			id, to, wait = due[0].ID, due[0].To, due[0].NextTry.Sub(l.Now())
		}
		return nil
	})
	return id, to, wait, err
}

// putOff makes a message due later, untried.
func (l *lane) putOff(ctx context.Context, id string, wait time.Duration) error {
	return l.Store.Update(ctx, func(w storage.Writer) error {
		m, err := messages.Get(w, id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil || m.State != Waiting || m.NextTry.After(l.Now()) {
			return err
		}
		m.NextTry = l.Now().UTC().Add(wait)
		return messages.Put(w, m)
	})
}

func (l *lane) take(ctx context.Context, id string) (m Message, err error) {
	err = l.Store.Update(ctx, func(w storage.Writer) error {
		if m, err = messages.Get(w, id); errors.Is(err, storage.ErrNotFound) {
			return errTaken
		}
		if err != nil {
			return err
		}
		if m.State != Waiting || m.NextTry.After(l.Now()) {
			return errTaken
		}
		m.Claim, m.Attempts = rand.Text(), m.Attempts+1
		m.NextTry = l.Now().UTC().Add(claimTime)
		return messages.Put(w, m)
	})
	return m, err
}

// note keeps the outcome of a try.
func (s *Sender) note(ctx context.Context, tried Message, outcome error) (m Message, err error) {
	err = s.Store.Update(ctx, func(w storage.Writer) error {
		m, err = messages.Get(w, tried.ID)
		if errors.Is(err, storage.ErrNotFound) {
			m = tried
			return nil // swept, or its user is gone
		}
		if err != nil {
			return err
		}
		if outcome != nil && m.Claim != tried.Claim {
			return nil // the claim ran out and another try has it in hand
		}
		s.settle(&m, outcome)
		return messages.Put(w, m)
	})
	return m, err
}

func (s *Sender) settle(m *Message, outcome error) {
	now := s.Now().UTC()
	m.Claim = ""
	if outcome == nil {
		m.State, m.SentAt, m.LastError = Sent, now, ""
		m.Data, m.Secret, m.Words, m.Told = nil, nil, nil, nil
		return
	}
	var failed *PermanentError
	var unavailable *UnavailableError
	m.LastError = firstBytes(strings.ToValidUTF8(outcome.Error(), "\uFFFD"), 500)
	switch {
	case errors.As(outcome, &failed), now.Sub(m.Since) >= patienceFor(m.Channel):
		m.State = Stuck
	case errors.As(outcome, &unavailable):
		m.NextTry = m.Since // it keeps its place at the front
	default:
		m.NextTry = now.Add(s.backOff(m.Attempts))
	}
}

func patienceFor(channel string) time.Duration {
	if channel == App || channel == Log {
		return appPatience
	}
	return patience
}

func firstBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}

// release frees what an earlier process had in hand.
func (s *Sender) release(ctx context.Context) error {
	return s.Store.Update(ctx, func(w storage.Writer) error {
		waiting, err := messages.List(w, storage.Page{Index: "state", Prefix: []any{Waiting}})
		if err != nil {
			return err
		}
		for _, m := range waiting {
			if m.Claim == "" {
				continue
			}
			m.Claim, m.NextTry = "", m.Since
			if err := messages.Put(w, m); err != nil {
				return err
			}
		}
		return nil
	})
}

const listed = 500

// List answers the messages in a state, newest first, at most 500. What they
// hold of secrets stays sealed.
func (s *Sender) List(ctx context.Context, state string) (found []Message, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		found, err = messages.List(r, storage.Page{Index: "state", Prefix: []any{state}, Reverse: true, Limit: listed})
		return err
	})
	return found, err
}

// ErrSent says that there is nothing to retry.
var ErrSent = errors.New("message: it was sent")

// Retry makes a message due now, with new patience. It answers
// storage.ErrNotFound or ErrSent. One that is in hand at this moment stays so.
func (s *Sender) Retry(ctx context.Context, id string) error {
	err := s.Store.Update(ctx, func(w storage.Writer) error {
		m, err := messages.Get(w, id)
		if err != nil {
			return err
		}
		now := s.Now().UTC()
		switch {
		case m.State == Sent:
			return ErrSent
		case m.Claim != "" && m.NextTry.After(now):
			return nil
		}
		m.State, m.Claim, m.Attempts, m.Since, m.NextTry = Waiting, "", 0, now, now
		return messages.Put(w, m)
	})
	for _, l := range s.running() {
		ring(l.urge)
	}
	return err
}
