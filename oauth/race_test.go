package oauth

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
	"poolhouse.dev/storage/memory"
	"poolhouse.dev/storage/postgres"
	"poolhouse.dev/storage/postgres/pgtest"
)

// engines are all stores; what is won once must be won once on each.
var engines = map[string]func(*testing.T) storage.Store{
	"memory": func(*testing.T) storage.Store { return memory.Open() },
	"bolt": func(t *testing.T) storage.Store {
		store, err := bolt.Create(filepath.Join(t.TempDir(), "store"))
		return opened(t, store, err)
	},
	"postgres": func(t *testing.T) storage.Store {
		store, err := postgres.Open(context.Background(), pgtest.DSN(t))
		return opened(t, store, err)
	},
}

func opened(t *testing.T, store storage.Store, err error) storage.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// race runs fn 20 times at once and answers what came out.
func race(fn func() (TokenResponse, error)) (won []TokenResponse, lost []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			got, err := fn()
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				lost = append(lost, err)
				return
			}
			won = append(won, got)
		})
	}
	wg.Wait()
	return won, lost
}

func TestCodeRace(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k := startOn(t, open(t))
			code := k.code(k.signIn("ann@example.test"), request(web))
			won, lost := race(func() (TokenResponse, error) { return k.redeemAs(web, code) })
			if len(won) != 1 {
				t.Errorf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidGrant)
			}
		})
	}
}

func TestHybridCodeRace(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k := startOn(t, open(t))
			k.change(web, func(c *identity.Client) { everyType(c); c.AccessTokenFormat = formatOpaque })
			got := k.front(web, "response_type", "code token")
			won, lost := race(func() (TokenResponse, error) { return k.redeemAs(web, got.Get("code")) })
			if len(won) != 1 {
				t.Errorf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidGrant)
			}
			if k.good(got.Get("access_token")) || k.good(won[0].AccessToken) { // the others were replays
				t.Error("an access token is still good")
			}
		})
	}
}

func TestRefreshRace(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k := startOn(t, open(t))
			first := k.tokens(web)
			won, lost := race(func() (TokenResponse, error) { return k.refreshAs(web, first.RefreshToken) })
			if len(lost) > 0 {
				t.Fatalf("%d lost: %v", len(lost), lost[0])
			}
			for _, each := range won {
				if each.RefreshToken != won[0].RefreshToken || each.RefreshToken == first.RefreshToken {
					t.Error("two successors")
				}
			}
			_, err := k.refreshAs(web, won[0].RefreshToken)
			k.must(err)
		})
	}
}

// TestRefreshRaceWithoutGrace: a client that takes no second answer gets one, and
// the family ends with those who came late (RFC 9700 §4.14.2).
func TestRefreshRaceWithoutGrace(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k := startOn(t, open(t))
			k.change(web, func(c *identity.Client) { c.Rotation.GracePeriodSeconds = new(int) })
			first := k.tokens(web)
			won, lost := race(func() (TokenResponse, error) { return k.refreshAs(web, first.RefreshToken) })
			if len(won) != 1 {
				t.Fatalf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidGrant)
			}
			_, err := k.refreshAs(web, won[0].RefreshToken)
			refused(t, err, InvalidGrant)
		})
	}
}
