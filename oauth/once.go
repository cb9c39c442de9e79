package oauth

import (
	"errors"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// usedOnce remembers something that a client may send once: the jti of a proof or
// of an assertion, until it is too old to be taken anyway.
type usedOnce struct {
	Hash      string    `json:"hash"`
	ExpiresAt time.Time `json:"expires_at"`
}

var usedOnces = storage.Collection[usedOnce]{
	Name: "used_once", Format: 1,
	ID:      func(u *usedOnce) []any { return []any{u.Hash} },
	Indexes: []storage.Index[usedOnce]{{Name: "expires", Of: func(u *usedOnce) []any { return []any{u.ExpiresAt} }}},
}

// useOnce notes that something is used, until the time given; false when it had
// been. The parts name it; of two that race one is first.
func useOnce(w storage.Writer, until time.Time, parts ...string) (first bool, err error) {
	err = usedOnces.Insert(w, usedOnce{Hash: hashOf(strings.Join(parts, "\x00")), ExpiresAt: until})
	if errors.Is(err, storage.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// wasUsed says that useOnce noted these parts.
func wasUsed(r storage.Reader, parts ...string) (bool, error) {
	_, err := usedOnces.Get(r, hashOf(strings.Join(parts, "\x00")))
	return err == nil, noneIsFine(err)
}

// noneIsFine leaves out the error that says that a record is not there.
func noneIsFine(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}
