package storage_test

import (
	"context"
	"errors"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

// overtaken is a store on which another process migrates between this one's
// look at what is done and its first page.
type overtaken struct {
	storage.Store
	meanwhile func() error
}

func (s *overtaken) View(ctx context.Context, fn func(storage.Reader) error) error {
	return errors.Join(s.Store.View(ctx, fn), s.meanwhile())
}

func TestAMigrationThatAnotherProcessFinishedIsNotRunAgain(t *testing.T) {
	runs := 0
	list := []storage.Migration{{Number: 1, Name: "count", Page: func(w storage.Writer, _ []byte) ([]byte, error) {
		runs++
		return nil, w.Insert(storage.K("ran"), nil)
	}}}
	s := memory.Open()
	late := &overtaken{Store: s, meanwhile: func() error { return storage.Migrate(context.Background(), s, list) }}
	if err := storage.Migrate(context.Background(), late, list); err != nil || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	for _, number := range []int{0, 2} {
		list := []storage.Migration{{Number: number, Name: "x"}}
		if err := storage.Migrate(context.Background(), memory.Open(), list); err == nil {
			t.Errorf("number %d was taken", number)
		}
	}
}
