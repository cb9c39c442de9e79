package identity

import (
	"context"
	"slices"
	"testing"

	"poolhouse.dev/storage"
)

func TestAPageKnowsWhatCannotBeRemoved(t *testing.T) {
	k, ctx := newKit(t, func(p *Pool) { p.MFAConfiguration = mfaOptional }), context.Background()
	u := k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	key := Fixed{Kind: FactorPasskey, ID: "a2V5"}
	k.core.PublicURL = "https://login.example.test"
	k.update(func(w storage.Writer) error {
		if err := credentials.Put(w, Credential{PoolID: testPool, UserID: u.ID, Kind: FactorTOTP, Secret: storage.Sealed("x")}); err != nil {
			return err
		}
		return passkeys.Put(w, Passkey{PoolID: testPool, UserID: u.ID, ID: key.ID, Name: "Key"})
	})
	fixed := func(want ...Fixed) {
		t.Helper()
		got, err := (&Factors{k.core}).Fixed(ctx, auth)
		k.ok(err)
		if !slices.Equal(got, want) {
			t.Errorf("fixed are %v, want %v", got, want)
		}
		for _, one := range []Fixed{key, {Kind: FactorTOTP}} {
			if slices.Contains(want, one) {
				k.refused((&Factors{k.core}).Remove(ctx, auth, one.Kind, one.ID, Origin{}), LastWayIn)
			}
		}
	}
	fixed()
	k.passwordless(u)
	fixed(key)
	k.pool(func(p *Pool) {
		p.Policies.SignInPolicy.AllowedFirstAuthFactors = []Factor{FactorEmailCode, FactorPasskey}
	})
	fixed()
	k.pool(func(p *Pool) { p.MFAConfiguration, p.WebAuthn.FactorConfiguration = mfaOn, singleFactor })
	k.update(func(w storage.Writer) error { return passkeys.Delete(w, string(testPool), string(u.ID), key.ID) })
	fixed(Fixed{Kind: FactorTOTP})
}
