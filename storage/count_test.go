package storage_test

import (
	"context"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

func TestACountStopsWhereItIsTold(t *testing.T) {
	ctx, s := context.Background(), memory.Open()
	err := s.Update(ctx, func(w storage.Writer) error {
		for i := range int64(2600) {
			if err := agedRecords.Insert(w, aged{ID: i, Age: i}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(ctx, func(r storage.Reader) error {
		for _, c := range []struct {
			page storage.Page
			want int
		}{
			{storage.Page{}, 2600}, {storage.Page{Limit: 1000}, 1000}, {storage.Page{Limit: 1001}, 1001}, {storage.Page{Limit: 5000}, 2600},
			{storage.Page{Index: "age", Prefix: []any{int64(1)}}, 1300}, {storage.Page{Index: "age", Prefix: []any{int64(3)}}, 0},
		} {
			if n, err := agedRecords.Count(r, c.page); n != c.want || err != nil {
				t.Errorf("%+v: %d, %v", c.page, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
