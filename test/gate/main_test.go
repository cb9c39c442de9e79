package main

import (
	"strings"
	"testing"
)

func run(t *testing.T, ci bool, lines ...string) (string, int) {
	t.Helper()
	var out strings.Builder
	c := &counter{out: &out, log: map[string]*strings.Builder{}}
	if err := c.read(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	code := c.finish(ci)
	return out.String(), code
}

func TestGate(t *testing.T) {
	const (
		pass = `{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}`
		skip = `{"Action":"skip","Package":"p","Test":"TestB"}`
		note = `{"Action":"output","Package":"p","Test":"TestC","Output":"the reason\n"}`
		fail = `{"Action":"fail","Package":"p","Test":"TestC"}`
		dead = `{"Action":"fail","Package":"p"}`
	)
	for _, c := range []struct {
		name  string
		ci    bool
		lines []string
		code  int
		last  string
	}{
		{"passes are counted", true, []string{pass, pass}, 0, "2 passed, 0 failed\n"},
		{"a failure fails", false, []string{pass, note, fail, dead}, 1, "1 passed, 1 failed\n"},
		{"a package that dies without a test fails", false, []string{pass, dead}, 1, "1 passed, 1 failed\n"},
		{"a skip passes at home", false, []string{pass, skip}, 0, "1 passed, 0 failed\n"},
		{"a skip fails in CI", true, []string{pass, skip}, 1, "1 passed, 1 failed\n"},
		{"nothing run fails", false, nil, 1, "0 passed, 1 failed\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := run(t, c.ci, c.lines...)
			if code != c.code || !strings.HasSuffix(out, c.last) {
				t.Errorf("code %d, want %d; output:\n%s", code, c.code, out)
			}
		})
	}
}

func TestFailedOutputIsShown(t *testing.T) {
	out, _ := run(t, false,
		`{"Action":"output","Package":"p","Test":"TestC","Output":"the reason\n"}`,
		`{"Action":"fail","Package":"p","Test":"TestC"}`,
		`not json: go vet says no`)
	for _, want := range []string{"the reason\n", "not json: go vet says no"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
}
