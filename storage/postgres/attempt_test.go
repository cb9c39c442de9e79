package postgres

import (
	"context"
	"errors"
	"sync"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/internal/overlay"
	"poolhouse.dev/storage/postgres/pgtest"
)

// Whatever a closure makes of a statement that lost, it runs again.
func TestALostTransactionIsRunAgain(t *testing.T) {
	for _, answer := range []error{nil, errors.New("the closure's own")} {
		a, w := &attempt{}, &overlay.Writer{Context: context.Background()}
		if err := a.judge(context.Background(), &transaction{lost: true}, w, answer); !errors.Is(err, errAgain) || !a.lost {
			t.Errorf("after %v: %v", answer, err)
		}
	}
}

// TestTwoWhoReadBothCannotEachWriteOne: each has read both keys before either
// writes; snapshots alone would let both through.
func TestTwoWhoReadBothCannotEachWriteOne(t *testing.T) {
	s, err := Open(context.Background(), pgtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var read, all sync.WaitGroup
	read.Add(2)
	runs := [2]int{}
	for i := range 2 {
		all.Go(func() {
			err := s.Update(context.Background(), func(w storage.Writer) error {
				page, err := w.Scan(storage.Range{Start: storage.Key("a"), End: storage.Key("z")})
				if runs[i]++; runs[i] == 1 {
					read.Done()
					read.Wait()
				}
				if err != nil || len(page) > 0 {
					return err
				}
				return w.Put(storage.Key{'a' + byte(i)}, nil)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := s.View(context.Background(), func(r storage.Reader) error {
		page, err := r.Scan(storage.Range{})
		if len(page) != 1 || runs[0]+runs[1] != 3 {
			t.Errorf("%d were let through, in %v runs", len(page), runs)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
