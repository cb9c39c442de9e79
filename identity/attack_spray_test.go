package identity

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/risk"
	"poolhouse.dev/storage"
)

func TestAttackPasswordSprayingShowsInTheRisk(t *testing.T) {
	k := newStillKit(t)
	u := k.user("ann@example.test", Confirmed)
	k.in("ann@example.test", k.origin(1))
	k.wait(time.Minute)
	for i := range 6 {
		_, err := k.try(fmt.Sprintf("nobody%d@example.test", i), "wrong-word-entirely", k.origin(2))
		k.refused(err, IncorrectPassword)
	}
	k.in("ann@example.test", k.origin(2))
	k.update(func(w storage.Writer) error {
		past, err := k.core.pastSignIns(w, testPool, u.ID)
		if err == nil && !slices.Contains(past[0].Risk.Reasons, risk.ReasonManyAccounts) {
			t.Errorf("reasons = %v, want %s", past[0].Risk.Reasons, risk.ReasonManyAccounts)
		}
		return err
	})
}
