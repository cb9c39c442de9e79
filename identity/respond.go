package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"poolhouse.dev/storage"
)

// respondPassword counts the try, verifies with nothing open, and records.
func (s *SignIn) respondPassword(ctx context.Context, op string, a attempt, reply PasswordAnswer, r Reply) (Step, error) {
	of, err := s.reserveTry(ctx, op, a, r.Origin)
	if err != nil {
		return Step{}, err
	}
	cred := of.cred
	right, rehashed, failed, err := s.verifyPassword(ctx, op, of, reply.Password)
	if err != nil || failed != nil {
		return Step{}, either(failed, err)
	}
	if who, err := s.fetch(ctx, op, a, reply.Password, r.Origin); err != nil {
		return Step{}, err
	} else if who != nil {
		return s.arrive(ctx, op, a, *who, r)
	}
	done := checkedPassword{right: right, cred: cred, keep: kept{rehashed, cred.SRP}}
	if right {
		done.breached = s.breachedAtSignIn(ctx, a, reply.Password)
		if done.keep.srp, err = s.lateVerifier(ctx, a, cred, reply.Password); err != nil {
			return Step{}, err
		}
	}
	return s.recordPassword(ctx, op, a, done, r)
}

// checkedPassword is a try at the password with its outcome.
type checkedPassword struct {
	right    bool
	cred     Credential // as it was then
	keep     kept       // what is stored from now on; no hash keeps the one there is
	breached bool
}

// recordPassword records the outcome of a try that reserveTry has counted.
func (s *SignIn) recordPassword(ctx context.Context, op string, a attempt, done checkedPassword, r Reply) (Step, error) {
	o := r.Origin
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if !done.right || !s.sameCredential(w, done.cred) {
			failed, err := s.unknown(w, op, now)
			return Step{}, failed, errors.Join(err, s.recordRefusal(w, now, o, IncorrectPassword))
		}
		if err := s.keepAgain(w, done.cred, done.keep); err != nil {
			return Step{}, nil, err
		}
		if err := s.giveBackSignIn(w, o); err != nil {
			return Step{}, nil, err
		}
		now.Breached = done.breached
		if now.Custom {
			now.Steps = append(slices.Clone(now.Steps), customStep{Name: stepPassword, Result: true})
		}
		if err := s.forceChange(w, now); err != nil {
			return Step{}, nil, err
		}
		return s.proved(w, op, now, r.Remember, o, FactorPassword)
	})
}

// unknown refuses a wrong password, or openly a name that nobody has, to an app
// which may know that.
func (s *SignIn) unknown(r storage.Reader, op string, a attempt) (*Error, error) {
	cl, err := clientOrOwnPages(r, a.PoolID, a.ClientID)
	if failed := openRefusal(op, &cl, &User{}, !a.API || a.UserID != "", UserNotFound); failed != nil {
		return failed, err
	}
	return refuse(op, IncorrectPassword), err
}

// advanceFrom is advance for an attempt whose pool is not at hand.
func (c *Core) advanceFrom(w storage.Writer, op string, a attempt, o Origin) (Step, *Error, error) {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return Step{}, nil, fmt.Errorf("pool: %w", err)
	}
	return c.advance(w, op, p, a, o)
}

// reserveTry counts the try against the account and the address and answers
// what a password is held against.
func (s *SignIn) reserveTry(ctx context.Context, op string, a attempt, o Origin) (of triedPassword, err error) {
	err = s.update(ctx, func(w storage.Writer) (_ *Error, err error) {
		if of.beside, err = importedHashes(w, a.PoolID); err != nil {
			return nil, err
		}
		of.cred, of.pool = Credential{}, a.PoolID
		failed, err := s.countTry(w, op, a, o)
		if err != nil {
			return nil, err
		}
		if failed != nil {
			return failed, s.recordRefusal(w, a, o, TooManyAttempts)
		}
		u, err := getUser(w, a.PoolID, a.UserID)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		of.cred, err = s.passwordOf(w, u)
		return nil, err
	})
	return of, err
}

// countTry takes one try from the account and one from the address.
func (s *SignIn) countTry(w storage.Writer, op string, a attempt, o Origin) (*Error, error) {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return nil, fmt.Errorf("pool: %w", err)
	}
	key, err := s.tallyKey(w, a, o, looseName(&p, a.Identifier))
	if err != nil {
		return nil, err
	}
	if failed, err := s.under(w, op, a.caller(o), o.charges(signInsByAddress)...); failed != nil || err != nil {
		return failed, err
	}
	wait, err := s.reserve(w, a.PoolID, key)
	return s.reached(w, op, reached{backOff, key, wait, wait}, a.caller(o), err)
}

// respondNewPassword replaces a temporary password and fills what is missing.
func (s *SignIn) respondNewPassword(ctx context.Context, op string, a attempt, reply NewPasswordAnswer, o Origin) (Step, error) {
	change, failed, err := s.prepareNewPassword(ctx, op, a, reply)
	if err != nil || failed != nil {
		return Step{}, either(failed, err)
	}
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if failed, err = s.replaceTemporary(w, op, now, change, o); err != nil || failed != nil {
			return Step{}, failed, err
		}
		now.PasswordAt = s.Now()
		return s.advanceFrom(w, op, now, o)
	})
}

// respondConfirm checks the sign-up code.
func (s *SignIn) respondConfirm(ctx context.Context, op string, a attempt, reply ConfirmAnswer, o Origin) (Step, error) {
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if failed, err = s.confirmInAttempt(w, op, &now, reply.Code, o); err != nil || failed != nil {
			return Step{}, failed, err
		}
		return s.advanceFrom(w, op, now, o)
	})
}
