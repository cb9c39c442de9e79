// Command gate reads `go test -json` on its standard input, prints what a
// person wants to see of it, and counts. It fails when a test failed, when a
// package did not build, when nothing ran, and, with CI=true, when a test was
// skipped: what is not run is not shown. The last line is "N passed, N failed".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

// counter gathers results while the stream is read.
type counter struct {
	out            io.Writer
	passed, failed int
	skipped        []string
	log            map[string]*strings.Builder // output of each test, until it passes
}

func main() {
	c := &counter{out: os.Stdout, log: map[string]*strings.Builder{}}
	if err := c.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "gate:", err)
		os.Exit(1)
	}
	os.Exit(c.finish(os.Getenv("CI") == "true"))
}

// read consumes the stream. A line that is no event is shown as it is: the go
// command writes such lines when a package does not build.
func (c *counter) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			c.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *counter) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		fmt.Fprint(c.out, string(line))
		return
	}
	c.take(e)
}

func (c *counter) take(e event) {
	key := e.Package + e.ImportPath + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		c.keep(key, e.Output)
	case "pass":
		c.pass(e, key)
	case "fail", "build-fail":
		c.fail(e, key)
	case "skip":
		c.skip(e, key)
	}
}

func (c *counter) keep(key, text string) {
	if c.log[key] == nil {
		c.log[key] = &strings.Builder{}
	}
	c.log[key].WriteString(text)
}

func (c *counter) pass(e event, key string) {
	delete(c.log, key)
	if e.Test == "" {
		fmt.Fprintf(c.out, "ok  \t%s\t%.3fs\n", e.Package, e.Elapsed)
		return
	}
	c.passed++
}

func (c *counter) fail(e event, key string) {
	if text := c.log[key]; text != nil {
		fmt.Fprint(c.out, text.String())
		delete(c.log, key)
	}
	// A package fails with its tests; alone it fails when it does not build or exits early.
	if e.Test != "" || e.Action == "build-fail" {
		c.failed++
		return
	}
	if c.failed == 0 {
		c.failed++
	}
}

func (c *counter) skip(e event, key string) {
	text := ""
	if c.log[key] != nil {
		text = strings.TrimSpace(c.log[key].String())
	}
	delete(c.log, key)
	if e.Test == "" {
		return // a package without tests
	}
	c.skipped = append(c.skipped, e.Package+" "+e.Test+": "+text)
}

// finish prints the skips and the sum, and answers the exit code.
func (c *counter) finish(ci bool) int {
	for _, skip := range c.skipped {
		fmt.Fprintln(c.out, "skipped:", skip)
	}
	if ci {
		c.failed += len(c.skipped)
	}
	if c.passed == 0 && c.failed == 0 {
		fmt.Fprintln(c.out, "no test ran")
		c.failed++
	}
	fmt.Fprintf(c.out, "%d passed, %d failed\n", c.passed, c.failed)
	if c.failed > 0 {
		return 1
	}
	return 0
}
