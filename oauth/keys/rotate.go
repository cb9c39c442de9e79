package keys

import (
	"context"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// first makes the pool's first key for an algorithm, which signs at once:
// nobody can hold an older copy of the key set that matters.
func (r *Ring) first(ctx context.Context, pool identity.PoolID, alg string) (signer, error) {
	k, err := r.generate(pool, alg, r.Now())
	if err != nil {
		return signer{}, err
	}
	err = r.change(ctx, pool, func(w storage.Writer, have []Key) (bool, error) {
		if _, ok := newest(have, alg); ok {
			return false, nil // another request or node was first
		}
		return true, signingKeys.Insert(w, k)
	})
	if err != nil {
		return signer{}, err
	}
	s, err := r.current(ctx, pool)
	if err != nil {
		return signer{}, err
	}
	if k, ok := s.active(alg, r.Now()); ok {
		return k, nil
	}
	return signer{}, errors.New("keys: the key just made is gone")
}

// Rotate makes a successor that signs at once, or calls up the one that is
// already published, and answers it. The key that signed so far stays published
// until its last token has ended. Verifiers that do not fetch the key set again
// for a key they have not seen refuse new tokens meanwhile: for them there is Prepare.
func (r *Ring) Rotate(ctx context.Context, pool identity.PoolID, alg string) (Key, error) {
	next, err := r.generate(pool, alg, r.Now())
	if err != nil {
		return Key{}, err
	}
	made := next
	err = r.change(ctx, pool, func(w storage.Writer, have []Key) (bool, error) {
		next = made // the closure may run again
		if last, ok := newest(have, alg); ok && last.UseFrom.After(r.Now()) {
			next = last
			next.UseFrom = r.Now()
			have = slices.DeleteFunc(have, func(k Key) bool { return k.ID == next.ID })
		}
		if err := retire(w, have, alg, next.UseFrom.Add(Keep)); err != nil {
			return false, err
		}
		return true, signingKeys.Put(w, next)
	})
	return next, err
}

// Prepare publishes the successor of the active key and answers it. It signs
// after Lead, when everybody who keeps a copy of the key set has seen it; a
// rotation already under way is answered as it is. A pool without a key for the
// algorithm is given one that signs at once.
func (r *Ring) Prepare(ctx context.Context, pool identity.PoolID, alg string) (Key, error) {
	return r.succeed(ctx, pool, alg, func(now time.Time, _ Key) (time.Time, bool) { return now.Add(Lead), true })
}

// Replace is for a key that got out: a new one signs at once and every other
// key of the algorithm is forgotten, so that all their tokens are refused.
func (r *Ring) Replace(ctx context.Context, pool identity.PoolID, alg string) (Key, error) {
	k, err := r.generate(pool, alg, r.Now())
	if err != nil {
		return Key{}, err
	}
	return k, r.change(ctx, pool, func(w storage.Writer, have []Key) (bool, error) {
		for _, old := range have {
			if old.Alg != alg {
				continue
			}
			if err := signingKeys.Delete(w, string(pool), old.ID); err != nil {
				return false, err
			}
		}
		return true, signingKeys.Insert(w, k)
	})
}

// succeed inserts a successor of the newest key when the plan says so.
func (r *Ring) succeed(ctx context.Context, pool identity.PoolID, alg string, plan func(time.Time, Key) (time.Time, bool)) (Key, error) {
	made, err := r.generate(pool, alg, r.Now())
	if err != nil {
		return Key{}, err
	}
	var answer Key
	err = r.change(ctx, pool, func(w storage.Writer, have []Key) (bool, error) {
		now, next := r.Now(), made
		last, ok := newest(have, alg)
		if ok && last.UseFrom.After(now) {
			answer = last
			return false, nil
		}
		if ok {
			from, due := plan(now, last)
			if !due {
				answer = last
				return false, nil
			}
			next.UseFrom = from
		}
		answer = next
		if err := retire(w, have, alg, next.UseFrom.Add(Keep)); err != nil {
			return false, err
		}
		return true, signingKeys.Insert(w, next)
	})
	return answer, err
}

// retire gives every key of the algorithm that has none yet the day it is forgotten.
func retire(w storage.Writer, have []Key, alg string, at time.Time) error {
	for _, old := range have {
		if old.Alg != alg || !old.DropAt.IsZero() {
			continue
		}
		old.DropAt = at
		if err := signingKeys.Put(w, old); err != nil {
			return err
		}
	}
	return nil
}

func newest(have []Key, alg string) (Key, bool) {
	var last Key
	for _, k := range have {
		if k.Alg == alg && (last.ID == "" || k.UseFrom.After(last.UseFrom)) {
			last = k
		}
	}
	return last, last.ID != ""
}

// change runs fn over the pool's stored keys; when fn changed something, every
// node's copy is outdated by it.
func (r *Ring) change(ctx context.Context, pool identity.PoolID, fn func(storage.Writer, []Key) (bool, error)) error {
	err := r.Store.Update(ctx, func(w storage.Writer) error {
		have, err := signingKeys.List(w, storage.Page{Prefix: []any{string(pool)}})
		if err != nil {
			return err
		}
		changed, err := fn(w, have)
		if err != nil || !changed {
			return err
		}
		number, err := revisionOf(w, pool)
		if err != nil {
			return err
		}
		return revisions.Put(w, revision{PoolID: pool, Number: number + 1})
	})
	r.forget(pool)
	return err
}

// Due does what the schedule asks for, in every pool: it publishes successors
// Lead before their time and forgets keys whose last token has ended. Run it
// every hour or so; a late run only makes the active key sign for longer.
func (r *Ring) Due(ctx context.Context) error {
	all, err := r.everything(ctx)
	if err != nil {
		return err
	}
	for pool, have := range all {
		if err := r.duePool(ctx, pool, have); err != nil {
			return err
		}
	}
	return nil
}

// everything answers all keys by pool, read in pages.
func (r *Ring) everything(ctx context.Context) (map[identity.PoolID][]Key, error) {
	all := map[identity.PoolID][]Key{}
	var cursor []byte
	for {
		var page []Key
		err := r.Store.View(ctx, func(s storage.Reader) (err error) {
			page, cursor, err = signingKeys.ListPage(s, storage.Page{Cursor: cursor})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, k := range page {
			all[k.PoolID] = append(all[k.PoolID], k)
		}
		if cursor == nil {
			return all, nil
		}
	}
}

func (r *Ring) duePool(ctx context.Context, pool identity.PoolID, have []Key) error {
	for _, alg := range []string{RS256, ES256, EdDSA} {
		last, ok := newest(have, alg)
		if _, due := schedule(r.Now(), last); !ok || !due {
			continue
		}
		if _, err := r.succeed(ctx, pool, alg, schedule); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(have, func(k Key) bool { return !k.published(r.Now()) }) {
		return nil
	}
	return r.change(ctx, pool, r.dropOld)
}

// schedule answers from when the successor of a key signs, and whether it is
// time to publish it.
func schedule(now time.Time, last Key) (time.Time, bool) {
	end := last.UseFrom.Add(Active)
	if now.Before(end.Add(-Lead)) {
		return time.Time{}, false
	}
	if soonest := now.Add(Lead); end.Before(soonest) {
		return soonest, true
	}
	return end, true
}

func (r *Ring) dropOld(w storage.Writer, have []Key) (changed bool, err error) {
	for _, k := range have {
		if k.published(r.Now()) {
			continue
		}
		if err := signingKeys.Delete(w, string(k.PoolID), k.ID); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// Public answers the pool's published keys as a JWK set. A pool always shows
// its RS256 key, also before its first token.
func (r *Ring) Public(ctx context.Context, pool identity.PoolID) (JWKS, error) {
	if err := r.Ready(ctx, pool, RS256); err != nil {
		return JWKS{}, err
	}
	s, err := r.current(ctx, pool)
	if err != nil {
		return JWKS{}, err
	}
	set := JWKS{Keys: []JWK{}}
	for _, k := range s.keys {
		if k.published(r.Now()) {
			set.Keys = append(set.Keys, k.public)
		}
	}
	return set, nil
}

// What a key is for at a time.
const (
	StateNext   = "next"   // published, does not sign yet
	StateActive = "active" // signs
	StateOld    = "old"    // signs no more; its tokens are still taken
)

// States answers what each key of a list is for, in the order of the list.
func States(list []Key, now time.Time) []string {
	states := make([]string, len(list))
	for i, k := range list {
		states[i] = StateActive
		for _, other := range list {
			if other.Alg == k.Alg && other.UseFrom.After(k.UseFrom) && !other.UseFrom.After(now) {
				states[i] = StateOld
			}
		}
		if k.UseFrom.After(now) {
			states[i] = StateNext
		}
	}
	return states
}

// List answers the pool's keys with their times, oldest first.
func (r *Ring) List(ctx context.Context, pool identity.PoolID) ([]Key, error) {
	var have []Key
	err := r.Store.View(ctx, func(s storage.Reader) (err error) {
		have, err = signingKeys.List(s, storage.Page{Prefix: []any{string(pool)}})
		return err
	})
	slices.SortFunc(have, func(a, b Key) int { return a.UseFrom.Compare(b.UseFrom) })
	return have, err
}
