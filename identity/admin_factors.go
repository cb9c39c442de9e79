package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Factors answers what a user proves themselves with. Second are those asked for
// at a sign-in, the preferred one first.
func (a *Admin) Factors(ctx context.Context, pool PoolID, username string) (list FactorList, second []Factor, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) error {
		p, u, err := a.load(r, "Admin.Factors", pool, username)
		if err != nil {
			return err
		}
		if list, err = a.listOf(r, &p, &u); err != nil {
			return err
		}
		has, err := a.possessionsOf(r, &u)
		second = has.seconds(&u, a.secondFactors(&p), false)
		return err
	})
	return list, second, err
}

// ResetFactors removes every second factor, passkey and recovery code of a user
// who has lost them, and ends all sessions: what was lost may be in other hands.
// The owner is told of each kind. The password stays.
func (a *Admin) ResetFactors(ctx context.Context, pool PoolID, username string) error {
	_, err := a.change(ctx, "Admin.ResetFactors", pool, username, "reset_factors", func(w storage.Writer, _ *Pool, u *User) (*Error, error) {
		has, err := a.possessionsOf(w, u)
		if err != nil {
			return nil, err
		}
		if err := removeFactors(w, u); err != nil {
			return nil, err
		}
		if err := removeBrowsers(w, u); err != nil {
			return nil, err
		}
		told := kindsOf(&has, u)
		u.MFA = MFA{}
		for _, kind := range told {
			if err := a.tellFactor(w, u, message.FactorRemoved, kind, deed{}); err != nil {
				return nil, err
			}
		}
		return nil, a.signOutEverywhere(w, u)
	})
	return err
}

// kindsOf answers each kind of factor that the person has, once.
func kindsOf(has *possessions, u *User) []Factor {
	var kinds []Factor
	for _, one := range has.each(u) {
		if !slices.Contains(kinds, one.Kind) {
			kinds = append(kinds, one.Kind)
		}
	}
	if len(has.recovery.Codes) > 0 {
		kinds = append(kinds, FactorRecovery)
	}
	return kinds
}

// SetSecond is what becomes of one kind of second factor (Cognito
// AdminSetUserMFAPreference).
type SetSecond struct {
	Kind      Factor // FactorTOTP, FactorSMS, FactorEmail, FactorPasskey
	Enabled   bool
	Preferred bool
}

// SetSeconds switches a user's second factors on and off; kinds that are not
// named stay. What is switched on must have been set up, or be a verified
// address. Switching the authenticator app off removes it.
func (a *Admin) SetSeconds(ctx context.Context, pool PoolID, username string, set []SetSecond) error {
	const op = "Admin.SetSeconds"
	_, err := a.change(ctx, op, pool, username, "set_user_mfa_preference", func(w storage.Writer, p *Pool, u *User) (*Error, error) {
		has, err := a.possessionsOf(w, u)
		if err != nil {
			return nil, err
		}
		return a.setSeconds(w, op, p, u, &has, set)
	})
	return err
}

// setSeconds leaves the user to the caller to store.
func (c *Core) setSeconds(w storage.Writer, op string, p *Pool, u *User, has *possessions, set []SetSecond) (*Error, error) {
	u.MFA.Enabled = slices.Clone(u.MFA.Enabled)
	preferred := 0
	for _, s := range set {
		if failed, err := c.setSecond(w, op, p, u, has, s); err != nil || failed != nil {
			return failed, err
		}
		if s.Preferred {
			preferred++
		}
	}
	if preferred > 1 {
		return invalidSecond(op, "", "only one can be preferred"), nil
	}
	return nil, nil
}

func invalidSecond(op string, kind Factor, why string) *Error {
	return &Error{Code: InvalidParameter, Op: op, Field: string(kind), Err: errors.New(why)}
}

func (c *Core) setSecond(w storage.Writer, op string, p *Pool, u *User, has *possessions, s SetSecond) (*Error, error) {
	switch {
	case s.Preferred && !s.Enabled:
		return invalidSecond(op, s.Kind, "what is preferred must be enabled"), nil
	case s.Enabled && !slices.Contains(c.secondFactors(p), s.Kind):
		return invalidSecond(op, s.Kind, "the pool does not take this second factor"), nil
	case s.Enabled && !has.could(u, s.Kind):
		return invalidSecond(op, s.Kind, "the user has not set it up, or has no verified address for it"), nil
	}
	u.MFA.Enabled = slices.DeleteFunc(u.MFA.Enabled, func(f Factor) bool { return f == s.Kind })
	if u.MFA.Preferred == s.Kind {
		u.MFA.Preferred = ""
	}
	if s.Enabled {
		u.MFA.Enabled = append(u.MFA.Enabled, s.Kind)
	} else if s.Kind == FactorTOTP {
		return nil, credentials.Delete(w, string(u.PoolID), string(u.ID), string(FactorTOTP))
	}
	if s.Preferred {
		u.MFA.Preferred = s.Kind
	}
	return nil, nil
}

// could says that the person can prove the factor, whether it is on or not.
func (has *possessions) could(u *User, kind Factor) bool {
	switch kind {
	case FactorTOTP:
		return len(has.app.Secret) > 0
	case FactorPasskey:
		return len(has.keys) > 0
	}
	return verified(u, attributeOf(kind))
}

