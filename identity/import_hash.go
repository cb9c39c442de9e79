package identity

import (
	"context"
	"errors"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// HashesLeft answers how many accounts of a pool still have a hash from elsewhere, by
// kind: those whose people have not signed in with their password since. Of each kind
// it counts to 100,000.
func (i *Imports) HashesLeft(ctx context.Context, pool PoolID) (map[password.Kind]int, error) {
	var left map[password.Kind]int
	err := i.Store.View(ctx, func(r storage.Reader) error {
		left = map[password.Kind]int{}
		if _, _, err := i.reopen(r, "Imports.HashesLeft", pool, ""); err != nil {
			return err
		}
		for _, kind := range password.Kinds {
			n, err := credentials.Count(r, storage.Page{Index: "imported", Prefix: []any{string(pool), string(kind)}, Limit: mostCounted})
			if err != nil {
				return err
			}
			if n > 0 {
				left[kind] = n
			}
		}
		return nil
	})
	return left, err
}

// endPage is how many hashes one call of EndHashes ends.
const endPage = 100

// EndHashes removes hashes from elsewhere of a pool, a hundred at most, and answers how
// many: 0 when there is none. Their people land where a file without hashes puts them:
// they set a password by a code. Their sessions go on.
func (i *Imports) EndHashes(ctx context.Context, pool PoolID) (ended int, err error) {
	err = i.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, _, err := i.reopen(w, "Imports.EndHashes", pool, ""); err != nil {
			return nil, err
		}
		some, err := credentials.List(w, storage.Page{Index: "imported", Prefix: []any{string(pool)}, Limit: endPage})
		for _, cred := range some {
			if err == nil {
				err = i.endHash(ctx, w, cred)
			}
		}
		ended = len(some)
		return nil, err
	})
	return ended, err
}

func (i *Imports) endHash(ctx context.Context, w storage.Writer, cred Credential) error {
	err := credentials.Delete(w, string(cred.PoolID), string(cred.UserID), string(cred.Kind))
	if err != nil {
		return err
	}
	u, err := getUser(w, cred.PoolID, cred.UserID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if u.Status == Confirmed {
		u.Status = ResetRequired
	}
	u.ModifiedAt = i.Now()
	return errors.Join(users.Put(w, u), i.record(w, &u, adminDeed(ctx, "end_imported_hash")))
}
