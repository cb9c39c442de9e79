package identity

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
)

// BenchmarkSearch compares searching a pool of 100,000 people with one of 1,000: the
// ratio of the times is what the size costs.
func BenchmarkSearch(b *testing.B) {
	small, large := newScale(b, 1000), newScale(b, 100_000)
	for name, filter := range map[string]UserFilter{
		"equal":  {By: "email", Value: scaleName(777)},
		"begins": {By: "email", Value: "person-0000077", Prefix: true},
		"status": {By: SearchStatus, Value: "CONFIRMED"},
		"nobody": {By: "email", Value: "nobody@example.test"},
		"sub":    {By: SearchSub, Value: "00000309-", Prefix: true},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				of, bare := large.searches(b, filter), small.searches(b, filter)
				b.ReportMetric(float64(of.Nanoseconds())/1000, "page-µs")
				b.ReportMetric(float64(of)/float64(bare), "of-1000")
			}
		})
	}
}

// searches answers how long a page of ten takes.
func (s *scale) searches(b *testing.B, filter UserFilter) time.Duration {
	b.Helper()
	const n = 300
	began := time.Now()
	for range n {
		if _, _, err := s.admin().Search(context.Background(), testPool, filter, Page{Limit: 10}); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began) / n
}

// BenchmarkNewUser is what the entries for searching cost when a user is made, each in
// a commit of its own.
func BenchmarkNewUser(b *testing.B) {
	searched := users
	bare := users
	bare.Indexes = slices.DeleteFunc(slices.Clone(users.Indexes), func(x storage.Index[User]) bool { return x.Name == "search" })
	b.Cleanup(func() { users = searched })
	for _, way := range []struct {
		name string
		kept storage.Collection[User]
	}{{"searched", searched}, {"bare", bare}} {
		b.Run(way.name, func(b *testing.B) {
			users = way.kept
			store, err := bolt.Create(filepath.Join(b.TempDir(), "poolhouse.db"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { store.Close() })
			s := &scale{kit: newKitOver(b, store)}
			s.n = 2000
			s.fill()
			at := s.n
			for b.Loop() {
				s.update(func(w storage.Writer) error {
					p, err := pools.Get(w, string(testPool))
					if err != nil {
						return err
					}
					at++
					return s.insert(w, &p, at, "x")
				})
			}
		})
	}
}
