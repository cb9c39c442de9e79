package identity

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/storage"
)

// SAMLKey is what a pool signs with towards SAML identity providers, and opens
// with what they encrypt. They are given the certificate by hand, so that it is
// made once and stays.
type SAMLKey struct {
	Private     []byte `json:"private"`     // PKCS #8
	Certificate []byte `json:"certificate"` // X.509, DER
}

// samlKey is a SAMLKey as stored.
type samlKey struct {
	PoolID    PoolID         `json:"user_pool_id"`
	Pair      storage.Sealed `json:"pair"`
	CreatedAt time.Time      `json:"creation_date"`
}

var samlKeys = storage.Collection[samlKey]{
	Name: "saml_key", Format: 1,
	ID: func(k *samlKey) []any { return []any{string(k.PoolID)} },
}

// SAMLKey answers the pool's key, made by newKey when it is needed first. Of two
// that are made at once one stays, and both callers get it.
func (s *Settings) SAMLKey(ctx context.Context, pool PoolID, newKey func() (SAMLKey, error)) (SAMLKey, error) {
	if kept, err := s.keptSAMLKey(ctx, pool); !errors.Is(err, storage.ErrNotFound) {
		return kept, err
	}
	made, err := newKey() // takes a noticeable part of a second: not within a transaction
	if err != nil {
		return SAMLKey{}, err
	}
	record := samlKey{PoolID: pool, CreatedAt: s.Now()}
	if record.Pair, err = s.sealJSON(made, "saml_key", string(pool)); err != nil {
		return SAMLKey{}, err
	}
	err = s.Store.Update(ctx, func(w storage.Writer) error {
		if _, _, err := s.reopen(w, "Settings.SAMLKey", pool, ""); err != nil {
			return err
		}
		return samlKeys.Insert(w, record)
	})
	if errors.Is(err, storage.ErrExists) {
		return s.keptSAMLKey(ctx, pool)
	}
	return made, err
}

func (s *Settings) keptSAMLKey(ctx context.Context, pool PoolID) (kept SAMLKey, err error) {
	var record samlKey
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		record, err = samlKeys.Get(r, string(pool))
		return err
	})
	if err != nil {
		return SAMLKey{}, err
	}
	err = s.openJSON(record.Pair, &kept, "saml_key", string(pool))
	return kept, err
}
