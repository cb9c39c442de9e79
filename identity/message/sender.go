package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"poolhouse.dev/storage"
)

// Sender takes due messages from the outbox and hands them over, one after the
// other in each channel, but for the calls to apps: those go side by side. Several processes may run one over the same store: a
// message in hand is claimed.
type Sender struct {
	Store   storage.Store
	Sealer  *storage.Sealer
	Compose Composer
	Email   Transport // nil: mails wait
	SMS     Transport // nil: text messages wait
	App     Transport // nil: calls to apps wait
	Logs    Transport // nil: entries of log deliveries wait
	// Undelivered is told of a message that is stuck, and why; nil: nobody.
	Undelivered func(ctx context.Context, m Message, why error)
	// Other sends a message by other means than ours; false leaves it to the
	// transport. nil: there are none.
	Other func(ctx context.Context, m Message, secrets map[string]string) (bool, error)
	// ComposeApp puts the calls to apps into words.
	ComposeApp Composer
	Now        func() time.Time
	Log        *slog.Logger
	// Alone says that no other process uses the store, so that what an earlier
	// one had in hand is free at once.
	Alone bool

	mu    sync.Mutex
	lanes []*lane
	first time.Duration // the first wait; 5 s
}

const (
	firstWait   = 5 * time.Second
	longestWait = 6 * time.Hour
	// patience is how long a message is tried before it is stuck, and appPatience
	// how long a call to an app is.
	patience    = 72 * time.Hour
	appPatience = 24 * time.Hour
	// appWorkers is how many calls to apps are in hand at once.
	appWorkers = 8
	// A claim outlasts the longest try.
	claimTime = 3 * time.Minute
	tryTime   = 2 * time.Minute
	// grace is what a message in hand has left when the Sender is to stop.
	grace = 5 * time.Second
	// behind is how far behind the request that asked for it a message is begun.
	behind = 100 * time.Millisecond
	// pollTime bounds the wait for messages that another process put in.
	pollTime = 30 * time.Second
)

// lane is one channel: an outage of the mail server holds up no text message.
type lane struct {
	*Sender
	channel   string
	compose   Composer
	transport Transport
	apart     *apart // nil: one other side for all
	wake      chan struct{}
	urge      chan struct{} // like wake, and the other side is asked again at once
	outages   int           // in a row
}

func (s *Sender) setUp() []*lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == 0 {
		s.first = firstWait
	}
	s.lanes = nil
	for channel, transport := range map[string]Transport{Email: s.Email, SMS: s.SMS, App: s.App, Log: s.Logs} {
		if transport != nil {
			s.lanes = append(s.lanes, s.lane(channel, transport))
		}
	}
	return s.lanes
}

func (s *Sender) lane(channel string, transport Transport) *lane {
	l := &lane{Sender: s, channel: channel, compose: s.Compose, transport: transport, wake: make(chan struct{}, 1), urge: make(chan struct{}, 1)}
	if channel == App {
		l.compose, l.apart = s.ComposeApp, newApart(s.first)
	}
	if channel == Log {
		l.compose, l.apart = entries{}, newApart(s.first)
	}
	return l
}

// entries puts nothing into words: an entry is what it was when it happened.
type entries struct{}

func (entries) Compose(_ context.Context, m Message, _ map[string]string) (Content, error) {
	return Content{ID: m.ID, To: m.To, Text: m.Data[EntryData]}, nil
}

// workers answers how many of a lane's messages are in hand at once.
func (l *lane) workers() int {
	if l.apart != nil {
		return appWorkers
	}
	return 1
}

