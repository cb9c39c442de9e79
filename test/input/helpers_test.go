// Package input shows the program bad input and wants a clear error, a fix, and
// nothing lost.
package input

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// The exit codes that `poolhouse help exit-codes` documents.
const (
	exitUsage  = 2
	exitLocked = 3
	exitStore  = 4
	exitKey    = 5
	exitListen = 6
	exitFolder = 7
)

var mistake = regexp.MustCompile(`(?m)^(poolhouse\.yaml:[0-9]+|configuration|--[a-z-]+|POOLHOUSE_[A-Z_]+): .+$`)

// wantRefusal runs `poolhouse serve` where it must not start and wants the exit
// code, every phrase, and a line that names the fix.
func wantRefusal(t *testing.T, s *kit.Server, code int, phrases ...string) {
	t.Helper()
	out, got := s.Command(t, append([]string{"serve", "--config", "poolhouse.yaml"}, s.Args...)...)
	wantError(t, out, got, code, phrases...)
}

func wantError(t *testing.T, out string, got, code int, phrases ...string) {
	t.Helper()
	if got != code {
		t.Errorf("exit code %d, want %d:\n%s", got, code, out)
	}
	for _, phrase := range phrases {
		if !strings.Contains(out, phrase) {
			t.Errorf("the error does not say %q:\n%s", phrase, out)
		}
	}
	// A mistake in the configuration is one line: place, mistake, and the fix or the rule.
	if !strings.Contains(out, "fix: ") && !(code == exitUsage && mistake.MatchString(out)) {
		t.Errorf("the error names no fix:\n%s", out)
	}
	for _, trace := range []string{"panic:", "goroutine ", ".go:"} {
		if strings.Contains(out, trace) {
			t.Errorf("the error shows the program's insides:\n%s", out)
		}
	}
}

// store answers the path of the store file.
func store(s *kit.Server) string { return filepath.Join(s.Folder, "data", "poolhouse.db") }

// used answers a server that has run once, holds Ann, and is stopped.
func used(t *testing.T) *kit.Server {
	t.Helper()
	s := kit.Start(t)
	s.Stop(t)
	if _, err := os.Stat(store(s)); err != nil {
		t.Fatal(err)
	}
	return s
}

// wantAnn starts the server and wants Ann to be let in.
func wantAnn(t *testing.T, s *kit.Server) {
	t.Helper()
	s.Run(t)
	page, err := kit.NewClient().SignIn(s.App.URL+"/start", "ann@example.test", kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, 200, "Hello, ann@example.test")
}
