package identity

import (
	"context"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Resend sends the code that the attempt asks for again: of a sign-up, of a way
// in, of a second factor, or of one in the making. An attempt for somebody who
// must not be told does the same but for the message.
func (s *SignIn) Resend(ctx context.Context, id AttemptID, channel Channel, o Origin) (Step, error) {
	const op = "SignIn.Resend"
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		a, failed, err := s.loadAttempt(w, op, id, channel)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if failed, err = s.mayResend(w, op, &a, o); err != nil || failed != nil {
			return Step{}, failed, err
		}
		if a.Ask == AskConfirmSignUp {
			a.Delivery, failed, err = s.resendInAttempt(w, op, a, o)
		} else {
			failed, err = s.resendStepCode(w, op, &a, o)
		}
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if a, err = s.openAttempt(w, a); err != nil {
			return Step{}, nil, err
		}
		step, err := s.show(w, a)
		return step, nil, err
	})
}

// mayResend holds a wish for another code against the network it comes from.
func (s *SignIn) mayResend(w storage.Writer, op string, a *attempt, o Origin) (*Error, error) {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return nil, err
	}
	if failed, err := s.shutOut(w, op, &p, deed{Action: "send_code", Client: a.ClientID, Origin: o}); err != nil || failed != nil {
		return failed, err
	}
	return s.under(w, op, a.caller(o), o.charges(resetsByAddress)...)
}

// resendStepCode sends the code of a factor again; the link and the number of
// the one before are void with it.
func (s *SignIn) resendStepCode(w storage.Writer, op string, a *attempt, o Origin) (*Error, error) {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return nil, err
	}
	now, err := s.gather(w, p, *a)
	if err != nil {
		return nil, err
	}
	v := decide(now.facts)
	switch {
	case v.Ask == AskSetUp && a.Ask == AskSetUp && attributeOf(a.SettingUp) != "":
		made := s.ceremonyOf(a)
		return s.poseAddress(w, op, &now, a, made.Address, o)
	case v.Ask == a.Ask && attributeOf(Factor(a.Ask)) != "":
		return s.sendStepCode(w, op, &now, a, v.Second, o)
	}
	return refuse(op, WrongAnswer), nil
}

func (s *SignIn) resendInAttempt(w storage.Writer, op string, a attempt, o Origin) (Delivery, *Error, error) {
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
