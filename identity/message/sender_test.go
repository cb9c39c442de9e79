package message

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"poolhouse.dev/storage"
)

func TestAMessageIsSentAndItsSecretForgotten(t *testing.T) {
	o, server := newOffice(t), startMail(t, nil)
	s := o.sender(openTo(t, server.dsn("smtp", ""), nil), nil)
	o.run(s)
	id := o.put("ann@example.test", nil)
	s.Wake()
	until(t, "the mail arrives", func() bool { return o.get(id).State == Sent })
	raw := string(server.received()[0].raw)
	if !strings.Contains(raw, "code 424242 name Ann") || !strings.Contains(raw, "Message-ID: <"+id+"@acme.test>") {
		t.Errorf("%s", raw)
	}
	m := o.get(id)
	if m.Secret != nil || m.Data != nil || m.Claim != "" || m.Attempts != 1 || m.SentAt.IsZero() {
		t.Errorf("%+v", m)
	}
	later := o.put("bob@example.test", nil) // while the Sender sleeps
	s.Wake()
	until(t, "it is woken", func() bool { return o.get(later).State == Sent })
	if strings.Contains(o.logged(), "424242") {
		t.Errorf("the code is in the log:\n%s", o.logged())
	}
}

func TestAnOutageDelaysMailsAndLosesNone(t *testing.T) {
	o, server := newOffice(t), startMail(t, nil)
	transport := openTo(t, server.dsn("smtp", ""), nil)
	server.stop()
	s := o.sender(transport, nil)
	stop := o.run(s)
	var ids []string
	for i := range 20 {
		ids = append(ids, o.put(ann(i), nil))
		s.Wake()
	}
	until(t, "a try fails", func() bool { return o.get(ids[0]).Attempts > 1 })
	stop() // the Sender is restarted in between
	o.run(o.sender(transport, nil))
	server.start(false)
	until(t, "all arrive", func() bool { return len(server.received()) == 20 })
	for i, id := range ids {
		until(t, "it is noted", func() bool { return o.get(id).State == Sent })
		if got := server.received()[i].to; got != ann(i) {
			t.Errorf("place %d: %s", i, got)
		}
	}
}

func TestDuringAnOutageOneMessageAsksForAll(t *testing.T) {
	o := newOffice(t)
	down := &hand{give: func(Content) error { return &UnavailableError{errors.New("refused")} }}
	s := o.sender(down, nil)
	first := o.put(ann(0), nil)
	second := o.put(ann(1), nil)
	begin := time.Now()
	o.run(s)
	until(t, "the first is tried again", func() bool { return o.get(first).Attempts >= 3 })
	if asked := time.Since(begin); asked < s.first+2*s.first {
		t.Errorf("three times within %v", asked)
	}
	if m := o.get(second); m.Attempts != 0 || m.State != Waiting {
		t.Errorf("%+v", m)
	}
	_, next, _ := strings.Cut(o.logged(), "next_try=")
	if at, err := time.Parse(time.RFC3339Nano, strings.Fields(next)[0]); err != nil || at.Before(begin.Add(s.first).Truncate(time.Millisecond)) {
		t.Errorf("it says the next try is at %s; it began at %v", next, begin)
	}
}

func TestAFinalRefusalIsStuckUntilSomebodyRetries(t *testing.T) {
	o := newOffice(t)
	server := startMail(t, func(s *mailServer) {
		s.refuse = map[string]*smtp.SMTPError{"gone@example.test": {Code: 550, Message: "no such mailbox"}}
	})
	s := o.sender(openTo(t, server.dsn("smtp", ""), nil), nil)
	o.run(s)
	id := o.put("gone@example.test", nil)
	next := o.put("ann@example.test", nil)
	s.Wake()
	until(t, "it is stuck", func() bool { return o.get(id).State == Stuck })
	until(t, "the next is sent", func() bool { return o.get(next).State == Sent })
	stuck, err := s.List(t.Context(), Stuck)
	if err != nil || len(stuck) != 1 || stuck[0].ID != id || !strings.Contains(stuck[0].LastError, "no such mailbox") || stuck[0].Attempts != 1 {
		t.Fatalf("%+v, %v", stuck, err)
	}
	server.mu.Lock()
	server.refuse = nil
	server.mu.Unlock()
	if err := s.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	until(t, "it is sent", func() bool { return o.get(id).State == Sent })
	if err := s.Retry(t.Context(), id); !errors.Is(err, ErrSent) {
		t.Errorf("a sent one: %v", err)
	}
	if err := s.Retry(t.Context(), "none"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("no such one: %v", err)
	}
}

