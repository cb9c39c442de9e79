package password

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// lastOf lets tries come one after the other while all four places are taken, gives
// one of them free, and answers how many were done before the last that came.
func lastOf(t *testing.T, tries ...Try) int {
	h := NewHasher(Options{Workers: 4, Params: quick})
	rest := []chan struct{}{h.places, h.places, h.places}
	if err := h.pass(t.Context(), append(rest, h.places)...); err != nil {
		t.Fatal(err)
	}
	done := make(chan int, len(tries))
	for i, one := range tries {
		go func() {
			if _, _, err := h.Try(t.Context(), one); err != nil {
				t.Error(err)
			}
			done <- i
		}()
		synctest.Wait()
	}
	h.leave()
	var order []int
	for range tries {
		order = append(order, <-done)
	}
	leave(rest)
	if len(h.places)+len(h.dear.places)+len(h.dear.turns) != 0 {
		t.Errorf("left: %d places, %d dear ones, %d turns", len(h.places), len(h.dear.places), len(h.dear.turns))
	}
	return slices.Index(order, len(tries)-1)
}

// TestAttackOneDearHashStopsSignInInAllPools: tries beside it take two places of four,
// so that no more of them are before somebody of another pool, with such hashes or not.
func TestAttackOneDearHashStopsSignInInAllPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dear := Try{Password: "guess", Beside: []string{seventyTwo}, Pool: "a"}
		flood := slices.Repeat([]Try{dear}, 12)
		for _, other := range []Try{{Password: "x", Pool: "b"}, {Password: "x", Pool: "b", Beside: []string{seventyTwo}}} {
			if before := lastOf(t, append(flood, other)...); before != 2 {
				t.Errorf("beside %q: %d tries of another pool came before", other.Beside, before)
			}
		}
		if before := lastOf(t, append(flood, dear)...); before != 12 {
			t.Errorf("%d came before one of the pool itself", before)
		}
	})
}

// TestAttackADearHashIsVerifiedInAllPlaces: neither does a try at an account that has
// one, nor the check of a new password against it.
func TestAttackADearHashIsVerifiedInAllPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(Options{Workers: 2, Params: quick})
		h.dear.places <- struct{}{}
		if _, err := h.Verify(t.Context(), seventyTwo, "x"); !errors.Is(err, ErrBusy) {
			t.Errorf("verify: %v", err)
		}
		if _, _, err := h.Try(t.Context(), Try{Password: "x", Hash: seventyTwo, Imported: true}); !errors.Is(err, ErrBusy) {
			t.Errorf("try: %v", err)
		}
		own, err := h.Hash(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		if right, err := h.Verify(t.Context(), own, "x"); !right || err != nil {
			t.Errorf("a hash of the house: %v %v", right, err)
		}
	})
}

// TestWhoGivesUpBeforeADearPlaceLeavesNothing, and waits as long as anybody in all.
func TestWhoGivesUpBeforeADearPlaceLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(Options{Workers: 1, Params: quick})
		h.places <- struct{}{}
		one, start := Try{Password: "x", Beside: []string{seventyTwo}, Pool: "a"}, time.Now()
		if _, _, err := h.Try(t.Context(), one); !errors.Is(err, ErrBusy) || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		gone, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancel() }()
		if _, _, err := h.Try(gone, one); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if len(h.dear.places)+len(h.dear.turns) != 0 {
			t.Errorf("left: %d dear places, %d turns", len(h.dear.places), len(h.dear.turns))
		}
	})
}
