package identity

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
)

// scaleUsers is how many people the large store holds; POOLHOUSE_BENCH_USERS
// takes another number.
func scaleUsers(b *testing.B) int {
	b.Helper()
	text := os.Getenv("POOLHOUSE_BENCH_USERS")
	if text == "" {
		return 1_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkPoolSize compares a large pool with one of a thousand people: opening
// the store, finding somebody by address, and a whole sign-in but for the
// password hash, which is made cheap here because it would hide the rest.
func BenchmarkPoolSize(b *testing.B) {
	small, large := newScale(b, 1000), newScale(b, scaleUsers(b))
	b.ResetTimer()
	for b.Loop() {
		b.ReportMetric(float64(large.open.Microseconds())/1000, "open-ms")
		found, bare := large.lookup(b), small.lookup(b)
		b.ReportMetric(float64(found.Nanoseconds())/1000, "lookup-µs")
		b.ReportMetric(float64(found)/float64(bare), "lookup-x")
		b.ReportMetric(float64(large.signIns(b))/float64(small.signIns(b)), "sign-in-x")
	}
}

type scale struct {
	*kit
	n    int
	open time.Duration
}

// newScale fills a store, closes it and opens it again, as a restart would.
func newScale(b *testing.B, n int) *scale {
	b.Helper()
	path := filepath.Join(b.TempDir(), "poolhouse.db")
	store, err := bolt.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	s := &scale{kit: newKitOver(b, store), n: n}
	s.fill()
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if store, err = bolt.Open(path, bolt.Options{}); err != nil {
		b.Fatal(err)
	}
	s.open = time.Since(began)
	b.Cleanup(func() { store.Close() })
	s.core.Store = store
	return s
}

func scaleName(i int) string { return fmt.Sprintf("person-%08d@example.test", i) }

// fill puts people in by the order of their keys. A large transaction in random
// order rewrites most pages and leaves as many free ones behind, whose list bbolt
// then writes with every commit: a store that grew by single sign-ups has few.
func (s *scale) fill() {
	s.Helper()
	hash, err := s.core.Passwords.Hash(context.Background(), goodWord)
	if err != nil {
		s.Fatal(err)
	}
	const page = 5000
	for from := 0; from < s.n; from += page {
		s.update(func(w storage.Writer) error {
			p, err := pools.Get(w, string(testPool))
			if err != nil {
				return err
			}
			for i := from; i < min(from+page, s.n); i++ {
				if err := s.insert(w, &p, i, hash); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (s *scale) insert(w storage.Writer, p *Pool, i int, hash string) error {
	id := UserID(fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i))
	u := User{
		PoolID: testPool, ID: id, Username: string(id), Status: Confirmed, CreatedAt: s.clock(),
		Attributes: map[string]string{"email": scaleName(i), "email_verified": "true", "name": "Ann Example"},
	}
	if err := insertUser(w, p, &u); err != nil {
		return err
	}
	return credentials.Put(w, Credential{PoolID: testPool, UserID: id, Kind: FactorPassword, Hash: hash})
}

// lookup answers how long finding one of them takes.
func (s *scale) lookup(b *testing.B) time.Duration {
	b.Helper()
	const n = 5000
	began := time.Now()
	for i := range n {
		err := s.core.Store.View(context.Background(), func(r storage.Reader) error {
			p, err := pools.Get(r, string(testPool))
			if err != nil {
				return err
			}
			_, err = s.core.findUser(r, &p, scaleName(i*7919%s.n))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began) / n
}

// signIns answers how long a sign-in takes, one after the other.
func (s *scale) signIns(b *testing.B) time.Duration {
	b.Helper()
	const n = 300
	began := time.Now()
	for i := range n {
		s.in(scaleName(i*7919%s.n), Origin{})
	}
	return time.Since(began) / n
}
