// Package web is everything that knows HTTP and is shared by the front ends:
// the server with its limits, the request with its cookies and form proof,
// security headers, languages, pages and the one place that renders errors.
//
// The front ends web/hosted, web/oidc and web/account each hold one list of
// routes and don't import one another; web/cognito, the API, answers on the admin
// socket besides. The program puts them together:
//
//	s, err := web.New(web.Deps{
//		Identity: core, OAuth: provider, DefaultPool: pools[0].ID,
//		PublicURL: "https://login.example.test",
//		Log: log, Now: time.Now,
//	})
//	if err != nil { … }              // the configuration is wrong; the error says how
//	s.Add(hosted.Routes()...)        // sign-in, sign-up, recovery, sign-out, set-up
//	s.Add(oidc.Routes()...)          // OAuth 2 and OpenID Connect
//	s.Add(account.Routes()...)       // the signed-in person's own pages
//	srv := s.HTTP()                  // an *http.Server with the time-outs set
//	srv.Serve(listener)              // later: srv.Shutdown(ctx)
//
// Every route answers at the root for the default pool and at /{pool id} for
// every pool; at the domain of a pool (host.go) it is that pool's root. Tests mount a Server, which is an http.Handler, on httptest.
//
// A request goes through begin.go (reference number, host, limit), route.go
// (pool, form, form proof), its handler, and, when that returns an error,
// through refusal.go (what the error comes to) and fail.go (how it is shown).
//
// Documents: RFC 9110 (HTTP), RFC 6265 with the prefixes and SameSite of its
// revision (cookies), Fetch and Fetch Metadata (where a form comes from),
// Content Security Policy Level 3, RFC 6797 (HSTS), RFC 4647 (languages).
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// Deps is what a Server works with. Identity, OAuth, DefaultPool, PublicURL,
// Log and Now are required.
type Deps struct {
	Identity    *identity.Core
	OAuth       *oauth.Provider
	DefaultPool identity.PoolID

	// PublicURL is scheme and host as browsers see them; every link is built from it.
	PublicURL string
	// Hosts are further host names (with port, if not the scheme's own) that are answered.
	Hosts []string
	// TrustedProxies may say who a request comes from (X-Forwarded-For).
	TrustedProxies []netip.Prefix
	// ClientCertificateHeader is where a trusted proxy hands on the certificate that a
	// client presented to it; "": nowhere.
	ClientCertificateHeader string
	// MetricsFrom are the networks that may read /metrics; empty switches it off.
	MetricsFrom []netip.Prefix
	// HSTSThisHostOnly leaves sub-domains out of Strict-Transport-Security.
	HSTSThisHostOnly bool

	// ThemeFiles answers what a pool's or client's theme names (logo, CSS); nil: none.
	ThemeFiles ThemeFiles
	// Setup makes the first user; nil once there is one.
	Setup Setup
	// Federation opens other people's identity providers; nil: there are none.
	Federation *Federation
	// Ready says whether the store answers, for /readyz; nil: always.
	Ready func(context.Context) error

	Log *slog.Logger
	Now func() time.Time
}

// ThemeFiles keeps uploaded theme files by the SHA-256 of their content, hex.
type ThemeFiles interface {
	ThemeFile(ctx context.Context, pool identity.PoolID, sha256 string) (content []byte, contentType string, err error)
}

// Setup makes the first user of a new server.
type Setup interface {
	// Valid says whether this one-time token is open.
	Valid(token string) bool
	// Create makes the user and closes the token.
	Create(ctx context.Context, form SetupForm) error
}

// SetupForm is what the set-up page asks.
type SetupForm struct {
	Token      string
	Username   string
	Password   string
	Attributes map[string]string
}

// Server answers HTTP for every pool. It is an http.Handler.
type Server struct {
	Deps
	echo    *echo.Echo
	public  *url.URL
	https   bool
	hosts   map[string]bool
	buckets buckets
	meters  *meters
	spoken  spoken
	uploads chan struct{} // a place for each file that is held

	proxyWarning sync.Once
}

// New builds a server without front ends. Its error says what in deps is wrong.
func New(deps Deps) (*Server, error) {
	public, err := publicURL(deps.PublicURL)
	if err != nil {
		return nil, err
	}
	s := &Server{Deps: deps, echo: echo.New(), public: public, https: public.Scheme == "https"}
	s.hosts = hostSet(public, deps.Hosts)
	s.meters = newMeters()
	s.spoken = newSpoken()
	s.uploads = make(chan struct{}, mostUploads)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.IPExtractor = ipExtractor(deps.TrustedProxies)
	s.echo.SchemeExtractor = func(*http.Request) string { return public.Scheme }
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Pre(s.begin)
	s.Add(s.common()...)
	s.Add(s.perPool()...)
	return s, nil
}

// publicURL parses and checks the public URL.
func publicURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(raw, "/"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("public_url: %w", err)
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, fmt.Errorf("public_url %q: want http://HOST or https://HOST", raw)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, fmt.Errorf("public_url %q: want scheme and host only", raw)
	}
	return u, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, req *http.Request) { s.echo.ServeHTTP(w, req) }

// HTTP answers a server with every time-out set; Echo's own has none.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
}

// URL answers an absolute URL of a pool's page.
func (s *Server) URL(pool identity.PoolID, path string) string {
	return s.public.String() + s.base(pool) + path
}

// base is what stands before a pool's paths.
func (s *Server) base(pool identity.PoolID) string {
	if pool == s.DefaultPool || pool == "" {
		return ""
	}
	return "/" + string(pool)
}
