package identity

import (
	"context"

	"poolhouse.dev/storage"
)

// mostCounted is where a count of users stops: it is read with each description
// of the pool.
const mostCounted = 100000

// CountUsers answers how many users a pool has, at most 100,000.
func (s *Settings) CountUsers(ctx context.Context, pool PoolID) (n int, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		n, err = users.Count(r, storage.Page{Index: "created", Prefix: []any{string(pool)}, Limit: mostCounted})
		return err
	})
	return n, err
}
