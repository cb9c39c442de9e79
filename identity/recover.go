package identity

import (
	"context"
	"errors"
	"slices"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Forgot asks for a code to set a new password.
type Forgot struct {
	Pool       PoolID
	Client     ClientID
	Identifier string
	Puzzle     PuzzleAnswer
	Origin     Origin
}

// Forgot sends a reset code to the stored address, never to the spelling that
// was typed. Where existence is hidden, everybody gets the same answer.
func (a *Accounts) Forgot(ctx context.Context, in Forgot) (Delivery, error) {
	const op = "Accounts.Forgot"
	if err := a.pass(ctx, entry{op, in.Pool, in.Client, DoorForgot, in.Identifier, in.Puzzle, in.Origin}); err != nil {
		return Delivery{}, err
	}
	whom := Resend{Pool: in.Pool, Client: in.Client, Identifier: in.Identifier, Origin: in.Origin, migrate: true}
	choose := func(p *Pool, u *User, has *possessions) (sending, Code) {
		s := sending{Kind: message.ForgotPassword, Cause: message.CauseForgotPassword, Purpose: PurposeReset, Action: "forgot_password"}
		at, ok := recoveryAddressTyped(p, u, in.Identifier, a.recoverableBy(p, u, has))
		if !ok {
			return s, NoVerifiedAddress
		}
		s.To = at
		return s, ""
	}
	to, err := a.sendAsked(ctx, op, whom, choose)
	if err != nil && asIfUnknown(err) == nil {
		whom.migrate = false
		return a.sendAsked(ctx, op, whom, choose)
	}
	return to, err
}

// recoverableBy says through which addresses the person may reset the password.
// For somebody with a second factor that is never the address which is the only
// one: the mailbox alone would then open the account.
func (c *Core) recoverableBy(p *Pool, u *User, has *possessions) func(attribute string) bool {
	seconds := has.seconds(u, c.secondFactors(p), p.mfa() == mfaOn)
	return func(attribute string) bool {
		if len(seconds) == 0 || p.AccountRecovery.AllowWithoutMFA || has.recovery.left() > 0 {
			return true
		}
		reached := mediumOf[codeFactors[attribute]]
		return slices.ContainsFunc(seconds, func(f Factor) bool { return mediumOf[f] != reached })
	}
}

// Reset sets a new password by a mailed code or link, or by a recovery code.
type Reset struct {
	Pool       PoolID
	Client     ClientID
	Identifier string // with Code or Recovery
	Code       string
	Recovery   string // a recovery code, instead of Code
	Link       string // instead of Identifier and Code
	Password   string
	Origin     Origin
}

// Reset sets the password, ends all sessions and cancels pending changes of
// address. It signs nobody in. The code stays good while the new password is
// refused.
func (a *Accounts) Reset(ctx context.Context, in Reset) error {
	const op = "Accounts.Reset"
	r, err := a.proveReset(ctx, op, in)
	if err != nil {
		return err
	}
	if failed := policyRefusal(op, &r.pool, &r.client, &r.user, in.Password); failed != nil {
		return failed
	}
	if err := a.usable(ctx, op, &r.pool, &r.cred, in.Password); err != nil {
		return err
	}
	made, err := a.keep(ctx, op, &r.pool, &r.user, in.Password)
	if err != nil {
		return err
	}
	return a.update(ctx, func(w storage.Writer) (*Error, error) {
		return nil, a.recordReset(w, op, r, made, in)
	})
}

// proven is a reset whose code was right.
type proven struct {
	pool   Pool
	client Client
	user   User
	cred   Credential
	code   code // the zero one for a recovery code
}

// proveReset checks the code before anything about the password is said, or
// the history would tell strangers about old passwords.
func (a *Accounts) proveReset(ctx context.Context, op string, in Reset) (r proven, err error) {
	err = a.update(ctx, func(w storage.Writer) (failed *Error, err error) {
		r = proven{}
		if r.pool, r.client, err = a.reopen(w, op, in.Pool, in.Client); err != nil {
			return nil, err
		}
		if failed, err := a.shutOut(w, op, &r.pool, resetDeed(in)); err != nil || failed != nil {
			return failed, err
		}
		if in.Recovery != "" {
			r.user, failed, err = a.proveByRecovery(w, op, &r.pool, in)
		} else {
			r.user, r.code, failed, err = a.whoseCode(w, op, &r.pool, proof{PurposeReset, in.Identifier, in.Code, in.Link, in.Origin})
		}
		if err != nil {
			return nil, err
		}
		if failed == nil && in.Recovery == "" && r.code.Purpose != PurposeReset {
			failed = refuse(op, CodeMismatch)
		}
		if failed != nil {
			return failed, a.recordFailure(w, &r.user, resetDeed(in), failed.Code)
		}
		r.cred, err = a.passwordOf(w, r.user)
		return nil, err
	})
	return r, err
}

func resetDeed(in Reset) deed {
	return deed{Action: "reset_password", Client: in.Client, Origin: in.Origin}
}

// recordReset rolls back on every refusal: the code was right and stays so.
func (a *Accounts) recordReset(w storage.Writer, op string, r proven, made kept, in Reset) error {
	u, err := getUser(w, r.pool.ID, r.user.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !resettable(&u, r.code) {
		return refuse(op, CodeExpired)
	}
	if err != nil {
		return err
	}
	if failed, err := a.useProof(w, op, &u, r.code, in); err != nil || failed != nil {
		return either(failed, err)
	}
	if err := a.cleanUp(w, &u); err != nil {
		return err
	}
	if failed, err := a.saveOrTake(w, op, &r.pool, &u, false); err != nil || failed != nil {
		return either(failed, err)
	}
	if err := a.putReset(w, &r, &u, made, in); err != nil {
		return err
	}
	if err := a.notify(w, &u, message.PasswordChanged, in.Origin); err != nil {
		return err
	}
	if err := a.tellConfirmed(w, confirmedReset, &r.pool, &u, in.Client, in.Origin); err != nil {
		return err
	}
	return a.record(w, &u, resetDeed(in))
}

// useProof spends the code, and proves the address that it went to.
func (a *Accounts) useProof(w storage.Writer, op string, u *User, k code, in Reset) (*Error, error) {
	if in.Recovery != "" {
		return a.spendRecovery(w, op, u, in.Recovery, in.Origin)
	}
	if k.Attribute != "" {
		u.Attributes[k.Attribute+verifiedSuffix] = "true"
	}
	return a.useCode(w, op, k)
}

// cleanUp takes the account from whoever had it before: sessions, browsers,
// addresses that wait, and factors of an account whose owner was never seen.
func (a *Accounts) cleanUp(w storage.Writer, u *User) error {
	if u.Status == Unconfirmed {
		if err := removeFactors(w, u); err != nil {
			return err
		}
		u.MFA = MFA{}
	}
	u.Status, u.Pending = Confirmed, nil
	if err := removeBrowsers(w, u); err != nil {
		return err
	}
	return a.signOutEverywhere(w, u)
}

// byRecovery stands in Credential.ResetBy for a reset by a recovery code.
const byRecovery = "recovery_code"

// putReset stores the new password and what it was reset through: with that
// it counts as one factor, unless the pool says otherwise.
func (a *Accounts) putReset(w storage.Writer, r *proven, u *User, made kept, in Reset) error {
	if err := a.putPassword(w, &r.pool, u, made); err != nil {
		return err
	}
	if r.pool.AccountRecovery.AllowWithoutMFA {
		return nil
	}
	cred, err := a.passwordOf(w, *u)
	if err != nil {
		return err
	}
	if cred.ResetBy = r.code.Attribute; in.Recovery != "" {
		cred.ResetBy = byRecovery
	}
	return credentials.Put(w, cred)
}

// proveByRecovery checks a recovery code without spending it.
func (a *Accounts) proveByRecovery(w storage.Writer, op string, p *Pool, in Reset) (User, *Error, error) {
	u, err := a.userOrGhost(w, p, in.Identifier)
	if err != nil {
		return u, nil, err
	}
	failed, err := a.tryRecovery(w, op, &u, in.Recovery, in.Origin, func(recoveryCodes, int) error { return nil })
	return u, failed, err
}

// resettable: the code proves the address it went to; a user who changed it
// since, or was disabled, is not reset by it.
func resettable(u *User, k code) bool {
	return !u.Disabled && u.Status != ExternalProvider && u.Attributes[k.Attribute] == k.Destination
}

// LinkState says what a mailed link is still good for.
type LinkState string

// The states of a link.
const (
	LinkGood     LinkState = "good"
	LinkUsed     LinkState = "used"
	LinkExpired  LinkState = "expired"
	LinkReplaced LinkState = "replaced" // a newer mail was sent
	LinkUnknown  LinkState = "unknown"
)

// LinkInfo is for the page behind a mailed link.
type LinkInfo struct {
	Purpose Purpose
	Masked  string // the address the mail went to
	State   LinkState
}

// LinkOf says what a link would do. It changes nothing: mail scanners open links.
func (a *Accounts) LinkOf(ctx context.Context, pool PoolID, link string) (LinkInfo, error) {
	var info LinkInfo
	err := a.Store.View(ctx, func(r storage.Reader) error {
		l, k, err := readLink(r, pool, link)
		if errors.Is(err, storage.ErrNotFound) {
			info = LinkInfo{State: LinkUnknown}
			return nil
		}
		info = LinkInfo{Purpose: l.Purpose, Masked: l.Masked, State: a.linkState(l, k)}
		return err
	})
	return info, err
}

func (c *Core) linkState(l codeLink, k code) LinkState {
	switch {
	case !c.Now().Before(l.ExpiresAt):
		return LinkExpired
	case k.Link == "": // its user is gone
		return LinkUnknown
	case k.Link != l.Hash:
		return LinkReplaced
	case !k.UsedAt.IsZero():
		return LinkUsed
	}
	return LinkGood
}
