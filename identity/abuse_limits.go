package identity

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"poolhouse.dev/storage"
)

// LimitQuery says whose limits are meant: those of a person, by any of their
// names, or of a name that nobody has; those of a network address; with neither
// those of the pool and its clients.
type LimitQuery struct {
	Username string
	Address  netip.Addr
}

// Reached is a limit that refuses at this moment.
type Reached struct {
	Limit string // as in Error.Limit; docs/operate.md explains each
	By    Counted
	Of    string // the network, the client's id, or what was asked for
	Until time.Time
}

// counted is one thing that limits count by.
type counted struct {
	by      Counted
	key, of string
}

// Limits answers which limits refuse now, and until when. PoolNotFound is its
// only refusal.
func (a *Admin) Limits(ctx context.Context, pool PoolID, q LimitQuery) (list []Reached, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) error {
		p, _, err := a.reopen(r, "Admin.Limits", pool, "")
		if err != nil {
			return err
		}
		list, err = a.reachedBy(r, &p, q)
		return err
	})
	return list, err
}

// ClearLimits forgets what was counted, so that the next try is taken, and
// answers which limits had refused.
func (a *Admin) ClearLimits(ctx context.Context, pool PoolID, q LimitQuery) (list []Reached, err error) {
	const op = "Admin.ClearLimits"
	err = a.update(ctx, func(w storage.Writer) (*Error, error) {
		p, _, err := a.reopen(w, op, pool, "")
		if err != nil {
			return nil, err
		}
		if list, err = a.reachedBy(w, &p, q); err != nil {
			return nil, err
		}
		d := adminDeed(ctx, "clear_limits")
		d.Origin.Address = q.Address
		u, err := a.forget(w, &p, q)
		return nil, errors.Join(err, a.record(w, &u, d))
	})
	return list, err
}

func (c *Core) reachedBy(r storage.Reader, p *Pool, q LimitQuery) ([]Reached, error) {
	all, u, err := c.countedFor(r, p, q)
	if err != nil {
		return nil, err
	}
	list, err := c.reachedOf(r, all)
	if err != nil {
		return nil, err
	}
	asks, err := c.pressures(r, p, q)
	if err != nil {
		return nil, err
	}
	list = append(list, asks...)
	switch {
	case q.Username != "":
		waits, err := c.backingOff(r, p, &u, q.Username)
		return append(list, waits...), err
	case !q.Address.IsValid():
		spent, err := c.spentBudgets(r, p)
		return append(list, spent...), err
	}
	return list, nil
}

// reachedOf holds every limit against everything it counts by.
func (c *Core) reachedOf(r storage.Reader, all []counted) (list []Reached, err error) {
	for _, l := range limits() {
		for _, each := range all {
			if l.By != each.by {
				continue
			}
			wait, err := c.Wait(r, l, each.key)
			if err != nil {
				return nil, err
			}
			if wait > 0 {
				list = append(list, Reached{l.Name, l.By, each.of, c.Now().Add(wait)})
			}
		}
	}
	return list, nil
}

// countedFor answers what the query is counted by, and whose it is.
func (c *Core) countedFor(r storage.Reader, p *Pool, q LimitQuery) ([]counted, User, error) {
	if q.Username != "" {
		return c.countedForUser(r, p, q.Username)
	}
	nobody := User{PoolID: p.ID}
	if q.Address.IsValid() {
		key := network(q.Address)
		all := []counted{{ByAddress, key, key}}
		apps, err := clients.List(r, storage.Page{Prefix: []any{string(p.ID)}})
		for _, cl := range apps {
			all = append(all, counted{ByClientAddress, ClientAddressKey(p.ID, cl.ID, key), string(cl.ID)})
		}
		return all, nobody, err
	}
	all := []counted{{ByClient, clientKey(p.ID, ""), ""}, {ByPool, PoolKey(p.ID), string(p.ID)}}
	apps, err := clients.List(r, storage.Page{Prefix: []any{string(p.ID)}})
	for _, cl := range apps {
		all = append(all, counted{ByClient, clientKey(p.ID, cl.ID), string(cl.ID)})
	}
	return all, nobody, err
}

