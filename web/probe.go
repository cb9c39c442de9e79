package web

import (
	"errors"
	"net/http"
	"time"
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
	w := r.echo.Response()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s.meters.write(w)
	return nil
}
