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
	Key       string    `json:"key"` // access key and signature
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

// Spend takes a signature for the one request that it is good for; fresh is false
// when it was taken before. until is when it is out of the window.
func (s *AccessKeys) Spend(ctx context.Context, key string, signature []byte, until time.Time) (fresh bool, err error) {
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		err := spentSignatures.Insert(w, spentSignature{Key: signatureKey(key, signature), ExpiresAt: until})
		fresh = err == nil
		if errors.Is(err, storage.ErrExists) {
			return nil, nil
		}
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
