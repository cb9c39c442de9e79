package oauth

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/storage"
)

// keepGrant is how long a lineage stays after its end: its last access token
// may live for a day more.
const keepGrant = 24 * time.Hour

// Sweep forgets codes, pushed requests, errands, lineages, disconnections, opaque and
// revoked tokens whose time is over, and what is left of deleted clients, and answers
// how many. Run it every few minutes.
func (p *Provider) Sweep(ctx context.Context) (int, error) {
	store, oldest, now := p.Identity.Store, storage.Page{Index: "expires"}, p.Now()
	total, errs := 0, []error(nil)
	note := func(n int, err error) { total, errs = total+n, append(errs, err) }
	note(codes.Sweep(ctx, store, oldest, func(c *code) bool { return now.After(c.ExpiresAt) }))
	note(pushedRequests.Sweep(ctx, store, oldest, func(r *pushedRequest) bool { return now.After(r.ExpiresAt) }))
	note(errands.Sweep(ctx, store, oldest, func(e *errand) bool { return now.After(e.ExpiresAt.Add(keepErrand)) }))
	note(p.sweepGrants(ctx))
	note(p.sweepDepartures(ctx))
	note(disconnections.Sweep(ctx, store, oldest, func(d *disconnection) bool { return now.After(d.ExpiresAt) }))
	note(usedOnces.Sweep(ctx, store, oldest, func(u *usedOnce) bool { return now.After(u.ExpiresAt) }))
	note(revokedTokens.Sweep(ctx, store, oldest, func(t *revokedToken) bool { return now.After(t.ExpiresAt) }))
	note(opaqueTokens.Sweep(ctx, store, oldest, func(t *opaqueToken) bool { return now.After(t.ExpiresAt) }))
	if err := errors.Join(errs...); err != nil {
		return total, fault("sweep", err)
	}
	return total, nil
}

// sweepGrants forgets lineages that nothing needs any more.
func (p *Provider) sweepGrants(ctx context.Context) (int, error) {
	for total := 0; ; {
		gone, seen := 0, 0
		err := p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
			gone, seen, err = p.sweepSome(w)
			return err
		})
		if err == nil {
			total += gone
		}
		if err != nil || seen < sweepPage {
			return total, err
		}
	}
}

// sweepPage is how many lineages one transaction takes.
const sweepPage = 100

// sweepSome looks at the lineages that ended first. One whose session is still
// there stays for another while: its client is to be told when the session ends.
func (p *Provider) sweepSome(w storage.Writer) (gone, seen int, err error) {
	oldest, err := grants.List(w, storage.Page{Index: "expires", Limit: sweepPage})
	if err != nil {
		return 0, 0, err
	}
	for i, g := range oldest {
		if !p.Now().After(g.end().Add(keepGrant)) {
			return gone, i, nil
		}
		kept, err := p.sessions().Kept(w, g.PoolID, g.Session)
		switch {
		case err != nil:
			return gone, i, err
		case kept && g.ToldAt.IsZero():
			g.KeptAt = p.Now()
			err = grants.Put(w, g)
		default:
			gone++
			err = grants.Delete(w, string(g.PoolID), g.ID)
		}
		if err != nil {
			return gone, i, err
		}
	}
	return gone, len(oldest), nil
}

// end is when the sweep last had a reason to keep the lineage.
func (g *Grant) end() time.Time {
	if g.KeptAt.After(g.ExpiresAt) {
		return g.KeptAt
	}
	return g.ExpiresAt
}
