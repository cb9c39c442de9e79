package main

import (
	"context"
	"time"

	"poolhouse.dev/identity"
)

// importTime is how often it is looked for imports that another node, or a process
// that is gone, has left.
const importTime = 15 * time.Second

// startImports says that an import was started; whoever runs them begins at once.
func (h *house) startImports() {
	select {
	case h.begun <- struct{}{}:
	default:
	}
}

// imports works on imports of users until ctx ends.
func (srv *server) imports(ctx context.Context) {
	jobs := identity.Imports{Core: srv.core}
	tick := time.NewTicker(importTime)
	defer tick.Stop()
	for {
		if err := jobs.Run(ctx); err != nil && ctx.Err() == nil {
			srv.log.Error("an import does not go on", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-srv.begun:
		}
	}
}
