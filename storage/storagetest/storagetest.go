// Package storagetest is the one suite that every storage engine passes, and a
// kit for tests that store records.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"poolhouse.dev/storage"
)

// Open answers a new, empty store, closed at the end of the test.
type Open func(t *testing.T) storage.Store

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*testing.T, storage.Store)
	}{
		{"what is put is got", putAndGet},
		{"bytes belong to the caller", ownBytes},
		{"insert refuses a taken key", insertTaken},
		{"delete removes, and an absent key is no error", deleteKey},
		{"sizes at and beyond the bounds", sizes},
		{"keys come in byte order", byteOrder},
		{"a scan goes page by page both ways", scanPages},
		{"a scan sees the transaction's own writes", scanOwnWrites},
		{"a transaction reads its own writes", readOwnWrites},
		{"an error rolls back and is answered as it is", rollbackOnError},
		{"a panic rolls back and reaches its caller alone", rollbackOnPanic},
		{"a closure that fails takes no other with it", failAlone},
		{"a cancelled context writes nothing", cancelled},
		{"the context ends waiting", cancelledWaiting},
		{"a view is a snapshot", snapshot},
		{"views go on beside updates", viewsBesideUpdates},
		{"a code is redeemed once", redeemOnce},
		{"a marked record is marked once", markOnce},
		{"counters lose nothing", counters},
		{"a unique key goes to one of many", uniqueRace},
		{"nobody is let in by what two closures saw at once", writeSkew},
		{"money moved between accounts stays whole", transfers},
		{"close waits, then refuses", closeWaits},
		{"collections keep every field", keepsEveryField},
		{"collections refuse taken ids and unique keys whole", collectionRefuses},
		{"collections move unique keys and indexes", collectionMoves},
		{"collections list in order and by page", collectionLists},
		{"records older than an index are found by it", reindexes},
		{"migrations go on where they stopped", migrations},
		{"the master key is held to", sealer},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	t.Run("a random program does what the model does", func(t *testing.T) { randomPrograms(t, open) })
}

// update and view fail the test on an error. Contention is no failure: whoever
// is told to come again does.
func update(t testing.TB, s storage.Store, fn func(storage.Writer) error) {
	t.Helper()
	if err := persist(s, fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func persist(s storage.Store, fn func(storage.Writer) error) error {
	for {
		if err := s.Update(context.Background(), fn); !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

func view(t testing.TB, s storage.Store, fn func(storage.Reader) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func put(t testing.TB, s storage.Store, key storage.Key, value string) {
	t.Helper()
	update(t, s, func(w storage.Writer) error { return w.Put(key, []byte(value)) })
}

// value answers what a key has, "" with false when it is absent.
func value(t testing.TB, s storage.Store, key storage.Key) (got string, found bool) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		raw, err := r.Get(key)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		got, found = string(raw), err == nil
		return err
	})
	return got, found
}

func wantValue(t testing.TB, s storage.Store, key storage.Key, want string) {
	t.Helper()
	if got, found := value(t, s, key); !found || got != want {
		t.Fatalf("key %q: got %q (found %v), want %q", key, got, found, want)
	}
}

func wantAbsent(t testing.TB, s storage.Store, key storage.Key) {
	t.Helper()
	if got, found := value(t, s, key); found {
		t.Fatalf("key %q: got %q, want none", key, got)
	}
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

// show writes entries as text, for comparison.
func show(entries []storage.Entry) string {
	text := ""
	for _, e := range entries {
		text += fmt.Sprintf("%q=%q ", e.Key, e.Value)
	}
	return text
}
