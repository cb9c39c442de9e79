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

// Sweep forgets codes, pushed requests, errands, lineages, opaque and revoked tokens whose time is over, and
// answers how many. Run it every few minutes.
func (p *Provider) Sweep(ctx context.Context) (int, error) {
	store, oldest, now := p.Identity.Store, storage.Page{Index: "expires"}, p.Now()
	total, errs := 0, []error(nil)
	note := func(n int, err error) { total, errs = total+n, append(errs, err) }
	note(codes.Sweep(ctx, store, oldest, func(c *code) bool { return now.After(c.ExpiresAt) }))
	note(pushedRequests.Sweep(ctx, store, oldest, func(r *pushedRequest) bool { return now.After(r.ExpiresAt) }))
	note(errands.Sweep(ctx, store, oldest, func(e *errand) bool { return now.After(e.ExpiresAt.Add(keepErrand)) }))
	note(grants.Sweep(ctx, store, oldest, func(g *Grant) bool { return now.After(g.ExpiresAt.Add(keepGrant)) }))
	note(usedOnces.Sweep(ctx, store, oldest, func(u *usedOnce) bool { return now.After(u.ExpiresAt) }))
	note(revokedTokens.Sweep(ctx, store, oldest, func(t *revokedToken) bool { return now.After(t.ExpiresAt) }))
	note(opaqueTokens.Sweep(ctx, store, oldest, func(t *opaqueToken) bool { return now.After(t.ExpiresAt) }))
	if err := errors.Join(errs...); err != nil {
		return total, fault("sweep", err)
	}
	return total, nil
}
