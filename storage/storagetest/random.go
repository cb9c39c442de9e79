package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"poolhouse.dev/storage"
)

var errRolledBack = errors.New("rolled back")

// randomPrograms runs random transactions against the store and against a plain
// map; every answer on the way must be the same, and what is left at the end.
// Since each engine is held to the same model, all give equal results.
func randomPrograms(t *testing.T, open Open) {
	s := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		model := modelStore{}
		empty(rt, s)
		for range rapid.IntRange(1, 8).Draw(rt, "transactions") {
			ops := rapid.SliceOfN(operations, 1, 12).Draw(rt, "operations")
			fails := rapid.IntRange(0, 3).Draw(rt, "fails") == 0
			model = transact(rt, s, model, ops, fails)
			compare(rt, "after the transaction", dump(rt, s), model.run(operation{kind: "scan"}))
		}
	})
}

type operation struct {
	kind       string
	key, value string
	span       storage.Range
}

var (
	keys       = rapid.SampledFrom([]string{"a", "a\x00", "aa", "ab", "b", "b\xff", "c", "\xff", "\x00", "d", "e", "f"})
	operations = rapid.Custom(func(t *rapid.T) operation {
		op := operation{kind: rapid.SampledFrom([]string{"get", "put", "insert", "delete", "scan"}).Draw(t, "kind")}
		op.key, op.value = keys.Draw(t, "key"), rapid.StringN(0, 3, 9).Draw(t, "value")
		op.span = storage.Range{Reverse: rapid.Bool().Draw(t, "reverse"), Limit: rapid.IntRange(0, 5).Draw(t, "limit")}
		if rapid.Bool().Draw(t, "from") {
			op.span.Start = storage.Key(keys.Draw(t, "start"))
		}
		if rapid.Bool().Draw(t, "to") {
			op.span.End = storage.Key(keys.Draw(t, "end"))
		}
		return op
	})
)

// transact answers the model as it is afterwards.
func transact(t *rapid.T, s storage.Store, before modelStore, ops []operation, fails bool) modelStore {
	var after modelStore
	var got, want []string
	err := s.Update(context.Background(), func(w storage.Writer) error {
		after, got, want = before.clone(), nil, nil
		for _, op := range ops {
			got, want = append(got, perform(w, op)), append(want, after.run(op))
		}
		if fails {
			return errRolledBack
		}
		return nil
	})
	for i := range got {
		compare(t, fmt.Sprintf("%+v", ops[i]), got[i], want[i])
	}
	if fails {
		if err != errRolledBack {
			t.Fatalf("got %v, want the closure's error", err)
		}
		return before
	}
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func compare(t *rapid.T, what, got, want string) {
	if got != want {
		t.Fatalf("%s:\ngot  %s\nwant %s", what, got, want)
	}
}

func perform(w storage.Writer, op operation) string {
	key, value := storage.Key(op.key), []byte(op.value)
	switch op.kind {
	case "get":
		value, err := w.Get(key)
		return fmt.Sprintf("%q %v", value, err)
	case "put":
		return fmt.Sprint(w.Put(key, value))
	case "insert":
		return fmt.Sprint(w.Insert(key, value))
	case "delete":
		return fmt.Sprint(w.Delete(key))
	}
	page, err := w.Scan(op.span)
	if err != nil {
		return err.Error()
	}
	return show(page)
}

// modelStore is the plainest store there is.
type modelStore map[string]string

func (m modelStore) clone() modelStore {
	copied := modelStore{}
	for key, value := range m {
		copied[key] = value
	}
	return copied
}

func (m modelStore) run(op operation) string {
	value, found := m[op.key]
	switch op.kind {
	case "get":
		if !found {
			return fmt.Sprintf("%q %v", "", storage.ErrNotFound)
		}
		return fmt.Sprintf("%q %v", value, nil)
	case "insert":
		if found {
			return fmt.Sprint(storage.ErrExists)
		}
		m[op.key] = op.value
	case "put":
		m[op.key] = op.value
	case "delete":
		delete(m, op.key)
	case "scan":
		return show(m.scan(op.span))
	}
	return fmt.Sprint(nil)
}

func (m modelStore) scan(span storage.Range) []storage.Entry {
	var page []storage.Entry
	for key, value := range m {
		if key >= string(span.Start) && (span.End == nil || key < string(span.End)) {
			page = append(page, storage.Entry{Key: storage.Key(key), Value: []byte(value)})
		}
	}
	slices.SortFunc(page, func(a, b storage.Entry) int {
		if span.Reverse {
			a, b = b, a
		}
		return slices.Compare(a.Key, b.Key)
	})
	return page[:min(len(page), span.PageSize())]
}

func empty(t *rapid.T, s storage.Store) {
	err := s.Update(context.Background(), func(w storage.Writer) error {
		page, err := w.Scan(storage.Range{})
		for _, e := range page {
			err = errors.Join(err, w.Delete(e.Key))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func dump(t *rapid.T, s storage.Store) (text string) {
	err := s.View(context.Background(), func(r storage.Reader) error {
		page, err := r.Scan(storage.Range{})
		text = show(page)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
