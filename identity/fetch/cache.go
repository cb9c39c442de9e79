package fetch

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// again is how long a failure stands for a document that nobody has: a provider
// that is down is not asked by every sign-in at once.
const again = 5 * time.Second

var errKind = errors.New("fetch: the document was kept as one of another kind")

// Rule says how long a fetched document serves.
type Rule struct {
	Fresh time.Duration // after this it is fetched again, when somebody needs it
	Retry time.Duration // the least time between two fetches
	Keep  time.Duration // how long the last one serves while fetching fails
}

// Cache keeps a bounded number of fetched documents. Each is fetched by one
// caller at a time, and not more often than its Rule says. It is safe for
// concurrent use.
type Cache struct {
	limit   int
	mu      sync.Mutex
	entries map[string]*entry
}

type entry struct {
	turn   chan struct{} // held while fetching, and for every field below
	value  any
	loaded time.Time // when value came; zero: never
	tried  time.Time // when a fetch was begun last
	sought time.Time // when one was for a caller whom value did not serve
	err    error     // what the last fetch answered
	used   time.Time // guarded by Cache.mu
}

// NewCache answers a cache of at most limit documents, 1,000 for 0.
func NewCache(limit int) *Cache {
	if limit <= 0 {
		limit = 1000
	}
	return &Cache{limit: limit, entries: map[string]*entry{}}
}

// Load answers the document of key, fetched by load when there is none that
// serves under rule at the time now. load goes on when ctx ends, so that one
// impatient caller does not fail the others; it bounds its own time.
func Load[T any](ctx context.Context, c *Cache, key string, now time.Time, rule Rule, load func(context.Context) (T, error)) (T, error) {
	return ask(ctx, c, key, now, rule, false, load)
}

// Reload is Load for a caller whom the present document does not serve, such as
// keys without the one asked for. It fetches unless that was done for such a
// caller within rule.Retry, and answers the present document then.
func Reload[T any](ctx context.Context, c *Cache, key string, now time.Time, rule Rule, load func(context.Context) (T, error)) (T, error) {
	return ask(ctx, c, key, now, rule, true, load)
}

func ask[T any](ctx context.Context, c *Cache, key string, now time.Time, rule Rule, unserved bool, load func(context.Context) (T, error)) (T, error) {
	e := c.entry(key, now)
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if e.due(now, rule, unserved) {
		if e.tried = now; unserved {
			e.sought = now
		}
		value, err := load(context.WithoutCancel(ctx))
		if e.err = err; err == nil {
			e.value, e.loaded = value, now
		}
	}
	value, ok := e.value.(T)
	if !ok || e.loaded.IsZero() || e.err != nil && now.Sub(e.loaded) > rule.Keep {
		var none T
		return none, cmp.Or(e.err, errKind)
	}
	return value, nil
}

// due says whether a fetch is wanted and allowed.
func (e *entry) due(now time.Time, rule Rule, unserved bool) bool {
	switch {
	case e.tried.IsZero():
		return true
	case e.loaded.IsZero():
		return now.Sub(e.tried) >= again
	case unserved:
		return now.Sub(e.sought) >= rule.Retry
	}
	return now.Sub(e.loaded) >= rule.Fresh && now.Sub(e.tried) >= rule.Retry
}

func (c *Cache) entry(key string, now time.Time) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		c.makeRoom()
		e = &entry{turn: make(chan struct{}, 1)}
		c.entries[key] = e
	}
	e.used = now
	return e
}

// makeRoom forgets the document that nobody has needed for longest.
func (c *Cache) makeRoom() {
	if len(c.entries) < c.limit {
		return
	}
	oldest := ""
	for key, e := range c.entries {
		if oldest == "" || e.used.Before(c.entries[oldest].used) {
			oldest = key
		}
	}
	delete(c.entries, oldest)
}
