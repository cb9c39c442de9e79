package kit

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one running `poolhouse serve` over its own folder.
type Server struct {
	URL     string // public URL, without a slash at the end
	Address string
	Folder  string // holds poolhouse.yaml, data, mail and sms
	App     *App   // where the clients' redirects arrive
	Args    []string
	Env     []string

	cmd    *exec.Cmd
	exited chan struct{}
	failed error
	log    logBuffer
	mail   mailbox
}

// logBuffer is what the program wrote; it may be read while it writes. Neither field
// is embedded: io.Copy would find the buffer's ReadFrom, which knows no lock.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String answers everything written so far.
func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Start writes a configuration, changed by the functions given, and starts the
// program with it. The server is stopped when the test ends; its log is shown
// when the test failed.
func Start(t testing.TB, change ...func(Map)) *Server {
	t.Helper()
	s := Prepare(t, change...)
	s.Run(t)
	return s
}

// tail answers the end of a text, from the beginning of a line.
func tail(text string, most int) string {
	if len(text) <= most {
		return text
	}
	_, rest, _ := strings.Cut(text[len(text)-most:], "\n")
	return rest
}

// Prepare is Start without starting.
func Prepare(t testing.TB, change ...func(Map)) *Server {
	t.Helper()
	s := &Server{Address: FreeAddress(t), Folder: t.TempDir(), App: NewApp(t)}
	s.URL = "http://" + s.Address
	config := Config(s.Folder, s.Address, s.App.URL)
	for _, c := range change {
		c(config)
	}
	Write(t, s.Folder, config)
	if url, ok := config["public_url"].(string); ok {
		s.URL = url
	}
	s.App.At(s.URL)
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("end of the server's log:\n%s", tail(s.log.String(), 4000))
		}
	})
	return s
}

// Run starts the program and waits until it is ready.
func (s *Server) Run(t testing.TB) {
	t.Helper()
	s.Launch(t)
	ready := until(Patience, func() bool { return s.Exited() || s.Ready() })
	if s.Exited() || !ready {
		t.Fatalf("the server did not become ready: %v\n%s", s.failed, s.log.String())
	}
}

// Launch starts the program and does not wait.
func (s *Server) Launch(t testing.TB) {
	t.Helper()
	args := append([]string{"serve", "--config", filepath.Join(s.Folder, "poolhouse.yaml")}, s.Args...)
	s.cmd = exec.Command(Binary(t), args...)
	s.cmd.Dir = s.Folder
	s.cmd.Env = append(os.Environ(), s.Env...)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	// A group of its own, so that a kill reaches everything it started.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		s.failed = cmd.Wait()
		close(exited)
	}(s.cmd, s.exited)
}

// Exited says that the program has ended.
func (s *Server) Exited() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// Ready says that the server answers that it is ready.
func (s *Server) Ready() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := AnyCertificate.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Kill ends the program as a power cut of the process would: nothing is finished.
func (s *Server) Kill() {
	if s.cmd == nil || s.Exited() {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.exited
}

// Signal asks the program to end, and does not wait.
func (s *Server) Signal(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// Wait waits for the program's end and answers its exit code.
func (s *Server) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(Patience):
		t.Fatal("the program does not end")
	}
	var exit *exec.ExitError
	if errors.As(s.failed, &exit) {
		return exit.ExitCode()
	}
	if s.failed != nil {
		t.Fatal(s.failed)
	}
	return 0
}

// Stop asks the program to end and wants it to end well.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.Signal(t)
	if code := s.Wait(t); code != 0 {
		t.Fatalf("the server ended with code %d\n%s", code, s.log.String())
	}
}

// Log answers what the program wrote.
func (s *Server) Log() string { return s.log.String() }

// PID answers the process id of the running program.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Command runs the program once in the server's folder and answers what it
// wrote and its exit code.
func (s *Server) Command(t testing.TB, args ...string) (string, int) {
	t.Helper()
	return Command(t, s.Folder, s.Env, args...)
}

// Command runs the program once in a folder.
func Command(t testing.TB, folder string, env []string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, Binary(t), args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("poolhouse %s: %v", strings.Join(args, " "), err)
	}
	if ctx.Err() != nil {
		t.Fatalf("poolhouse %s does not end\n%s", strings.Join(args, " "), out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
