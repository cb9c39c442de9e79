package identity

import (
	"context"
	"errors"
	"slices"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// CustomAnswer answers AskCustom; the pool's trigger says whether it is right.
type CustomAnswer struct{ Answer string }

func (CustomAnswer) answers() ChallengeName { return AskCustom }

// respondCustom counts the try as one at the password, and has it verified.
func (s *SignIn) respondCustom(ctx context.Context, op string, a attempt, reply CustomAnswer, r Reply) (Step, error) {
	if _, err := s.reserveTry(ctx, op, a, r.Origin); err != nil {
		return Step{}, err
	}
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err == nil && failed == nil && string(now.Ceremony) != string(a.Ceremony) {
			failed = refuse(op, AttemptExpired) // another answer to the same challenge was first
		}
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		p, err := pools.Get(w, string(now.PoolID))
		if err != nil {
			return Step{}, nil, err
		}
		known, err := s.gather(w, p, now)
		if err != nil {
			return Step{}, nil, err
		}
		return s.verifyCustom(w, op, &known, now, reply, r.Origin)
	})
}

// verifyCustom notes the outcome, and lets the triggers go on with it unless
// there were too many wrong ones.
func (s *SignIn) verifyCustom(w storage.Writer, op string, known *standing, a attempt, reply CustomAnswer, o Origin) (Step, *Error, error) {
	made := s.customOf(&a)
	var says verifyResponse
	request := verifyRequest{customEventOf(&known.user, o), metadata(made.Private), reply.Answer}
	if err := s.askCustom(w, known, &a, trigger.VerifyAuthChallengeResponse, request, &says, o); err != nil {
		return Step{}, nil, err
	}
	a.Steps = append(slices.Clone(a.Steps), customStep{string(AskCustom), says.AnswerCorrect, made.Metadata})
	if says.AnswerCorrect {
		if err := s.takeBack(w, &known.pool, a, o); err != nil {
			return Step{}, nil, err
		}
		return s.advance(w, op, known.pool, a, o)
	}
	wrong := filter(a.Steps, func(c customStep) bool { return !c.Result })
	if len(wrong) >= maxCustomWrong {
		return Step{}, refuse(op, IncorrectPassword), s.endCustom(w, a, o)
	}
	if err := s.recordRefusal(w, a, o, IncorrectPassword); err != nil {
		return Step{}, nil, err
	}
	return s.advance(w, op, known.pool, a, o)
}

// takeBack returns a try that turned out to be right; earlier wrong ones stay
// counted until the person is in.
func (s *SignIn) takeBack(w storage.Writer, p *Pool, a attempt, o Origin) error {
	if !s.RateLimits {
		return nil
	}
	key, err := s.tallyKey(w, a, o, looseName(p, a.Identifier))
	if err != nil {
		return err
	}
	t, err := tallies.Get(w, string(a.PoolID), key)
	if err == nil && t.Failures > 0 {
		t.Failures--
		t.Until = t.LastAt
		err = tallies.Put(w, t)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return s.giveBackSignIn(w, o)
}
