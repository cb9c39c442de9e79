// Package kit starts the built program and drives it from outside, as people
// and applications do: a browser, an HTTP client that reads real forms, a
// mailbox, a mail server and a relying party. It imports nothing of ours.
package kit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Patience bounds every wait. It is generous: a busy machine is slow, and only
// a broken program reaches it.
const Patience = 30 * time.Second

var build struct {
	sync.Once
	path string
	err  error
}

// Binary answers the path of the program: the one named by POOLHOUSE_BIN, or
// one that is built for this test run.
func Binary(t testing.TB) string {
	t.Helper()
	build.Do(func() { build.path, build.err = binary() })
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

func binary() (string, error) {
	if path := os.Getenv("POOLHOUSE_BIN"); path != "" {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("poolhouse-test-%d", os.Getuid()))
	next := fmt.Sprintf("%s.%d", path, os.Getpid())
	out, err := exec.Command("go", "build", "-o", next, "poolhouse.dev/cmd/poolhouse").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, os.Rename(next, path) // another package may run the older one meanwhile
}

// Root answers the repository's folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// FreeAddress answers an address of this machine that nobody listens on, and no
// caller gets twice. Its port is below those that the system gives to outgoing
// connections, one of which could take it before it is used.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 12000+rand.N(20000))
		if _, given := addresses.LoadOrStore(address, true); given {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no free port between 12000 and 32000")
	return ""
}

var addresses sync.Map

// Eventually waits until done answers true. what completes "waiting for …".
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	if !until(Patience, done) {
		t.Fatalf("waiting for %s: not within %s", what, Patience)
	}
}

// until asks again every 20 ms, for as long as patience lasts.
func until(patience time.Duration, done func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if done() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
