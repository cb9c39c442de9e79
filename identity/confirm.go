package identity

import (
	"context"
	"errors"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Confirm proves an address outside an attempt: by the mailed code of a
// sign-up, or by a mailed link, also one that verifies a changed address.
type Confirm struct {
	Pool       PoolID
	Client     ClientID
	Identifier string // with Code
	Code       string
	Link       string // instead of Identifier and Code
	ForceAlias bool   // take the alias from a user who holds it (Cognito ForceAliasCreation)
	Origin     Origin
}

// Confirm confirms a sign-up, or verifies an address by its link.
func (a *Accounts) Confirm(ctx context.Context, in Confirm) error {
	const op = "Accounts.Confirm"
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		_, failed, err := a.confirm(w, op, in)
		return failed, err
	})
}

// confirm answers the code that was right.
func (a *Accounts) confirm(w storage.Writer, op string, in Confirm) (code, *Error, error) {
	p, _, err := a.reopen(w, op, in.Pool, in.Client)
	if err != nil {
		return code{}, nil, err
	}
	d := deed{Action: "confirm_sign_up", Client: in.Client, Origin: in.Origin}
	if failed, err := a.shutOut(w, op, &p, d); err != nil || failed != nil {
		return code{}, failed, err
	}
	u, k, failed, err := a.whoseCode(w, op, &p, proof{PurposeSignUp, in.Identifier, in.Code, in.Link, in.Origin})
	if err != nil {
		return code{}, nil, err
	}
	switch {
	case failed != nil:
		return code{}, failed, a.recordFailure(w, &u, d, failed.Code)
	case k.Purpose == PurposeSignUp:
		failed, err := a.confirmUser(w, op, &p, &u, k, in.ForceAlias, d)
		return k, failed, err
	case k.Purpose != PurposeVerifyEmail && k.Purpose != PurposeVerifyPhone:
		return code{}, refuse(op, CodeMismatch), nil
	}
	d.Action = "verify_attribute"
	failed, err = a.verifyAddress(w, op, &p, &u, k, d)
	return k, failed, err
}

// proof is a typed code for somebody, or a followed link.
type proof struct {
	purpose    Purpose
	identifier string
	code       string
	link       string
	origin     Origin
}

// whoseCode answers whose code it is. An unknown name goes the same way as a known one.
func (c *Core) whoseCode(w storage.Writer, op string, p *Pool, by proof) (User, code, *Error, error) {
	if by.link != "" {
		k, failed, err := c.followLink(w, op, p.ID, by.link)
		if err != nil || failed != nil {
			return User{PoolID: p.ID}, code{}, failed, err
		}
		u, err := getUser(w, p.ID, k.UserID)
		if errors.Is(err, storage.ErrNotFound) {
			return User{PoolID: p.ID}, code{}, refuse(op, CodeExpired), nil
		}
		return u, k, nil, err
	}
	u, err := c.userOrGhost(w, p, by.identifier)
	if err != nil {
		return User{}, code{}, nil, err
	}
	of := codeKey{Pool: p.ID, User: u.ID, Purpose: by.purpose}
	if by.purpose == PurposeSignUp && u.Status != Unconfirmed {
		waits, err := codes.Get(w, of.id()...)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return User{}, code{}, nil, err
		}
		if err != nil || !waits.UsedAt.IsZero() {
			return c.ghostsCode(w, op, p, by, &waits)
		}
	}
	k, failed, err := c.checkCode(w, op, of, by.code, by.origin)
	return u, k, failed, err
}

// ghostsCode checks the code of somebody who needs none as if nobody had the name: a
// sign-up with a taken address must not show, nor does a stranger use up the owner's
// tries. Only who has the code of old hears that it was used.
func (c *Core) ghostsCode(w storage.Writer, op string, p *Pool, by proof, used *code) (User, code, *Error, error) {
	u := c.ghost(p, by.identifier)
	k, failed, err := c.checkCode(w, op, codeKey{Pool: p.ID, User: u.ID, Purpose: by.purpose}, by.code, by.origin)
	if failed != nil && failed.Code == CodeMismatch && c.isCode(used, otp.Normalise(by.code)) {
		failed = refuse(op, CodeExpired)
	}
	return u, k, failed, err
}

// confirmUser records that the user's address is proven and the account theirs.
func (c *Core) confirmUser(w storage.Writer, op string, p *Pool, u *User, k code, force bool, d deed) (*Error, error) {
	// The code proves the address it went to, not one the user has by now.
	if u.Attributes[k.Attribute] != k.Destination {
		return refuse(op, CodeExpired), nil
	}
	u.Attributes[k.Attribute+verifiedSuffix] = "true"
	if u.Status == Unconfirmed && !p.confirmsByHand() {
		u.Status = Confirmed
		if err := c.tellConfirmed(w, confirmedSignUp, p, u, d.Client, d.Origin); err != nil {
			return nil, err
		}
	}
	if failed, err := c.saveOrTake(w, op, p, u, force); err != nil || failed != nil {
		return failed, err
	}
	if failed, err := c.useCode(w, op, k); err != nil || failed != nil {
		return nil, either(failed, err)
	}
	return nil, c.record(w, u, d)
}

