package identity

import (
	"context"
	"crypto/hmac"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// An authenticator app shows one of a million, and three of them are taken at
// any time: at most 30 tries a day keep a guess below 1 in 10,000 a day.
// Recovery codes have 80 bits and share the counts of mailed codes.
var (
	appTriesPerDay  = Limit{Name: "totp_day", Burst: 12, Every: 80 * time.Minute, By: ByUser}
	recoveriesTried = []Limit{codesPerHour, codesPerDay}
	appsTried       = []Limit{codesPerHour, appTriesPerDay}
)

// respondCode checks a code, of whatever factor the challenge asked for.
func (s *SignIn) respondCode(ctx context.Context, op string, a attempt, reply CodeAnswer, r Reply) (Step, error) {
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, a)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if failed, err = s.checkFactor(w, op, &now, reply, r.Origin); err != nil {
			return Step{}, nil, err
		}
		if failed != nil {
			return Step{}, failed, s.recordRefusal(w, now, r.Origin, failed.Code)
		}
		return s.proved(w, op, now, r.Remember, r.Origin, reply.Factor)
	})
}

// proved notes what was proven and goes on.
func (c *Core) proved(w storage.Writer, op string, a attempt, remember bool, o Origin, factors ...Factor) (Step, *Error, error) {
	for _, f := range factors {
		if !slices.Contains(a.Proven, f) {
			a.Proven = append(a.Proven, f)
		}
	}
	a.Chosen, a.Remember = "", a.Remember || remember
	return c.advanceFrom(w, op, a, o)
}

func (s *SignIn) checkFactor(w storage.Writer, op string, a *attempt, reply CodeAnswer, o Origin) (*Error, error) {
	switch reply.Factor {
	case FactorTOTP:
		return s.checkApp(w, op, a, reply.Code, o)
	case FactorRecovery:
		return s.checkRecovery(w, op, a, reply.Code, o)
	}
	return s.checkMessage(w, op, a, reply.Code, o)
}

// checkMessage checks a code that was sent for this attempt. A new account's
// address is proven by it.
func (s *SignIn) checkMessage(w storage.Writer, op string, a *attempt, typed string, o Origin) (*Error, error) {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return nil, err
	}
	u, err := s.userOf(w, &p, a)
	if err != nil {
		return nil, err
	}
	k, failed, err := s.checkCode(w, op, codeKey{Pool: p.ID, User: u.ID, Purpose: purposeOf(a), Flow: a.ID}, typed, o)
	if err != nil || failed != nil {
		return failed, err
	}
	return s.acceptCode(w, op, &p, &u, a, k, o)
}

// purposeOf answers what the code of the present challenge is for.
func purposeOf(a *attempt) Purpose {
	if a.Ask == AskEmailCode || a.Ask == AskSMSCode {
		return PurposeSignIn
	}
	return PurposeMFA
}

// acceptCode takes a right code: used, and its address proven.
func (c *Core) acceptCode(w storage.Writer, op string, p *Pool, u *User, a *attempt, k code, o Origin) (*Error, error) {
	if u.Attributes[k.Attribute] != k.Destination {
		return refuse(op, CodeExpired), nil
	}
	if u.Status == Unconfirmed && !slices.Contains(a.Proven, FactorPassword) {
		if err := c.dropStrangers(w, u); err != nil {
			return nil, err
		}
	}
	if u.Status == Unconfirmed || !verified(u, k.Attribute) {
		return c.confirmUser(w, op, p, u, k, false, deed{Action: "confirm_sign_up", Client: a.ClientID, Origin: o})
	}
	return c.useCode(w, op, k)
}

// dropStrangers takes password and factors from an account whose owner comes
// for the first time, and by the mailbox alone: whoever signed up with that
// address may have been somebody else.
func (c *Core) dropStrangers(w storage.Writer, u *User) error {
	u.MFA = MFA{}
	return removePossessions(w, u)
}

// userOf answers the attempt's person, or the stand-in for nobody.
func (c *Core) userOf(r storage.Reader, p *Pool, a *attempt) (User, error) {
	u, err := getUser(r, a.PoolID, a.UserID)
	if a.UserID == "" || errors.Is(err, storage.ErrNotFound) {
		return c.ghost(p, a.Identifier), nil
	}
	return u, err
}

// checkApp checks the code of an authenticator app. Each time step is taken
// once (RFC 6238 §5.2).
func (s *SignIn) checkApp(w storage.Writer, op string, a *attempt, typed string, o Origin) (*Error, error) {
	if failed, err := s.under(w, op, a.caller(o), o.charges(codesByAddress)...); err != nil || failed != nil {
		return failed, err
	}
	cred, err := s.credentialOf(w, &User{PoolID: a.PoolID, ID: a.UserID}, FactorTOTP)
	if err != nil {
		return nil, err
	}
	return s.guess(w, op, guessing{a.PoolID, a.UserID, o, appsTried}, func() (bool, error) {
		return s.takeStep(w, cred, typed)
	})
}

