package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Every address may make this many requests at once and then so many a second.
// It holds off floods at cheap endpoints; guessing is limited by the core, in the store.
const (
	addressBurst  = 600
	addressPerSec = 200
	mostBuckets   = 50_000
)

// buckets are token buckets by address, IPv6 by /64. Lost at a restart, which
// costs nothing.
type buckets struct {
	mu sync.Mutex
	by map[netip.Prefix]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func (s *Server) checkLimit(r *Request) error {
	if !s.Identity.RateLimits || probes[r.HTTP().URL.Path] {
		return nil
	}
	if s.buckets.take(networkOf(r.address), s.Now()) {
		return nil
	}
	return &Refusal{Status: http.StatusTooManyRequests, Message: "too_many_attempts", RetryAfter: time.Second}
}

func networkOf(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits) // the zero prefix for no address
	return p
}

// take takes one token, if there is one.
func (b *buckets) take(of netip.Prefix, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by == nil || len(b.by) >= mostBuckets {
		b.by = map[netip.Prefix]*bucket{} // forgetting is cheaper than growing without bound
	}
	one := b.by[of]
	if one == nil {
		one = &bucket{left: addressBurst, at: now}
		b.by[of] = one
	}
	one.left = min(addressBurst, one.left+now.Sub(one.at).Seconds()*addressPerSec)
	one.at = now
	if one.left < 1 {
		return false
	}
	one.left--
	return true
}
