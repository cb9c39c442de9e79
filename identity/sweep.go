package identity

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/storage"
)

// Sweeps go in pages, each a transaction of its own, so that nobody waits for one.
const sweepPage = 200

// browserMemory is how long a browser that signed in stays known.
const browserMemory = 365 * 24 * time.Hour

// Sweep removes what is past its time: codes and links, attempts, sessions,
// counters, browsers not seen for a year. It answers how many records went.
func (c *Core) Sweep(ctx context.Context) (int, error) {
	now := c.Now()
	total, errs := 0, []error(nil)
	for _, one := range []func() (int, error){
		func() (int, error) {
			return sweep(ctx, c.Store, &codes, "expires", func(k *code) bool { return !now.Before(k.ExpiresAt) })
		},
		func() (int, error) {
			return sweep(ctx, c.Store, &codeLinks, "expires", func(l *codeLink) bool { return now.Sub(l.ExpiresAt) > linkMemory })
		},
		func() (int, error) {
			return sweep(ctx, c.Store, &attempts, "expires", func(a *attempt) bool { return !now.Before(a.ExpiresAt) })
		},
		func() (int, error) {
			return sweep(ctx, c.Store, &sessions, "expires", func(s *Session) bool { return !now.Before(s.ExpiresAt) })
		},
		func() (int, error) {
			return sweep(ctx, c.Store, &meters, "arrival", func(m *meter) bool { return m.Arrival.Before(now) })
		},
		func() (int, error) {
			return sweep(ctx, c.Store, &tallies, "last", func(t *tally) bool { return now.Sub(t.LastAt) > quietTime && !now.Before(t.Until) })
		},
		func() (int, error) {
			return sweep(ctx, c.Store, &knownBrowsers, "last", func(b *knownBrowser) bool { return now.Sub(b.LastSeen) > browserMemory })
		},
	} {
		n, err := one()
		total, errs = total+n, append(errs, err)
	}
	return total, errors.Join(errs...)
}

// linkMemory is how long a link can still say that it ran out.
const linkMemory = 30 * 24 * time.Hour

// sweep removes the records at the start of an index by time, for as long as
// they are over.
func sweep[T any](ctx context.Context, s storage.Store, all *storage.Collection[T], index string, over func(*T) bool) (int, error) {
	total := 0
	for {
		var gone int
		err := s.Update(ctx, func(w storage.Writer) error {
			gone = 0
			page, err := all.List(w, storage.Page{Index: index, Limit: sweepPage})
			if err != nil {
				return err
			}
			for i := range page {
				if !over(&page[i]) {
					break
				}
				if err := all.Delete(w, all.ID(&page[i])...); err != nil {
					return err
				}
				gone++
			}
			return nil
		})
		total += gone
		if err != nil || gone < sweepPage {
			return total, err
		}
	}
}
