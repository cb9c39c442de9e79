package storage_test

import (
	"context"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

type aged struct {
	ID  int64 `json:"id"`
	Age int64 `json:"age"`
}

var agedRecords = storage.Collection[aged]{
	Name: "aged", Format: 1,
	ID:      func(a *aged) []any { return []any{a.ID} },
	Indexes: []storage.Index[aged]{{Name: "age", Of: func(a *aged) []any { return []any{a.Age % 2, a.Age} }}},
}

func TestASweepEndsAtTheFirstThatIsNotOver(t *testing.T) {
	ctx, s := context.Background(), memory.Open()
	err := s.Update(ctx, func(w storage.Writer) error {
		for i := range int64(1000) {
			if err := agedRecords.Insert(w, aged{ID: 1000 - i, Age: i}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	even := storage.Page{Index: "age", Prefix: []any{int64(0)}}
	removed, err := agedRecords.Sweep(ctx, s, even, func(a *aged) bool { return a.Age < 901 })
	if err != nil || removed != 451 {
		t.Fatalf("Sweep = %d, %v, want 451", removed, err)
	}
	err = s.View(ctx, func(r storage.Reader) error {
		left, err := agedRecords.List(r, storage.Page{})
		for _, a := range left {
			if a.Age%2 == 0 && a.Age < 901 {
				t.Errorf("%d is over and left", a.Age)
			}
		}
		if len(left) != 549 {
			t.Errorf("%d left, want 549", len(left))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
