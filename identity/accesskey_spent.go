package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"poolhouse.dev/storage"
)

// spentSignature is the signature of a request that was answered, until it is out
// of the window for every clock. It stands in the store, so that a request which
// one node answered is refused by the others.
type spentSignature struct {
	Key       string    `json:"key"`  // access key and signature
	From      string    `json:"from"` // network that it came from
	At        time.Time `json:"at"`   // when it came first
	ExpiresAt time.Time `json:"expires_at"`
}

var spentSignatures = storage.Collection[spentSignature]{
	Name: "spent_signature", Format: 1,
	ID: func(s *spentSignature) []any { return []any{s.Key} },
	Indexes: []storage.Index[spentSignature]{
		{Name: "expires", Of: func(s *spentSignature) []any { return []any{s.ExpiresAt} }},
	},
}

func signatureKey(key string, signature []byte) string {
	return key + "/" + hex.EncodeToString(signature)
}

// sameSecond is how long the network that sent a signature may send it again:
// botocore, and the aws command with it, sign to the second and nothing that tells
// two requests for the same apart.
const sameSecond = 2 * time.Second

// Spend takes a signature for the one request that it is good for; fresh is false
// when it was taken before. until is when it is out of the window.
func (s *AccessKeys) Spend(ctx context.Context, key string, signature []byte, o Origin, until time.Time) (fresh bool, err error) {
	now := s.Now()
	one := spentSignature{Key: signatureKey(key, signature), From: network(o.Address), At: now, ExpiresAt: until}
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		before, err := spentSignatures.Get(w, one.Key)
		if errors.Is(err, storage.ErrNotFound) {
			fresh = true
			return nil, spentSignatures.Insert(w, one)
		}
		fresh = err == nil && one.From != "" && before.From == one.From && now.Sub(before.At) < sameSecond
		return nil, err
	})
	return fresh && err == nil, err
}

// GiveBack lets a signature be sent again: its request came to nothing, and asks to
// be repeated.
func (s *AccessKeys) GiveBack(ctx context.Context, key string, signature []byte) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		err := spentSignatures.Delete(w, signatureKey(key, signature))
		if errors.Is(err, storage.ErrNotFound) {
			err = nil
		}
		return nil, err
	})
}
