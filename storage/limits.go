package storage

import (
	"errors"
	"fmt"
)

// What every engine takes. The key's bound is the least of the engines'
// (PostgreSQL's B-tree pages), so that a store can move from one to another.
const (
	MaxKey   = 2048
	MaxValue = 1 << 20
)

// Further errors of engines and collections.
var (
	// ErrClosed says that Close was called.
	ErrClosed = errors.New("storage: closed")
	// ErrTooLarge says that a key is empty or too long, or a value too long.
	ErrTooLarge = errors.New("storage: size refused")
	// ErrUnknown says that a commit failed in such a way that nobody knows
	// whether it was made. It is never retried.
	ErrUnknown = errors.New("storage: outcome of the commit unknown")
	// ErrFull says that the disk is full. Nothing was written; writing goes on
	// once there is space.
	ErrFull = errors.New("storage: no space left on the disk")
	// ErrDamaged says that stored bytes are not what was written.
	ErrDamaged = errors.New("storage: damaged record")
)

// CheckSize answers ErrTooLarge for an entry that no engine takes.
func CheckSize(key Key, value []byte) error {
	switch {
	case len(key) == 0:
		return fmt.Errorf("%w: the key is empty", ErrTooLarge)
	case len(key) > MaxKey:
		return fmt.Errorf("%w: a key of %d bytes, %d allowed", ErrTooLarge, len(key), MaxKey)
	case len(value) > MaxValue:
		return fmt.Errorf("%w: a value of %d bytes, %d allowed", ErrTooLarge, len(value), MaxValue)
	}
	return nil
}
