package identity

import (
	"context"
	"slices"
	"time"

	"poolhouse.dev/storage"
)

// SetUpStart is a factor in the making on the account pages. State comes back
// with the answer.
type SetUpStart struct {
	SetUp
	State string
}

// Begin begins to set up an authenticator app (FactorTOTP), a passkey
// (FactorPasskey) or codes to the person's verified address (FactorSMS,
// FactorEmail). Nothing but a code's sending is stored.
func (f *Factors) Begin(ctx context.Context, auth Authentication, kind Factor, o Origin) (start SetUpStart, err error) {
	const op = "Factors.Begin"
	err = f.update(ctx, func(w storage.Writer) (*Error, error) {
		start = SetUpStart{}
		m, err := f.mineFresh(w, op, auth, freshnessFor(kind))
		if err != nil {
			return nil, err
		}
		s, a, failed := f.settingUp(op, m, auth, kind)
		if failed != nil {
			return failed, nil
		}
		if s.has, err = f.possessionsOf(w, &m.user); err != nil {
			return nil, err
		}
		if failed, err := f.poseSetUp(w, op, &s, &a, "", o); err != nil || failed != nil {
			return failed, err
		}
		start.SetUp = *f.setUpOf(&s, &a)
		start.State, err = f.sealSetUp(auth, a)
		return nil, err
	})
	return start, err
}

// BeginUpgrade begins the silent making of a passkey after a sign-in with a
// password (WebAuthn Level 3 §5.1.3, conditional creation). false says that
// there is nothing to upgrade: no passkeys here, or the person has one.
func (f *Factors) BeginUpgrade(ctx context.Context, auth Authentication) (start SetUpStart, ok bool, err error) {
	const op = "Factors.BeginUpgrade"
	err = f.update(ctx, func(w storage.Writer) (*Error, error) {
		start, ok = SetUpStart{}, false
		m, err := f.mineFresh(w, op, auth, AddPasskey)
		if err != nil {
			return nil, err
		}
		_, a, failed := f.settingUp(op, m, auth, FactorPasskey)
		has, err := f.possessionsOf(w, &m.user)
		if err != nil || failed != nil || len(has.keys) > 0 || !f.upgrades(&m, auth) {
			return nil, err
		}
		made, err := f.beginKey(w, &m.pool, &m.user, nil, true)
		if err == nil {
			err = f.sealCeremony(&a, made)
		}
		if err != nil {
			return nil, err
		}
		ok, start.SetUp = true, SetUp{Factor: FactorPasskey, Passkey: made.Options}
		start.State, err = f.sealSetUp(auth, a)
		return nil, err
	})
	return start, ok, err
}

// upgrades: a passkey that nobody is asked about cannot show a certificate, and
// is made in place of a password only.
func (f *Factors) upgrades(m *account, auth Authentication) bool {
	return slices.Contains(auth.methods, methods[FactorPassword]) && m.pool.WebAuthn.Attestation != "direct"
}

func freshnessFor(kind Factor) Sensitive {
	if kind == FactorPasskey {
		return AddPasskey
	}
	return ChangeFactors
}

// settingUp is the attempt-shaped value that a set-up works on: here it lives
// on the page instead of in the store.
func (f *Factors) settingUp(op string, m account, auth Authentication, kind Factor) (standing, attempt, *Error) {
	s := standing{pool: m.pool, client: m.client, user: m.user}
	a := attempt{
		ID: AttemptID("set up " + auth.session + string(kind)), PoolID: m.pool.ID, ClientID: auth.client, UserID: m.user.ID, Chosen: kind, SettingUp: kind,
	}
	allowed := slices.Contains(f.secondFactors(&m.pool), kind) ||
		kind == FactorPasskey && slices.Contains(f.firstFactors(&m.pool, &m.client), FactorPasskey)
	if !allowed {
		return s, a, refuse(op, FactorNotFound)
	}
	return s, a, nil
}

// setUpState is what SetUpStart.State holds, sealed for the session.
type setUpState struct {
	Ceremony storage.Sealed `json:"ceremony"`
	Factor   Factor         `json:"factor"`
	Ends     time.Time      `json:"ends"`
}

// setUpLife is how long a set-up on the account pages may take.
const setUpLife = 15 * time.Minute

func (f *Factors) sealSetUp(auth Authentication, a attempt) (string, error) {
	made := setUpState{Ceremony: a.Ceremony, Factor: a.SettingUp, Ends: f.Now().Add(setUpLife)}
	return f.sealState(made, "set up", string(auth.pool), auth.session)
}

func (f *Factors) openSetUp(op string, auth Authentication, state string) (made setUpState, failed *Error) {
	err := f.openState(state, &made, "set up", string(auth.pool), auth.session)
	if err != nil || !f.Now().Before(made.Ends) {
		return made, refuse(op, AttemptExpired)
	}
	return made, nil
}

// Show answers what a set-up asks, for a page that is shown once more.
func (f *Factors) Show(ctx context.Context, auth Authentication, state string) (up SetUp, err error) {
	const op = "Factors.Show"
	made, failed := f.openSetUp(op, auth, state)
	if failed != nil {
		return up, failed
	}
	m, err := (&Accounts{f.Core}).view(ctx, op, auth)
	if err != nil {
		return up, err
	}
	s, a, failed := f.settingUp(op, m, auth, made.Factor)
	if failed != nil {
		return up, failed
	}
	a.Ceremony = made.Ceremony
	if to, ok := addressOf(&m.user, attributeOf(made.Factor)); ok {
		a.Delivery = to.delivery()
	}
	return *f.setUpOf(&s, &a), nil
}

// Finish stores what was set up, once it proved to work. Each state is taken
// once. The refusals are CodeMismatch, PasskeyRefused, TooManyAttempts and
// AttemptExpired.
func (f *Factors) Finish(ctx context.Context, auth Authentication, state string, answer SetUpAnswer, o Origin) error {
	const op = "Factors.Finish"
	made, failed := f.openSetUp(op, auth, state)
	if failed != nil {
		return failed
	}
	return f.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := f.mineFresh(w, op, auth, ChangeFactors)
		if err != nil {
			return nil, err
		}
		_, a, failed := f.settingUp(op, m, auth, made.Factor)
		if failed != nil || answer.Factor != made.Factor {
			return refuse(op, WrongAnswer), nil
		}
		a.Ceremony = made.Ceremony
		if _, failed, err := (&SignIn{f.Core}).recordSetUp(w, op, &a, answer, o); err != nil || failed != nil {
			return failed, err
		}
		if fresh, err := f.spend(w, stateHash(state), made.Ends); err != nil || !fresh {
			return nil, either(refuse(op, AttemptExpired), err)
		}
		return nil, nil
	})
}
