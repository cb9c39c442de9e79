package memory_test

import (
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
	"poolhouse.dev/storage/storagetest"
)

func TestSuite(t *testing.T) {
	storagetest.Run(t, open)
}

func BenchmarkCommits(b *testing.B) {
	storagetest.Benchmark(b, memory.Open())
}

func open(t *testing.T) storage.Store {
	s := memory.Open()
	t.Cleanup(func() { _ = s.Close() })
	return s
}