// Run sends until ctx is done, and then finishes what it has in hand. The
// transports stay open.
func (s *Sender) Run(ctx context.Context) error {
	lanes := s.setUp()
	if s.Alone {
		if err := s.release(ctx); err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	for _, l := range lanes {
		for range l.workers() {
			worker := *l
			all.Go(func() { worker.run(ctx) })
		}
	}
	all.Wait()
	return nil
}

// Wake says that the outbox has something new. It does not block, and does
// nothing before Run, which looks by itself.
func (s *Sender) Wake() {
	for _, l := range s.running() {
		ring(l.wake)
	}
}

func (s *Sender) running() []*lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lanes
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait, wake := l.work(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
			l.letPass(ctx)
		case <-l.urge:
			l.apart.forget()
		case <-timer.C:
		}
		timer.Stop()
	}
}

// letPass waits until the answer is out that came with a new message. Composing
// and sending beside it would slow it down, and so tell that there is somebody
// to write to.
func (l *lane) letPass(ctx context.Context) {
	timer := time.NewTimer(behind + rand.N(behind))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// work sends what is due. It answers how long to wait for more and what may cut
// that short: during an outage no new message does.
func (l *lane) work(ctx context.Context) (time.Duration, <-chan struct{}) {
	for ctx.Err() == nil {
		m, wait, err := l.claim(ctx)
		switch {
		case err != nil:
			l.complain(ctx, "the outbox could not be read", err)
			return l.first, nil
		case wait > 0:
			return min(wait, pollTime), l.wake
		}
		if l.apart != nil {
			ring(l.wake) // there may be more for another worker
		}
		if down := l.try(ctx, m); down {
			return l.outage(), nil
		}
		l.outages = 0
	}
	return 0, nil
}

func (l *lane) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		l.Log.ErrorContext(ctx, what, "channel", l.channel, "error", err)
	}
}

// outage doubles up to twelve times the first wait, a minute.
func (l *lane) outage() time.Duration {
	return min(l.first<<min(l.outages-1, 8), 12*l.first)
}

// try sends one message and notes how that went. It answers whether the other
// side could not be spoken to.
func (l *lane) try(ctx context.Context, m Message) (down bool) {
	begun := time.Now()
	err := l.send(ctx, m)
	l.apart.end(m.To, time.Since(begun), err, l.Now())
	// The note is taken even when the Sender is to stop: the message may be out.
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	noted, fault := l.note(noting, m, err)
	if fault != nil {
		l.complain(noting, "a message was tried, but that could not be noted", fault)
		l.outages++
		return true
	}
	var unavailable *UnavailableError
	if down = errors.As(err, &unavailable); down {
		l.outages++
		noted.NextTry = l.Now().UTC().Add(l.outage()) // stored is its place in the queue
	}
	l.report(noting, noted, err)
	return down
}

func (l *lane) send(ctx context.Context, m Message) error {
	trying, cancel := context.WithTimeout(context.WithoutCancel(ctx), tryTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	secrets, err := openSecrets(l.Sealer, m)
	if err != nil {
		return fmt.Errorf("message: secrets: %w", err)
	}
	if l.Other != nil {
		if done, err := l.Other(trying, m, secrets); done || err != nil {
			return err
		}
	}
	content, err := l.words(trying, m, secrets)
	if err != nil {
		return err
	}
	return l.transport.Send(trying, content)
}

func (l *lane) report(ctx context.Context, m Message, err error) {
	log := l.Log.With("message", m.ID, "kind", m.Kind, "channel", m.Channel, "attempts", m.Attempts)
	switch {
	case m.State == Stuck:
		log.ErrorContext(ctx, "a message is stuck", "error", err)
		if l.Undelivered != nil {
			l.Undelivered(ctx, m, err)
		}
	case err != nil:
		log.WarnContext(ctx, "a message waits", "error", err, "next_try", m.NextTry)
	default:
		log.InfoContext(ctx, "message sent")
	}
}

// backOff is the wait after a try: doubling from the first wait, up to six
// hours, spread by a fifth so that what failed together does not return together.
func (s *Sender) backOff(attempts int) time.Duration {
	wait := min(s.first<<min(max(attempts-1, 0), 20), longestWait)
	return wait - wait/10 + rand.N(wait/5)
}
