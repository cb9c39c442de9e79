package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

// settings has every kind of member that a record can share with its copy.
type settings struct {
	ID    string              `json:"id"`
	Names []string            `json:"names"`
	Deep  [][]int             `json:"deep"`
	Of    map[string][]string `json:"of"`
	One   *int                `json:"one"`
	Inner *settingsInner      `json:"inner"`
	Pair  [2][]byte           `json:"pair"`
	List  []settingsInner     `json:"list"`
	At    time.Time           `json:"at"`
	None  []string            `json:"none"`
	settingsPart
}

type settingsInner struct {
	Words []string `json:"words"`
}

type settingsPart struct {
	Parts []string `json:"parts"`
}

func remembering(most int) *storage.Collection[settings] {
	return &storage.Collection[settings]{
		Name: "settings", Format: 1, Decoded: storage.Remember[settings](most),
		ID: func(v *settings) []any { return []any{v.ID} },
	}
}

func filledSettings(id string) settings {
	one := 1
	return settings{
		ID: id, Names: []string{"a", "b"}, Deep: [][]int{{1}, {2, 3}}, Of: map[string][]string{"x": {"y"}}, One: &one,
		Inner: &settingsInner{Words: []string{"w"}}, Pair: [2][]byte{{1}, {2}}, List: []settingsInner{{Words: []string{"l"}}},
		At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), settingsPart: settingsPart{Parts: []string{"p"}},
	}
}

// spoil changes everything that can be reached from a record.
func spoil(v *settings) {
	v.Names[0], v.Deep[1][0], v.Of["x"][0], *v.One = "spoilt", 99, "spoilt", 99
	v.Of["new"] = []string{"spoilt"}
	v.Inner.Words[0], v.Pair[1][0], v.List[0].Words[0], v.Parts[0] = "spoilt", 99, "spoilt", "spoilt"
	v.Names = append(v.Names[:1], "spoilt")
}

func put(t *testing.T, s storage.Store, c *storage.Collection[settings], v settings) {
	t.Helper()
	if err := s.Update(context.Background(), func(w storage.Writer) error { return c.Put(w, v) }); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s storage.Store, c *storage.Collection[settings], id string) (v settings, err error) {
	t.Helper()
	_ = s.View(context.Background(), func(r storage.Reader) error {
		v, err = c.Get(r, id)
		return nil
	})
	return v, err
}

func TestRememberedRecordsAreTheCallersOwn(t *testing.T) {
	s, c := memory.Open(), remembering(8)
	put(t, s, c, filledSettings("one"))
	for i := range 4 { // the first decodes; the second and later ones recall
		got, err := read(t, s, c, "one")
		if want := filledSettings("one"); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("reading %d answers %+v, %v; want %+v", i, got, err, want)
		}
		spoil(&got)
	}
}

// TestRememberedRecordsAreNeverOld: another process changes, deletes or damages the
// record, which this collection does not see happen.
func TestRememberedRecordsAreNeverOld(t *testing.T) {
	s, c, other := memory.Open(), remembering(8), remembering(8)
	put(t, s, c, filledSettings("one"))
	if _, err := read(t, s, c, "one"); err != nil {
		t.Fatal(err)
	}
	changed := filledSettings("one")
	changed.Names[1] = "c" // as long as before
	put(t, s, other, changed)
	if got, err := read(t, s, c, "one"); err != nil || got.Names[1] != "c" {
		t.Errorf("after a change: %v, %v", got.Names, err)
	}
	key := storage.K("settings", "r", "one")
	damage := func(w storage.Writer) error {
		raw, err := w.Get(key)
		if err != nil {
			return err
		}
		return w.Put(key, bytes.Replace(raw, []byte(`"c"`), []byte(`"d"`), 1))
	}
	if err := s.Update(context.Background(), damage); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, s, c, "one"); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("after damage: %v", err)
	}
	if err := s.Update(context.Background(), func(w storage.Writer) error { return other.Delete(w, "one") }); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, s, c, "one"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("after deletion: %v", err)
	}
}

// TestRememberedRecordsOfTwoStores: one program may have two stores open, with other
// records under the same keys.
func TestRememberedRecordsOfTwoStores(t *testing.T) {
	a, b, c := memory.Open(), memory.Open(), remembering(8)
	first, second := filledSettings("one"), filledSettings("one")
	second.Names[0] = "z"
	put(t, a, c, first)
	put(t, b, c, second)
	for range 3 {
		inA, errA := read(t, a, c, "one")
		inB, errB := read(t, b, c, "one")
		if errors.Join(errA, errB) != nil || inA.Names[0] != "a" || inB.Names[0] != "z" {
			t.Fatalf("a has %v, b has %v: %v, %v", inA.Names, inB.Names, errA, errB)
		}
	}
}

func TestMemoryOfRecordsIsBounded(t *testing.T) {
	s, c := memory.Open(), remembering(3)
	for i := range 20 {
		put(t, s, c, filledSettings(fmt.Sprint(i)))
	}
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			id := fmt.Sprint(i % 20)
			if got, err := read(t, s, c, id); err != nil || got.ID != id {
				t.Errorf("%s answers %q, %v", id, got.ID, err)
			}
		})
	}
	all.Wait()
	if n := reflect.ValueOf(c.Decoded).Elem().FieldByName("kept").Len(); n != 3 {
		t.Errorf("%d records are kept, want 3", n)
	}
}

func TestWhatCannotBeCopiedIsNotRemembered(t *testing.T) {
	for name, remember := range map[string]func(){
		"a channel":             func() { storage.Remember[struct{ C chan int }](1) },
		"a function":            func() { storage.Remember[struct{ F func() }](1) },
		"an interface":          func() { storage.Remember[map[string]any](1) },
		"an unexported pointer": func() { storage.Remember[struct{ p *int }](1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is remembered", name)
				}
			}()
			remember()
		}()
	}
}