func TestATemporaryRefusalIsTriedAgainLater(t *testing.T) {
	o := newOffice(t)
	fails := 3
	greylist := &hand{}
	greylist.give = func(Content) error {
		if greylist.tries() <= fails {
			return errors.New("451 later")
		}
		return nil
	}
	id := o.put("ann@example.test", nil)
	o.run(o.sender(greylist, nil))
	until(t, "it is sent", func() bool { return o.get(id).State == Sent })
	if m := o.get(id); m.Attempts != fails+1 || m.LastError != "" {
		t.Errorf("%+v", m)
	}
}

func TestThreeDaysWithoutSuccessAreStuck(t *testing.T) {
	o := newOffice(t)
	id := o.put("ann@example.test", func(m *Message) { m.Since = m.Since.Add(-patience) })
	young := o.put("bob@example.test", func(m *Message) { m.Since = m.Since.Add(-patience + time.Hour) })
	o.run(o.sender(&hand{give: func(Content) error { return errors.New("451 later") }}, nil))
	until(t, "it is stuck", func() bool { return o.get(id).State == Stuck })
	until(t, "the other is tried", func() bool { return o.get(young).Attempts > 0 && o.get(young).Claim == "" })
	if o.get(young).State != Waiting {
		t.Error("an hour was left")
	}
}

func TestWaitsDoubleUpToSixHours(t *testing.T) {
	s := &Sender{first: firstWait}
	for attempts, want := range map[int]time.Duration{
		0: 5 * time.Second, 1: 5 * time.Second, 2: 10 * time.Second, 5: 80 * time.Second,
		13: 5*time.Hour + 41*time.Minute + 20*time.Second, 14: 6 * time.Hour, 1000: 6 * time.Hour,
	} {
		for range 100 {
			if got := s.backOff(attempts); got < want-want/10 || got > want+want/10 {
				t.Fatalf("after %d: %v, want about %v", attempts, got, want)
			}
		}
	}
	for outages, want := range map[int]time.Duration{1: 5 * time.Second, 3: 20 * time.Second, 9: time.Minute, 1000: time.Minute} {
		if got := (&lane{Sender: s, outages: outages}).outage(); got != want {
			t.Errorf("outage %d: %v, want %v", outages, got, want)
		}
	}
}

func TestTwoSendersShareTheWork(t *testing.T) {
	o := newOffice(t)
	const mails = 40
	var ids []string
	for i := range mails {
		ids = append(ids, o.put(ann(i), nil))
	}
	here, there := &hand{give: func(Content) error { return nil }}, &hand{give: func(Content) error { return nil }}
	o.run(o.sender(here, nil))
	o.run(o.sender(there, nil))
	for _, id := range ids {
		until(t, "it is sent", func() bool { return o.get(id).State == Sent })
		if n := o.get(id).Attempts; n != 1 {
			t.Errorf("%d attempts", n)
		}
	}
	if here.tries()+there.tries() != mails {
		t.Errorf("%d and %d of %d", here.tries(), there.tries(), mails)
	}
}

func TestAClaimedMessageIsLeftAlone(t *testing.T) {
	o := newOffice(t)
	theirs := func(m *Message) { m.Claim, m.NextTry = "another", m.NextTry.Add(claimTime) }
	id := o.put("ann@example.test", theirs)
	other := o.put("bob@example.test", nil)
	h := &hand{give: func(Content) error { return nil }}
	s := o.sender(h, nil)
	stop := o.run(s)
	until(t, "the free one is sent", func() bool { return o.get(other).State == Sent })
	if err := s.Retry(t.Context(), id); err != nil || o.get(id).Claim != "another" {
		t.Errorf("a retry takes it away: %v", err)
	}
	stop()
	if h.tries() != 1 {
		t.Errorf("%d tries", h.tries())
	}
	alone := o.sender(h, nil)
	alone.Alone = true // what an earlier process had in hand is free
	o.run(alone)
	until(t, "it is sent", func() bool { return o.get(id).State == Sent })
}

func TestAnOverdueClaimIsNotOverwritten(t *testing.T) {
	o := newOffice(t)
	id := o.put("ann@example.test", func(m *Message) { m.Claim = "second" })
	s := o.sender(nil, nil)
	if _, err := s.note(t.Context(), Message{ID: id, Claim: "first"}, errors.New("too late")); err != nil {
		t.Fatal(err)
	}
	if m := o.get(id); m.Claim != "second" || m.LastError != "" {
		t.Errorf("%+v", m)
	}
	if _, err := s.note(t.Context(), Message{ID: id, Claim: "first"}, nil); err != nil || o.get(id).State != Sent {
		t.Errorf("what was delivered is delivered: %v", err)
	}
	if _, err := s.note(t.Context(), Message{ID: "swept"}, nil); err != nil {
		t.Errorf("a message that is gone: %v", err)
	}
}

