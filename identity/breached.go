package identity

import (
	"context"
	"slices"

	"poolhouse.dev/storage"
)

// The events at which a password is looked up (Cognito
// CompromisedCredentialsRiskConfigurationType EventFilter).
const (
	lookAtSignIn = "SIGN_IN"
	lookAtChange = "PASSWORD_CHANGE"
	lookAtSignUp = "SIGN_UP"
)

func (p *Pool) looksUp(event string) bool {
	filter := p.Risk.Compromised.EventFilter
	if event == lookAtSignIn && p.Risk.Compromised.Actions.SignInAction != "" {
		return true
	}
	if len(filter) == 0 {
		return event != lookAtSignIn
	}
	return slices.Contains(filter, event)
}

func (p *Pool) blocksBreached(event string) bool {
	actions := p.Risk.Compromised.Actions
	if event == lookAtSignIn && actions.SignInAction != "" {
		return actions.SignInAction == riskBlock
	}
	return actions.EventAction != riskNoAction
}

// violationBreached stands beside the violations of password.Policy, which
// knows no list but its own.
const violationBreached = "breached"

// breachRefusal refuses a password that is in a list of breached ones, where
// the pool looks at this event. It may ask over the network: nothing may be open.
func (c *Core) breachRefusal(ctx context.Context, op string, p *Pool, event, text string) *Error {
	if c.Breached == nil || !p.looksUp(event) || !p.blocksBreached(event) || !c.Breached(ctx, text) {
		return nil
	}
	return &Error{Code: PasswordRefused, Op: op, Field: "password", Violations: []string{violationBreached}}
}

// usable refuses a password that the person had before, or that is in a list of
// breached ones.
func (c *Core) usable(ctx context.Context, op string, p *Pool, cred *Credential, text string) error {
	if failed := c.breachRefusal(ctx, op, p, lookAtChange, text); failed != nil {
		return failed
	}
	return c.unused(ctx, op, p, cred, text)
}

// breachedAtSignIn says that a right password is in a list of breached ones. It
// asks for those who may go on only: the time it takes would else tell that the
// password of a disabled user was right.
func (s *SignIn) breachedAtSignIn(ctx context.Context, a attempt, text string) bool {
	if s.Breached == nil {
		return false
	}
	due := false
	err := s.Store.View(ctx, func(r storage.Reader) error {
		p, _, err := s.reopen(r, "SignIn.Respond", a.PoolID, a.ClientID)
		if err != nil || !p.looksUp(lookAtSignIn) {
			return err
		}
		u, err := getUser(r, a.PoolID, a.UserID)
		due = err == nil && !u.Disabled && u.Status == Confirmed
		return err
	})
	return err == nil && due && s.Breached(ctx, text)
}

// forceChange makes somebody whose password is known to strangers set another.
func (s *SignIn) forceChange(w storage.Writer, a attempt) error {
	if !a.Breached {
		return nil
	}
	p, _, err := s.reopen(w, "SignIn.Respond", a.PoolID, a.ClientID)
	if err != nil || !p.blocksBreached(lookAtSignIn) {
		return err
	}
	u, err := getUser(w, a.PoolID, a.UserID)
	if err != nil || u.Status != Confirmed {
		return err
	}
	u.Status, u.ModifiedAt = ResetRequired, s.Now()
	return users.Put(w, u)
}
