package assets

import "testing"

func TestStylesheetAndScriptStaySmall(t *testing.T) {
	for name, budget := range map[string]struct{ plain, packed int }{
		"app.css": {14 << 10, 4 << 10}, "app.js": {5 << 10, 5 << 10 / 2}, "icon.svg": {512, 512},
	} {
		f := files().plain[name]
		if len(f.Body) > budget.plain || len(f.Gzip()) > budget.packed {
			t.Errorf("%s is %d bytes, %d compressed; the budget is %d and %d", name, len(f.Body), len(f.Gzip()), budget.plain, budget.packed)
		}
	}
}