func TestAMessageInHandIsFinishedBeforeTheEnd(t *testing.T) {
	o := newOffice(t)
	begun, finish := make(chan struct{}), make(chan struct{})
	h := &hand{give: func(Content) error { close(begun); <-finish; return nil }}
	id := o.put("ann@example.test", nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s := o.sender(h, nil)
	go func() { done <- s.Run(ctx) }()
	<-begun
	cancel()
	select {
	case <-done:
		t.Fatal("Run ended with a message in hand")
	case <-time.After(20 * time.Millisecond):
	}
	if h.ctx.Err() != nil {
		t.Error("the message in hand was cut off")
	}
	close(finish)
	if err := <-done; err != nil || o.get(id).State != Sent {
		t.Errorf("%v, %s", err, o.get(id).State)
	}
}

func TestOneChannelDoesNotHoldUpTheOther(t *testing.T) {
	o := newOffice(t)
	block := make(chan struct{})
	defer close(block)
	mail := o.put("ann@example.test", nil)
	sms := o.put("+4915112345678", func(m *Message) { m.Channel = SMS })
	o.run(o.sender(&hand{give: func(Content) error { <-block; return nil }}, &hand{give: func(Content) error { return nil }}))
	until(t, "the text message is sent", func() bool { return o.get(sms).State == Sent })
	if o.get(mail).State != Waiting {
		t.Error("the mail went out")
	}
}

func TestAMessageThatCannotBeComposedHoldsUpNoOther(t *testing.T) {
	o := newOffice(t)
	bad := o.put("ann@example.test", func(m *Message) { m.Locale = "panic" })
	foreign := o.put("bob@example.test", func(m *Message) { m.Secret = o.sealer.Seal([]byte("{}"), "message", "another id") })
	good := o.put("cid@example.test", nil)
	h := &hand{give: func(Content) error { return nil }}
	o.run(o.sender(h, nil))
	until(t, "the good one is sent", func() bool { return o.get(good).State == Sent })
	for _, id := range []string{bad, foreign} {
		if m := o.get(id); m.State != Waiting || m.LastError == "" {
			t.Errorf("%+v", m)
		}
	}
	if h.tries() != 1 {
		t.Errorf("%d tries", h.tries())
	}
}

func TestNothingIsSentInsideATransaction(t *testing.T) {
	o := newOffice(t)
	id := o.put("ann@example.test", nil)
	// The memory engine lets one writer in: a write here would wait for ever
	// if the Sender held its transaction.
	h := &hand{give: func(Content) error { o.put("bob@example.test", func(m *Message) { m.Channel = SMS }); return nil }}
	o.run(o.sender(h, nil))
	until(t, "it is sent", func() bool { return o.get(id).State == Sent })
}

func TestAMessageGoesWithItsTransaction(t *testing.T) {
	o, stop := newOffice(t), errors.New("stop")
	m := New(time.Now(), SignUp)
	m.To = "ann@example.test"
	err := o.store.Update(t.Context(), func(w storage.Writer) error {
		if err := (Outbox{}).Put(w, m); err != nil {
			t.Error(err)
		}
		return stop
	})
	waiting, _ := o.sender(nil, nil).List(t.Context(), Waiting)
	if !errors.Is(err, stop) || len(waiting) != 0 {
		t.Errorf("%v, %d messages", err, len(waiting))
	}
}

func TestTheOutboxRefusesWhatCannotBeSent(t *testing.T) {
	o := newOffice(t)
	for name, change := range map[string]func(*Message){
		"no id":      func(m *Message) { m.ID = "" },
		"no channel": func(m *Message) { m.Channel = "pigeon" },
		"nobody":     func(m *Message) { m.To = "" },
		"injection":  func(m *Message) { m.To = "a@b.test\r\nRCPT TO:<c@d.test>" },
		"sent":       func(m *Message) { m.State = Sent },
	} {
		m := New(time.Now(), SignUp)
		m.To = "ann@example.test"
		change(&m)
		if err := o.store.Update(t.Context(), func(w storage.Writer) error { return Outbox{}.Put(w, m) }); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestSentMessagesAreSweptAndNoOthers(t *testing.T) {
	o := newOffice(t)
	now := time.Now().UTC()
	err := o.store.Update(t.Context(), func(w storage.Writer) error {
		for i := range 1000 + 10 {
			if err := messages.Insert(w, Message{ID: fmt.Sprint("old", i), State: Sent, CreatedAt: now.Add(-time.Hour)}); err != nil {
				return err
			}
		}
		for state, age := range map[string]time.Duration{Sent: 0, Waiting: time.Hour, Stuck: time.Hour} {
			if err := messages.Insert(w, Message{ID: state, State: state, CreatedAt: now.Add(-age)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := Sweep(t.Context(), o.store, now.Add(-time.Minute)); n != 1000+10 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	for _, state := range []string{Sent, Waiting, Stuck} {
		if left, err := o.sender(nil, nil).List(t.Context(), state); len(left) != 1 || err != nil {
			t.Errorf("%s: %d left, %v", state, len(left), err)
		}
	}
}
