// Package keys holds what tokens are signed with: per pool and algorithm one
// active key, its published successor, and its predecessors until their last
// token has ended.
//
// Documents: RFC 7515 (JWS, compact serialisation only), RFC 7517 (JWK set),
// RFC 7518 §3 (RS256, ES256), RFC 8037 (EdDSA with Ed25519), RFC 7638 (key ids).
//
// Amazon Cognito signs ID and access tokens with different keys. Here one key
// signs both; token_use tells them apart.
package keys

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// The algorithms that tokens are signed with.
const (
	RS256 = "RS256" // RSA-2048, the default
	ES256 = "ES256" // P-256
	EdDSA = "EdDSA" // Ed25519
)

// The life of a key.
const (
	// Lead is how long a successor is published before it signs, so that
	// everyone who keeps a copy of the key set has seen it.
	Lead = 24 * time.Hour
	// Active is how long a key signs.
	Active = 90 * 24 * time.Hour
	// Keep is how long a key stays published after its last signature: the
	// longest ID or access token (one day), and five minutes for slow clocks.
	Keep = 24*time.Hour + 5*time.Minute
)

// checkEvery bounds how long another node's rotation stays unseen here. A token
// by a key that is not known asks sooner, but made-up ones not more often than
// every checkUnknown.
const (
	checkEvery   = 5 * time.Second
	checkUnknown = 250 * time.Millisecond
)

var (
	// ErrInvalid says that a token is not one we signed.
	ErrInvalid = errors.New("keys: not a token of ours")
	// ErrAlgorithm says that no key is made for such an algorithm.
	ErrAlgorithm = errors.New("keys: unknown algorithm")
)

// Key is one signing key of a pool.
type Key struct {
	PoolID    identity.PoolID `json:"user_pool_id"`
	ID        string          `json:"kid"` // RFC 7638 thumbprint
	Alg       string          `json:"alg"`
	Private   storage.Sealed  `json:"private"` // PKCS #8
	CreatedAt time.Time       `json:"creation_date"`
	UseFrom   time.Time       `json:"use_from"`         // when it begins to sign
	DropAt    time.Time       `json:"drop_at,omitzero"` // when it is forgotten; zero while it has no successor
}

// published says whether tokens of the key are still taken.
func (k *Key) published(now time.Time) bool {
	return k.DropAt.IsZero() || now.Before(k.DropAt)
}

// signingKeys keeps every key by pool and id.
var signingKeys = storage.Collection[Key]{
	Name: "signing_key", Format: 1,
	ID: func(k *Key) []any { return []any{string(k.PoolID), k.ID} },
}

// revision counts the changes to a pool's keys, so that a node sees in one
// small read whether its copy is current.
type revision struct {
	PoolID identity.PoolID `json:"user_pool_id"`
	Number int             `json:"number"`
}

var revisions = storage.Collection[revision]{
	Name: "signing_key_revision", Format: 1,
	ID: func(v *revision) []any { return []any{string(v.PoolID)} },
}

// Ring holds the keys of every pool: sealed in the store, parsed in memory.
// It is safe for concurrent use; all exported fields are required.
type Ring struct {
	Store  storage.Store
	Sealer *storage.Sealer
	Now    func() time.Time

	mu    sync.RWMutex
	pools map[identity.PoolID]*snapshot
	fetch sync.Mutex // one refresh at a time
}

// snapshot is the parsed copy of a pool's keys. It is never changed, only replaced.
type snapshot struct {
	revision int
	checked  time.Time
	keys     []signer // by UseFrom
}

// active answers the key that signs now: the newest that has begun. When none
// has, the maker's clock is ahead of ours, and the first one signs. It answers
// false when the pool has no key for the algorithm.
func (s *snapshot) active(alg string, now time.Time) (found signer, ok bool) {
	for _, k := range s.keys {
		if k.Alg == alg && k.published(now) && (!ok || !k.UseFrom.After(now)) {
			found, ok = k, true
		}
	}
	return found, ok
}

// current answers a copy of the pool's keys that is at most checkEvery old.
func (r *Ring) current(ctx context.Context, pool identity.PoolID) (*snapshot, error) {
	return r.atMost(ctx, pool, checkEvery)
}

// atMost answers a copy of the pool's keys that is no older than age.
func (r *Ring) atMost(ctx context.Context, pool identity.PoolID, age time.Duration) (*snapshot, error) {
	if s := r.cached(pool, age); s != nil {
		return s, nil
	}
	r.fetch.Lock()
	defer r.fetch.Unlock()
	if s := r.cached(pool, age); s != nil {
		return s, nil
	}
	return r.refresh(ctx, pool)
}

func (r *Ring) cached(pool identity.PoolID, age time.Duration) *snapshot {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.pools[pool]
	if s == nil || r.Now().Sub(s.checked).Abs() >= age {
		return nil
	}
	return s
}

// refresh reads the revision, and the keys too when it moved.
func (r *Ring) refresh(ctx context.Context, pool identity.PoolID) (*snapshot, error) {
	r.mu.RLock()
	before := r.pools[pool]
	r.mu.RUnlock()
	next := &snapshot{}
	err := r.Store.View(ctx, func(s storage.Reader) (err error) {
		*next = snapshot{checked: r.Now()}
		if next.revision, err = revisionOf(s, pool); err != nil {
			return err
		}
		if before != nil && before.revision == next.revision {
			next.keys = before.keys
			return nil
		}
		next.keys, err = r.signers(s, pool)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	r.remember(pool, next)
	return next, nil
}

func (r *Ring) remember(pool identity.PoolID, s *snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pools == nil {
		r.pools = map[identity.PoolID]*snapshot{}
	}
	r.pools[pool] = s
}

// forget makes the next use read the store again.
func (r *Ring) forget(pool identity.PoolID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pools, pool)
}

// Forget removes the keys of a pool that is no more, in the caller's transaction.
func (r *Ring) Forget(w storage.Writer, pool identity.PoolID) error {
	all, err := signingKeys.List(w, storage.Page{Prefix: []any{string(pool)}})
	for _, k := range all {
		if err == nil {
			err = signingKeys.Delete(w, string(pool), k.ID)
		}
	}
	if err != nil {
		return fmt.Errorf("signing keys: %w", err)
	}
	r.forget(pool)
	return revisions.Delete(w, string(pool))
}

func revisionOf(s storage.Reader, pool identity.PoolID) (int, error) {
	v, err := revisions.Get(s, string(pool))
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	return v.Number, err
}
