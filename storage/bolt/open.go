package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bberrors "go.etcd.io/bbolt/errors"

	"poolhouse.dev/storage"
)

// lockTimeout is how long Open waits for another process to let go of the file.
const lockTimeout = time.Second

// The map is far larger than the file: bbolt must otherwise stop all readers to
// map it anew when it grows, and one slow reader then stops everything. It
// costs address space only; where that is limited, less has to do.
var mapSizes = []int{1 << (30 + 6*(strconv.IntSize/64)), 1 << 30, 0}

// Open opens the store file at the path. It never creates one: a missing file
// answers storage.ErrMissing, one that is empty, cut short or not ours
// storage.ErrForeign, one that another process holds storage.ErrLocked.
func Open(path string, o Options) (*Store, error) {
	if err := inspect(path); err != nil {
		return nil, err
	}
	db, err := openFile(path)
	if err != nil {
		return nil, explain(path, err)
	}
	if err := checkFormat(db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{db: db, path: path, onBroken: o.OnBroken}
	if s.onBroken == nil {
		s.onBroken = logAndExit
	}
	return s, nil
}

func openFile(path string) (db *bbolt.DB, err error) {
	for _, size := range mapSizes {
		db, err = openMapped(path, size)
		if !errors.Is(err, syscall.ENOMEM) && !errors.Is(err, syscall.EINVAL) {
			break
		}
	}
	return db, err
}

func openMapped(path string, size int) (db *bbolt.DB, err error) {
	defer func() {
		// bbolt panics over pages that are not what the meta page says.
		if cause := recover(); cause != nil {
			db, err = nil, fmt.Errorf("%w: %v", bberrors.ErrInvalid, cause)
		}
	}()
	return bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         lockTimeout,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: size,
		NoStatistics:    true,
		OpenFile: func(path string, flag int, mode os.FileMode) (*os.File, error) {
			return os.OpenFile(path, flag&^os.O_CREATE, mode)
		},
	})
}

func explain(path string, err error) error {
	switch {
	case errors.Is(err, bberrors.ErrTimeout):
		return fmt.Errorf("%w: store file %s; stop the other process, or talk to it instead of to the file", storage.ErrLocked, path)
	case errors.Is(err, bberrors.ErrInvalid), errors.Is(err, bberrors.ErrVersionMismatch), errors.Is(err, bberrors.ErrChecksum):
		return refused(path, "is damaged ("+err.Error()+"); restore it from a backup")
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("storage: store file %s cannot be opened for writing; give this user the file and its folder: %w", path, err)
	}
	return fmt.Errorf("storage: store file %s: %w", path, err)
}

// refused names the file and the way out.
func refused(path, why string) error {
	return fmt.Errorf("%w: %s %s", storage.ErrForeign, path, why)
}

func checkFormat(db *bbolt.DB, path string) error {
	return db.View(func(tx *bbolt.Tx) error {
		marker := tx.Bucket(bucketName)
		if marker == nil || tx.Bucket(entryName) == nil {
			return refused(path, "belongs to another program; name another path")
		}
		number := string(marker.Get(formatKey))
		if number != format {
			return fmt.Errorf("%w: store file %s has layout %q, this program knows %s; use the newer program",
				storage.ErrNewer, path, number, format)
		}
		return nil
	})
}
