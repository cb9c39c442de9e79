package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

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
func (srv *server) applyFile(ctx context.Context, s *settings) error {
	c := &caller{http: &http.Client{Transport: inside{srv.adminAs("file")}}}
	var out cognito.ApplySettingsResponse
	if err := c.house(ctx, "ApplySettings", s.request(), &out); err != nil {
		return notApplied(s, err)
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

// reload reads the file again and applies its pools; listen, data and
// transports take a restart. Handlers of triggers are read again. A file with mistakes changes nothing.
func (a *app) reload(cmd *cobra.Command, srv *server) {
	next, err := a.loadFile(cmd)
	if err == nil {
		srv.triggers.Use(next.Triggers.Targets(next.Pools))
		srv.exports.Use(next.LogTargets())
		err = srv.applyFile(cmd.Context(), next)
	}
	if err == nil {
		srv.accessKeys.UseFile(next.FileKeys())
	}
	if err != nil {
		srv.log.Error("the configuration was not reloaded", "error", err)
		return
	}
	srv.log.Info("configuration reloaded", "file", srv.settings.path)
}

// hangups tells of every SIGHUP from now on, while there is a file to read. It is
// asked for before the server answers: one that came in between would end it.
func hangups(s *settings) chan os.Signal {
	if s.path == "" {
		return nil
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	return hangup
}

// reloadOnHangup reloads at every SIGHUP until the server stops.
func (a *app) reloadOnHangup(cmd *cobra.Command, srv *server, hangup chan os.Signal) {
	defer signal.Stop(hangup)
	for {
		select {
		case <-cmd.Context().Done():
			return
		case <-hangup:
			a.reload(cmd, srv)
		}
	}
}
