package cognito

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/web/cognito/model"
)

var quoted = regexp.MustCompile("`([A-Za-z]+)`")

// TestDifferencesStandOnBothPages: an operation that docs/divergences.md names as a
// subject says in the table that it differs, and one that says so there is a subject.
func TestDifferencesStandOnBothPages(t *testing.T) {
	subjects := divergent(t)
	for _, one := range model.Operations() {
		note, named := operations[Target+one.Name].note != "", slices.Contains(subjects, one.Name)
		switch {
		case named && !note:
			t.Errorf("%s stands in docs/divergences.md, and its row of the table says nothing (`.but`)", one.Name)
		case note && !named:
			t.Errorf("%s differs by the table, and is the subject of no line of docs/divergences.md", one.Name)
		}
	}
}

// divergent are the names in the first column of docs/divergences.md.
func divergent(t *testing.T) (names []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/divergences.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		for _, found := range quoted.FindAllStringSubmatch(strings.Split(line, "|")[1], -1) {
			names = append(names, found[1])
		}
	}
	return names
}
