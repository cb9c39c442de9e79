package tree

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMapDoesWhatAPlainMapDoes also holds every earlier version to what it was.
func TestMapDoesWhatAPlainMapDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var now Map[int]
		model := map[string]int{}
		var versions []Map[int]
		var models []map[string]int
		for i := range rapid.IntRange(0, 60).Draw(t, "steps") {
			versions, models = append(versions, now), append(models, maps.Clone(model))
			key := rapid.StringMatching(`[abc]{0,3}`).Draw(t, "key")
			if rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
				now = now.Without([]byte(key))
				delete(model, key)
			} else {
				now = now.With([]byte(key), i)
				model[key] = i
			}
		}
		for i := range versions {
			same(t, versions[i], models[i], "", "")
		}
		same(t, now, model, rapid.StringMatching(`[abc]{0,2}`).Draw(t, "start"), rapid.StringMatching(`[abc]{0,2}`).Draw(t, "end"))
	})
}

func same(t *rapid.T, m Map[int], model map[string]int, start, end string) {
	var want, got, back []string
	for _, key := range slices.Sorted(maps.Keys(model)) {
		if v, ok := m.Get([]byte(key)); !ok || v != model[key] {
			t.Fatalf("%q has %d (%v), want %d", key, v, ok, model[key])
		}
		if key >= start && (end == "" || key < end) {
			want = append(want, key)
		}
	}
	for key := range m.Walk([]byte(start), []byte(end), false) {
		got = append(got, string(key))
	}
	for key := range m.Walk([]byte(start), []byte(end), true) {
		back = append(back, string(key))
	}
	slices.Reverse(back)
	if !slices.Equal(got, want) || !slices.Equal(back, want) || m.Empty() != (len(model) == 0) {
		t.Fatalf("from %q to %q: got %q, back %q, want %q", start, end, got, back, want)
	}
}