// Recovery is a way back in that an administrator gave.
type Recovery struct {
	Link      string   // the link's secret, where it was not mailed
	Delivery  Delivery // where it was mailed
	ExpiresAt time.Time
}

// RecoveryLink makes a link with which the user sets a new password, once and
// for an hour; it replaces a reset code. Mailed, it goes to a verified address
// and proves that address. Otherwise it is answered, for somebody who has no
// address any more: the administrator knows who they hand it to. A second factor
// is asked for afterwards as ever. NotAllowed says that the pool has no
// passwords, InvalidState that the user is disabled or signs in elsewhere,
// NoVerifiedAddress that there is nowhere to mail it to.
func (a *Admin) RecoveryLink(ctx context.Context, pool PoolID, username string, mailed bool) (out Recovery, err error) {
	const op = "Admin.RecoveryLink"
	_, err = a.change(ctx, op, pool, username, "create_recovery_link", func(w storage.Writer, p *Pool, u *User) (*Error, error) {
		out = Recovery{ExpiresAt: a.Now().Add(PurposeReset.life())}
		if failed := a.recoverableByLink(op, p, u); failed != nil {
			return failed, nil
		}
		to, ok := provenAddress(u)
		if mailed && !ok {
			return refuse(op, NoVerifiedAddress), nil
		}
		if !mailed {
			to = address{}
		}
		_, link, err := a.issueCode(w, codeKey{Pool: u.PoolID, User: u.ID, Purpose: PurposeReset}, to)
		if err != nil {
			return nil, fmt.Errorf("recovery link: %w", err)
		}
		if !mailed {
			out.Link = link
			return nil, nil
		}
		out.Delivery = to.delivery()
		return nil, a.tell(w, u, letter{
			Kind: message.RecoveryLink, To: to, Data: map[string]string{"minutes": minutes(PurposeReset.life())}, Secrets: map[string]string{"link": link},
		})
	})
	if err != nil {
		return Recovery{}, err
	}
	return out, nil
}

func (a *Admin) recoverableByLink(op string, p *Pool, u *User) *Error {
	if u.Disabled || u.Status == ExternalProvider {
		return refuse(op, InvalidState)
	}
	if !slices.Contains(a.firstFactors(p, &Client{}), FactorPassword) {
		return &Error{Code: NotAllowed, Op: op, Err: errors.New("nobody signs in with a password in this pool; a link sets a new one. " +
			"Verify an address for the user, or reset the factors, and the codes let them in")}
	}
	return nil
}

// provenAddress is where a secret may go, whatever the pool's order of recovery.
func provenAddress(u *User) (address, bool) {
	for _, attribute := range []string{attrEmail, attrPhone} {
		if verified(u, attribute) {
			return addressOf(u, attribute)
		}
	}
	return address{}, false
}

// Devices answers the browsers that a user signed in with, the last used first.
func (a *Admin) Devices(ctx context.Context, pool PoolID, username string) (views []DeviceView, err error) {
	err = a.Store.View(ctx, func(r storage.Reader) error {
		p, u, err := a.load(r, "Admin.Devices", pool, username)
		if err == nil {
			views, err = a.devicesOf(r, &p, &u, "")
		}
		return err
	})
	return views, err
}

// ForgetDevice makes a browser unknown; ResourceNotFound says that there is none.
func (a *Admin) ForgetDevice(ctx context.Context, pool PoolID, username, id string) error {
	return a.onDevice(ctx, "Admin.ForgetDevice", pool, username, "forget_device", id, func(w storage.Writer, _ *User, d Device) error {
		return knownBrowsers.Delete(w, string(d.PoolID), string(d.UserID), d.Hash)
	})
}

// RememberDevice lets a browser stand in for the second factor, where the pool
// remembers browsers, or ends that.
func (a *Admin) RememberDevice(ctx context.Context, pool PoolID, username, id string, remember bool) error {
	return a.onDevice(ctx, "Admin.RememberDevice", pool, username, "update_device_status", id, func(w storage.Writer, u *User, d Device) error {
		d.RememberedAt, d.Epoch, d.Wanted = time.Time{}, u.Epoch, remember && d.Keyed()
		if remember {
			d.RememberedAt = a.Now()
		}
		return knownBrowsers.Put(w, d)
	})
}

func (a *Admin) onDevice(ctx context.Context, op string, pool PoolID, username, action, id string, act func(storage.Writer, *User, Device) error) error {
	_, err := a.change(ctx, op, pool, username, action, func(w storage.Writer, p *Pool, u *User) (*Error, error) {
		d, failed, err := a.deviceOf(w, op, p, u, id)
		if err != nil || failed != nil {
			return failed, err
		}
		return nil, act(w, u, d)
	})
	return err
}

// Events answers a user's sign-ins, newest first; next is nil at the end.
func (a *Admin) Events(ctx context.Context, pool PoolID, username string, page Page) (events []SignInEvent, next []byte, err error) {
	const op = "Admin.Events"
	err = a.Store.View(ctx, func(r storage.Reader) error {
		_, u, err := a.load(r, op, pool, username)
		if err == nil {
			events, next, err = a.eventPage(r, op, u, page)
		}
		return err
	})
	return events, next, err
}
