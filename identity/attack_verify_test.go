package identity

import (
	"context"
	"testing"
)

// Guesses count by address at every door, or many accounts make many codes.
func TestAttackCodesGuessedAtTheAccountPages(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	guess := func() error {
		return k.accounts().Verify(context.Background(), auth, "email", "000000", k.origin(9))
	}
	for range codesByAddress.Burst {
		k.refused(guess(), CodeExpired)
	}
	k.refused(guess(), TooManyAttempts)
}
