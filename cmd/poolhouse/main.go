// Command poolhouse is the whole server and its command line: hosted sign-up
// and sign-in pages, an OpenID Provider and the administrator's tools.
package main

import (
	"context"
	"os"
	"strings"
)

func main() {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	os.Exit(report(os.Stderr, err))
}

// lookup answers variables from a list of NAME=value, as os.LookupEnv does.
func lookup(environ []string) func(string) (string, bool) {
	values := make(map[string]string, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			values[name] = value
		}
	}
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}
