package identity

import (
	"context"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Resend sends the sign-up code of an attempt again, and asks for it. An
// attempt for somebody who must not be told does the same but for the message.
func (s *SignIn) Resend(ctx context.Context, id AttemptID, channel Channel, o Origin) (Step, error) {
	const op = "SignIn.Resend"
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		a, failed, err := s.loadAttempt(w, op, id, channel)
		if err == nil && failed == nil && a.Ask != AskConfirmSignUp {
			failed = refuse(op, WrongAnswer)
		}
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if a.Delivery, failed, err = s.resendInAttempt(w, op, a, o); err != nil || failed != nil {
			return Step{}, failed, err
		}
		if a, err = s.openAttempt(w, a); err != nil {
			return Step{}, nil, err
		}
		step, err := s.show(w, a)
		return step, nil, err
	})
}

func (s *SignIn) resendInAttempt(w storage.Writer, op string, a attempt, o Origin) (Delivery, *Error, error) {
	if wait, err := s.allow(w, resetsByAddress, network(o.Address)); err != nil || wait > 0 {
		return Delivery{}, slowDown(op, wait), err
	}
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return Delivery{}, nil, err
	}
	if a.UserID == "" {
		_, failed, err := s.sendDecoyCode(w, op, &p, a.Identifier, PurposeSignUp)
		return a.Delivery, failed, err
	}
	u, err := getUser(w, a.PoolID, a.UserID)
	if err != nil {
		return Delivery{}, nil, err
	}
	if u.Status != Unconfirmed {
		return a.Delivery, nil, nil
	}
	return s.sendSignUpCode(w, op, &p, u, message.ResendCode, a.ClientID, o)
}
