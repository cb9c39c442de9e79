package identity

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// advance asks decide what comes next and records it. a need not be stored yet.
func (c *Core) advance(w storage.Writer, op string, p Pool, a attempt, o Origin) (Step, *Error, error) {
	s, err := c.gather(w, p, a)
	if err != nil {
		return Step{}, nil, err
	}
	if assessed, err := c.assess(w, &s, &a, o); err != nil {
		return Step{}, nil, err
	} else if assessed {
		return c.advance(w, op, p, a, o)
	}
	v := decide(s.facts)
	switch {
	case v.Refuse == ResourceNotFound:
		return Step{}, noDevice(op), c.forgetKey(w, a)
	case v.Refuse != "":
		return Step{}, refuse(op, v.Refuse), c.refuseAttempt(w, &s, a, o, v.Refuse)
	case v.Ask == AskCustom:
		return c.advanceCustom(w, op, &s, a, o)
	case v.Done:
		done, err := c.finish(w, &s, a, o)
		return Step{Attempt: a.ID, Turn: a.Turn, Done: done}, nil, err
	}
	if a, err = c.named(w, a); err != nil {
		return Step{}, nil, err
	}
	failed, err := c.pose(w, op, &s, &a, v, o)
	if failed != nil && v.Second && len(v.Options) > 1 && a.Chosen == "" {
		// The code cannot be sent now; the person may have something else.
		v.Ask = AskSelectMFA
		failed, err = c.pose(w, op, &s, &a, v, o)
	}
	if err != nil || failed != nil {
		return Step{}, failed, err
	}
	if v.Second {
		if err := c.noteHalfway(w, &s, &a, o); err != nil {
			return Step{}, nil, err
		}
	}
	if a, err = c.putTurn(w, a); err != nil {
		return Step{}, nil, err
	}
	return Step{Attempt: a.ID, Turn: a.Turn, Challenge: c.challenge(&s, a, v)}, nil, nil
}

// pose prepares what is asked: it sends the code, or makes the ceremony.
func (c *Core) pose(w storage.Writer, op string, s *standing, a *attempt, v verdict, o Origin) (*Error, error) {
	beside := a.Ask == AskSelect && v.Ask == AskPasskey && len(a.Ceremony) > 0
	if a.Ask != v.Ask {
		a.Ask, a.Match, a.Approved, a.SettingUp = v.Ask, "", false, ""
		if !beside {
			a.Ceremony = nil
		}
	}
	switch {
	case v.Ask == AskConfirmSignUp:
		to, err := c.ensureSignUpCode(w, s.pool, s.user, *a, o)
		a.Delivery = to
		return nil, err
	case beside: // the choice came with a challenge, and may be made with the answer to it
		return nil, nil
	case v.Ask == AskPasskey, v.Ask == AskSelect && a.API && slices.Contains(v.Options, FactorPasskey):
		return nil, c.posePasskey(s, a, v)
	case v.Ask == AskSetUp && a.SettingUp == "" && slices.Contains(v.Options, a.Chosen):
		return c.poseSetUp(w, op, s, a, "", o)
	case v.Ask == AskSetUp && a.SettingUp == "" && len(v.Options) == 1:
		a.Chosen = v.Options[0]
		return c.poseSetUp(w, op, s, a, "", o)
	case attributeOf(Factor(v.Ask)) != "" && a.SentFor != v.Ask:
		return c.sendStepCode(w, op, s, a, v.Second, o)
	}
	return nil, nil
}

// codeAddress is where a code of the factor goes: a verified address, or the
// one that a new account waits to have proven.
func codeAddress(p *Pool, u *User, f Factor) (address, bool) {
	to, ok := addressOf(u, attributeOf(f))
	if !ok || u.Disabled {
		return address{}, false
	}
	fresh := u.Status == Unconfirmed || u.Status == ForceChangePassword && addressesAreNames(p, to.Attribute)
	return to, verified(u, to.Attribute) || fresh
}

// sendStepCode sends the code of a message factor. Nobody can tell whether
// there is somebody to send it to.
func (c *Core) sendStepCode(w storage.Writer, op string, s *standing, a *attempt, second bool, o Origin) (*Error, error) {
	f := Factor(a.Ask)
	out := sending{
		Kind: message.SignInCode, Cause: message.CauseAuthentication, Purpose: PurposeSignIn, User: s.user, Flow: a.ID, Client: a.ClientID, Origin: o,
		NoLink: a.API, Action: "send_sign_in_code", Shown: c.shownDelivery(s, a, f),
	}
	if s.user.isGhost() {
		out.User = c.ghost(&s.pool, a.Identifier)
	} else if to, ok := codeAddress(&s.pool, &s.user, f); ok {
		out.To = to
	}
	if purposeOf(a) == PurposeMFA {
		out.Kind, out.Purpose, out.Action = message.MFACode, PurposeMFA, "send_mfa_code"
	} else {
		a.Match = twoDigits()
	}
	delivery, failed, err := c.sendCode(w, op, out)
	if err == nil && failed == nil {
		a.SentFor, a.Delivery = a.Ask, delivery
	}
	return failed, err
}

// shownDelivery is where a code would go, or for somebody who must not be told
// apart, would seem to.
func (c *Core) shownDelivery(s *standing, a *attempt, f Factor) Delivery {
	if to, ok := codeAddress(&s.pool, &s.user, f); ok && !s.user.isGhost() {
		return to.delivery()
	}
	return c.inventedDeliveryOf(&s.pool, a.Identifier, attributeOf(f))
}

