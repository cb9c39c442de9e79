package identity

import (
	"context"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// DeviceAnswer answers AskDevice after SignIn.OfferSRP (Cognito
// DEVICE_PASSWORD_VERIFIER).
type DeviceAnswer struct{ SRPAnswer }

func (DeviceAnswer) answers() ChallengeName { return AskDevice }

// deviceSRP is srpOf for the device whose key came along.
func (s *SignIn) deviceSRP(ctx context.Context, op string, a *attempt) (v password.SRPVerifier, made srpExchange, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		p, err := pools.Get(r, string(a.PoolID))
		if err != nil {
			return err
		}
		d, known, err := s.keyedOf(r, &p, a.UserID, a.DeviceKey)
		if err != nil || !known {
			return either(noDevice(op), err)
		}
		u := User{PoolID: a.PoolID, ID: a.UserID}
		made.Name, made.Of = password.SRPName{Group: s.deviceGroup(&u, d.ID), User: a.DeviceKey}, hashOf(string(d.Verifier))
		return s.openJSON(d.Verifier, &v, "device", string(d.PoolID), string(d.UserID), d.ID)
	})
	return v, made, err
}

// respondDevice counts the try as one at the password, and goes on.
func (s *SignIn) respondDevice(ctx context.Context, op string, a attempt, reply DeviceAnswer, r Reply) (Step, error) {
	var made srpExchange
	if err := s.openJSON(a.Ceremony, &made, "srp", string(a.PoolID), string(a.ID)); err != nil {
		return Step{}, refuse(op, WrongAnswer)
	}
	if _, err := s.reserveTry(ctx, op, a, r.Origin); err != nil {
		return Step{}, err
	}
	right := s.proves(&made, reply.SRPAnswer)
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		p, err := pools.Get(w, string(now.PoolID))
		if err != nil {
			return Step{}, nil, err
		}
		d, _, err := s.keyedOf(w, &p, now.UserID, now.DeviceKey)
		if err != nil {
			return Step{}, nil, err
		}
		if !right || made.Of != hashOf(string(d.Verifier)) {
			return Step{}, refuse(op, IncorrectPassword), s.recordRefusal(w, now, r.Origin, IncorrectPassword)
		}
		if err := s.giveBackSignIn(w, r.Origin); err != nil {
			return Step{}, nil, err
		}
		return s.proved(w, op, now, false, r.Origin, factorDevice)
	})
}

// forgetKey lets an attempt go on without the device key that nobody knows. What
// was just proven is not kept: it is shown again.
func (c *Core) forgetKey(w storage.Writer, a attempt) error {
	if a.ID == "" {
		return nil
	}
	stored, err := attempts.Get(w, string(a.ID))
	if err != nil {
		return err
	}
	stored.DeviceKey = ""
	return attempts.Put(w, stored)
}
