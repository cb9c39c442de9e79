package kit

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Postgres starts a PostgreSQL with nothing in it and answers its DSN. It ends
// with the test, and with the test process however that ends: its script waits
// for the end of its input.
func Postgres(t testing.TB) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(Root(t), ".ci", "postgres"), "sh", "-c", `echo "$POOLHOUSE_TEST_POSTGRES"; exec cat >/dev/null`)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait()
	})
	dsn, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("PostgreSQL did not start: %v", err)
	}
	return strings.TrimSpace(dsn)
}
