package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"poolhouse": main})
}

// TestProgram runs the scripts of testdata against the program: each is a
// story of commands, exit codes and what is said.
func TestProgram(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "port": freePort, "await": await, "occupy": occupy, "cut": cut, "modes": modes, "get": get, "ask": ask,
			"hangup": hangUp, "eventually": eventually,
		},
		// The admin socket's path must fit in 108 bytes.
		WorkdirRoot: shortFolder(t),
	})
}

func shortFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "ph")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// exits runs a command and wants its exit code: exits 2 poolhouse serve --no.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// freePort puts a free port into a variable: port P.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	ts.Check(err)
	ts.Setenv(args[0], port)
}

// occupy takes a port until the script ends: occupy $P.
func occupy(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:"+args[0])
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
}

// await waits until a URL answers 200.
func await(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if answer, err := statusOf(ctx, args[0]); err == nil && answer == http.StatusOK {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s does not answer", args[0])
}

// get wants a URL's status: get 200 URL.
func get(ts *testscript.TestScript, _ bool, args []string) {
	status, err := statusOf(context.Background(), args[1])
	ts.Check(err)
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("%s answers %d, want %s", args[1], status, args[0])
	}
}

// ask calls ListUsers of the API as bearer: ask URL KEY [EXCEPTION].
func ask(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, args[0], strings.NewReader(`{"UserPoolId":"local_main"}`))
	ts.Check(err)
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUsers")
	req.Header.Set("Authorization", "Bearer "+args[1])
	res, err := http.DefaultTransport.RoundTrip(req)
	ts.Check(err)
	ts.Check(res.Body.Close())
	if got := res.Header.Get("X-Amzn-Errortype"); got != strings.Join(args[2:], "") {
		ts.Fatalf("%s answers %d %s", args[0], res.StatusCode, got)
	}
}

func statusOf(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// cut shortens a file to so many bytes: cut data/poolhouse.db 5000.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// modes wants everything below a folder to be its owner's alone.
func modes(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(filepath.Walk(ts.MkAbs(args[0]), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = fmt.Errorf("%s has mode %s", path, info.Mode().Perm())
		}
		return err
	}))
}

// hangUp sends SIGHUP to the background program.
func hangUp(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGHUP))
	}
}

// eventually runs a command until its output holds a word: eventually WORD poolhouse ...
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	for range 200 {
		if err := ts.Exec(args[1], args[2:]...); err == nil && strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%v never says %s", args[1:], args[0])
}
