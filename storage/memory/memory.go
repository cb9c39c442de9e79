// Package memory is the storage engine for tests: nothing outlives the process.
package memory

import (
	"bytes"
	"context"
	"sync/atomic"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/internal/tree"
)

// Open answers an empty store.
func Open() storage.Store {
	s := &store{turn: make(chan struct{}, 1)}
	s.state.Store(&state{})
	return s
}

type entries = tree.Map[[]byte]

// store holds one immutable state after the other; turn lets one writer in at a time.
type store struct {
	turn  chan struct{}
	state atomic.Pointer[state]
}

type state struct {
	entries entries
	closed  bool
}

func (s *store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := s.state.Load()
	if now.closed {
		return storage.ErrClosed
	}
	return fn(reader{ctx, &now.entries})
}

func (s *store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer func() { <-s.turn }()
	now := s.state.Load()
	if now.closed {
		return storage.ErrClosed
	}
	changed := now.entries
	if err := fn(writer{reader{ctx, &changed}}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.state.Store(&state{entries: changed})
	return nil
}

func (s *store) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close waits for a running Update. Views that run go on with what they see.
func (s *store) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.state.Store(&state{closed: true})
	return nil
}

type reader struct {
	ctx context.Context
	in  *entries
}

func (r reader) Get(key storage.Key) ([]byte, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	value, ok := r.in.Get(key)
	if !ok {
		return nil, storage.ErrNotFound
	}
	return bytes.Clone(value), nil
}

func (r reader) Scan(span storage.Range) ([]storage.Entry, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	var page []storage.Entry
	for key, value := range r.in.Walk(span.Start, span.End, span.Reverse) {
		page = append(page, storage.Entry{Key: bytes.Clone(key), Value: bytes.Clone(value)})
		if len(page) == span.PageSize() {
			break
		}
	}
	return page, nil
}

type writer struct{ reader }

func (w writer) Put(key storage.Key, value []byte) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if err := storage.CheckSize(key, value); err != nil {
		return err
	}
	*w.in = w.in.With(bytes.Clone(key), append([]byte{}, value...))
	return nil
}

func (w writer) Insert(key storage.Key, value []byte) error {
	if _, taken := w.in.Get(key); taken {
		return storage.ErrExists
	}
	return w.Put(key, value)
}

func (w writer) Delete(key storage.Key) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	*w.in = w.in.Without(key)
	return nil
}
