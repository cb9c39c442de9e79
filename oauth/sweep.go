package oauth

import (
	"context"
	"time"

	"poolhouse.dev/storage"
)

// sweepPage is how many records one transaction of Sweep deletes.
const sweepPage = 200

// keepGrant is how long a lineage stays after its end: its last access token
// may live for a day more.
const keepGrant = 24 * time.Hour

// Sweep forgets codes, lineages and revoked tokens whose time is over, and
// answers how many. Run it every few minutes.
func (p *Provider) Sweep(ctx context.Context) (int, error) {
	now, total := p.Now(), 0
	for _, page := range []func(storage.Writer) (int, error){
		func(w storage.Writer) (int, error) {
			return sweep(w, &codes, func(c *code) ([]any, bool) { return []any{c.Hash}, now.After(c.ExpiresAt) })
		},
		func(w storage.Writer) (int, error) {
			return sweep(w, &grants, func(g *Grant) ([]any, bool) {
				return []any{string(g.PoolID), g.ID}, now.After(g.ExpiresAt.Add(keepGrant))
			})
		},
		func(w storage.Writer) (int, error) {
			return sweep(w, &revokedTokens, func(t *revokedToken) ([]any, bool) {
				return []any{string(t.PoolID), t.ID}, now.After(t.ExpiresAt)
			})
		},
	} {
		swept, err := p.sweepAll(ctx, page)
		if total += swept; err != nil {
			return total, fault("sweep", err)
		}
	}
	return total, nil
}

// sweepAll runs a page after the other until one is not full.
func (p *Provider) sweepAll(ctx context.Context, page func(storage.Writer) (int, error)) (total int, err error) {
	for {
		deleted := 0
		err := p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
			deleted, err = page(w)
			return err
		})
		if total += deleted; err != nil || deleted < sweepPage {
			return total, err
		}
	}
}

// sweep deletes the first page of a collection's expired records.
func sweep[T any](w storage.Writer, from *storage.Collection[T], over func(*T) (id []any, is bool)) (int, error) {
	oldest, err := from.List(w, storage.Page{Index: "expires", Limit: sweepPage})
	if err != nil {
		return 0, err
	}
	deleted := 0
	for i := range oldest {
		id, is := over(&oldest[i])
		if !is {
			break
		}
		if err := from.Delete(w, id...); err != nil {
			return deleted, err
		}
		deleted++
	}
	return deleted, nil
}
