// Package storage keeps records under ordered keys in closure transactions.
//
// An engine (storage/bolt, storage/postgres, storage/memory) implements Store;
// everything above it is written once, here: tuple keys, typed collections with
// unique keys and indexes, migrations, sealing. The package knows no user and
// no token.
package storage

import (
	"context"
	"errors"
)

// Errors an engine answers with; test them with errors.Is.
var (
	// ErrNotFound says that no record has the key.
	ErrNotFound = errors.New("storage: not found")
	// ErrExists says that Insert met a key that is taken.
	ErrExists = errors.New("storage: exists")
	// ErrConflict says that a transaction lost against others more often than
	// the engine retries. The caller may try again later; nothing was written.
	ErrConflict = errors.New("storage: too much contention")
	// ErrUnavailable says that the database does not answer. The caller may try
	// again later.
	ErrUnavailable = errors.New("storage: the database does not answer")
	// ErrLocked says that another process holds the store file.
	ErrLocked = errors.New("storage: held by another process")
	// ErrForeign says that the file is no store of ours, or is damaged.
	ErrForeign = errors.New("storage: not a poolhouse store")
	// ErrMissing says that there is no store where one was to be opened.
	ErrMissing = errors.New("storage: no store here")
	// ErrNewer says that a record or the store was written by a newer version.
	ErrNewer = errors.New("storage: written by a newer version")
)

// Entry is one key with its value.
type Entry struct {
	Key   Key
	Value []byte
}

// Range selects keys from Start (included) to End (excluded). A nil Start or
// End leaves that side open. Limit bounds the page; 0 means 1000. Reverse walks
// from the highest key down.
type Range struct {
	Start, End Key
	Reverse    bool
	Limit      int
}

// Reader is a consistent snapshot.
type Reader interface {
	// Get answers ErrNotFound when the key is absent. The bytes belong to the caller.
	Get(Key) ([]byte, error)
	// Scan answers one finished page in byte order, or in reverse.
	Scan(Range) ([]Entry, error)
}

// Writer is a serialisable transaction that reads its own writes.
type Writer interface {
	Reader
	// Put stores the value, new or not.
	Put(Key, []byte) error
	// Insert answers ErrExists when the key is taken: uniqueness is asked with
	// the write, never looked up first.
	Insert(Key, []byte) error
	// Delete removes the key; an absent key is no error.
	Delete(Key) error
}

// Store runs closures in transactions. fn may run more than once, so it has no
// effect outside its transaction; an error of fn rolls it back and is returned
// as it is. A function that takes a Reader or Writer never opens a transaction.
type Store interface {
	View(ctx context.Context, fn func(Reader) error) error
	Update(ctx context.Context, fn func(Writer) error) error
	Close() error
}
