// Package bench measures the built program against its budget, each figure
// beside the bare limit of the same machine in the same run. Nothing is
// asserted: a slow machine is no broken program.
package bench

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// row is one line of the table.
type row struct{ what, measured, bare, budget string }

var table struct {
	sync.Mutex
	rows []row
}

// add puts a figure into the table that is printed at the end. A benchmark may
// run more than once; the last run counts.
func add(what, measured, bare, budget string) {
	table.Lock()
	defer table.Unlock()
	for i := range table.rows {
		if table.rows[i].what == what {
			table.rows[i] = row{what, measured, bare, budget}
			return
		}
	}
	table.rows = append(table.rows, row{what, measured, bare, budget})
}

func TestMain(m *testing.M) {
	code := m.Run()
	if len(table.rows) > 0 {
		fmt.Printf("\n%-34s  %-30s  %-34s  %s\n%s\n", "what", "measured", "bare limit, same run", "budget", strings.Repeat("-", 122))
		for _, r := range table.rows {
			fmt.Printf("%-34s  %-30s  %-34s  %s\n", r.what, r.measured, r.bare, r.budget)
		}
	}
	os.Exit(code)
}
