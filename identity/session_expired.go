package identity

import (
	"context"
	"errors"

	"poolhouse.dev/storage"
)

// expiredPage is how many sessions one transaction of the sweep takes: each may
// tell several apps.
const expiredPage = 50

// sweepSessions removes the sessions that have run out, and answers how many.
func (c *Core) sweepSessions(ctx context.Context) (int, error) {
	for total := 0; ; {
		gone := 0
		err := c.update(ctx, func(w storage.Writer) (_ *Error, err error) {
			gone, err = c.expireSome(w)
			return nil, err
		})
		if err == nil {
			total += gone
		}
		if err != nil || gone < expiredPage {
			return total, err
		}
	}
}

// expireSome removes the sessions that ran out first.
func (c *Core) expireSome(w storage.Writer) (int, error) {
	oldest, err := sessions.List(w, storage.Page{Index: "expires", Limit: expiredPage})
	if err != nil {
		return 0, err
	}
	for i, s := range oldest {
		if c.Now().Before(s.ExpiresAt) {
			return i, nil
		}
		if err := sessions.Delete(w, s.Key); err != nil {
			return i, err
		}
		if c.SessionExpired == nil {
			continue
		}
		if err := c.SessionExpired(w, s.PoolID, s.ID); err != nil {
			return i, err
		}
	}
	return len(oldest), nil
}

// Kept says that the session with this public id is there: it lives, or nobody has
// noticed yet that it ran out.
func (s *Sessions) Kept(r storage.Reader, pool PoolID, id string) (bool, error) {
	_, err := sessions.By(r, "id", string(pool), id)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
