package bolt_test

import (
	"path/filepath"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
	"poolhouse.dev/storage/storagetest"
)

func TestSuite(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return create(t) })
}

func BenchmarkCommits(b *testing.B) {
	storagetest.Benchmark(b, create(b))
}

// create answers a new store in a folder of its own.
func create(t testing.TB) *bolt.Store {
	t.Helper()
	s, err := bolt.Create(filepath.Join(t.TempDir(), "data", "poolhouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
