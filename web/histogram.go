package web

import (
	"fmt"
	"io"
	"sync"
)

// bounds are the upper bounds of a histogram's buckets, in seconds.
var bounds = [...]float64{.001, .005, .02, .1, .5, 2, 10}

// histogram is one of Prometheus's: how many took at most as long as each bound,
// all of them, and their sum. The metrics library's has buckets of another form.
type histogram struct {
	mu      sync.Mutex
	buckets [len(bounds)]uint64
	count   uint64
	sum     float64
}

func (h *histogram) observe(seconds float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, bound := range bounds {
		if seconds <= bound {
			h.buckets[i]++
		}
	}
	h.count++
	h.sum += seconds
}

func (h *histogram) write(w io.Writer, name, labels string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, bound := range bounds {
		fmt.Fprintf(w, "%s_bucket{%s,le=\"%g\"} %d\n", name, labels, bound, h.buckets[i])
	}
	fmt.Fprintf(w, "%s_bucket{%s,le=\"+Inf\"} %d\n", name, labels, h.count)
	fmt.Fprintf(w, "%s_sum{%s} %g\n%s_count{%s} %d\n", name, labels, h.sum, name, labels, h.count)
}