// countedForUser names the person, their addresses, and both once more for each
// browser that knows them.
func (c *Core) countedForUser(r storage.Reader, p *Pool, name string) ([]counted, User, error) {
	u, err := c.userOrGhost(r, p, name)
	if err != nil {
		return nil, u, err
	}
	all := []counted{{ByUser, personKey(p.ID, u.ID), name}, {ByDestination, personKey(p.ID, u.ID), name}}
	for _, held := range []map[string]string{u.Attributes, u.Pending} {
		for _, attribute := range []string{attrEmail, attrPhone} {
			if to := (address{attribute, held[attribute]}); to.Value != "" {
				all = append(all, counted{ByDestination, personKey(p.ID, c.ghost(p, to.Value).ID), to.masked()})
			}
		}
	}
	browsers, err := knownBrowsers.List(r, storage.Page{Prefix: []any{string(p.ID), string(u.ID)}})
	for _, each := range all[:len(all):len(all)] {
		for _, b := range browsers {
			all = append(all, counted{each.by, each.key + " " + b.Hash, each.of})
		}
	}
	return all, u, err
}

// tallyKeys are the counters of wrong passwords of a person, or of a name that
// nobody has.
func tallyKeys(r storage.Reader, p *Pool, u *User, typed string) ([]string, error) {
	if u.isGhost() {
		return []string{"name:" + hashOf(looseName(p, typed))}, nil
	}
	own := "user:" + string(u.ID)
	browsers, err := knownBrowsers.List(r, storage.Page{Prefix: []any{string(p.ID), string(u.ID)}})
	keys := []string{own}
	for _, b := range browsers {
		keys = append(keys, own+":"+b.Hash)
	}
	return keys, err
}

// backingOff answers the waits after wrong passwords.
func (c *Core) backingOff(r storage.Reader, p *Pool, u *User, typed string) (list []Reached, err error) {
	keys, err := tallyKeys(r, p, u, typed)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		t, err := tallies.Get(r, string(p.ID), key)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		if t.Until.After(c.Now()) {
			list = append(list, Reached{backOff, ByUser, typed, t.Until})
		}
	}
	return list, nil
}

func (c *Core) spentBudgets(r storage.Reader, p *Pool) (list []Reached, err error) {
	for _, medium := range []string{mediumEmail, mediumSMS} {
		left, err := c.budgetLeft(r, p, medium)
		if err != nil {
			return nil, err
		}
		if name, _ := p.budget(medium); left == 0 {
			list = append(list, Reached{name, ByPool, string(p.ID), c.Now().Add(c.untilTomorrow())})
		}
	}
	return list, nil
}

// forget removes the counts of a query, and answers whose they were.
func (c *Core) forget(w storage.Writer, p *Pool, q LimitQuery) (User, error) {
	all, u, err := c.countedFor(w, p, q)
	if err != nil {
		return u, err
	}
	for _, l := range limits() {
		for _, each := range all {
			if l.By == each.by {
				err = errors.Join(err, meters.Delete(w, l.Name, each.key))
			}
		}
	}
	for _, g := range c.asksFor(p, q) {
		err = errors.Join(err, meters.Delete(w, g.Name, g.key))
	}
	if q.Username != "" {
		keys, failed := tallyKeys(w, p, &u, q.Username)
		err = errors.Join(err, failed)
		for _, key := range keys {
			err = errors.Join(err, tallies.Delete(w, string(p.ID), key))
		}
	} else if !q.Address.IsValid() {
		for _, medium := range []string{mediumEmail, mediumSMS} {
			err = errors.Join(err, spending.Delete(w, string(p.ID), medium, c.today()))
		}
	}
	return u, err
}
