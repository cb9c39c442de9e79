package federation

import (
	"context"
	"time"

	"poolhouse.dev/identity/fetch"
)

// Cache keeps what was fetched from providers.
type Cache = fetch.Cache

// Rule says how long a fetched document serves.
type Rule = fetch.Rule

// NewCache answers a cache of at most limit documents, 1,000 for 0.
func NewCache(limit int) *Cache { return fetch.NewCache(limit) }

// Load is fetch.Load.
func Load[T any](ctx context.Context, c *Cache, key string, now time.Time, rule Rule, load func(context.Context) (T, error)) (T, error) {
	return fetch.Load(ctx, c, key, now, rule, load)
}

// Reload is fetch.Reload.
func Reload[T any](ctx context.Context, c *Cache, key string, now time.Time, rule Rule, load func(context.Context) (T, error)) (T, error) {
	return fetch.Reload(ctx, c, key, now, rule, load)
}
