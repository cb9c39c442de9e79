package identity

import (
	"context"

	"poolhouse.dev/storage"
)

// Fixed is a factor that cannot be removed now; ID is the credential's, for a passkey.
type Fixed struct {
	Kind Factor
	ID   string
}

// Fixed answers which of the person's factors Remove would refuse with
// LastWayIn, so that a page can say why before anybody tries.
func (f *Factors) Fixed(ctx context.Context, auth Authentication) (fixed []Fixed, err error) {
	const op = "Factors.Fixed"
	err = f.Store.View(ctx, func(r storage.Reader) error {
		fixed = nil
		m, err := f.mine(r, op, auth)
		if err != nil {
			return err
		}
		has, err := f.possessionsOf(r, &m.user)
		if err != nil {
			return err
		}
		for _, one := range has.each(&m.user) {
			failed, err := f.removable(r, op, m, &has, one.Kind, one.ID)
			if err != nil {
				return err
			}
			if failed != nil {
				fixed = append(fixed, one)
			}
		}
		return nil
	})
	return fixed, err
}

// each names everything that could be removed.
func (has *possessions) each(u *User) []Fixed {
	var all []Fixed
	for _, k := range has.keys {
		all = append(all, Fixed{FactorPasskey, k.ID})
	}
	if len(has.app.Secret) > 0 {
		all = append(all, Fixed{Kind: FactorTOTP})
	}
	for _, kind := range u.MFA.Enabled {
		if attributeOf(kind) != "" {
			all = append(all, Fixed{Kind: kind})
		}
	}
	return all
}

// PasskeyName answers under which names password managers keep the person's
// passkeys; see WebAuthn Level 3 §5.1.10.4, signalCurrentUserDetails.
func (u *User) PasskeyName() (name, displayName string) {
	called := passkeyUser(u)
	return called.Name, called.DisplayName
}
