package storagetest

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

// Benchmark reports commits a second with 1, 8 and 64 writers, each commit
// storing a record of about 600 bytes with two unique keys and two indexes, and
// beside it what one bare fsync of the same file system allows, measured in the
// same run.
func Benchmark(b *testing.B, s storage.Store) {
	var serial atomic.Int64
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			bare := BareSyncs(b)
			start := time.Now()
			commits(b, s, writers, &serial)
			rate := float64(b.N) / time.Since(start).Seconds()
			b.ReportMetric(rate, "commits/s")
			b.ReportMetric(bare, "fsyncs/s")
			b.ReportMetric(rate/bare, "commits/fsync")
		})
	}
}

func commits(b *testing.B, s storage.Store, writers int, serial *atomic.Int64) {
	var all sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	for range writers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				p := someone(serial.Add(1))
				if err := persist(s, func(w storage.Writer) error { return people.Insert(w, p) }); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
}

func someone(n int64) person {
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(n*2654435761), n)
	return person{Pool: "eu_1", ID: id, Mail: id + "@example.test", Phone: "+" + id, Age: int(n % 100),
		Groups: []string{fmt.Sprintf("%-500s", "group")[:500-len(id)]}}
}

// BareSyncs answers how many single pages a second can be overwritten and
// synced, one after the other, in the folder for temporary files: by the median,
// since neighbours on the disk make single ones slow.
func BareSyncs(b testing.TB) float64 {
	f, err := os.CreateTemp(b.TempDir(), "fsync")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	var took []time.Duration
	for begun := time.Now(); len(took) < 20 || time.Since(begun) < 500*time.Millisecond; {
		start := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return 1 / took[len(took)/2].Seconds()
}
