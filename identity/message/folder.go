package message

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// folder keeps one file a message, named by its ID: a message that is sent
// twice lies there once, and names sort by time.
type folder struct {
	dir, ending string
	encode      func(Content) ([]byte, error)
}

func openFolder(dir, ending string, encode func(Content) ([]byte, error)) (Transport, error) {
	if dir == "" {
		return nil, errors.New("message transport file: names no folder; write file:DIR")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("message transport file: %w", err)
	}
	return &folder{dir: dir, ending: ending, encode: encode}, nil
}

func (f *folder) Send(_ context.Context, c Content) error {
	if !plainID(c.ID) {
		c.ID = newID(time.Now())
	}
	raw, err := f.encode(c)
	if err != nil {
		return err
	}
	if err := f.write(c.ID+f.ending, raw); err != nil {
		return &UnavailableError{err}
	}
	return nil
}

// write is whole or not there: readers of the folder never see half a file.
func (f *folder) write(name string, raw []byte) error {
	file, err := os.CreateTemp(f.dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already once it is renamed
	_, err = file.Write(raw)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(f.dir, name))
}

func (*folder) Close() error     { return nil }
func (f *folder) String() string { return "file:" + f.dir }
