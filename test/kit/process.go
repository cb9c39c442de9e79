package kit

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// process is a program of somebody else that serves a test.
type process struct {
	name   string
	log    logBuffer
	cmd    *exec.Cmd
	exited chan struct{}
}

// run starts the program and waits until the address answers with 200. It is
// ended with the test, and its log is shown when the test failed.
func (p *process) run(t testing.TB, cmd *exec.Cmd, ready string) {
	t.Helper()
	p.start(t, cmd)
	if !until(Patience, func() bool { return p.ended() || answers(ready) }) || p.ended() {
		t.Fatalf("%s does not answer at %s:\n%s", p.name, ready, p.log.String())
	}
}

// start is run without waiting.
func (p *process) start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s does not start (run `make deps`): %v", p.name, err)
	}
	p.cmd, p.exited = cmd, make(chan struct{})
	go func(exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(p.exited)
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("end of the log of %s:\n%s", p.name, tail(p.log.String(), 3000))
		}
	})
}

// Kill ends the program.
func (p *process) Kill() {
	if p.cmd == nil || p.ended() {
		return
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
}

func (p *process) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

func answers(address string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// folderOf makes a folder below the test's own.
func folderOf(t testing.TB, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// Program is a program that a test runs as a reader of the documentation would.
type Program struct{ process }

// RunProgram starts the command. With an address it waits until that answers with
// 200; the program is ended with the test.
func RunProgram(t testing.TB, cmd *exec.Cmd, ready string) *Program {
	t.Helper()
	p := &Program{process{name: cmd.Args[len(cmd.Args)-1]}}
	if ready == "" {
		p.start(t, cmd)
		return p
	}
	p.run(t, cmd, ready)
	return p
}

// Says waits until the program has written what the expression finds, and answers
// its first group.
func (p *Program) Says(t testing.TB, expression string) string {
	t.Helper()
	find := regexp.MustCompile(expression)
	var found []string
	Eventually(t, p.name+" to write "+expression, func() bool {
		ended := p.ended()
		found = find.FindStringSubmatch(p.log.String())
		if found == nil && ended {
			t.Fatalf("%s ended without writing %s:\n%s", p.name, expression, p.log.String())
		}
		return found != nil
	})
	return found[len(found)-1]
}

// Done waits for the program's end, which must be a good one.
func (p *Program) Done(t testing.TB) string {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(Patience):
		t.Fatalf("%s does not end:\n%s", p.name, p.log.String())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("%s ended with code %d:\n%s", p.name, code, p.log.String())
	}
	return p.log.String()
}
