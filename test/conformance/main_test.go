package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

func TestThePageIsCurrent(t *testing.T) {
	root := kit.Root(t)
	found, err := search(root)
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile(filepath.Join(root, "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(there, document(readPlans(plansText), found)) {
		t.Error("docs/conformance.md is not what the tests show: run `make conformance`")
	}
}

// TestEveryModuleNamedIsOfAPlan: a name that is spelled wrong shows nothing.
func TestEveryModuleNamedIsOfAPlan(t *testing.T) {
	var known []string
	for _, p := range readPlans(plansText) {
		known = append(known, p.modules...)
	}
	found, err := search(kit.Root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range found {
		if !slices.Contains(known, s.module) {
			t.Errorf("%s names %s, which no plan has", s.test, s.module)
		}
	}
}

func TestAModuleWithoutATestIsSaidToBeNone(t *testing.T) {
	plans := readPlans("plan p Test\n> A note.\noidcc-one\noidcc-two\n")
	page := string(document(plans, []shown{{"oidcc-one", "TestOne"}, {"oidcc-two", "BenchmarkTwo"}}))
	for _, want := range []string{"| [p](#p) | 2 | 1 |", "A note.", "| oidcc-one | `TestOne` |", "| oidcc-two | **not shown** |"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}
