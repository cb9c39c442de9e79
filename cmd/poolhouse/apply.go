package main

import (
	"context"
	"errors"
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

// request answers what the file, or the default, asks the store to hold.
func (s *settings) request() cognito.ApplySettingsRequest {
	if s.parsed == nil || s.origin["pools"] != "" {
		return cognito.ApplySettingsRequest{Pools: s.Pools}
	}
	return s.parsed.Request()
}

// applyFile brings the store to what the configuration says, as `config apply`
// does over the socket.
func (srv *server) applyFile(ctx context.Context) error {
	c := &caller{http: &http.Client{Transport: inside{srv.admin()}}}
	var out cognito.ApplySettingsResponse
	ctx = identity.WithActor(ctx, "file")
	if err := c.house(ctx, "ApplySettings", srv.settings.request(), &out); err != nil {
		return notApplied(srv.settings, err)
	}
	for _, change := range out.Changes {
		srv.log.Info("configuration applied", "action", change.Action, "what", change.What, "field", change.Field)
	}
	return nil
}

// notApplied says that the configuration does not fit what the store holds.
func notApplied(s *settings, err error) error {
	var refusal *cognito.Exception
	if !errors.As(err, &refusal) || refusal.Type == "InternalErrorException" {
		return err
	}
	name := "the configuration"
	if s.path != "" {
		name = s.path
	}
	return &failure{exitUsage, name + " cannot be applied", oneLine(refusal.Message), "see the difference with: poolhouse config diff"}
}
