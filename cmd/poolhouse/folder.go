package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// folder is the data folder. Everything in it is its owner's alone.
type folder string

func (f folder) store() string  { return filepath.Join(string(f), "poolhouse.db") }
func (f folder) key() string    { return filepath.Join(string(f), "master.key") }
func (f folder) marker() string { return filepath.Join(string(f), "initialised") }
func (f folder) socket() string { return filepath.Join(string(f), "admin.sock") }

// prepare makes the folder, or checks that it can be used.
func (f folder) prepare() error {
	info, err := os.Stat(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return f.cannot("create", os.MkdirAll(string(f), 0o700))
	}
	if err != nil {
		return f.cannot("read", err)
	}
	if !info.IsDir() {
		return &failure{exitFolder, fmt.Sprintf("%s is a file, not a folder", f), "", "choose another folder with --data"}
	}
	if err := f.shut(info); err != nil {
		return err
	}
	return f.writable()
}

// shut takes the folder's permissions from others when it is ours, and refuses
// one that others may write in: they could put a store or a key there.
func (f folder) shut(info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return f.cannot("read", err)
	}
	if len(entries) == 0 || exists(f.store()) || exists(f.marker()) {
		return f.cannot("take from others", os.Chmod(string(f), 0o700))
	}
	if info.Mode().Perm()&0o022 != 0 {
		return &failure{exitFolder, fmt.Sprintf("the data folder %s is open to others", f), "its mode is " + info.Mode().Perm().String() + " and it holds other files",
			fmt.Sprintf("choose an empty folder with --data, or: chmod 700 %s", f)}
	}
	return nil
}

// writable finds out by writing: modes alone do not tell (read-only mounts,
// containers, other file systems).
func (f folder) writable() error {
	probe, err := os.CreateTemp(string(f), ".write-*")
	if err != nil {
		return f.cannot("write in", err)
	}
	_ = probe.Close()
	return f.cannot("write in", os.Remove(probe.Name()))
}

func (f folder) cannot(do string, err error) error {
	if err == nil {
		return nil
	}
	why := err.Error()
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		why = pathError.Err.Error()
	}
	return &failure{exitFolder, fmt.Sprintf("cannot %s the data folder %s", do, f), why,
		"give this user the folder (chown, chmod 700), or choose another with --data"}
}

// mark records that a store was made here, so that a store which is missing
// later is never taken for one that never was.
func (f folder) mark(now time.Time) error {
	if exists(f.marker()) {
		return nil
	}
	text := "Poolhouse keeps its data here since " + now.UTC().Format(time.DateOnly) + ".\nA start without the store is refused while this file is here.\n"
	return writeFile(f.marker(), []byte(text))
}

// missing refuses to begin a new store where one has been.
func (f folder) missing(what string) error {
	for _, trace := range []string{f.marker(), f.key()} {
		if exists(trace) {
			return &failure{exitStore, what + " is missing", fmt.Sprintf("%s says that there was one", trace),
				fmt.Sprintf("restore it from a backup; to begin with nothing, remove %s first", trace)}
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// writeFile writes a small file so that it is there whole or not at all.
func writeFile(path string, body []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary.Name())
		}
	}()
	_, err = temporary.Write(body)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	// Some file systems cannot sync a folder; the file itself is safe already.
	_ = f.Sync()
	return f.Close()
}
