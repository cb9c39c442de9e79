package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"poolhouse.dev/storage"
)

func rollbackOnError(t *testing.T, s storage.Store) {
	put(t, s, storage.Key("kept"), "1")
	mine := errors.New("mine")
	err := s.Update(context.Background(), func(w storage.Writer) error {
		_ = w.Put(storage.Key("kept"), []byte("2"))
		_ = w.Insert(storage.Key("new"), nil)
		return mine
	})
	if err != mine {
		t.Fatalf("got %#v, want the closure's own error", err)
	}
	if err := s.View(context.Background(), func(storage.Reader) error { return mine }); err != mine {
		t.Fatalf("view: got %#v, want the closure's own error", err)
	}
	wantValue(t, s, storage.Key("kept"), "1")
	wantAbsent(t, s, storage.Key("new"))
}

func rollbackOnPanic(t *testing.T, s storage.Store) {
	all := together(32, func(i int) (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("panic %v", cause)
			}
		}()
		return persist(s, func(w storage.Writer) error {
			_ = w.Put(numbered(i), nil)
			if i%4 == 0 {
				panic(i)
			}
			return nil
		})
	})
	for i, err := range all {
		if i%4 != 0 && err != nil {
			t.Errorf("closure %d: %v", i, err)
		}
		if i%4 == 0 && (err == nil || err.Error() != fmt.Sprintf("panic %d", i)) {
			t.Errorf("closure %d: got %v, want its own panic", i, err)
		}
		if _, found := value(t, s, numbered(i)); found != (i%4 != 0) {
			t.Errorf("closure %d: stored is %v", i, found)
		}
	}
}

// failAlone has many closures at once, so that engines that share commits share them here.
func failAlone(t *testing.T, s storage.Store) {
	odd := errors.New("odd")
	all := together(64, func(i int) error {
		return persist(s, func(w storage.Writer) error {
			err := errors.Join(w.Put(numbered(i), nil), w.Put(numbered(i+1000), nil))
			if i%2 == 1 {
				return odd
			}
			return err
		})
	})
	for i, err := range all {
		_, found := value(t, s, numbered(i))
		_, both := value(t, s, numbered(i+1000))
		if i%2 == 0 && (err != nil || !found || !both) {
			t.Errorf("closure %d: error %v, stored %v and %v", i, err, found, both)
		}
		if i%2 == 1 && (err != odd || found || both) {
			t.Errorf("closure %d: error %v, stored %v and %v", i, err, found, both)
		}
	}
}

func cancelled(t *testing.T, s storage.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Update(ctx, func(w storage.Writer) error {
		err := w.Put(storage.Key("k"), nil)
		cancel()
		return err
	})
	wantError(t, err, context.Canceled)
	wantAbsent(t, s, storage.Key("k"))
	never := func() error { t.Error("the closure ran"); return nil }
	wantError(t, s.Update(ctx, func(storage.Writer) error { return never() }), context.Canceled)
	wantError(t, s.View(ctx, func(storage.Reader) error { return never() }), context.Canceled)
	put(t, s, storage.Key("k"), "later")
}

// cancelledWaiting: another transaction touches the same key and does not end.
func cancelledWaiting(t *testing.T, s storage.Store) {
	inside, leave := make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		first <- s.Update(context.Background(), func(w storage.Writer) error {
			err := w.Put(storage.Key("k"), []byte("first"))
			close(inside)
			<-leave
			return err
		})
	}()
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	second := make(chan error)
	go func() {
		second <- s.Update(ctx, func(w storage.Writer) error {
			<-ctx.Done() // on an engine where it need not wait for the first
			return w.Put(storage.Key("k"), []byte("second"))
		})
	}()
	cancel()
	wantError(t, <-second, context.Canceled)
	close(leave)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	wantValue(t, s, storage.Key("k"), "first")
	put(t, s, storage.Key("k"), "third")
}

func snapshot(t *testing.T, s storage.Store) {
	put(t, s, storage.Key("k"), "before")
	view(t, s, func(r storage.Reader) error {
		first, err := r.Get(storage.Key("k"))
		update(t, s, func(w storage.Writer) error {
			return errors.Join(w.Put(storage.Key("k"), []byte("after")), w.Put(storage.Key("new"), nil))
		})
		second, again := r.Get(storage.Key("k"))
		page, scanned := r.Scan(storage.Range{})
		if string(first) != "before" || string(second) != "before" || len(page) != 1 {
			t.Errorf("got %q, then %q, then %s", first, second, show(page))
		}
		return errors.Join(err, again, scanned)
	})
	wantValue(t, s, storage.Key("k"), "after")
}

// viewsBesideUpdates grows the store well beyond what it began with while a view is open.
func viewsBesideUpdates(t *testing.T, s storage.Store) {
	fill(t, s, 100)
	view(t, s, func(r storage.Reader) error {
		before, err := r.Scan(storage.Range{})
		for i := range 40 {
			update(t, s, func(w storage.Writer) error {
				return errors.Join(w.Delete(numbered(i)), w.Put(storage.Key(fmt.Sprint("big", i)), make([]byte, storage.MaxValue)))
			})
		}
		after, again := r.Scan(storage.Range{})
		if show(before) != show(after) {
			t.Error("the view changed")
		}
		return errors.Join(err, again)
	})
}

func closeWaits(t *testing.T, s storage.Store) {
	inside, leave := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		err := s.Update(context.Background(), func(w storage.Writer) error {
			close(inside)
			<-leave
			return w.Put(storage.Key("k"), nil)
		})
		if err != nil {
			t.Errorf("the running update: %v", err)
		}
	})
	<-inside
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	select {
	case <-closed:
		t.Error("closed under a running update")
	default:
	}
	close(leave)
	running.Wait()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	wantError(t, s.Update(context.Background(), func(storage.Writer) error { return nil }), storage.ErrClosed)
	wantError(t, s.View(context.Background(), func(storage.Reader) error { return nil }), storage.ErrClosed)
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// together runs the function n times at once and answers what each answered.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}
