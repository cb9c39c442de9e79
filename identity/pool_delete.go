package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// goingPool is a pool that was deleted and of which something is left. Nothing
// finds it any more; its id cannot be used again before all of it has gone.
type goingPool struct {
	ID        PoolID    `json:"id"`
	DeletedAt time.Time `json:"deleted_at"`
}

var goingPools = storage.Collection[goingPool]{
	Name: "going_pool", Format: 1,
	ID: func(g *goingPool) []any { return []any{string(g.ID)} },
}

// DeletePool removes a pool with everything in it, for good. InvalidState says
// that it is protected, NotAllowed that it still has a domain.
func (s *Settings) DeletePool(ctx context.Context, id PoolID) error {
	const op = "Settings.DeletePool"
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		p, err := s.GetPool(w, id)
		if err != nil {
			return nil, err
		}
		all, err := domainsOf(w, id)
		switch {
		case err != nil:
			return nil, err
		case p.DeletionProtection == ProtectionActive:
			return refuse(op, InvalidState), nil
		case len(all) > 0:
			return refuse(op, NotAllowed), nil
		}
		err = errors.Join(trigger.DeletePool(w, string(id)), goingPools.Put(w, goingPool{ID: id, DeletedAt: s.Now()}), pools.Delete(w, string(id)), forgetKeys(w, id))
		if err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, id, "", "delete_pool")
	})
	if err != nil {
		return err
	}
	_, err = s.forgetPool(ctx, id)
	return err
}

// PoolLives says whether there is such a pool that was not deleted.
func PoolLives(r storage.Reader, id string) (bool, error) {
	_, err := pools.Get(r, id)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// stillGoing refuses a pool of which a deleted one of the same id has left something.
func stillGoing(r storage.Reader, op string, id PoolID) error {
	_, err := goingPools.Get(r, string(id))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = refuse(op, Busy)
	}
	return err
}

// sweepGoing removes what is left of pools whose deletion was interrupted.
func (c *Core) sweepGoing(ctx context.Context) (removed int, err error) {
	var all []goingPool
	err = c.Store.View(ctx, func(r storage.Reader) (err error) {
		all, err = goingPools.List(r, storage.Page{})
		return err
	})
	for _, g := range all {
		n, failed := c.forgetPool(ctx, g.ID)
		removed, err = removed+n, errors.Join(err, failed)
	}
	return removed, err
}

// forgetPage is how many users one transaction removes, each with all they have.
const forgetPage = 20

// forgetPool removes what is in a pool that is no more: first who and what
// something was issued to, so that it ends; then the rest.
func (c *Core) forgetPool(ctx context.Context, id PoolID) (removed int, err error) {
	for _, some := range []func(storage.Writer, PoolID) (int, error){c.forgetUsers, c.forgetClients} {
		for gone := 1; gone > 0; {
			err := c.Store.Update(ctx, func(w storage.Writer) (err error) {
				gone, err = some(w, id)
				return err
			})
			if err != nil {
				return removed, fmt.Errorf("forget pool: %w", err)
			}
			removed += gone
		}
	}
	for _, rest := range ofPools {
		n, err := rest(ctx, c.Store, id)
		if err != nil {
			return removed, fmt.Errorf("forget pool: %w", err)
		}
		removed += n
	}
	if waiting, ok := c.Triggers.(interface{ Flush(context.Context) }); ok {
		waiting.Flush(ctx) // runs that are still to be written
	}
	return removed, c.Store.Update(ctx, func(w storage.Writer) error {
		if c.PoolDeleted != nil {
			if err := c.PoolDeleted(w, id); err != nil {
				return err
			}
		}
		return errors.Join(trigger.DeletePool(w, string(id)), goingPools.Delete(w, string(id)))
	})
}

func (c *Core) forgetUsers(w storage.Writer, id PoolID) (int, error) {
	some, err := users.List(w, storage.Page{Prefix: []any{string(id)}, Limit: forgetPage})
	for i := range some {
		if err == nil {
			err = c.removeUser(w, &some[i])
		}
	}
	return len(some), err
}

func (c *Core) forgetClients(w storage.Writer, id PoolID) (int, error) {
	some, err := clients.List(w, storage.Page{Prefix: []any{string(id)}, Limit: forgetPage})
	for i := range some {
		if err == nil {
			err = c.forgetClient(w, &some[i])
		}
	}
	return len(some), err
}

// ofPools remove what the collections hold whose ids begin with a pool's. What
// has an end of its own goes by itself.
var ofPools = []func(context.Context, storage.Store, PoolID) (int, error){
	allOf(&groups), allOf(&memberships), allOf(&userNames), allOf(&credentials), allOf(&passkeys), allOf(&recoverySets),
	allOf(&avatars), allOf(&consents), allOf(&codes), allOf(&knownBrowsers), allOf(&signInEvents), allOf(&identities), allOf(&providers),
	allOf(&samlKeys), allOf(&samlMetadatas), allOf(&registrations), allOf(&addedSecrets), allOf(&clientLogos),
	allOf(&tallies), allOf(&spending), allOf(&addressUses), allOf(&uiStyles), allOf(&brandings), allOf(&brandingAssets), allOf(&termsDocuments), allOf(&revisions),
	allOf(&importJobs), allOf(&importParts), allOf(&importLines),
}

func allOf[T any](of *storage.Collection[T]) func(context.Context, storage.Store, PoolID) (int, error) {
	return func(ctx context.Context, s storage.Store, id PoolID) (int, error) {
		return of.Sweep(ctx, s, storage.Page{Prefix: []any{string(id)}}, func(*T) bool { return true })
	}
}
