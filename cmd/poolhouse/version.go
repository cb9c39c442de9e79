package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version = ""

// versionText answers the version, or what the Go tool recorded about the source.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

func (a *app) versionCommand() *cobra.Command {
	return reading(&cobra.Command{
		Use: "version", Short: "Print the version", Args: none, Example: "poolhouse version",
		RunE: func(cmd *cobra.Command, _ []string) error {
			facts := map[string]string{"version": versionText(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
			return a.show(cmd, facts, func(w io.Writer) {
				fmt.Fprintf(w, "poolhouse %s (%s, %s)\n", facts["version"], facts["go"], facts["platform"])
			})
		},
	})
}
