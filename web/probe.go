package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// common are the routes that belong to no pool.
func (s *Server) common() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/healthz", Kind: Plain, Root: true, Handle: s.healthz},
		{Method: http.MethodGet, Path: "/readyz", Kind: Plain, Root: true, Handle: s.readyz},
		{Method: http.MethodGet, Path: "/metrics", Kind: Plain, Root: true, Handle: s.metrics},
		{Method: http.MethodGet, Path: "/assets/:file", Kind: Plain, Root: true, Handle: s.asset},
	}
}

// healthz says that the process answers; it asks nobody else, so that a slow
// store gets the process no restart.
func (s *Server) healthz(r *Request) error { return r.Text(http.StatusOK, "ok\n") }

// readyz says that the store answers too.
func (s *Server) readyz(r *Request) error {
	if s.Ready == nil {
		return r.Text(http.StatusOK, "ok\n")
	}
	if err := s.Ready(r.Ctx()); err != nil {
		return &Refusal{Status: http.StatusServiceUnavailable, Message: "busy", RetryAfter: 5 * time.Second, Err: err}
	}
	return r.Text(http.StatusOK, "ok\n")
}

// metrics answers Prometheus, from the configured networks alone. A request
// that came through a proxy which is not trusted may be anybody's.
func (s *Server) metrics(r *Request) error {
	allowed := false
	for _, network := range s.MetricsFrom {
		allowed = allowed || network.Contains(r.address)
	}
	if !allowed || forwarded(r) {
		return notFound(errors.New("metrics are not answered to this address"))
	}
	s.meters.handler.ServeHTTP(r.echo.Response(), r.HTTP())
	return nil
}

// meters count requests by route, never by person: labels come from the route
// list, so their number is bounded.
type meters struct {
	handler  http.Handler
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	open     prometheus.Gauge
	registry *prometheus.Registry
}

func newMeters() *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "poolhouse_http_requests_total", Help: "Requests answered.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "poolhouse_http_request_seconds", Help: "Time to answer.", Buckets: []float64{.001, .005, .02, .1, .5, 2, 10},
		}, []string{"route"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "poolhouse_http_requests_open", Help: "Requests being answered."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.open, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return m
}

// Registry takes the metrics of other parts of the program; their labels must not name people.
func (s *Server) Registry() prometheus.Registerer { return s.meters.registry }

// begin counts a request; the answer ends it.
func (m *meters) begin() func(*Request) {
	began := time.Now()
	m.open.Inc()
	return func(r *Request) {
		m.open.Dec()
		route, method := "none", "OTHER"
		if r.routed {
			route, method = r.echo.Path(), r.HTTP().Method
		}
		m.requests.WithLabelValues(route, method, strconv.Itoa(r.echo.Response().Status)).Inc()
		m.seconds.WithLabelValues(route).Observe(time.Since(began).Seconds())
	}
}
