// Package bolt is the embedded storage engine: one file, held by one process.
//
// Writers share commits: while one commit is being synced, further closures
// wait, and the next commit takes all of them. Each closure still succeeds or
// fails alone. An Update returns only when its commit is on the disk.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"go.etcd.io/bbolt"
	bberrors "go.etcd.io/bbolt/errors"

	"poolhouse.dev/storage"
)

// Options change what Open does; the zero value is the default.
type Options struct {
	// OnBroken is told why the store can no longer be relied on: a commit
	// failed and nobody knows whether it was made, or the file is damaged. The
	// default logs it and exits with code 1, so that the next start reads what
	// is really there.
	OnBroken func(error)
}

// Store is an open store file.
type Store struct {
	db       *bbolt.DB
	path     string
	onBroken func(error)
	queue    queue

	// batch is the transaction that closures are being gathered in; it belongs
	// to whoever has the turn. last is how many the one before gathered.
	batch *batch
	last  int

	mu     sync.Mutex
	broken error
}

var (
	bucketName = []byte("poolhouse")
	entryName  = []byte("kv")
	formatKey  = []byte("format")
)

// format is the number of the file's layout, under formatKey in bucketName.
const format = "1"

// View runs fn on a snapshot; it never waits for writers.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, r, err := s.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return fn(r)
}

// open begins a bbolt transaction; it already reads pages.
func (s *Store) open(ctx context.Context, writable bool) (tx *bbolt.Tx, r *reader, err error) {
	if err := s.brokenBy(); err != nil {
		return nil, nil, err
	}
	defer s.guard(&err)()
	tx, err = s.db.Begin(writable)
	if errors.Is(err, bberrors.ErrDatabaseNotOpen) {
		return nil, nil, storage.ErrClosed
	}
	if err != nil {
		return nil, nil, err
	}
	return tx, s.reader(ctx, tx), nil
}

// Update runs fn when it is its turn and returns when its commit is synced.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if err := s.queue.take(ctx); err != nil {
		return err
	}
	wait, err := s.run(ctx, fn)
	if wait == nil {
		return err
	}
	<-wait.done
	if wait.err != nil {
		return wait.err
	}
	return err
}

// Close waits for what is in flight. A broken store stays as it is until the
// process ends: bbolt may have stopped with its locks held.
func (s *Store) Close() error {
	if err := s.queue.close(); err != nil {
		return nil // closed before
	}
	s.finish() // the turn may have come with a batch to join
	if err := s.brokenBy(); err != nil {
		return err
	}
	return s.db.Close()
}

// Path answers the file's name.
func (s *Store) Path() string { return s.path }

// brake makes every later transaction fail like the one that broke the store.
func (s *Store) brake(err error) error {
	err = fmt.Errorf("store file %s: %w", s.path, err)
	s.mu.Lock()
	if s.broken == nil {
		s.broken = err
	}
	s.mu.Unlock()
	s.onBroken(err)
	return err
}

func (s *Store) brokenBy() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

func logAndExit(err error) {
	slog.Error("the store cannot be relied on, so the program stops; start it again to read what is really stored", "err", err)
	os.Exit(1)
}
