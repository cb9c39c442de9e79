package trigger

import (
	"sync"
	"time"
)

// What opens a breaker and how long it stays open (security baseline).
const (
	maxFailures = 10
	openFor     = 30 * time.Second
)

// breakers keep a trigger that is down from holding everybody up: after ten
// failures in a row it is not asked for half a minute, then by one at a time until
// it answers.
type breakers struct {
	mu  sync.Mutex
	all map[string]*breaker // by trigger and target
}

type breaker struct {
	failures int
	until    time.Time // not asked before
}

// let says whether a trigger may be asked now, and if not, for how long.
func (b *breakers) let(trigger string, now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.all[trigger]
	if one == nil || one.failures < maxFailures {
		return 0, true
	}
	if now.Before(one.until) {
		return one.until.Sub(now), false
	}
	one.until = now.Add(openFor) // this call finds out; others wait for it
	return 0, true
}

// note counts how a call ended. A refusal and a malformed answer are
// answers.
func (b *breakers) note(trigger string, failed bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !failed {
		delete(b.all, trigger)
		return
	}
	if b.all == nil {
		b.all = map[string]*breaker{}
	}
	one := b.all[trigger]
	if one == nil {
		one = &breaker{}
		b.all[trigger] = one
	}
	one.failures++
	one.until = now.Add(openFor)
}
