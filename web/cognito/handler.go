// Package cognito speaks the Amazon Cognito user pools API, AWS JSON 1.1 as in
// the service model of 2016-04-18: X-Amz-Target names an operation, the body is
// its input. What Cognito has no operation for stands under the target prefix
// PoolhouseAdmin. Every operation is a codec over the same core as the pages.
//
// A Handler trusts whoever reaches it: it is served on the admin socket, which
// only its owner can open.
package cognito

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
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
	Files    *ThemeFiles
	Keys     Keys
	Outbox   Outbox
	Apps     Apps
	First    identity.PoolID // the pool that answers at the root
	// Providers are the types of identity provider that may be set up.
	Providers federation.Types
	// Upstream is what identity providers are asked with when they are tried.
	Upstream federation.Deps
	// URL answers where the pool's pages are, without a slash at the end.
	URL func(identity.PoolID) string
	Log *slog.Logger
	Now func() time.Time
}

// ServeHTTP answers one operation.
func (h *Handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	id := uuid.NewString()
	name, body, refused := read(req)
	var out any
	err := error(nil)
	if refused != nil {
		err = refused
	} else {
		out, err = h.Call(req.Context(), name, body)
	}
	if err != nil {
		h.fail(w, id, name, err)
		return
	}
	h.answer(w, id, http.StatusOK, out)
}

// Call runs one operation by its full target.
func (h *Handler) Call(ctx context.Context, name string, body []byte) (any, error) {
	operation, ok := operations[name]
	if !ok {
		return nil, exception("UnknownOperationException", "There is no operation "+strings.TrimPrefix(name, Target)+".")
	}
	return operation.call(h, ctx, body)
}

func read(req *http.Request) (name string, body []byte, refused error) {
	name = req.Header.Get("X-Amz-Target")
	if req.Method != http.MethodPost || name == "" {
		return name, nil, exception("UnknownOperationException", "Send a POST with X-Amz-Target.")
	}
	limit := int64(maxBody)
	if name == AdminTarget+"ApplySettings" {
		limit = maxSettingsBody
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, limit+1))
	if err != nil {
		return name, nil, exception("SerializationException", "The body could not be read.")
	}
	if int64(len(body)) > limit {
		return name, nil, exception("RequestEntityTooLargeException", "The body is too large.")
	}
	return name, body, nil
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
