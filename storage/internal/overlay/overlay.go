// Package overlay buffers what a closure writes, so that an engine can apply it
// when the closure has succeeded and forget it when not.
package overlay

import (
	"bytes"
	"context"
	"errors"
	"iter"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/internal/tree"
)

// Writer is a storage.Writer over a Reader that it leaves as it is.
type Writer struct {
	Context context.Context
	Base    storage.Reader
	// Assume lets Insert take for granted that a key it does not know is free.
	// The engine must then see to it that no fresh change meets a taken key.
	Assume bool

	changes tree.Map[Change]
	doubt   bool
}

// Change is what happened to one key.
type Change struct {
	Value []byte
	Gone  bool
	// Fresh says that the key was taken to be free without asking.
	Fresh bool
}

// Changes walks through everything written, in the order of the keys.
func (w *Writer) Changes() iter.Seq2[[]byte, Change] {
	return w.changes.Walk(nil, nil, false)
}

// Clean says that nothing was written.
func (w *Writer) Clean() bool { return w.changes.Empty() }

// Doubt says that the closure may have seen a taken key as free in a way the
// changes no longer show.
func (w *Writer) Doubt() bool { return w.doubt }

// Assumed says that at least one key was taken to be free without asking.
func (w *Writer) Assumed() bool {
	for _, change := range w.Changes() {
		if change.Fresh {
			return true
		}
	}
	return w.doubt
}

// Get answers what was written, or else what the base has.
func (w *Writer) Get(key storage.Key) ([]byte, error) {
	change, ok := w.changes.Get(key)
	switch {
	case !ok:
		return w.Base.Get(key)
	case change.Gone:
		return nil, storage.ErrNotFound
	}
	return bytes.Clone(change.Value), nil
}

// Put stores the value.
func (w *Writer) Put(key storage.Key, value []byte) error {
	before, _ := w.changes.Get(key)
	return w.put(key, Change{Value: value, Fresh: before.Fresh})
}

func (w *Writer) put(key storage.Key, change Change) error {
	if err := w.Context.Err(); err != nil {
		return err
	}
	if err := storage.CheckSize(key, change.Value); err != nil {
		return err
	}
	change.Value = append([]byte{}, change.Value...)
	w.changes = w.changes.With(bytes.Clone(key), change)
	return nil
}

// Insert answers storage.ErrExists for a key that is taken.
func (w *Writer) Insert(key storage.Key, value []byte) error {
	change, known := w.changes.Get(key)
	if known && !change.Gone {
		return storage.ErrExists
	}
	if known || w.Assume {
		return w.put(key, Change{Value: value, Fresh: !known})
	}
	_, err := w.Base.Get(key)
	if err == nil {
		return storage.ErrExists
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return w.put(key, Change{Value: value})
}

// Delete removes the key.
func (w *Writer) Delete(key storage.Key) error {
	if err := w.Context.Err(); err != nil {
		return err
	}
	if before, _ := w.changes.Get(key); before.Fresh {
		w.doubt = true
	}
	w.changes = w.changes.With(bytes.Clone(key), Change{Gone: true})
	return nil
}

// Scan merges pages of the base with what was written until one is full.
func (w *Writer) Scan(r storage.Range) ([]storage.Entry, error) {
	limit := r.PageSize()
	var out []storage.Entry
	for {
		page, err := w.Base.Scan(r)
		if err != nil {
			return nil, err
		}
		if len(page) < limit {
			return first(limit, w.merge(out, page, r)), nil
		}
		last := page[limit-1].Key
		rest := r.After(last)
		out = w.merge(out, page, upTo(r, rest))
		if len(out) >= limit {
			return first(limit, out), nil
		}
		r = rest
	}
}

func first(limit int, entries []storage.Entry) []storage.Entry {
	return entries[:min(limit, len(entries))]
}

// upTo answers the part of the range before the rest.
func upTo(r, rest storage.Range) storage.Range {
	if r.Reverse {
		r.Start = rest.End
		return r
	}
	r.End = rest.Start
	return r
}

// merge appends one page of the base, as the changes in its span have left it.
func (w *Writer) merge(out, page []storage.Entry, span storage.Range) []storage.Entry {
	for key, change := range w.changes.Walk(span.Start, span.End, span.Reverse) {
		for len(page) > 0 && before(page[0].Key, key, span.Reverse) {
			out, page = append(out, page[0]), page[1:]
		}
		if len(page) > 0 && bytes.Equal(page[0].Key, key) {
			page = page[1:]
		}
		if !change.Gone {
			out = append(out, storage.Entry{Key: bytes.Clone(key), Value: bytes.Clone(change.Value)})
		}
	}
	return append(out, page...)
}

func before(a, b []byte, reverse bool) bool {
	if reverse {
		a, b = b, a
	}
	return bytes.Compare(a, b) < 0
}