// twoDigits is the number that a person compares between two windows.
func twoDigits() string {
	n, err := rand.Int(rand.Reader, big.NewInt(90))
	if err != nil {
		panic(err) // crypto/rand never fails on a system that works
	}
	return fmt.Sprint(10 + n.Int64())
}

// show prints what a stored attempt asks.
func (c *Core) show(r storage.Reader, a attempt) (Step, error) {
	p, err := pools.Get(r, string(a.PoolID))
	if err != nil {
		return Step{}, fmt.Errorf("pool: %w", err)
	}
	s, err := c.gather(r, p, a)
	if err != nil {
		return Step{}, err
	}
	return Step{Attempt: a.ID, Turn: a.Turn, Challenge: c.challenge(&s, a, decide(s.facts))}, nil
}

// challenge prints what the attempt asks. What may be chosen beside it stands
// in v, unless something else is due by now.
func (c *Core) challenge(s *standing, a attempt, v verdict) *Challenge {
	ch := &Challenge{Name: a.Ask, Identifier: a.Identifier, Delivery: a.Delivery, Match: a.Match, Second: v.Second, Linking: a.Linking, Joined: s.joined}
	ch.Bare = len(s.joined) > 0 && len(s.facts.Offered) == 0
	if v.Ask == a.Ask {
		for _, f := range v.Options {
			ch.Options = append(ch.Options, Option{Factor: f, Delivery: c.optionDelivery(s, &a, f)})
		}
	}
	if v.Second {
		ch.MayRemember, ch.Codes = s.pool.mayRemember(), s.has.recovery.left()
	}
	switch a.Ask {
	case AskNewPassword:
		ch.Missing, ch.Attributes = missingRequired(&s.pool, &s.user), s.user.ReadableBy(&s.client)
	case AskPasskey, AskSelect:
		ch.Passkey = c.ceremonyOf(&a).Options
	case AskCustom:
		ch.Custom = c.customOf(&a).Public
	case AskSetUp:
		ch.SetUp = c.setUpOf(s, &a)
	}
	return ch
}

func (c *Core) optionDelivery(s *standing, a *attempt, f Factor) Delivery {
	if attributeOf(f) == "" {
		return Delivery{}
	}
	return c.shownDelivery(s, a, f)
}

// refuseAttempt records why an attempt stopped.
func (c *Core) refuseAttempt(w storage.Writer, s *standing, a attempt, o Origin, code Code) error {
	if !slices.Contains(wrongAnswers, code) { // those are noted by recordRefusal
		if err := c.noteEvent(w, s, a, o, code); err != nil {
			return err
		}
	}
	return c.recordRefusal(w, a, o, code)
}

// finish turns a proven attempt into a signed-in browser.
func (c *Core) finish(w storage.Writer, s *standing, a attempt, o Origin) (*SignedIn, error) {
	if err := c.askPostAuthentication(w, s, a, o); err != nil {
		return nil, err
	}
	key, err := c.tallyKey(w, a, o, "")
	if err != nil {
		return nil, err
	}
	if err := c.forgive(w, a.PoolID, key); err != nil {
		return nil, err
	}
	if a.ID != "" {
		a.Finished, a.Ceremony = true, nil
		if err := attempts.Put(w, a); err != nil {
			return nil, err
		}
	}
	if err := c.settle(w, s); err != nil {
		return nil, err
	}
	if err := c.joinProven(w, s, a, o); err != nil {
		return nil, err
	}
	if err := c.noteEvent(w, s, a, o, ""); err != nil {
		return nil, err
	}
	browser, device, err := c.meetDevice(w, s, a, o)
	if err != nil {
		return nil, err
	}
	session, cookie, err := c.openSession(w, s, a, o)
	if err != nil {
		return nil, err
	}
	err = audit.Write(w, c.event("sign_in", audit.OK, a, o, func(e *audit.Event) { e.Session = session.ID }))
	return &SignedIn{Auth: session.authentication(), Cookie: cookie, Browser: browser, NewDevice: device, Enrolled: a.Enrolled}, err
}

// meetDevice notes what the person signs in on: a browser with a cookie, or an
// app with a device key.
func (c *Core) meetDevice(w storage.Writer, s *standing, a attempt, o Origin) (cookie string, key *NewDevice, err error) {
	if a.API {
		key, err = c.meet(w, s, a, o)
		return "", key, err
	}
	cookie, err = c.rememberBrowser(w, s, a, o)
	return cookie, nil, err
}

// settle brings the account into the state of one that its person is in: an
// invitation taken up without a password is confirmed, and a password that an
// address had reset counts for itself again once something else was proven.
func (c *Core) settle(w storage.Writer, s *standing) error {
	if s.user.Status != Confirmed && s.user.Status != ExternalProvider {
		s.user.Status, s.user.ModifiedAt = Confirmed, c.Now()
		if err := users.Put(w, s.user); err != nil {
			return err
		}
	}
	if s.has.password.ResetBy == "" || !s.facts.provenTwice() {
		return nil
	}
	s.has.password.ResetBy = ""
	return credentials.Put(w, s.has.password)
}

// credentialOf answers the user's credential of a kind, or the zero one.
func (c *Core) credentialOf(r storage.Reader, u *User, kind Factor) (Credential, error) {
	cred, err := credentials.Get(r, string(u.PoolID), string(u.ID), string(kind))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return Credential{}, fmt.Errorf("credential: %w", err)
	}
	return cred, nil
}
