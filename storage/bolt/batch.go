package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/internal/overlay"
)

// batch is one commit in the making. err may be read once done is closed.
type batch struct {
	tx    *bbolt.Tx
	base  *reader
	size  int // closures that have written
	bytes int
	done  chan struct{}
	err   error
}

// A batch that never ended would keep its first closures waiting for ever.
const (
	maxClosures = 1024
	maxBytes    = 16 << 20
)

// run runs the closure with the turn in hand and gives the turn away on every
// way out, a panic included. The closure runs in its caller's goroutine: a panic
// is the caller's alone. Next to the closure's error run answers the batch to
// wait for, or nil when the closure has neither written anything nor seen what
// others have written and not yet committed.
func (s *Store) run(ctx context.Context, fn func(storage.Writer) error) (wait *batch, err error) {
	defer s.handOn()
	if err := s.begin(); err != nil {
		return nil, err
	}
	b := s.batch
	if b.size > 0 {
		wait = b
	}
	w := &overlay.Writer{Context: ctx, Base: b.base.with(ctx)}
	if err := fn(w); err != nil {
		return wait, err
	}
	if err := ctx.Err(); err != nil {
		return wait, err
	}
	if w.Clean() {
		return wait, nil
	}
	if err := s.apply(b, w); err != nil {
		return nil, err
	}
	b.size++
	return b, nil
}

// begin opens the batch's transaction, unless an earlier closure has.
func (s *Store) begin() error {
	if s.batch != nil {
		return s.brokenBy()
	}
	tx, base, err := s.open(context.Background(), true)
	if err == nil {
		s.batch = &batch{tx: tx, base: base, done: make(chan struct{})}
	}
	return err
}

// apply cannot fail for a sound file: sizes were checked by the overlay. If it
// does, the batch is half of something and the store is broken.
func (s *Store) apply(b *batch, w *overlay.Writer) (err error) {
	defer s.guard(&err)()
	entries := b.base.entries
	for key, change := range w.Changes() {
		if change.Gone {
			err = entries.Delete(key)
		} else {
			err = entries.Put(key, change.Value)
			b.bytes += len(key) + len(change.Value)
		}
		if err != nil {
			return s.brake(fmt.Errorf("%w: %w", storage.ErrDamaged, err))
		}
	}
	return nil
}

// handOn passes the turn to whoever waits, to join the batch; the last one commits.
func (s *Store) handOn() {
	if s.batch != nil && s.mayGrow() && s.passOn() {
		return
	}
	s.finish()
	s.queue.release()
}

// finish commits the batch that is open, if one is, and tells those in it.
func (s *Store) finish() {
	b := s.batch
	if b == nil {
		return
	}
	s.batch, s.last = nil, b.size
	b.err = s.commit(b)
	close(b.done)
}

func (s *Store) mayGrow() bool {
	return s.batch.size < maxClosures && s.batch.bytes < maxBytes && s.brokenBy() == nil
}

// passOn gives those who were in the last commit a moment to come back with
// their next closure: they are runnable, not yet in line. A lone writer never
// yields.
func (s *Store) passOn() bool {
	if s.queue.pass() {
		return true
	}
	for range 2 * s.last {
		if s.batch.size >= s.last || s.last < 2 {
			return false
		}
		runtime.Gosched()
		if s.queue.pass() {
			return true
		}
	}
	return false
}

func (s *Store) commit(b *batch) (err error) {
	defer s.abandon(b.tx) // no effect after a commit
	if err := s.brokenBy(); err != nil || b.size == 0 {
		return err
	}
	defer s.guard(&err)()
	err = b.tx.Commit()
	switch {
	case err == nil:
		return nil
	case noSpace(err):
		return fmt.Errorf("%w: %s: %w", storage.ErrFull, s.path, err)
	}
	return s.brake(fmt.Errorf("%w: %w", storage.ErrUnknown, err))
}

// abandon rolls back what is still open; after a panic inside bbolt even that may panic.
func (s *Store) abandon(tx *bbolt.Tx) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { _ = recover() }()
	_ = tx.Rollback()
}

// noSpace tells a write that found no room, after which bbolt has rolled back
// and the meta page is the old one, from a failed sync, after which nobody
// knows: a sync fails without a PathError of a write.
func noSpace(err error) bool {
	var path *os.PathError
	if !errors.As(err, &path) || path.Op != "write" {
		return false
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
