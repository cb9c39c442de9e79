package identity

import (
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

func TestAttackWayInLeftBehindByAnIntruder(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword))
	ann := k.person("ann@example.test").withKey()
	owner := k.in(ann.email, k.origin(1)).Auth
	k.wait(time.Minute)
	k.passkeysStay(ann, owner, 1, func() {
		k.in(ann.email, k.origin(9)) // the intruder knows the password
		k.wait(time.Minute)
		ann.withApp().withRecovery()
		k.passkey(ann.User)
	})
}

// passkeysStay lets an intruder act, lets the owner say that it was not them,
// and wants nothing left but so many passkeys from before.
func (k *kit) passkeysStay(of *person, owner Authentication, want int, intrusion func()) {
	k.Helper()
	intrusion()
	h := &History{k.core}
	events, _, err := h.List(k.TB.Context(), owner, Page{Limit: 10})
	k.ok(err)
	k.ok(h.NotMe(k.TB.Context(), owner, events[0].ID, k.origin(1)))
	k.update(func(w storage.Writer) error {
		has, err := k.core.possessionsOf(w, &of.User)
		if len(has.keys) != want || len(has.app.Secret) > 0 || len(has.recovery.Codes) > 0 {
			k.Errorf("%d passkeys, app %t, %d recovery codes; want %d passkeys and nothing else", len(has.keys), len(has.app.Secret) > 0, len(has.recovery.Codes), want)
		}
		return err
	})
}

func TestAttackNumberAddedInSilence(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword))
	ann := k.person("ann@example.test")
	auth := k.in(ann.email, k.origin(1)).Auth
	_, err := k.own(auth, map[string]string{"phone_number": "+4915112345678"})
	k.ok(err)
	k.ok(k.accounts().Verify(t.Context(), auth, "phone_number", k.sent("+4915112345678"), k.origin(1)))
	k.last(ann.email, message.AddressChanged)
}
