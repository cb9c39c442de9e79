package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
)

// sample answers the bytes of a sound store file with some records, as short as it can be.
func sample(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "poolhouse.db")
	s, err := bolt.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, 0, 200)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	used, err2 := pagesOf(path)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return raw[:used]
}

// pagesOf answers the bytes in use; bbolt lets the file grow ahead of them.
func pagesOf(path string) (used int64, err error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	err = db.View(func(tx *bbolt.Tx) error { used = tx.Size(); return nil })
	return used, errors.Join(err, db.Close())
}

func fill(t testing.TB, s storage.Store, from, to int) {
	t.Helper()
	err := s.Update(context.Background(), func(w storage.Writer) error {
		for i := from; i < to; i++ {
			if err := w.Put(storage.K("record", i), bytes.Repeat([]byte{byte(i)}, 500)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "poolhouse.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantRefused: the error names the path and what to do, and the file stays as it was.
func wantRefused(t *testing.T, path string, want error, fix string) {
	t.Helper()
	before, _ := os.ReadFile(path)
	s, err := bolt.Open(path, bolt.Options{})
	if err == nil {
		_ = s.Close()
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), fix) {
		t.Errorf("got %v, want %v that names %s and says %q", err, want, path, fix)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestOpenRefuses(t *testing.T) {
	raw := sample(t)
	t.Run("a missing file, and makes none", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none", "poolhouse.db")
		wantRefused(t, path, storage.ErrMissing, "create it")
		if _, err := os.Stat(filepath.Dir(path)); err == nil {
			t.Error("the folder was made")
		}
	})
	t.Run("an empty file", func(t *testing.T) {
		wantRefused(t, write(t, nil), storage.ErrForeign, "restore it from a backup")
	})
	t.Run("a folder", func(t *testing.T) {
		wantRefused(t, t.TempDir(), storage.ErrForeign, "name a file")
	})
	t.Run("text", func(t *testing.T) {
		wantRefused(t, write(t, []byte(strings.Repeat("not a store\n", 5000))), storage.ErrForeign, "name another path")
	})
	t.Run("zeros", func(t *testing.T) {
		wantRefused(t, write(t, make([]byte, 64<<10)), storage.ErrForeign, "name another path")
	})
	t.Run("another program's bbolt file", func(t *testing.T) {
		wantRefused(t, foreignBolt(t, nil), storage.ErrForeign, "name another path")
	})
	t.Run("a newer layout", func(t *testing.T) {
		wantRefused(t, foreignBolt(t, []byte("2")), storage.ErrNewer, "newer program")
	})
	t.Run("both meta pages damaged", func(t *testing.T) {
		bent := bytes.Clone(raw)
		bent[40] ^= 1
		bent[os.Getpagesize()+40] ^= 1
		wantRefused(t, write(t, bent), storage.ErrForeign, "restore it from a backup")
	})
}

// foreignBolt makes a file with a table of another program, or with our marker.
func foreignBolt(t *testing.T, layout []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		other, err := tx.CreateBucket([]byte("other"))
		if layout == nil || err != nil {
			return err
		}
		ours, err := tx.CreateBucket([]byte("poolhouse"))
		_, err2 := tx.CreateBucket([]byte("kv"))
		return errors.Join(err, err2, ours.Put([]byte("format"), layout), other.Put([]byte("x"), nil))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file cut anywhere is either refused or whole: never a crash, never a loss.
func TestATruncatedFileIsRefusedOrWhole(t *testing.T) {
	raw := sample(t)
	sizes := []int{1, 15, 16, 79, 80, 100, 1023, 1024, 4095, 4096, 4097, 8191, 8192, 12288, 16383, 16384, 16385}
	for size := 20000; size < len(raw); size += max(4096, len(raw)/50) / 4096 * 4096 {
		sizes = append(sizes, size)
	}
	refused := 0
	for _, size := range append(sizes, len(raw)-1, len(raw)) {
		path := write(t, raw[:size])
		s, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			refused++
			if !errors.Is(err, storage.ErrForeign) || !strings.Contains(err.Error(), path) {
				t.Errorf("cut to %d: %v", size, err)
			}
			continue
		}
		wantWhole(t, s, 200)
		_ = s.Close()
	}
	if refused != len(sizes)+1 {
		t.Errorf("%d of %d cuts refused", refused, len(sizes)+1)
	}
}

func wantWhole(t testing.TB, s storage.Store, n int) {
	t.Helper()
	err := s.View(context.Background(), func(r storage.Reader) error {
		page, err := r.Scan(storage.Prefix("record"))
		for i, e := range page {
			if !bytes.Equal(e.Value, bytes.Repeat([]byte{byte(i)}, 500)) {
				t.Errorf("record %d is %x", i, e.Value)
			}
		}
		if len(page) != n {
			t.Errorf("%d records, want %d", len(page), n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Zeroed pages make bbolt panic; that is a clear error on opening or reading,
// and the store is broken, but the process lives.
func TestAZeroedPageIsAClearError(t *testing.T) {
	raw := sample(t)
	page := os.Getpagesize()
	seen := 0
	for at := 2 * page; at+page <= 40*page; at += page {
		bent := bytes.Clone(raw)
		clear(bent[at : at+page])
		var told error
		s, err := bolt.Open(write(t, bent), bolt.Options{OnBroken: func(err error) { told = err }})
		if err != nil {
			if !errors.Is(err, storage.ErrForeign) {
				t.Errorf("page %d: %v", at/page, err)
			}
			seen++
			continue
		}
		err = s.View(context.Background(), func(r storage.Reader) error {
			_, err := r.Scan(storage.Range{})
			return err
		})
		if err != nil {
			seen++
			if !errors.Is(err, storage.ErrDamaged) || told == nil {
				t.Errorf("page %d: %v, told %v", at/page, err, told)
			}
		}
		_ = s.Close()
	}
	if seen == 0 {
		t.Error("no damage was seen")
	}
}

func TestCreate(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(folder, "poolhouse.db")
	s, err := bolt.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, 0, 1)
	t.Run("modes are narrow", func(t *testing.T) {
		for name, want := range map[string]os.FileMode{path: 0o600, folder: 0o700 | os.ModeDir} {
			if info, err := os.Stat(name); err != nil || info.Mode() != want {
				t.Errorf("%s: %v %v, want %v", name, info.Mode(), err, want)
			}
		}
	})
	t.Run("nothing else is left in the folder", func(t *testing.T) {
		if names, err := os.ReadDir(folder); err != nil || len(names) != 1 {
			t.Errorf("%v %v", names, err)
		}
	})
	t.Run("a file that is there stays", func(t *testing.T) {
		if _, err := bolt.Create(path); !errors.Is(err, storage.ErrExists) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
		wantWhole(t, s, 1)
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("what was written is there on opening again", func(t *testing.T) {
		again, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wantWhole(t, again, 1)
		_ = again.Close()
	})
}
