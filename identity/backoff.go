package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"poolhouse.dev/storage"
)

// Back-off after wrong passwords is Cognito's: free tries, then a wait that
// doubles from one second up to about 15 minutes. Tries during a wait do not
// lengthen it, and 15 quiet minutes forget everything, so that nobody can be
// locked out for good.
const (
	backOff      = "back_off" // as a limit's name
	freeTries    = 5
	longestPause = 15 * time.Minute
	quietTime    = 15 * time.Minute
)

// tally counts the unfinished tries of one account from browsers it does not
// know, or from one browser it does. Unknown names are counted the same way
// under the name.
type tally struct {
	PoolID   PoolID    `json:"user_pool_id"`
	Key      string    `json:"key"`
	Failures int       `json:"failures"`
	LastAt   time.Time `json:"last_at"`
	Until    time.Time `json:"until"`
}

var tallies = storage.Collection[tally]{
	Name: "tally", Format: 1,
	ID: func(t *tally) []any { return []any{string(t.PoolID), t.Key} },
	Indexes: []storage.Index[tally]{
		{Name: "last", Of: func(t *tally) []any { return []any{t.LastAt} }},
	},
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// tallyKey names the counter a try belongs to. One account has one counter,
// whichever of its names was typed (no counting per spelling).
func (c *Core) tallyKey(r storage.Reader, a attempt, o Origin, canonical string) (string, error) {
	if a.UserID == "" {
		return "name:" + hashOf(canonical), nil
	}
	key := "user:" + string(a.UserID)
	_, known, err := c.browserOf(r, a.PoolID, a.UserID, o)
	if known {
		key += ":" + hashOf(o.Browser)
	}
	return key, err
}

// reserve counts a try before its outcome is known, so that parallel guesses
// cannot slip past the counter. A wait above zero refuses it; it is not counted then.
func (c *Core) reserve(w storage.Writer, pool PoolID, key string) (wait time.Duration, err error) {
	if !c.RateLimits {
		return 0, nil
	}
	now := c.Now()
	t, err := tallies.Get(w, string(pool), key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return 0, fmt.Errorf("tally: %w", err)
	}
	if now.Sub(t.LastAt) > quietTime {
		t = tally{}
	}
	if wait := t.Until.Sub(now); wait > 0 {
		return wait, nil
	}
	t.PoolID, t.Key, t.LastAt = pool, key, now
	t.Failures++
	t.Until = now.Add(pause(t.Failures))
	return 0, tallies.Put(w, t)
}

// pause answers the wait after the n-th failure: 2^(n-5) seconds from the fifth on.
func pause(n int) time.Duration {
	if n < freeTries {
		return 0
	}
	if n-freeTries > 10 {
		return longestPause
	}
	return min(time.Second<<(n-freeTries), longestPause)
}

// forgive forgets the failures once the person is in.
func (c *Core) forgive(w storage.Writer, pool PoolID, key string) error {
	return tallies.Delete(w, string(pool), key)
}
