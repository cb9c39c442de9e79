package web

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// meters count requests by route, never by person: labels come from the route
// list, so their number is bounded.
type meters struct {
	set  *metrics.Set
	open *metrics.Gauge

	mu       sync.RWMutex
	requests map[answered]*metrics.Counter
	seconds  map[string]*histogram // by route
}

// answered are the labels of a request.
type answered struct {
	route, method string
	status        int
}

func newMeters() *meters {
	metrics.ExposeMetadata(true)
	set := metrics.NewSet()
	return &meters{
		set: set, open: set.NewGauge("poolhouse_http_requests_open", nil),
		requests: map[answered]*metrics.Counter{}, seconds: map[string]*histogram{},
	}
}

// write answers everything in the text form that Prometheus reads, with what the
// runtime and the system tell of the process.
func (m *meters) write(w io.Writer) {
	m.set.WritePrometheus(w)
	m.writeSeconds(w)
	metrics.WriteProcessMetrics(w)
	metrics.WriteFDMetrics(w)
}

func (m *meters) writeSeconds(w io.Writer) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	fmt.Fprintln(w, "# TYPE poolhouse_http_request_seconds histogram")
	for _, route := range slices.Sorted(maps.Keys(m.seconds)) {
		m.seconds[route].write(w, "poolhouse_http_request_seconds", fmt.Sprintf("route=%q", route))
	}
}

// begin counts a request; the answer ends it.
func (m *meters) begin() func(*Request) {
	began := time.Now()
	m.open.Inc()
	return func(r *Request) {
		m.open.Dec()
		labels := answered{route: "none", method: "OTHER", status: r.echo.Response().Status}
		if r.routed {
			labels.route, labels.method = r.echo.Path(), r.HTTP().Method
		}
		requests, seconds := m.of(labels)
		requests.Inc()
		seconds.observe(time.Since(began).Seconds())
	}
}

func (m *meters) of(labels answered) (requests *metrics.Counter, seconds *histogram) {
	m.mu.RLock()
	requests, seconds = m.requests[labels], m.seconds[labels.route]
	m.mu.RUnlock()
	if requests == nil {
		return m.add(labels)
	}
	return requests, seconds
}

// add begins to count what was not asked before.
func (m *meters) add(labels answered) (requests *metrics.Counter, seconds *histogram) {
	requests = m.set.GetOrCreateCounter(fmt.Sprintf("poolhouse_http_requests_total{method=%q,route=%q,status=\"%d\"}",
		labels.method, labels.route, labels.status))
	m.mu.Lock()
	defer m.mu.Unlock()
	if seconds = m.seconds[labels.route]; seconds == nil {
		seconds = &histogram{}
		m.seconds[labels.route] = seconds
	}
	m.requests[labels] = requests
	return requests, seconds
}
