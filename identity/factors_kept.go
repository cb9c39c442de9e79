package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// keptSetUp is a factor in the making that an app sets up with an access token. The
// app brings nothing back but the answer, so what Begin made is kept here.
type keptSetUp struct {
	PoolID    PoolID    `json:"user_pool_id"`
	UserID    UserID    `json:"sub"`
	Session   string    `json:"session"`
	Factor    Factor    `json:"factor"`
	State     string    `json:"state"` // sealed
	ExpiresAt time.Time `json:"expires_at"`
}

var keptSetUps = storage.Collection[keptSetUp]{
	Name: "kept_set_up", Format: 1,
	ID: func(k *keptSetUp) []any {
		return []any{string(k.PoolID), string(k.UserID), k.Session, string(k.Factor)}
	},
	Indexes: []storage.Index[keptSetUp]{
		{Name: "expires", Of: func(k *keptSetUp) []any { return []any{k.ExpiresAt} }},
	},
}

// BeginKept is Begin for an app, which brings no state back. One that is begun again
// replaces the one before.
func (f *Factors) BeginKept(ctx context.Context, auth Authentication, kind Factor, o Origin) (SetUp, error) {
	made, err := f.Begin(ctx, auth, kind, o)
	if err != nil {
		return SetUp{}, err
	}
	return made.SetUp, f.Store.Update(ctx, func(w storage.Writer) error {
		return keptSetUps.Put(w, keptSetUp{
			PoolID: auth.pool, UserID: auth.user, Session: auth.session, Factor: kind, State: made.State, ExpiresAt: f.Now().Add(setUpLife),
		})
	})
}

// FinishKept is Finish for what BeginKept began. AttemptExpired says that nothing
// was, or that it is over.
func (f *Factors) FinishKept(ctx context.Context, auth Authentication, answer SetUpAnswer, o Origin) error {
	var kept keptSetUp
	err := f.Store.View(ctx, func(r storage.Reader) (err error) {
		kept, err = keptSetUps.Get(r, string(auth.pool), string(auth.user), auth.session, string(answer.Factor))
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return refuse("Factors.FinishKept", AttemptExpired)
	}
	if err != nil {
		return err
	}
	if err := f.Finish(ctx, auth, kept.State, answer, o); err != nil {
		return err
	}
	return f.Store.Update(ctx, func(w storage.Writer) error {
		return keptSetUps.Delete(w, string(auth.pool), string(auth.user), auth.session, string(answer.Factor))
	})
}

// SetSeconds switches the person's own second factors on and off, as the
// administrator's does. LastWayIn says that one must stay.
func (f *Factors) SetSeconds(ctx context.Context, auth Authentication, set []SetSecond, o Origin) error {
	const op = "Factors.SetSeconds"
	return f.changeFactors(ctx, op, auth, func(w storage.Writer, m account, has *possessions) (*Error, error) {
		on := has.seconds(&m.user, f.secondFactors(&m.pool), false)
		for _, s := range set {
			if s.Enabled || !slices.Contains(on, s.Kind) {
				continue
			}
			if failed, err := f.mustStay(w, op, m, has, s.Kind); err != nil || failed != nil {
				return nil, either(failed, err)
			}
			if err := f.tellFactor(w, &m.user, message.FactorRemoved, s.Kind, f.deed(auth, "set_user_mfa_preference", o)); err != nil {
				return nil, err
			}
		}
		if failed, err := f.setSeconds(w, op, &m.pool, &m.user, has, set); err != nil || failed != nil {
			return nil, either(failed, err)
		}
		m.user.ModifiedAt = f.Now()
		if err := users.Put(w, m.user); err != nil {
			return nil, err
		}
		return nil, f.record(w, &m.user, f.deed(auth, "set_user_mfa_preference", o))
	})
}

// mustStay refuses to switch off the last second factor of somebody who owes one.
func (f *Factors) mustStay(r storage.Reader, op string, m account, has *possessions, kind Factor) (*Error, error) {
	if kind == FactorPasskey {
		return nil, nil // it stays a way in
	}
	return f.removable(r, op, m, has, kind, "")
}

// Mine answers the person's factors, and those of the second asked for at a
// sign-in, the preferred one first.
func (f *Factors) Mine(ctx context.Context, auth Authentication) (list FactorList, second []Factor, err error) {
	err = f.Store.View(ctx, func(r storage.Reader) error {
		m, err := f.mine(r, "Factors.Mine", auth)
		if err != nil {
			return err
		}
		if list, err = f.listOf(r, &m.pool, &m.user); err != nil {
			return err
		}
		list.Ways = f.firstFactors(&m.pool, &m.client)
		has, err := f.possessionsOf(r, &m.user)
		second = has.seconds(&m.user, f.secondFactors(&m.pool), false)
		return err
	})
	return list, second, err
}
