package message

import (
	"errors"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"
)

// The calls to one host never take all workers: of a host that answers quickly,
// or is not known yet, atOnce are in hand, of a slow one a single one.
const (
	atOnce   = appWorkers / 2
	slowTime = time.Second
)

// apart keeps the hosts that calls go to apart: one that is slow or down holds up
// no other. It knows what this process has seen; the store knows what waits. A
// nil apart holds nothing up.
type apart struct {
	first time.Duration // the first wait, as the Sender's

	mu    sync.Mutex
	hosts map[string]*host
}

// host is the other side of some calls.
type host struct {
	inHand   int
	slow     bool
	failures int       // in a row
	until    time.Time // it is not asked before
}

func newApart(first time.Duration) *apart { return &apart{first: first, hosts: map[string]*host{}} }

// hostOf answers the host of an address; the name of a log, which has none,
// stands for itself.
func hostOf(to string) string {
	at, err := url.Parse(to)
	if err != nil || at.Host == "" {
		return to
	}
	return at.Host
}

// begin takes a place for a call; or it answers how long to put it off.
func (a *apart) begin(to string, now time.Time) time.Duration {
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.hosts[hostOf(to)]
	if h == nil {
		h = &host{}
		a.hosts[hostOf(to)] = h
	}
	wait, places := a.first/20, atOnce
	if h.slow {
		wait, places = a.first, 1
	}
	switch {
	case now.Before(h.until):
		return h.until.Sub(now) + rand.N(a.first)
	case h.inHand >= places:
		return wait + rand.N(wait)
	}
	h.inHand++
	return 0
}

// leave gives back a place that was not used.
func (a *apart) leave(to string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(to)
}

func (a *apart) drop(to string) *host {
	h := a.hosts[hostOf(to)]
	if h == nil {
		return &host{} // forgotten meanwhile
	}
	h.inHand--
	if h.inHand <= 0 && !h.slow && h.failures == 0 {
		delete(a.hosts, hostOf(to))
	}
	return h
}

// end gives back a place, and notes how the call went. What the host refuses for
// good is its answer, and no failure of its.
func (a *apart) end(to string, took time.Duration, outcome error, now time.Time) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.hosts[hostOf(to)]
	if h == nil {
		return
	}
	var refused *PermanentError
	h.slow = took >= slowTime
	if outcome == nil || errors.As(outcome, &refused) {
		h.failures, h.until = 0, time.Time{}
	} else {
		h.failures++
		h.until = now.Add(min(a.first<<min(h.failures-1, 8), 12*a.first))
	}
	a.drop(to)
}

// forget lets every host be asked again at once.
func (a *apart) forget() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, h := range a.hosts {
		h.failures, h.until = 0, time.Time{}
	}
}
