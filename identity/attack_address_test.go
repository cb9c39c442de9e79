package identity

import (
	"testing"
	"time"
)

// A stolen or forgotten session could move the account to another mailbox and
// take it over by a reset (OWASP ASVS 5.0 V7.5.1).
func TestAttackOldSessionMovesTheAddress(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	k.wait(freshness[ChangeAddress] + time.Minute)
	for _, given := range []map[string]string{
		{"email": "eve@example.test"}, {"phone_number": "+4915112345678"}, {"name": "Ann", "email": "eve@example.test"},
	} {
		_, err := k.own(auth, given)
		k.refused(err, FreshSignInNeeded)
	}
	for _, given := range []map[string]string{{"name": "Ann"}, {"email": "ann@example.test"}} {
		_, err := k.own(auth, given)
		k.ok(err)
	}
	_, err := k.own(k.in("ann@example.test", Origin{}).Auth, map[string]string{"email": "eve@example.test"})
	k.ok(err)
}
