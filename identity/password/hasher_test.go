package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"
)

// quick keeps tests fast where the cost itself is not the subject.
var quick = Params{Memory: 64, Time: 1, Threads: 1}

func TestAPasswordIsVerifiedAgainstItsHash(t *testing.T) {
	h := NewHasher(Options{})
	encoded, err := h.Hash(t.Context(), "gravel moth")
	if err != nil || !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", encoded, err)
	}
	if ok, err := h.Verify(t.Context(), encoded, "gravel moth"); !ok || err != nil {
		t.Errorf("right password: %v %v", ok, err)
	}
	if ok, err := h.Verify(t.Context(), encoded, "gravel mot"); ok || err != nil {
		t.Errorf("wrong password: %v %v", ok, err)
	}
	if again, _ := h.Hash(t.Context(), "gravel moth"); again == encoded {
		t.Error("two hashes share a salt")
	}
}

// The vector was made with the reference implementation's command line:
// echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 (phc-winner-argon2, test.c).
func TestTheReferenceImplementationAgrees(t *testing.T) {
	const encoded = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, instead, err := NewHasher(Options{}).Try(t.Context(), Try{Hash: encoded, Password: "password"})
	if !ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
	if instead == "" {
		t.Error("a salt of eight bytes is less than the house asks")
	}
}

func TestTheWholePasswordCounts(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	whole := strings.Repeat("a", 200)
	for stored, typed := range map[string]string{
		whole:       whole[:72],
		whole + "b": whole[:199] + "b",
		"pass\x00x": "pass",
		"pass ":     "pass",
		"Pass":      "pass",
		"ﬁ":         "fi", // NFC, not NFKC
		"a":         "",
	} {
		encoded, err := h.Hash(t.Context(), stored)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := h.Verify(t.Context(), encoded, typed); ok || err != nil {
			t.Errorf("%.20q opens %.20q: %v", typed, stored, err)
		}
	}
}

func TestComposedAndDecomposedSpellingsAreOnePassword(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	encoded, _ := h.Hash(t.Context(), "caf\u00e9-moth")
	if ok, err := h.Verify(t.Context(), encoded, "cafe\u0301-moth"); !ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
}

func TestALongPasswordIsRefusedBeforeAnyWork(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	h.places <- struct{}{} // one worker is busy; the refusal needs none
	long := strings.Repeat("x", 1<<20)
	if _, err := h.Hash(t.Context(), long); !errors.Is(err, ErrTooLong) {
		t.Errorf("hash: %v", err)
	}
	if _, err := h.Verify(t.Context(), "", strings.Repeat("x", MaxRunes+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("verify: %v", err)
	}
	if err := h.Decoy(t.Context(), strings.Repeat("\U0001F600", MaxRunes)+"x"); !errors.Is(err, ErrTooLong) {
		t.Errorf("decoy: %v", err)
	}
	if _, err := Normalise(strings.Repeat("\U0001F600", MaxRunes)); err != nil {
		t.Errorf("256 characters of four bytes: %v", err)
	}
}

func TestAWeakerHashIsToBeMadeAnew(t *testing.T) {
	for _, p := range []Params{{Memory: 32, Time: 2, Threads: 1}, {Memory: 64, Time: 1, Threads: 1}} {
		encoded, _ := NewHasher(Options{Params: p}).Hash(t.Context(), "gravel moth")
		house := NewHasher(Options{Params: Params{Memory: 64, Time: 2, Threads: 1}})
		if ok, instead, err := house.Try(t.Context(), Try{Hash: encoded, Password: "gravel moth"}); !ok || instead == "" || err != nil {
			t.Errorf("%+v: %v %q %v", p, ok, instead, err)
		}
		if _, instead, _ := house.Try(t.Context(), Try{Hash: encoded, Password: "wrong"}); instead != "" {
			t.Errorf("%+v: a wrong password is to be stored", p)
		}
	}
}

func TestAUserWithoutAPasswordIsNeverRight(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	if ok, err := h.Verify(t.Context(), "", ""); ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
}

func TestHistoryFindsAPasswordUsedBefore(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	var history []string
	for _, old := range []string{"first moth", "second moth", "third moth"} {
		encoded, _ := h.Hash(t.Context(), old)
		history = append(history, encoded)
	}
	if used, err := h.Reused(t.Context(), "second moth", history); !used || err != nil {
		t.Errorf("%v %v", used, err)
	}
	if used, err := h.Reused(t.Context(), "fourth moth", history); used || err != nil {
		t.Errorf("%v %v", used, err)
	}
}

func TestNoMoreThanTheWorkersHashAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(Options{Workers: 2, Queue: 5 * time.Second, Params: quick})
		h.places <- struct{}{}
		h.places <- struct{}{}
		start := time.Now()
		if err := h.Decoy(t.Context(), "x"); !errors.Is(err, ErrBusy) {
			t.Errorf("past the deadline: %v", err)
		}
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("waited %v", waited)
		}
		<-h.places
		if err := h.Decoy(t.Context(), "x"); err != nil {
			t.Errorf("with a free worker: %v", err)
		}
	})
}

func TestAWaiterLeavesWithItsContext(t *testing.T) {
	h := NewHasher(Options{Workers: 1, Params: quick})
	h.places <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAPlaceIsGivenBack(t *testing.T) {
	h := NewHasher(Options{Workers: 2, Params: quick})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := h.Decoy(context.Background(), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(h.places) != 0 {
		t.Errorf("%d places are still taken", len(h.places))
	}
}

func TestAsManyWorkersAsProcessorsByDefault(t *testing.T) {
	if got := cap(NewHasher(Options{}).places); got != runtime.GOMAXPROCS(0) {
		t.Errorf("%d workers", got)
	}
}

// BenchmarkVerify takes turns between Verify and the bare hash, so that both
// meet the same machine, and reports their ratio.
func BenchmarkVerify(b *testing.B) {
	h := NewHasher(Options{})
	encoded, _ := h.Hash(context.Background(), "gravel moth tuba")
	salt := make([]byte, saltBytes)
	var bare, pooled time.Duration
	for b.Loop() {
		start := time.Now()
		argon2.IDKey([]byte("gravel moth tuba"), salt, 2, 19*1024, 1, tagBytes)
		between := time.Now()
		if ok, err := h.Verify(context.Background(), encoded, "gravel moth tuba"); !ok || err != nil {
			b.Fatal(ok, err)
		}
		bare, pooled = bare+between.Sub(start), pooled+time.Since(between)
	}
	b.ReportMetric(float64(pooled)/float64(bare), "x-bare")
	b.ReportMetric(float64(bare.Microseconds())/float64(b.N), "bare-µs")
	b.ReportMetric(float64(pooled.Microseconds())/float64(b.N), "verify-µs")
}
