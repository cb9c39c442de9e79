package web

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"poolhouse.dev/assets"
)

// begin is what every request goes through before its route: reference number,
// deadline, headers, address limit, host; and after it: panic, error, log.
func (s *Server) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, cancel := s.newRequest(c)
		defer cancel()
		r.baseHeaders()
		done := s.meters.begin()
		if err := s.guarded(r, next); err != nil {
			c.Error(err)
		}
		done(r)
		s.access(r)
		return nil
	}
}

// guarded runs the checks and the route; a panic becomes a fault.
func (s *Server) guarded(r *Request, next echo.HandlerFunc) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = fault(p)
		}
	}()
	if len(r.HTTP().TransferEncoding) > 0 {
		// A chunked request is served, but its connection not used again:
		// whoever smuggles a second request behind it finds nobody (RFC 9112 §6.1).
		r.Header().Set("Connection", "close")
	}
	s.warnOfProxy(r)
	if err := s.checkLimit(r); err != nil {
		return err
	}
	if err := s.checkHost(r); err != nil { // after the limit: a host that is not ours by configuration is looked for in the store
		return err
	}
	return next(r.echo)
}

func fault(p any) error {
	stack := make([]byte, 4<<10)
	stack = stack[:runtime.Stack(stack, false)]
	return fmt.Errorf("panic: %v\n%s", p, stack)
}

// probes are asked by load balancers, which know no host name.
var probes = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// checkHost refuses a request meant for another host, but for those of pools: a page under a name we
// don't know would have links, cookies and redirects that don't work, or that
// somebody else chose (Host header attacks).
func (s *Server) checkHost(r *Request) error {
	path := r.HTTP().URL.Path
	if s.hosts[plainHost(s.public.Scheme, r.HTTP().Host)] || probes[path] || strings.HasPrefix(path, assets.Prefix) {
		return nil // our files too: the page that refuses a host loads its style sheet
	}
	if found, err := s.findDomain(r); err != nil || found {
		return err
	}
	return &Refusal{Status: http.StatusMisdirectedRequest, Message: "misdirected",
		Detail: "public_url is " + s.public.String() + ". If that is where you are, the proxy in front does not pass on the Host header."}
}

// plainHost lowers a host and leaves out the scheme's own port.
func plainHost(scheme, host string) string {
	host = strings.ToLower(host)
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

func hostSet(public *url.URL, more []string) map[string]bool {
	set := map[string]bool{plainHost(public.Scheme, public.Host): true}
	for _, host := range more {
		set[plainHost(public.Scheme, host)] = true
	}
	return set
}

// ipExtractor believes X-Forwarded-For from trusted proxies only, and of it
// the rightmost hop that is none.
func ipExtractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		mask := net.CIDRMask(p.Bits(), p.Addr().BitLen())
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: mask}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// forwarded says that the request claims to come through a proxy that is not trusted.
func forwarded(r *Request) bool {
	h := r.HTTP().Header
	claimed := h.Get("X-Forwarded-For") != "" || h.Get("Forwarded") != "" || h.Get("X-Real-IP") != ""
	return claimed && !r.byProxy()
}

// warnOfProxy says once that a proxy in front is not configured: everybody
// would share its address, and its limits.
func (s *Server) warnOfProxy(r *Request) {
	if !forwarded(r) {
		return
	}
	s.proxyWarning.Do(func() {
		s.Log.Warn("a request carries X-Forwarded-For from an address that is not in trusted_proxies; the header is ignored",
			slog.String("address", r.address.String()))
	})
}

// access logs the request. The query stays out of it: it may hold codes and links.
func (s *Server) access(r *Request) {
	about := []slog.Attr{slog.String("pool", string(r.Pool.ID))}
	if c := r.concern; c != nil {
		about = []slog.Attr{slog.String("operation", c.Operation), slog.String("pool", shorten(string(c.Pool), 200))}
	}
	s.Log.LogAttrs(r.Ctx(), slog.LevelInfo, "request", append([]slog.Attr{
		slog.String("request", r.ID), slog.String("method", r.HTTP().Method), slog.String("path", shorten(r.HTTP().URL.Path, 200)),
		slog.Int("status", r.echo.Response().Status), slog.Duration("took", s.Now().Sub(r.began).Round(time.Microsecond)),
		slog.String("address", r.address.String()),
	}, about...)...)
}
