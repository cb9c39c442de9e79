package bolt

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"poolhouse.dev/storage"
)

// reader copies everything out: bbolt's bytes die with the transaction.
type reader struct {
	ctx     context.Context
	store   *Store
	entries *bbolt.Bucket
}

func (s *Store) reader(ctx context.Context, tx *bbolt.Tx) *reader {
	return &reader{ctx: ctx, store: s, entries: tx.Bucket(entryName)}
}

// with answers the same reader for another caller's context.
func (r *reader) with(ctx context.Context) *reader {
	return &reader{ctx: ctx, store: r.store, entries: r.entries}
}

func (r *reader) Get(key storage.Key) (value []byte, err error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	defer r.store.guard(&err)()
	found := r.entries.Get(key)
	if found == nil {
		return nil, storage.ErrNotFound
	}
	return bytes.Clone(found), nil
}

func (r *reader) Scan(span storage.Range) (page []storage.Entry, err error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	defer r.store.guard(&err)()
	cursor := r.entries.Cursor()
	key, value, next := begin(cursor, span)
	for ; key != nil && within(span, key) && len(page) < span.PageSize(); key, value = next() {
		page = append(page, storage.Entry{Key: bytes.Clone(key), Value: append([]byte{}, value...)})
	}
	return page, nil
}

func begin(c *bbolt.Cursor, span storage.Range) (key, value []byte, next func() ([]byte, []byte)) {
	switch {
	case !span.Reverse && len(span.Start) == 0:
		key, value = c.First()
	case !span.Reverse:
		key, value = c.Seek(span.Start)
	case len(span.End) == 0:
		key, value = c.Last()
	default:
		key, value = lastBefore(c, span.End)
	}
	if span.Reverse {
		return key, value, c.Prev
	}
	return key, value, c.Next
}

// lastBefore: Seek answers the first key at or behind the end, or none behind the last.
func lastBefore(c *bbolt.Cursor, end []byte) (key, value []byte) {
	if key, _ := c.Seek(end); key == nil {
		return c.Last()
	}
	return c.Prev()
}

func within(span storage.Range, key []byte) bool {
	if span.Reverse {
		return len(span.Start) == 0 || bytes.Compare(key, span.Start) >= 0
	}
	return len(span.End) == 0 || bytes.Compare(key, span.End) < 0
}

// guard turns a panic inside bbolt, which a damaged page causes, and a fault in
// the mapped file, which a file cut short under us causes, into an error and a
// broken store. Use it as defer s.guard(&err)().
func (s *Store) guard(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if cause := recover(); cause != nil {
			*err = s.brake(fmt.Errorf("%w: %v; restore it from a backup", storage.ErrDamaged, cause))
		}
	}
}
