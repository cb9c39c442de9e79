package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/cookies"
	"poolhouse.dev/views/failure"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/toomany"
)

// protocolStatus is the HTTP status of OAuth errors that are not 400 (RFC 6749
// §5.2, RFC 6750 §3.1).
var protocolStatus = map[string]int{
	oauth.InvalidClient:     http.StatusUnauthorized,
	oauth.InvalidToken:      http.StatusUnauthorized,
	oauth.InsufficientScope: http.StatusForbidden,
}

// WithStatus is a refusal of package oauth that is answered with another status than
// its code has at the token endpoint.
func WithStatus(err error, status int) error { return &statused{err, status} }

type statused struct {
	error
	status int
}

func (e *statused) Unwrap() error { return e.error }

func ofProtocol(e *oauth.Error) verdict {
	status, ok := protocolStatus[e.Code]
	if !ok {
		status = http.StatusBadRequest
	}
	return verdict{Status: status, Message: "oauth", Code: e.Code, Detail: e.Description}
}

// fail renders every error of every route, in one place.
func (s *Server) fail(err error, c echo.Context) {
	r := requestOf(c)
	v := judge(err)
	s.logFailure(r, err, v)
	if c.Response().Committed {
		return
	}
	if v.waits() {
		r.Header().Set("Retry-After", retryAfter(v.RetryAfter))
	}
	if v.Status == 0 {
		v.Status = http.StatusInternalServerError
	}
	if err := r.render(v); err != nil {
		s.Log.Error("the failure page failed", slog.String("request", r.ID), slog.Any("error", err))
		_ = c.String(http.StatusInternalServerError, "Something went wrong. Reference: "+r.ID+"\n")
	}
}

// logFailure tells refusals, which are somebody's mistake, from faults, which are ours.
func (s *Server) logFailure(r *Request, err error, v verdict) {
	level, text := slog.LevelInfo, "refused"
	if v.Fault {
		level, text = slog.LevelError, "fault"
	}
	var router *echo.HTTPError
	if errors.As(err, &router) {
		level = slog.LevelDebug
	}
	s.Log.LogAttrs(r.Ctx(), level, text, slog.String("request", r.ID), slog.String("path", shorten(r.HTTP().URL.Path, 200)),
		slog.Any("error", err))
}

func (r *Request) render(v verdict) error {
	if r.Targeted() {
		return r.asTarget(v)
	}
	if r.Lang.IsRoot() {
		r.chooseLanguage() // no route had done it yet
	}
	if !r.wantsPage() {
		return r.JSON(v.Status, protocolError{Code: v.Code, Description: v.Detail})
	}
	if v.waits() {
		r.backToApp()
		return r.HTML(v.Status, toomany.View(r.waiting(v)))
	}
	if v.Message == "not_found" && !r.routed {
		r.atHome()
	}
	r.backToApp()
	return r.HTML(v.Status, failure.View(r.failure(v)))
}

// failure says what happened, and leads on where that helps.
func (r *Request) failure(v verdict) failure.Props {
	page := r.Layout()
	props := failure.Props{Page: page, Text: r.failureText(page, v), Detail: v.detail()}
	switch {
	case v.Fault:
		props.RetryURL = r.here()
	case v.Message == "not_found" && r.Pool.Name != "":
		props.Heading, props.HomeURL = page.T("failure.not_found_title"), r.Path("/")
	}
	return props
}

// detail is what a developer looks for: the code that an app would have been
// answered, and what is wrong.
func (v *verdict) detail() string {
	if v.Message != "oauth" {
		return v.Detail
	}
	return strings.TrimSuffix(v.Code+": "+v.Detail, ": ")
}

// atHome gives the page for an unknown path the name and look of the pool at the root.
// When the store does not answer, the page has neither.
func (r *Request) atHome() {
	settings := identity.Settings{Core: r.server.Identity}
	if pool, err := settings.Pool(r.Ctx(), r.homePool()); err == nil {
		r.Pool = pool
	}
}

// backToApp puts the app on a failure page, when the request that failed came
// for one that is still good.
func (r *Request) backToApp() {
	r.failing = true
	if r.routed && r.Pool.Name != "" {
		_, _ = r.Asking() // the failure at hand is the one to show
	}
}

func (r *Request) failureText(page layout.Page, v verdict) string {
	if v.Message == "misdirected" {
		return page.T("error.misdirected", "URL", r.server.public.String())
	}
	return page.T("error." + v.Message)
}

func (r *Request) waiting(v verdict) toomany.Props {
	return toomany.Props{
		Page: r.Layout(), Busy: v.Status == http.StatusServiceUnavailable, Seconds: max(1, int(v.RetryAfter.Seconds()+0.999)),
		Until: r.Moment(r.Now().Add(v.RetryAfter)), RetryURL: r.here(),
	}
}

// wantsPage says whether people or programs read the answer. Where no route
// decides, the Accept header does.
func (r *Request) wantsPage() bool {
	if r.routed {
		return r.kind == Page
	}
	return strings.Contains(r.HTTP().Header.Get("Accept"), "text/html")
}

// protocolError is the one JSON shape of errors (RFC 6749 §5.2).
type protocolError struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// CookiesBlocked answers the page for a browser that takes no cookies: it says
// how to allow them.
func (r *Request) CookiesBlocked() error {
	return r.HTML(http.StatusUnprocessableEntity, cookies.View(cookies.Props{
		Page: r.Layout(), Host: strings.TrimPrefix(r.origin(), r.server.public.Scheme+"://"), RetryURL: r.here(),
	}))
}
