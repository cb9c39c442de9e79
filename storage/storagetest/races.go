package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"poolhouse.dev/storage"
)

// redeemOnce: the marker of a used code is inserted; one of many gets it.
func redeemOnce(t *testing.T, s storage.Store) {
	for code := range 10 {
		won := together(16, func(int) error {
			return persist(s, func(w storage.Writer) error {
				return w.Insert(storage.K("used", code), []byte("yes"))
			})
		})
		oneWinner(t, won, storage.ErrExists)
	}
}

var errUsed = errors.New("used")

// markOnce: the record is read, found unused and marked.
func markOnce(t *testing.T, s storage.Store) {
	for code := range 10 {
		key := storage.K("code", code)
		put(t, s, key, "open")
		won := together(16, func(int) error {
			return persist(s, func(w storage.Writer) error {
				state, err := w.Get(key)
				if err != nil || string(state) != "open" {
					return errors.Join(err, errUsed)
				}
				return w.Put(key, []byte("used"))
			})
		})
		oneWinner(t, won, errUsed)
		wantValue(t, s, key, "used")
	}
}

func oneWinner(t *testing.T, all []error, refusal error) {
	t.Helper()
	winners := 0
	for _, err := range all {
		if err == nil {
			winners++
		} else if !errors.Is(err, refusal) {
			t.Errorf("a loser got %v, want %v", err, refusal)
		}
	}
	if winners != 1 {
		t.Fatalf("%d winners, want 1", winners)
	}
}

func counters(t *testing.T, s storage.Store) {
	const writers, each = 16, 10
	for _, err := range together(writers, func(int) error {
		for range each {
			if err := persist(s, func(w storage.Writer) error { return add(w, storage.Key("count"), 1) }); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	wantValue(t, s, storage.Key("count"), strconv.Itoa(writers*each))
}

func add(w storage.Writer, key storage.Key, n int) error {
	raw, err := w.Get(key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	have, _ := strconv.Atoi(string(raw))
	return w.Put(key, []byte(strconv.Itoa(have+n)))
}

// uniqueRace: sixteen people sign up with one address; no loser leaves a trace.
func uniqueRace(t *testing.T, s storage.Store) {
	for round := range 5 {
		mail := fmt.Sprintf("ann%d@example.test", round)
		won := together(16, func(i int) error {
			return persist(s, func(w storage.Writer) error {
				return people.Insert(w, person{Pool: "p", ID: fmt.Sprint(round, "-", i), Mail: mail})
			})
		})
		oneWinner(t, won, storage.ErrExists)
	}
	view(t, s, func(r storage.Reader) error {
		all, err := people.List(r, storage.Page{})
		if len(all) != 5 {
			t.Errorf("%d people, want 5", len(all))
		}
		return err
	})
}

// writeSkew: two closures read both keys and each writes one; a snapshot alone
// would let both through.
func writeSkew(t *testing.T, s storage.Store) {
	for round := range 20 {
		a, b := storage.K(round, "a"), storage.K(round, "b")
		put(t, s, a, "on duty")
		put(t, s, b, "on duty")
		left := together(2, func(i int) error {
			return persist(s, func(w storage.Writer) error {
				mine, other := a, b
				if i == 1 {
					mine, other = b, a
				}
				_, errMine := w.Get(mine)
				state, err := w.Get(other)
				if err := errors.Join(err, errMine); err != nil || string(state) != "on duty" {
					return errors.Join(err, errUsed)
				}
				return w.Put(mine, []byte("gone"))
			})
		})
		oneWinner(t, left, errUsed)
	}
}

// transfers move between accounts while views add them up.
func transfers(t *testing.T, s storage.Store) {
	const accounts = 5
	for i := range accounts {
		put(t, s, storage.K("account", i), "100")
	}
	for _, err := range together(8, func(i int) error {
		for range 10 {
			if i < 2 {
				if err := total(t, s, accounts*100); err != nil {
					return err
				}
				continue
			}
			from, to := rand.IntN(accounts), rand.IntN(accounts)
			if err := persist(s, func(w storage.Writer) error {
				return errors.Join(add(w, storage.K("account", from), -1), add(w, storage.K("account", to), 1))
			}); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if err := total(t, s, accounts*100); err != nil {
		t.Error(err)
	}
}

func total(t testing.TB, s storage.Store, want int) error {
	sum := 0
	view(t, s, func(r storage.Reader) error {
		page, err := r.Scan(storage.Prefix("account"))
		sum = 0
		for _, e := range page {
			n, _ := strconv.Atoi(string(e.Value))
			sum += n
		}
		return err
	})
	if sum != want {
		return fmt.Errorf("the accounts hold %d, want %d", sum, want)
	}
	return nil
}
