package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// escaped is a stroke that a cell shows, and that parts no cells.
var escaped = regexp.MustCompile(`\\\|`)

func TestEveryRowHasTheCellsOfItsHead(t *testing.T) {
	for _, pattern := range []string{"../../docs/*.md", "../../docs/*/*.md", "../../*.md"} {
		pages, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			evenRows(t, page, string(text))
		}
	}
}

func evenRows(t *testing.T, page, text string) {
	head := 0
	for i, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			head = 0
			continue
		}
		cells := strings.Count(escaped.ReplaceAllString(line, ""), "|")
		if head == 0 {
			head = cells
		}
		if cells != head {
			t.Errorf("%s:%d: %d cells below a head of %d", page, i+1, cells-1, head-1)
		}
	}
}
