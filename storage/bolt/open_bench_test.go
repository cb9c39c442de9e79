package bolt_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
)

// BenchmarkOpen opens stores of growing size, reads one record and closes them.
// It reports what an open store keeps resident: in the program's own memory, and
// in pages of the file, which the system takes back when it needs them.
func BenchmarkOpen(b *testing.B) {
	for _, records := range []int{0, 1000, 100_000} {
		b.Run(fmt.Sprintf("records=%d", records), func(b *testing.B) {
			path := filled(b, records)
			own, file := resident(b)
			var moreOwn, moreFile int64
			b.ResetTimer()
			for i := range b.N {
				s, err := bolt.Open(path, bolt.Options{})
				if err != nil {
					b.Fatal(err)
				}
				readOne(b, s)
				if i == 0 {
					b.StopTimer()
					nowOwn, nowFile := resident(b)
					moreOwn, moreFile = nowOwn-own, nowFile-file
					b.StartTimer()
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(max(0, moreOwn)), "own-KiB")
			b.ReportMetric(float64(max(0, moreFile)), "file-KiB")
		})
	}
}

func filled(b *testing.B, records int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "poolhouse.db")
	s, err := bolt.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < records; from += 10_000 {
		fill(b, s, from, min(from+10_000, records))
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func readOne(b *testing.B, s storage.Store) {
	b.Helper()
	err := s.View(context.Background(), func(r storage.Reader) error {
		_, err := r.Scan(storage.Range{Limit: 1})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// resident answers KiB of the program's own memory and of mapped files.
func resident(b *testing.B) (own, file int64) {
	b.Helper()
	runtime.GC()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		_, _ = fmt.Sscanf(string(line), "RssAnon: %d", &own)
		_, _ = fmt.Sscanf(string(line), "RssFile: %d", &file)
	}
	return own, file
}