// confirmInAttempt checks the code an attempt asks for. Somebody confirmed
// meanwhile, by the mailed link or an administrator, needs no code any more.
func (c *Core) confirmInAttempt(w storage.Writer, op string, a *attempt, typed string, o Origin) (*Error, error) {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil {
		return nil, err
	}
	u := c.ghost(&p, a.Identifier)
	if a.UserID != "" {
		if u, err = getUser(w, a.PoolID, a.UserID); errors.Is(err, storage.ErrNotFound) {
			return refuse(op, AttemptExpired), nil
		}
	}
	if err != nil {
		return nil, err
	}
	if !u.isGhost() && u.Status != Unconfirmed {
		return nil, nil
	}
	if typed == "" { // somebody waits for the link
		return refuse(op, CodeMismatch), nil
	}
	d := deed{Action: "confirm_sign_up", Client: a.ClientID, Origin: o}
	k, failed, err := c.checkCode(w, op, codeKey{Pool: p.ID, User: u.ID, Purpose: PurposeSignUp}, typed, o)
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return failed, c.recordFailure(w, &u, d, failed.Code)
	}
	return c.confirmUser(w, op, &p, &u, k, false, d)
}

// Resend asks for the sign-up code again.
type Resend struct {
	Pool       PoolID
	Client     ClientID
	Identifier string
	Link       string // instead of Identifier: of an earlier mail, however old
	Origin     Origin

	migrate bool // nobody has the name: somebody elsewhere may
}

// Resend sends the sign-up code again. Where existence is hidden, everybody
// gets the same answer.
func (a *Accounts) Resend(ctx context.Context, in Resend) (Delivery, error) {
	return a.sendAsked(ctx, "Accounts.Resend", in, func(p *Pool, u *User, _ *possessions) (sending, Code) {
		s := sending{Kind: message.ResendCode, Cause: message.CauseResend, Purpose: PurposeSignUp, Action: "send_sign_up_code"}
		if u.Status != Unconfirmed || u.Disabled || !confirmable(p, u) {
			return s, InvalidState
		}
		s.To, _ = signUpAddress(p, u)
		return s, ""
	})
}

// sendAsked sends the code that somebody asked for by a name. choose answers
// what to send, and why it cannot be.
func (a *Accounts) sendAsked(ctx context.Context, op string, in Resend, choose func(*Pool, *User, *possessions) (sending, Code)) (Delivery, error) {
	var to Delivery
	err := a.update(ctx, func(w storage.Writer) (failed *Error, err error) {
		p, cl, err := a.reopen(w, op, in.Pool, in.Client)
		if err != nil {
			return nil, err
		}
		if failed, err := a.shutOut(w, op, &p, deed{Action: "send_code", Client: in.Client, Origin: in.Origin}); err != nil || failed != nil {
			return failed, err
		}
		if err := a.press(w, in.Pool, in.Origin); err != nil {
			return nil, err
		}
		by := caller{pool: in.Pool, client: in.Client, origin: in.Origin}
		if failed, err := a.under(w, op, by, in.Origin.charges(resetsByAddress)...); err != nil || failed != nil {
			return failed, err
		}
		u, err := a.askedFor(w, &p, in)
		if err != nil {
			return nil, err
		}
		if u, err = a.askedOver(w, op, &p, u, in); err != nil {
			return nil, err
		}
		has, err := a.possessionsOf(w, &u)
		if err != nil {
			return nil, err
		}
		s, impossible := choose(&p, &u, &has)
		if refused := openRefusal(op, &cl, &u, impossible == "", impossible); refused != nil {
			return refused, nil
		}
		s.User, s.Shown, s.Client, s.Origin = u, a.inventedDelivery(&p, in.Identifier), in.Client, in.Origin
		to, failed, err = a.sendCode(w, op, s)
		return failed, err
	})
	return to, err
}

// askedFor answers whose code is to be sent again. A link that is unknown, or
// of something else than a sign-up, goes the way of an unknown name.
func (c *Core) askedFor(r storage.Reader, p *Pool, in Resend) (User, error) {
	if in.Link == "" {
		return c.userOrGhost(r, p, in.Identifier)
	}
	l, _, err := readLink(r, p.ID, in.Link)
	if err == nil && l.Purpose == PurposeSignUp {
		var u User
		if u, err = getUser(r, p.ID, l.UserID); err == nil {
			return u, nil
		}
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return User{}, err
	}
	return c.ghost(p, in.Link), nil
}
