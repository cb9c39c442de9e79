package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"poolhouse.dev/identity"
)

// targetHeader names the operation of an AWS JSON 1.1 request.
const targetHeader = "X-Amz-Target"

// Targeted says that the request calls an operation by AWS JSON 1.1, whose
// clients read errors in a shape of their own.
func (r *Request) Targeted() bool {
	return r.HTTP().Method == http.MethodPost && r.HTTP().Header.Get(targetHeader) != ""
}

// Hand lets an http.Handler answer the request. It sees the context of the
// request and what stands in its header.
func (r *Request) Hand(h http.Handler) error {
	r.jsonHeaders()
	h.ServeHTTP(r.echo.Response(), r.HTTP())
	return nil
}

// Concern is what a request is about where its path does not say it.
type Concern struct {
	Operation string
	Pool      identity.PoolID // "": no pool, or every one
}

// Concerning answers what the log will have in place of the path's pool, to be
// filled in while the request is answered.
func (r *Request) Concerning() *Concern {
	r.concern = &Concern{}
	return r.concern
}

// Patient lets the body take so long to arrive, and the answer to it as long.
func (r *Request) Patient(wait time.Duration) {
	to := http.NewResponseController(r.echo.Response())
	until := time.Now().Add(wait)
	_ = to.SetReadDeadline(until) // a connection without deadlines waits by itself
	_ = to.SetWriteDeadline(until)
}

// AtRoot says that the path names no pool.
func (r *Request) AtRoot() bool { return !strings.HasPrefix(r.echo.Path(), "/:pool") }

// targetError is the shape of errors of AWS JSON 1.1.
type targetError struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// targetNames are what refusals before the operation are called, by status.
var targetNames = map[int]targetError{
	http.StatusNotFound:           {"ResourceNotFoundException", "There is no such user pool."},
	http.StatusTooManyRequests:    {"TooManyRequestsException", "Rate exceeded"},
	http.StatusMisdirectedRequest: {"InvalidParameterException", "The host is not one of this server's."},
}

// asTarget renders a failure as clients of AWS JSON 1.1 read it: name in header
// and body, and of the statuses only 400 and 500.
func (r *Request) asTarget(v verdict) error {
	said, known := targetNames[v.Status]
	status := http.StatusBadRequest
	switch {
	case known:
	case v.Status >= http.StatusInternalServerError:
		status, said = http.StatusInternalServerError, targetError{"InternalErrorException", "Something went wrong."}
	default:
		said = targetError{"InvalidParameterException", "The request is not valid."}
	}
	raw, err := json.Marshal(said)
	if err != nil {
		return err
	}
	r.cors = true
	r.jsonHeaders()
	r.Header().Set("Content-Type", "application/x-amz-json-1.1")
	r.Header().Set("x-amzn-ErrorType", said.Type)
	r.Header().Set("x-amzn-RequestId", r.ID)
	return r.echo.Blob(status, "application/x-amz-json-1.1", raw)
}
