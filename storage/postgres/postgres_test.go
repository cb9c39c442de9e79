package postgres_test

import (
	"context"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/postgres"
	"poolhouse.dev/storage/postgres/pgtest"
	"poolhouse.dev/storage/storagetest"
)

func TestSuite(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return open(t, pgtest.DSN(t)) })
}

func BenchmarkCommits(b *testing.B) {
	storagetest.Benchmark(b, open(b, pgtest.DurableDSN(b)))
}

func open(t testing.TB, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), dsn)
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
