package identity

import (
	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// Hashes that were made elsewhere take other work than ours. As long as a pool has
// some, every try at a password in it takes the work of the dearest of each kind
// beside ours (password.Try): else what a try takes would tell that there is such an
// account, and that its person has not signed in since. Nothing is slower any more
// once the last one was replaced.

// importedHashes answers the dearest hash from elsewhere of each kind that a pool has.
func importedHashes(r storage.Reader, pool PoolID) (dearest []string, err error) {
	some, err := credentials.List(r, storage.Page{Index: "imported", Prefix: []any{string(pool)}, Limit: 1})
	if err != nil || len(some) == 0 {
		return nil, err
	}
	for _, kind := range password.Kinds {
		some, err := credentials.List(r, storage.Page{Index: "imported", Prefix: []any{string(pool), string(kind)}, Reverse: true, Limit: 1})
		if err != nil {
			return nil, err
		}
		for _, one := range some {
			dearest = append(dearest, one.Hash)
		}
	}
	return dearest, nil
}

// putImported stores a password of which only a hash from elsewhere is known.
func (c *Core) putImported(w storage.Writer, u *User, hash string) error {
	cost, err := password.CostOf(hash)
	if err != nil {
		return err
	}
	return credentials.Put(w, Credential{
		PoolID: u.PoolID, UserID: u.ID, Kind: FactorPassword, Hash: hash, Imported: &cost, ChangedAt: c.Now(),
	})
}

// refusedHash says why a pool does not take a hash from elsewhere; "" when it does.
func refusedHash(r storage.Reader, pool PoolID, hash string) (string, error) {
	if _, err := password.CostOf(hash); err != nil {
		return whyNoHash(err), nil
	}
	beside, err := importedHashes(r, pool)
	if err != nil || bearable(beside, hash) {
		return "", err
	}
	return "the password hash takes too much work beside those of other kinds that the pool has already", nil
}

// bearable puts a hash in the place of a cheaper one of its kind.
func bearable(beside []string, hash string) bool {
	mine, err := password.CostOf(hash)
	all := []string{hash}
	for _, other := range beside {
		cost, failed := password.CostOf(other)
		switch {
		case failed != nil || err != nil:
		case cost.Kind != mine.Kind:
			all = append(all, other)
		case cost.Work >= mine.Work:
			return true // it has to be borne anyway
		}
	}
	return password.Bearable(all...)
}
