package cognito

import (
	"sync"
	"time"
)

// A key may send so many requests at once and then so many a second; an address
// may be refused so many times at once, and then once a second. They hold off what
// is out of hand, and are lost at a restart.
var (
	requestsOfAKey    = pace{burst: 400, perSec: 100}
	refusalsOfAddress = pace{burst: 60, perSec: 1}
)

type pace struct{ burst, perSec float64 }

const mostThrottled = 20_000

// throttle is a token bucket for each of many. The zero value is full.
type throttle struct {
	mu sync.Mutex
	by map[string]*tokens
}

type tokens struct {
	left float64
	at   time.Time
}

// take takes one, if there is one.
func (t *throttle) take(of string, p pace, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.of(of, p, now)
	if one.left < 1 {
		return false
	}
	one.left--
	return true
}

// left says whether there is one, and takes nothing.
func (t *throttle) left(of string, p pace, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by[of] == nil {
		return true
	}
	return t.of(of, p, now).left >= 1
}

func (t *throttle) of(of string, p pace, now time.Time) *tokens {
	if t.by == nil || len(t.by) >= mostThrottled {
		t.by = map[string]*tokens{} // forgetting is cheaper than growing without bound
	}
	one := t.by[of]
	if one == nil {
		one = &tokens{left: p.burst, at: now}
		t.by[of] = one
	}
	one.left = min(p.burst, one.left+now.Sub(one.at).Seconds()*p.perSec)
	one.at = now
	return one
}
