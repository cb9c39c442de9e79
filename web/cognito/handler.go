// Package cognito speaks the Amazon Cognito user pools API, AWS JSON 1.1 as in
// the service model of 2016-04-18: X-Amz-Target names an operation, the body is
// its input. What Cognito has no operation for stands under the target prefix
// PoolhouseAdmin. Every operation is a codec over the same core as the pages.
//
// An operation stands in the table of its family (table_*.go) with who may call it,
// how it differs from Cognito's (but) and its method: op makes a codec of a method
// that takes one struct and answers another, in the shapes of the model. Its bounds
// are checked before the method is called (package model), its errors are put into
// the exceptions that it declares afterwards (errors.go, declared.go). One that names
// its pool in a member UserPoolId needs no thought about scopes; itself is for the
// others. Then `make compatibility` writes its line.
//
// A Handler answers the Caller that the context carries (WithCaller): on the
// admin socket its owner, on the public listener whom Public finds. caller.go is
// the one place that holds a caller against an operation.
package cognito

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/oauth"
)

// maxBody bounds an input (security baseline: JSON API 1 MiB); settings that
// carry theme files may be larger.
const (
	maxBody         = 1 << 20
	maxSettingsBody = 32 << 20
)

// What stands before an operation's name in X-Amz-Target: Cognito's own prefix,
// and the one of what Cognito has no operation for.
const (
	Target      = "AWSCognitoIdentityProviderService."
	AdminTarget = "PoolhouseAdmin."
)

// Handler answers operations. All fields are required.
type Handler struct {
	Admin    *identity.Admin
	Settings *identity.Settings
	Sessions *identity.Sessions
	Accounts *identity.Accounts
	SignIn   *identity.SignIn
	Factors  *identity.Factors
	Devices  *identity.Devices
	History  *identity.History
	Imports  *identity.Imports
	// Started tells whoever runs imports that there is one; nil tells nobody.
	Started func()
	// AccessKeys say who calls over the public listener.
	AccessKeys *identity.AccessKeys
	// OAuth makes and checks tokens.
	OAuth  *oauth.Provider
	Files  *ThemeFiles
	Keys   Keys
	Outbox Outbox
	// Senders are who mails of pools may come from.
	Senders message.Senders
	Apps    Apps
	// Triggers asks what pools have attached, and keeps what happened.
	Triggers Triggers
	First    identity.PoolID // the pool that answers at the root
	// Providers are the types of identity provider that may be set up.
	Providers federation.Types
	// Upstream is what identity providers are asked with when they are tried.
	Upstream federation.Deps
	// URL answers where the pool's pages are, without a slash at the end.
	URL func(identity.PoolID) string
	Log *slog.Logger
	Now func() time.Time

	asked   throttle // by access key
	refused throttle // by address
	large   atomic.Int32
}

// ServeHTTP answers one operation.
func (h *Handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c := callerOf(req.Context())
	id := c.Origin.Request
	if id == "" {
		id = uuid.NewString()
	}
	one, err := find(req)
	var out any
	if err == nil {
		out, err = h.serve(req, one)
	}
	if err != nil {
		h.fail(w, id, one.name, err)
		return
	}
	h.answer(w, id, http.StatusOK, out)
}

// find answers the operation that is asked for.
func find(req *http.Request) (*called, error) {
	name := req.Header.Get("X-Amz-Target")
	if req.Method != http.MethodPost || name == "" || len(req.Header.Values("X-Amz-Target")) > 1 {
		return &called{}, exception("UnknownOperationException", "Send a POST with one X-Amz-Target.")
	}
	operation, ok := operations[name]
	if !ok {
		return &called{name: name}, exception("UnknownOperationException", "There is no operation "+strings.TrimPrefix(name, Target)+".")
	}
	if c := callerOf(req.Context()).Concern; c != nil {
		c.Operation = strings.TrimPrefix(name, Target)
	}
	return &called{operation: operation, name: name}, nil
}

func (h *Handler) serve(req *http.Request, one *called) (any, error) {
	known := callerOf(req.Context())
	if req.Header.Get("Authorization") == "" { // else the signature must be read first
		if err := known.may(one.name, one.access); err != nil {
			return nil, err
		}
	}
	body, err := h.read(req.Body, one, known.Kind)
	if err != nil {
		return nil, err
	}
	c, err := h.authenticate(req, one, body)
	if err != nil {
		return nil, err
	}
	ctx := WithCaller(req.Context(), c.Caller)
	if err := c.may(one.name, one.access); err != nil {
		return nil, err
	}
	var out any
	failed := errFault // until the call comes back: it may panic
	defer func() { c.done(ctx, failed) }()
	out, failed = one.call(h, ctx, one, body)
	return out, failed
}

// mostLarge is how many large inputs of callers who are not known yet are held at a
// time: a signature can only be held against a body that has been read.
const mostLarge = 3

// read reads the input, as far as it may go.
func (h *Handler) read(from io.Reader, one *called, kind CallerKind) ([]byte, error) {
	if one.body > maxBody && kind == Nobody {
		defer h.large.Add(-1)
		if h.large.Add(1) > mostLarge {
			return nil, tooOften()
		}
	}
	return one.read(from)
}

func (one *called) read(from io.Reader) ([]byte, error) {
	limit := one.body
	if limit == 0 {
		limit = maxBody
	}
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, exception("SerializationException", "The body could not be read.")
	}
	if int64(len(body)) > limit {
		return nil, exception("RequestEntityTooLargeException", "The body is too large.")
	}
	return body, nil
}

func (h *Handler) answer(w http.ResponseWriter, id string, status int, out any) {
	body, err := json.Marshal(out)
	if err != nil {
		h.Log.Error("encode answer", "request", id, "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"__type":"InternalErrorException","message":"Something went wrong."}`)
	}
	header := w.Header()
	header.Set("Content-Type", "application/x-amz-json-1.1")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("x-amzn-RequestId", id)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
