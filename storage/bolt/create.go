package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"poolhouse.dev/storage"
)

// Create makes a new, empty store file with mode 0600, and its folder with mode
// 0700 when there is none, and opens it. A file that is already there answers
// storage.ErrExists and stays as it is. The file appears under its name only
// when it is complete and synced: a crash on the way leaves nothing to open.
func Create(path string) (*Store, error) {
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("storage: create store file %s: %w", path, err)
	}
	return Open(path, Options{})
}

func makeFile(path string) error {
	folder := filepath.Dir(path)
	if _, err := os.Lstat(path); err == nil {
		return storage.ErrExists
	}
	if err := makeFolder(folder); err != nil {
		return err
	}
	temp, err := makeTemp(folder)
	if err != nil {
		return err
	}
	if err := fill(temp); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := publish(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncFolder(folder)
}

func makeFolder(folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(folder))
}

// makeTemp answers the name of an empty file, mode 0600.
func makeTemp(folder string) (string, error) {
	f, err := os.CreateTemp(folder, ".poolhouse-new-*")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// fill writes an empty store; bbolt syncs each commit.
func fill(temp string) error {
	db, err := bbolt.Open(temp, 0o600, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		marker, err := tx.CreateBucket(bucketName)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(entryName); err != nil {
			return err
		}
		return marker.Put(formatKey, []byte(format))
	})
	return errors.Join(err, db.Close())
}

// publish gives the file its name without taking it from another: link refuses
// a name that is taken. Where the file system has no links, rename has to do.
func publish(temp, path string) error {
	err := os.Link(temp, path)
	if errors.Is(err, fs.ErrExist) {
		return storage.ErrExists
	}
	if err != nil {
		return os.Rename(temp, path)
	}
	return os.Remove(temp)
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