// takeStep compares the code and remembers its step.
func (c *Core) takeStep(w storage.Writer, cred Credential, typed string) (bool, error) {
	secret, err := c.openSecret(cred)
	if err != nil {
		return false, err
	}
	step, right := otp.VerifyTOTP(secret, typed, c.Now(), cred.LastStep)
	if !right || len(secret) == 0 {
		return false, nil
	}
	cred.LastStep = step
	return true, credentials.Put(w, cred)
}

// openSecret answers the shared secret of an authenticator app; nil without one.
func (c *Core) openSecret(cred Credential) ([]byte, error) {
	if len(cred.Secret) == 0 {
		return nil, nil
	}
	return c.Sealer.Open(cred.Secret, "totp", string(cred.PoolID), string(cred.UserID))
}

// checkRecovery spends a recovery code, and tells its owner.
func (s *SignIn) checkRecovery(w storage.Writer, op string, a *attempt, typed string, o Origin) (*Error, error) {
	u, err := getUser(w, a.PoolID, a.UserID)
	if err != nil {
		return nil, err
	}
	return s.spendRecovery(w, op, &u, typed, o)
}

func (c *Core) spendRecovery(w storage.Writer, op string, u *User, typed string, o Origin) (*Error, error) {
	return c.tryRecovery(w, op, u, typed, o, func(set recoveryCodes, i int) error {
		set.Codes[i].UsedAt = c.Now()
		if err := recoverySets.Put(w, set); err != nil {
			return err
		}
		return c.notify(w, u, message.RecoveryUsed, o)
	})
}

// tryRecovery compares a recovery code, and does what is to be done with a right one.
func (c *Core) tryRecovery(w storage.Writer, op string, u *User, typed string, o Origin, right func(set recoveryCodes, i int) error) (*Error, error) {
	if failed, err := c.under(w, op, callerOf(u, deed{Origin: o}), o.charges(codesByAddress)...); err != nil || failed != nil {
		return failed, err
	}
	set, err := recoverySetOf(w, u)
	if err != nil {
		return nil, err
	}
	mac := c.recoveryMAC(u, otp.NormaliseRecovery(typed))
	return c.guess(w, op, guessing{u.PoolID, u.ID, o, recoveriesTried}, func() (bool, error) {
		i := slices.IndexFunc(set.Codes, func(each recoveryCode) bool { return hmac.Equal(each.MAC, mac) })
		if i < 0 || !set.Codes[i].UsedAt.IsZero() {
			return false, nil
		}
		return true, right(set, i)
	})
}

func (c *Core) recoveryMAC(u *User, normal string) []byte {
	return c.Sealer.MAC("recovery", string(u.PoolID), string(u.ID), normal)
}

func recoverySetOf(r storage.Reader, u *User) (recoveryCodes, error) {
	set, err := recoverySets.Get(r, string(u.PoolID), string(u.ID))
	if errors.Is(err, storage.ErrNotFound) {
		return recoveryCodes{}, nil
	}
	return set, err
}

// Choice picks another way in, another second factor, or what to set up.
type Choice struct {
	Attempt AttemptID
	Channel Channel
	Turn    int // see Reply
	Factor  Factor
	Address string // for a set-up that sends codes to an address which is not known yet
	Origin  Origin
}

// option answers which of the options is meant: that factor, or a code to the same
// address by its other name; "" for none.
func (v *verdict) option(f Factor) Factor {
	i := slices.Index(v.Options, f)
	if i < 0 {
		i = slices.IndexFunc(v.Options, func(o Factor) bool { return attributeOf(o) != "" && attributeOf(o) == attributeOf(f) })
	}
	if i < 0 {
		return ""
	}
	return v.Options[i]
}

// Choose lets the person go another way. FactorNotFound says that it may not be
// chosen now; the attempt stays as it is.
func (s *SignIn) Choose(ctx context.Context, ch Choice) (Step, error) {
	const op = "SignIn.Choose"
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		a, failed, err := s.loadTurn(w, op, stepOf{ch.Attempt, ch.Channel, ch.Turn})
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		p, err := pools.Get(w, string(a.PoolID))
		if err != nil {
			return Step{}, nil, err
		}
		now, err := s.gather(w, p, a)
		if err != nil {
			return Step{}, nil, err
		}
		v := decide(now.facts)
		if ch.Factor = v.option(ch.Factor); ch.Factor == "" || ch.Factor == FactorCustom {
			return Step{}, refuse(op, FactorNotFound), nil
		}
		a.Chosen = ch.Factor
		if a.Ask == AskSetUp && v.Ask == AskSetUp {
			return s.chooseSetUp(w, op, &now, a, ch)
		}
		return s.advance(w, op, p, a, ch.Origin)
	})
}
