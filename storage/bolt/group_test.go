package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"poolhouse.dev/storage"
)

// TestOneCommitServesAllWhoWait holds the first writer back until forty others
// are in line, and counts bbolt's transactions.
func TestOneCommitServesAllWhoWait(t *testing.T) {
	const writers = 40
	s := newStore(t)
	before := committed(t, s)
	inside, leave := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { write(t, s, -1, func() { close(inside); <-leave }) })
	<-inside
	for i := range writers {
		all.Go(func() { write(t, s, i, func() {}) })
	}
	waitFor(s, writers)
	close(leave)
	all.Wait()
	if n := committed(t, s) - before; n != 1 {
		t.Errorf("%d commits for %d writers, want 1", n, writers+1)
	}
}

// TestAnAnswerWaitsForWhatItRestsOn: a closure that saw another's write answers
// only once that write is committed.
func TestAnAnswerWaitsForWhatItRestsOn(t *testing.T) {
	s := newStore(t)
	inside, leave, third := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { write(t, s, 1, func() { close(inside); <-leave }) })
	<-inside
	refused := make(chan error, 1)
	all.Go(func() {
		refused <- s.Update(context.Background(), func(w storage.Writer) error { return w.Insert(storage.K(1), nil) })
	})
	waitFor(s, 1)
	hold := make(chan struct{})
	all.Go(func() { write(t, s, 2, func() { close(third); <-hold }) })
	waitFor(s, 2)
	close(leave)
	<-third // the second closure has run, and the batch is still open
	select {
	case err := <-refused:
		t.Errorf("answered %v before the commit", err)
	default:
	}
	close(hold)
	if err := <-refused; !errors.Is(err, storage.ErrExists) {
		t.Errorf("got %v", err)
	}
	all.Wait()
}

func TestCloseInLineCommitsTheBatch(t *testing.T) {
	s := newStore(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { write(t, s, 1, func() { close(inside); <-leave }) })
	<-inside
	all.Go(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	waitFor(s, 1)
	close(leave)
	all.Wait()
}

func TestTheContextEndsStandingInLine(t *testing.T) {
	s := newStore(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { write(t, s, 1, func() { close(inside); <-leave }) })
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	second := make(chan error)
	go func() {
		second <- s.Update(ctx, func(storage.Writer) error { t.Error("the closure ran"); return nil })
	}()
	waitFor(s, 1)
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(leave)
	all.Wait()
}

// TestATurnThatComesWithTheEndOfTheContextIsNotLost: whichever is seen first,
// the turn is either taken or still to be had.
func TestATurnThatComesWithTheEndOfTheContextIsNotLost(t *testing.T) {
	for range 500 {
		q := &queue{taken: true}
		ctx, cancel := context.WithCancel(context.Background())
		ticket := make(chan error)
		go func() { ticket <- q.take(ctx) }()
		for waiting := 0; waiting == 0; runtime.Gosched() {
			q.mu.Lock()
			waiting = len(q.waiting)
			q.mu.Unlock()
		}
		cancel()
		q.release()
		if err := <-ticket; (err == nil) != q.taken {
			t.Fatalf("take answered %v, and the turn is taken: %v", err, q.taken)
		}
	}
}

func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "poolhouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func waitFor(s *Store, waiting int) {
	for {
		s.queue.mu.Lock()
		n := len(s.queue.waiting)
		s.queue.mu.Unlock()
		if n >= waiting {
			return
		}
		runtime.Gosched()
	}
}

func write(t *testing.T, s *Store, i int, during func()) {
	err := s.Update(context.Background(), func(w storage.Writer) error {
		during()
		return w.Put(storage.K(i), nil)
	})
	if err != nil {
		t.Error(err)
	}
}

func committed(t *testing.T, s *Store) (id int) {
	t.Helper()
	if err := s.db.View(func(tx *bbolt.Tx) error { id = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return id
}
