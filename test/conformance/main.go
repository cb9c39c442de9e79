// Command conformance writes docs/conformance.md: for each module of the OpenID
// Foundation's conformance suite (plans.txt) the test of ours that does what the
// module does, or that there is none. It looks for the modules' names in the
// sources of the tests: a test counts for a module when it, or something that it
// uses in its package's tests, has the name as a string.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed plans.txt
var plansText string

// plan is a plan of the suite.
type plan struct {
	name    string
	tests   string // begins the names of the tests that count
	notes   []string
	modules []string
}

// readPlans reads the form of plans.txt.
func readPlans(text string) (all []plan) {
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		head, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || head == "#":
		case head == "plan":
			name, tests, _ := strings.Cut(rest, " ")
			all = append(all, plan{name: name, tests: tests})
		case head == ">":
			all[len(all)-1].notes = append(all[len(all)-1].notes, rest)
		default:
			all[len(all)-1].modules = append(all[len(all)-1].modules, line)
		}
	}
	return all
}

const preface = `# Conformance

What the OpenID Foundation's conformance suite asks of a provider, and the test of this repository that asks the same. The suite itself has
not judged this program, and nothing here is a certificate: the tests were written after the modules' descriptions and carry their names, and
` + "`make test`" + ` runs them. “Not shown” means that no test does what the module does, whatever the program would answer. Clients that nobody
here wrote are in ` + "`test/oidc`" + `, ` + "`test/app`" + ` and ` + "`test/federation`" + `.

This page is written by ` + "`make conformance`" + ` from ` + "`test/conformance/plans.txt`" + ` and the tests.

`

// document is docs/conformance.md.
func document(plans []plan, found []shown) []byte {
	var b bytes.Buffer
	b.WriteString(preface)
	b.WriteString("| plan | modules | shown |\n|---|---|---|\n")
	for _, p := range plans {
		fmt.Fprintf(&b, "| [%[1]s](#%[1]s) | %d | %d |\n", p.name, len(p.modules), len(p.modules)-len(p.missing(found)))
	}
	for _, p := range plans {
		fmt.Fprintf(&b, "\n## %s\n\n", p.name)
		for _, note := range p.notes {
			fmt.Fprintf(&b, "%s\n\n", note)
		}
		b.WriteString("| module | test |\n|---|---|\n")
		for _, m := range p.modules {
			fmt.Fprintf(&b, "| %s | %s |\n", m, p.cell(found, m))
		}
	}
	return b.Bytes()
}

func (p plan) cell(found []shown, module string) string {
	var tests []string
	for _, s := range found {
		if s.module == module && strings.HasPrefix(s.test, p.tests) {
			tests = append(tests, "`"+s.test+"`")
		}
	}
	if len(tests) == 0 {
		return "**not shown**"
	}
	return strings.Join(slices.Compact(tests), ", ")
}

func (p plan) missing(found []shown) (all []string) {
	for _, m := range p.modules {
		if strings.HasPrefix(p.cell(found, m), "**") {
			all = append(all, m)
		}
	}
	return all
}

func main() {
	found, err := search(".")
	if err == nil {
		err = os.WriteFile(filepath.Join("docs", "conformance.md"), document(readPlans(plansText), found), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}
