// Package dev goes the newcomer's way through `poolhouse dev`: demo app,
// sign-up, mailbox, tokens.
package dev

import (
	"bufio"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// start runs `poolhouse dev` on free ports and answers what it printed.
func start(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command(kit.Binary(t), "dev", "--listen", kit.FreeAddress(t), "--demo-listen", kit.FreeAddress(t))
	cmd.Dir = t.TempDir()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("poolhouse dev ended with %v", err)
		}
	})
	var lines []string
	for scan := bufio.NewScanner(out); scan.Scan(); {
		lines = append(lines, scan.Text())
		if strings.Contains(scan.Text(), "Ctrl-C") {
			return lines
		}
	}
	t.Fatalf("poolhouse dev printed only\n%s", strings.Join(lines, "\n"))
	return nil
}

// after answers the URL on the line that begins with the word.
func after(t *testing.T, lines []string, word string) string {
	t.Helper()
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), word); ok {
			return regexp.MustCompile(`https?://\S+`).FindString(rest)
		}
	}
	t.Fatalf("no line begins with %q:\n%s", word, strings.Join(lines, "\n"))
	return ""
}

func TestNewcomer(t *testing.T) {
	lines := start(t)
	if len(lines) >= 15 {
		t.Errorf("%d lines are printed, want fewer than 15:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	demo, mailbox := after(t, lines, "Demo app"), after(t, lines, "Mailbox")
	b := kit.NewBrowser(t, demo, mailbox, after(t, lines, "Sign-in"))
	b.Open(t, demo)
	b.Press(t, "Sign in")
	b.Field(t, "password")
	b.SignUp(t, "you@example.test", kit.AnnPassword)

	back := b.NewTab(t)
	kit.Eventually(t, "the mail", func() bool {
		b.Open(t, mailbox)
		return strings.Contains(b.Text(t), "you@example.test")
	})
	code := kit.Ask(t, b, chromedp.Text(chromedp.CSS("code.badge")))
	b.Shot(t, "dev-mailbox")
	back()

	b.Enter(t, "code", code)
	b.See(t, "Hello, you@example.test", "ID token", "Access token", "email_verified", "token_use", "Refresh the tokens")
	b.Shot(t, "dev-tokens")
	b.Press(t, "Refresh the tokens")
	b.See(t, "Hello, you@example.test")
	b.Press(t, "Sign out")
	b.See(t, "Demo app")
	b.Press(t, "Sign in")
	b.Field(t, "password")
}

// The seeded user that the terminal names can sign in.
func TestSeededUser(t *testing.T) {
	lines := start(t)
	var name, password string
	for _, line := range lines {
		if found := regexp.MustCompile(`User\s+(\S+)\s+password: (.+)$`).FindStringSubmatch(line); found != nil {
			name, password = found[1], found[2]
		}
	}
	demo := after(t, lines, "Demo app")
	b := kit.NewBrowser(t, demo, after(t, lines, "Sign-in"))
	b.Open(t, demo)
	b.Press(t, "Sign in")
	b.Field(t, "password")
	b.Type(t, "username", name)
	b.Enter(t, "password", password)
	b.See(t, "Hello, ", name, "Access token")
}
