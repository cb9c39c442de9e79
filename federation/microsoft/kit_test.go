package microsoft

import (
	"encoding/json"
	"maps"
	"testing"
)

// joined answers the JSON object text with more members.
func joined(t *testing.T, text []byte, more map[string]any) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, more)
	return all
}
