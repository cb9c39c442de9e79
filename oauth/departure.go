package oauth

import (
	"context"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// departure is a client that was deleted, of whose codes, errands, lineages and
// consents some are left. None of them gives anything any more: the client is unknown,
// and another of its id was made after them.
type departure struct {
	PoolID   identity.PoolID   `json:"user_pool_id"`
	ClientID identity.ClientID `json:"client_id"`
	At       time.Time         `json:"deleted_at"`
}

var departures = storage.Collection[departure]{
	Name: "client_departure", Format: 1,
	ID: func(d *departure) []any { return []any{string(d.PoolID), string(d.ClientID)} },
}

// departurePage is how many records of a deleted client one transaction removes.
const departurePage = 100

// EndClient removes what was issued to a client, and what people have allowed it: the
// first of it in the transaction that deletes the client, the rest by Sweep. It is made
// for identity.Core.ClientDeleted.
func (p *Provider) EndClient(w storage.Writer, pool identity.PoolID, client identity.ClientID) error {
	d := departure{PoolID: pool, ClientID: client, At: p.Now()}
	if _, err := p.forgetSome(w, &d); err != nil {
		return fault("end client", err)
	}
	return nil
}

// forgetSome removes a page of what is left of a client, and notes whether that was all.
func (p *Provider) forgetSome(w storage.Writer, d *departure) (gone int, err error) {
	for _, forget := range []func(storage.Writer, *departure, int) (int, error){p.forgetCodes, p.forgetErrands, p.forgetGrants, p.forgetConsents} {
		n, err := forget(w, d, departurePage-gone)
		if gone += n; err != nil {
			return gone, err
		}
		if gone == departurePage {
			return gone, departures.Put(w, *d)
		}
	}
	return gone, departures.Delete(w, string(d.PoolID), string(d.ClientID))
}

func (p *Provider) forgetCodes(w storage.Writer, d *departure, most int) (int, error) {
	return forget(w, &codes, d, most, func(c *code) time.Time { return c.Grant.CreatedAt }, nil)
}

func (p *Provider) forgetErrands(w storage.Writer, d *departure, most int) (int, error) {
	return forget(w, &errands, d, most, func(e *errand) time.Time { return e.CreatedAt }, nil)
}

func (p *Provider) forgetGrants(w storage.Writer, d *departure, most int) (int, error) {
	return forget(w, &grants, d, most, func(g *Grant) time.Time { return g.CreatedAt }, func(g *Grant) error {
		if !g.live(p.Now()) {
			return nil
		}
		return p.record(w, g, "grant_revoked", audit.OK, "client_deleted", nil)
	})
}

func (p *Provider) forgetConsents(w storage.Writer, d *departure, most int) (int, error) {
	return p.Identity.ForgetConsents(w, d.PoolID, d.ClientID, d.At, most)
}

// forget removes the oldest records of a client that were made before it was deleted.
// note, which may be nil, writes down that one goes.
func forget[T any](w storage.Writer, of *storage.Collection[T], d *departure, most int, made func(*T) time.Time, note func(*T) error) (int, error) {
	oldest, err := of.List(w, storage.Page{Index: "client", Prefix: []any{string(d.PoolID), string(d.ClientID)}, Limit: most})
	for i := range oldest {
		each := &oldest[i]
		if made(each).After(d.At) {
			return i, nil
		}
		if err = of.Delete(w, of.ID(each)...); err == nil && note != nil {
			err = note(each)
		}
		if err != nil {
			return i, err
		}
	}
	return len(oldest), err
}

// sweepDepartures removes what is left of clients that were deleted.
func (p *Provider) sweepDepartures(ctx context.Context) (total int, err error) {
	var left []departure
	err = p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		left, err = departures.List(r, storage.Page{Limit: departurePage})
		return err
	})
	for i := 0; err == nil && i < len(left); {
		gone := 0
		err = p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
			gone, err = p.forgetSome(w, &left[i])
			return err
		})
		if total += gone; gone < departurePage {
			i++
		}
	}
	return total, err
}
