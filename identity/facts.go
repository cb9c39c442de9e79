package identity

import (
	"errors"
	"fmt"
	"slices"

	"poolhouse.dev/storage"
)

// standing is what an attempt is decided on, as loaded: the settings, the
// person (the zero User for an unknown name) and what they have.
type standing struct {
	pool   Pool
	client Client
	user   User
	has    possessions
	joined []string // see Challenge.Joined
	facts  facts
}

// gather reads the facts about an attempt's person.
func (c *Core) gather(r storage.Reader, p Pool, a attempt) (s standing, err error) {
	if s.client, err = clientOrOwnPages(r, a.PoolID, a.ClientID); err != nil {
		return s, err
	}
	p.Risk = p.Risk.under(s.client.Risk)
	s.pool = p
	firsts := c.firstFactors(&p, &s.client)
	s.facts = facts{Proven: a.Proven, Chosen: a.Chosen, Firsts: orByMessage(&p, firsts)}
	if a.Linking != "" {
		s.facts.Firsts = waysToLink(&p, s.facts.Firsts)
	}
	if a.Provider != "" {
		s.facts.Firsts = append(s.facts.Firsts, FactorExternal)
	}
	s.facts.PasswordIsAWay = slices.Contains(s.facts.Firsts, FactorPassword)
	all := s.facts.Firsts
	s.facts.Vouched = a.Vouched
	s.facts.Levels, s.facts.Firsts = a.Levels, leading(all, c.secondFactors(&p), a.Levels)
	if a.Custom {
		s.facts.Firsts, s.facts.CustomAskedNothing = customWays(&s.client), a.passed(stepPassword) && !a.passed(string(AskCustom))
	}
	if a.UserID == "" {
		return s, nil
	}
	s.user, err = users.Get(r, string(a.PoolID), string(a.UserID))
	if errors.Is(err, storage.ErrNotFound) {
		s.user = User{}
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("user: %w", err)
	}
	if s.has, err = c.possessionsOf(r, &s.user); err != nil {
		return s, err
	}
	if s.facts.ElsewhereIsBoth, err = asksNoMore(r, a); err != nil || a.Twice {
		s.facts.ElsewhereIsBoth = false // the app wants to know of two factors
	}
	if err != nil {
		return s, err
	}
	if s.joined, err = provableBy(r, &s.client, a, &s.user); err != nil {
		return s, err
	}
	required, err := requiredOf(r, &s.pool, &s.client, &s.user)
	if err != nil {
		return s, err
	}
	c.weigh(&s, a, required || a.Twice && s.pool.mfa() != mfaOff)
	s.facts.Climbs = s.climbsOf(s.has.seconds(&s.user, c.secondFactors(&s.pool), true), all)
	s.facts.KeyMustBeMade = a.Provider == "" && keysAlone(firsts) && len(s.has.keys) == 0
	if s.facts.Remembered, err = c.standsIn(r, &s, a); err != nil {
		return s, err
	}
	return s, c.weighDevice(r, &s, a)
}

// waysToLink adds a mailed code to the ways in of somebody who joins a provider
// to their account: they may have come by another provider until now, and have
// nothing of their own. It is as good as the reset that it stands for.
func waysToLink(p *Pool, ways []Factor) []Factor {
	if slices.Contains(ways, FactorEmailCode) || !slices.Contains(p.recoveryOrder(), attrEmail) {
		return ways
	}
	return append(slices.Clone(ways), FactorEmailCode)
}

// asksNoMore says that who comes back from this provider needs no second factor
// here, which is what Cognito does with everybody.
func asksNoMore(r storage.Reader, a attempt) (bool, error) {
	if a.Provider == "" {
		return false, nil
	}
	p, err := providers.Get(r, string(a.PoolID), a.Provider)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return !p.MFARequired, err
}

// waysIn answers the first factors, and messages where they must do.
func (c *Core) waysIn(p *Pool, cl *Client) []Factor {
	return orByMessage(p, c.firstFactors(p, cl))
}

func keysAlone(ways []Factor) bool { return slices.Equal(ways, []Factor{FactorPasskey}) }

// orByMessage adds messages, in the order of recovery, where passkeys are the
// only way in: whoever has none yet, or lost it, comes in by them.
func orByMessage(p *Pool, ways []Factor) []Factor {
	if !keysAlone(ways) {
		return ways
	}
	for _, attribute := range p.recoveryOrder() {
		ways = append(ways, codeFactors[attribute])
	}
	return ways
}

// requiredOf says that the pool, the client or one of the person's groups
// demands a second factor.
func requiredOf(r storage.Reader, p *Pool, cl *Client, u *User) (bool, error) {
	if p.mfa() == mfaOn || cl.MFAConfiguration == mfaOn {
		return true, nil
	}
	if p.mfa() == mfaOff {
		return false, nil
	}
	belongs, err := groupsOf(r, u)
	return slices.ContainsFunc(belongs, func(g Group) bool { return g.MFAConfiguration == mfaOn }), err
}

// weigh fills the facts from what was loaded.
func (c *Core) weigh(s *standing, a attempt, required bool) {
	f, u := &s.facts, &s.user
	f.Known, f.Disabled, f.Status = true, u.Disabled, u.Status
	f.Confirmable = confirmable(&s.pool, u) && !a.API // an app is told, and asks for the code itself
	end := s.has.password.ExpiresAt
	f.TemporaryExpired = !end.IsZero() && !c.Now().Before(end)
	f.Password, f.ResetBy = s.has.password.Hash != "", resetMedia[s.has.password.ResetBy]
	f.Required = required
	f.VerifiedIsBoth = s.pool.WebAuthn.FactorConfiguration != singleFactor
	kinds := c.secondFactors(&s.pool)
	set := s.has.seconds(u, kinds, true)
	f.Seconds = s.has.seconds(u, kinds, required)
	f.Active = len(f.Seconds) > 0
	f.SetUps = filter(kinds, func(k Factor) bool { return !slices.Contains(set, k) })
	f.Recovery = s.has.recovery.left() > 0 && len(set) > 0
	c.weighRisk(s, a, set)
	f.Preferred = len(f.Seconds) > 0 && f.Seconds[0] == u.MFA.Preferred
	if own := s.has.firsts(u, f.Firsts); a.Familiar && len(own) > 0 {
		f.Offered = own
	}
}

// codeFactors names the way in by each address.
var codeFactors = map[string]Factor{attrEmail: FactorEmailCode, attrPhone: FactorSMSCode}

// resetMedia names the medium of each Credential.ResetBy.
var resetMedia = map[string]medium{attrEmail: mediumMailbox, attrPhone: mediumPhone, byRecovery: mediumPaper}

// weighRisk takes into account what the sign-in's risk asks for.
func (c *Core) weighRisk(s *standing, a attempt, set []Factor) {
	if a.Risk == nil {
		return
	}
	f := &s.facts
	switch a.Risk.Action {
	case riskBlock:
		f.Blocked = true
	case riskMFA:
		f.Risky, f.Seconds = true, set
		f.Fallbacks = filter([]Factor{FactorEmail, FactorSMS}, func(k Factor) bool { return verified(&s.user, attributeOf(k)) })
	case riskMFAIfConfigured:
		f.Seconds = set
		f.Active = len(set) > 0
	}
}
