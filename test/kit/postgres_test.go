package kit

import (
	"os/exec"
	"strings"
	"testing"
)

func TestPostgresAnswers(t *testing.T) {
	out, err := exec.Command("psql", Postgres(t), "-Atc", "select 6*7").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "42" {
		t.Errorf("PostgreSQL says %q, %v", out, err)
	}
}
