package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
)

// openTold answers a store with some records and free pages, and what OnBroken was told.
func openTold(t *testing.T) (s *bolt.Store, told *error) {
	t.Helper()
	told = new(error)
	s, err := bolt.Open(write(t, sample(t)), bolt.Options{OnBroken: func(err error) { *told = err }})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		fill(t, s, 0, 200)
	}
	return s, told
}

// swap puts another file under the descriptor that the store writes to, and
// answers how to put its own back.
func swap(t *testing.T, path, other string, flag int) (restore func()) {
	t.Helper()
	fd := descriptor(t, path)
	own, err := unix.Dup(fd)
	f, err2 := os.OpenFile(other, flag, 0)
	if err := errors.Join(err, err2, unix.Dup3(int(f.Fd()), fd, unix.O_CLOEXEC), f.Close()); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(unix.Dup3(own, fd, unix.O_CLOEXEC), unix.Close(own)); err != nil {
			t.Fatal(err)
		}
	}
}

func descriptor(t *testing.T, path string) int {
	t.Helper()
	names, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if target, _ := os.Readlink(name); target == path {
			var fd int
			_, _ = fmt.Sscan(filepath.Base(name), &fd)
			return fd
		}
	}
	t.Fatalf("no descriptor of %s", path)
	return 0
}

func update(s storage.Store) error {
	return s.Update(context.Background(), func(w storage.Writer) error {
		return w.Put(storage.K("record", 0), []byte("changed"))
	})
}

func TestAFullDiskRefusesAndGoesOn(t *testing.T) {
	s, told := openTold(t)
	restore := swap(t, s.Path(), "/dev/full", os.O_RDWR)
	if err := update(s); !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("got %v", err)
	}
	wantWhole(t, s, 200)
	restore()
	fill(t, s, 200, 201)
	wantWhole(t, s, 201)
	if err := s.Close(); err != nil || *told != nil {
		t.Errorf("close: %v, told %v", err, *told)
	}
	if err := check(s.Path()); err != nil {
		t.Error(err)
	}
}

func TestAFailedCommitBreaksTheStore(t *testing.T) {
	s, told := openTold(t)
	restore := swap(t, s.Path(), os.DevNull, os.O_RDONLY)
	defer restore()
	err := update(s)
	if !errors.Is(err, storage.ErrUnknown) || !errors.Is(*told, storage.ErrUnknown) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("got %v, told %v", err, *told)
	}
	if again := update(s); !errors.Is(again, storage.ErrUnknown) {
		t.Errorf("a later update: %v", again)
	}
	if err := s.View(context.Background(), func(storage.Reader) error { return nil }); !errors.Is(err, storage.ErrUnknown) {
		t.Errorf("a later view: %v", err)
	}
}

// A file cut short under a running store is a fault in the mapped memory.
func TestAFileCutUnderTheStoreBreaksIt(t *testing.T) {
	for name, use := range map[string]func(storage.Store) error{
		"by a view": func(s storage.Store) error {
			return s.View(context.Background(), func(r storage.Reader) error { _, err := r.Scan(storage.Range{}); return err })
		},
		"by an update": update,
	} {
		for _, size := range []int64{0, 3 * int64(os.Getpagesize())} {
			t.Run(fmt.Sprintf("seen %s, cut to %d", name, size), func(t *testing.T) {
				s, told := openTold(t)
				if err := os.Truncate(s.Path(), size); err != nil {
					t.Fatal(err)
				}
				if err := use(s); !errors.Is(err, storage.ErrDamaged) || !errors.Is(*told, storage.ErrDamaged) {
					t.Errorf("got %v, told %v", err, *told)
				}
			})
		}
	}
}
