package web

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/storage"
)

// Refusal is what the server itself refuses, before or beside the core.
type Refusal struct {
	Status     int
	Message    string        // id of the message below "error."
	Detail     string        // for developers; from a fixed set, never what was sent
	RetryAfter time.Duration // for 429 and 503
	Err        error
}

func (e *Refusal) Error() string {
	text := strconv.Itoa(e.Status) + " " + e.Message
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap answers the cause.
func (e *Refusal) Unwrap() error { return e.Err }

func refused(status int, message, detail string) *Refusal {
	return &Refusal{Status: status, Message: message, Detail: detail}
}

func notFound(err error) *Refusal {
	return &Refusal{Status: http.StatusNotFound, Message: "not_found", Err: err}
}

// isRefusal says that an error is an answer and no fault.
func isRefusal(err error) bool {
	var own *Refusal
	var protocol *oauth.Error
	var often *oauth.TooOften
	_, core := identity.CodeOf(err)
	return core || errors.As(err, &own) || errors.As(err, &often) || errors.As(err, &protocol)
}

// statuses is the HTTP status of each refusal of the core. The text of each is
// the message "error.CODE" of the catalogues.
var statuses = map[identity.Code]int{
	identity.IncorrectPassword:   http.StatusUnprocessableEntity,
	identity.TooManyAttempts:     http.StatusTooManyRequests,
	identity.Busy:                http.StatusServiceUnavailable,
	identity.AttemptExpired:      http.StatusUnprocessableEntity,
	identity.WrongAnswer:         http.StatusUnprocessableEntity,
	identity.SessionEnded:        http.StatusUnauthorized,
	identity.CodeMismatch:        http.StatusUnprocessableEntity,
	identity.CodeExpired:         http.StatusUnprocessableEntity,
	identity.PasswordRefused:     http.StatusUnprocessableEntity,
	identity.PasswordExpired:     http.StatusUnprocessableEntity,
	identity.PasswordResetNeeded: http.StatusUnprocessableEntity,
	identity.UserNotConfirmed:    http.StatusUnprocessableEntity,
	identity.UsernameExists:      http.StatusUnprocessableEntity,
	identity.AliasExists:         http.StatusUnprocessableEntity,
	identity.SignUpClosed:        http.StatusForbidden,
	identity.InvalidParameter:    http.StatusUnprocessableEntity,
	identity.InvalidUsername:     http.StatusUnprocessableEntity,
	identity.AttributeRequired:   http.StatusUnprocessableEntity,
	identity.AttributeRefused:    http.StatusUnprocessableEntity,
	identity.UserNotFound:        http.StatusNotFound,
	identity.PoolNotFound:        http.StatusNotFound,
	identity.ClientNotFound:      http.StatusNotFound,
	identity.GroupNotFound:       http.StatusNotFound,
	identity.ResourceNotFound:    http.StatusNotFound,
	identity.AlreadyExists:       http.StatusUnprocessableEntity,
	identity.InvalidState:        http.StatusUnprocessableEntity,
	identity.NotAllowed:          http.StatusForbidden,
	identity.NoVerifiedAddress:   http.StatusUnprocessableEntity,
	identity.FreshSignInNeeded:   http.StatusUnprocessableEntity,
	identity.SignInBlocked:       http.StatusUnprocessableEntity,
	identity.NoSecondFactor:      http.StatusUnprocessableEntity,
	identity.LevelOutOfReach:     http.StatusUnprocessableEntity,
	identity.LevelReached:        http.StatusUnprocessableEntity,
	identity.PasskeyUnknown:      http.StatusUnprocessableEntity,
	identity.PasskeyRefused:      http.StatusUnprocessableEntity,
	identity.FactorNotFound:      http.StatusUnprocessableEntity,
	identity.LastWayIn:           http.StatusUnprocessableEntity,
	identity.PuzzleNeeded:        http.StatusUnprocessableEntity,
	identity.IssuerChanged:       http.StatusForbidden,
	identity.OtherAccount:        http.StatusUnprocessableEntity,
	identity.TooManyIdentities:   http.StatusUnprocessableEntity,
	identity.TriggerRefused:      http.StatusUnprocessableEntity,
	identity.TriggerFailed:       http.StatusBadGateway,
	identity.TriggerMalformed:    http.StatusBadGateway,
}

// verdict is what any error comes to: a status and words.
type verdict struct {
	Status     int
	Message    string // message id below "error."
	Code       string // OAuth error code, for programs
	Detail     string
	RetryAfter time.Duration
	Fault      bool
}

// waits says that the same request may do later.
func (v verdict) waits() bool {
	return v.Status == http.StatusTooManyRequests || v.Status == http.StatusServiceUnavailable
}

// storeWait is when a request that the store could not serve may come again.
const storeWait = 5 * time.Second

// judge is the one table from errors to answers. What it does not know is a fault.
func judge(err error) verdict {
	var own *Refusal
	var core *identity.Error
	var protocol *oauth.Error
	var other *statused
	var often *oauth.TooOften
	var router *echo.HTTPError
	switch {
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, storage.ErrConflict):
		return verdict{http.StatusServiceUnavailable, "busy", codeOf(http.StatusServiceUnavailable), "", storeWait, true}
	case errors.As(err, &own):
		return verdict{own.Status, own.Message, codeOf(own.Status), own.Detail, own.RetryAfter, false}
	case errors.As(err, &often):
		return verdict{Status: http.StatusTooManyRequests, Message: "too_many_attempts", Code: codeOf(http.StatusTooManyRequests), RetryAfter: often.Wait}
	case errors.As(err, &protocol):
		v := ofProtocol(protocol)
		if errors.As(err, &other) {
			v.Status = other.status
		}
		return v
	case errors.As(err, &core):
		status := statuses[core.Code]
		return verdict{status, string(core.Code), codeOf(status), "", core.RetryAfter, status == 0}
	case errors.As(err, &router):
		return ofRouter(router)
	}
	return verdict{Status: http.StatusInternalServerError, Message: "fault", Code: "server_error", Fault: true}
}

func ofRouter(e *echo.HTTPError) verdict {
	switch e.Code {
	case http.StatusNotFound:
		return verdict{Status: e.Code, Message: "not_found", Code: "invalid_request"}
	case http.StatusMethodNotAllowed:
		return verdict{Status: e.Code, Message: "method_not_allowed", Code: "invalid_request"}
	}
	return verdict{Status: http.StatusBadRequest, Message: "request", Code: "invalid_request"}
}

// codeOf is the OAuth error code nearest to a status (RFC 6749 §5.2, §4.1.2.1).
func codeOf(status int) string {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return "temporarily_unavailable"
	case status >= 500 || status == 0:
		return "server_error"
	}
	return "invalid_request"
}

// retryAfter prints a wait in whole seconds, never less than it is.
func retryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}
