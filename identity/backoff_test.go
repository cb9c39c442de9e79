package identity

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/storage/bolt"
)

func TestBackOffDoublesAndForgetsAfterQuietMinutes(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	for n := range freeTries {
		_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("ann@example.test", goodWord, k.origin(9))
	if e := k.refused(err, TooManyAttempts); e.RetryAfter != time.Second {
		t.Errorf("wait = %v, want 1s", e.RetryAfter)
	}
	k.wait(time.Second)
	_, err = k.try("ann@example.test", "wrong-word-entirely", k.origin(9))
	k.refused(err, IncorrectPassword)
	_, err = k.try("ann@example.test", goodWord, k.origin(9))
	if e := k.refused(err, TooManyAttempts); e.RetryAfter != 2*time.Second {
		t.Errorf("wait = %v, want 2s", e.RetryAfter)
	}
	k.wait(2 * time.Second)
	k.in("ann@example.test", k.origin(9))
	_, err = k.try("ann@example.test", "wrong-word-entirely", k.origin(9))
	k.refused(err, IncorrectPassword)
}

func TestQuietMinutesForgetEveryFailure(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	for n := range freeTries {
		_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
	k.wait(quietTime + time.Second)
	for n := range freeTries {
		_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
}

func TestACompletedSignInForgetsEveryFailure(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	for range 3 {
		for n := range freeTries - 1 {
			_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
			k.refused(err, IncorrectPassword)
		}
		k.in("ann@example.test", k.origin(1))
	}
}

func TestTheLongestPauseIsAQuarterOfAnHour(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 14: 512 * time.Second, 15: 15 * time.Minute, 500: 15 * time.Minute} {
		if got := pause(n); got != want {
			t.Errorf("pause(%d) = %v, want %v", n, got, want)
		}
	}
}

func TestAttackLockOutOfTheOwner(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	home := k.origin(1)
	home.Browser = k.in("ann@example.test", home).Browser
	for n := range 60 {
		if _, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(10+n))); err == nil {
			t.Fatal("a wrong password signed in")
		}
	}
	k.in("ann@example.test", home)
}

func TestAttackGuessesThroughAStolenNameOfABrowser(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	for n := range 20 {
		o := k.origin(byte(n))
		o.Browser = fmt.Sprintf("made-up-%d", n)
		_, err := k.try("ann@example.test", "wrong-word-entirely", o)
		if code, _ := CodeOf(err); n >= freeTries && code != TooManyAttempts {
			t.Fatalf("try %d with an unknown browser's cookie answered %v", n, err)
		}
	}
}

func TestAttackCountingPerSpelling(t *testing.T) {
	k := newStillKit(t)
	u := k.user("ann@example.test", Confirmed)
	for i, name := range []string{"ann@example.test", "ANN@EXAMPLE.TEST", " Ann@Example.Test ", string(u.ID), "aNN@example.test"} {
		_, err := k.try(name, "wrong-word-entirely", k.origin(byte(i)))
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("ann@example.test", goodWord, k.origin(99))
	k.refused(err, TooManyAttempts)
}

func TestUnknownNamesAreSlowedLikeKnownOnes(t *testing.T) {
	k := newStillKit(t)
	for n := range freeTries {
		_, err := k.try("nobody@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("nobody@example.test", "wrong-word-entirely", k.origin(9))
	k.refused(err, TooManyAttempts)
}

func TestAttackParallelGuesses(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	var compared atomic.Int32
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
			if code, _ := CodeOf(err); code == IncorrectPassword {
				compared.Add(1)
			}
		})
	}
	all.Wait()
	if n := compared.Load(); n > freeTries {
		t.Errorf("%d guesses were compared at once, want at most %d", n, freeTries)
	}
}

func TestOneAddressIsSlowedOverManyAccounts(t *testing.T) {
	k := newStillKit(t)
	last := error(nil)
	for n := range 60 {
		_, last = k.try(fmt.Sprintf("user%d@example.test", n), "wrong-word-entirely", k.origin(1))
	}
	if e := k.refused(last, TooManyAttempts); e.RetryAfter <= 0 {
		t.Error("no time to wait is given")
	}
	k.user("ann@example.test", Confirmed)
	k.in("ann@example.test", k.origin(2))
}

func TestRightPasswordsDoNotUseUpTheAddress(t *testing.T) {
	k := newStillKit(t)
	for n := range 60 {
		name := fmt.Sprintf("user%d@example.test", n)
		k.user(name, Confirmed)
		k.in(name, k.origin(1))
	}
}

func TestIPv6IsCountedByItsNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::": "2001:db8:1:2::/64",
	} {
		if got := network(netip.MustParseAddr(in)); got != want {
			t.Errorf("network(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestBackOffSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poolhouse.db")
	store, err := bolt.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	k := newKitOver(t, store)
	k.user("ann@example.test", Confirmed)
	for n := range freeTries + 1 {
		if n == freeTries {
			k.wait(2 * time.Second)
		}
		_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = bolt.Open(path, bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	k.core.Store = store
	_, err = k.try("ann@example.test", goodWord, k.origin(99))
	if e := k.refused(err, TooManyAttempts); e.RetryAfter <= 0 || e.RetryAfter > 2*time.Second {
		t.Errorf("wait = %v, want up to 2s", e.RetryAfter)
	}
}
