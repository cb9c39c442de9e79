package identity

import (
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
)

// Security baseline MF-13, MF-14, MF-15, MF-09, PW-13, AC-03.

func (p *person) byRecovery(code string) (Step, error) {
	p.Helper()
	step, err := p.choose(p.half(), FactorRecovery)
	p.asks(step, err, AskRecovery)
	return p.respond(step, CodeAnswer{FactorRecovery, code}, Origin{})
}

func TestAttackRecoveryCodeUsedTwice(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withApp().withRecovery(), k.person("bob@example.test").withApp().withRecovery()
	k.notIn(ann.byRecovery(bob.codes[0]))
	ann.isIn(ann.byRecovery(strings.ToUpper(ann.codes[0])))
	k.last(ann.email, message.RecoveryUsed)
	if got := k.notIn(ann.byRecovery(ann.codes[0])); got != CodeMismatch {
		t.Errorf("a second time: %s", got)
	}
	step := ann.half()
	if step.Challenge.Codes != 9 || !slices.ContainsFunc(step.Challenge.Options, func(o Option) bool { return o.Factor == FactorTOTP }) {
		t.Errorf("afterwards %d codes are left, and %v are offered", step.Challenge.Codes, step.Challenge.Options)
	}
}

func TestAttackRecoveryCodeOfAnOlderSet(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp().withRecovery()
	fresh, err := (&Factors{k.core}).NewRecoveryCodes(t.Context(), ann.fullLogin(), Origin{})
	k.ok(err)
	for _, code := range ann.codes[:3] {
		k.notIn(ann.byRecovery(code))
	}
	ann.isIn(ann.byRecovery(fresh[0]))
}

func TestAttackOneRecoveryCodeTypedInManyWindowsAtOnce(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp().withRecovery()
	k.core.RateLimits = false
	var open []Step
	for range 20 {
		step, err := k.choose(ann.half(), FactorRecovery)
		open = append(open, k.asks(step, err, AskRecovery))
	}
	in, _ := atOnce(func(i int) (Step, error) {
		return k.respond(open[i], CodeAnswer{FactorRecovery, ann.codes[0]}, Origin{})
	})
	if in != 1 || k.livingSessions() != 1 {
		t.Errorf("one code opened %d of 20 windows", in)
	}
}

func TestAttackRecoveryCodesWithoutASecondFactor(t *testing.T) {
	k := newFactorKit(t, demanded)
	ann := k.person("ann@example.test").withRecovery()
	step := k.asks(ann.half(), nil, AskSetUp)
	k.notIn(k.choose(step, FactorRecovery))
	k.notIn(k.respond(step, CodeAnswer{FactorRecovery, ann.codes[0]}, Origin{}))
}

// Whoever has the mailbox resets the password through it. The codes that go to
// the same mailbox are then no second factor, and none may be set up around it.
func TestAttackMailboxAloneOpensAnAccountWithMailedCodes(t *testing.T) {
	for _, required := range []bool{false, true} {
		k := newFactorKit(t, ways(FactorPassword, FactorEmailCode))
		if required {
			k.pool(demanded)
		}
		ann := k.person("ann@example.test").enable(FactorEmail)
		if _, err := k.forgot(ann.email); err != nil {
			continue // a reset that is not even offered is as good
		}
		if len(k.mails(ann.email)) == 0 {
			continue
		}
		if err := k.reset(ann.email, k.sent(ann.email), otherWord); err != nil {
			continue
		}
		k.wait(time.Hour)
		for _, way := range []Factor{FactorPassword, FactorEmailCode} {
			ann.mailboxThief(t, way)
		}
	}
}

// mailboxThief walks with everything that a mailbox and a new password give.
func (p *person) mailboxThief(t *testing.T, way Factor) {
	t.Helper()
	step := p.start(p.email, way, testChannel, Origin{})
	for range 6 {
		var err error
		switch step.Challenge.Name {
		case AskPassword:
			step, err = p.respond(step, PasswordAnswer{otherWord}, Origin{})
		case AskEmail, AskEmailCode:
			step, err = p.respond(step, CodeAnswer{Factor(step.Challenge.Name), p.sent(p.email)}, Origin{})
		case AskSetUp, AskSelectMFA:
			t.Errorf("%s: with the mailbox alone %+v is asked", way, step.Challenge)
			return
		}
		if step.Done != nil {
			t.Errorf("%s: the mailbox alone is in", way)
			return
		}
		if err != nil {
			return
		}
	}
	t.Errorf("%s: still asked %+v", way, step.Challenge)
}

func TestAttackResetInPlaceOfTheSecondFactor(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp().withRecovery()
	_, err := k.forgot(ann.email)
	k.ok(err)
	code := k.sent(ann.email)
	k.ok(k.reset(ann.email, code, otherWord))
	if k.livingSessions() != 0 {
		t.Error("a reset signed somebody in")
	}
	k.refused(k.reset(ann.email, code, goodWord), CodeExpired)
	step := k.start(ann.email, FactorPassword, testChannel, Origin{})
	k.notIn(k.respond(step, PasswordAnswer{goodWord}, Origin{}))
	step, err = k.respond(step, PasswordAnswer{otherWord}, Origin{})
	k.asks(step, err, AskTOTP)
	ann.isIn(k.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
}

func TestAttackResetCodeOfAnotherOrGuessed(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test"), k.person("bob@example.test")
	for _, p := range []*person{ann, bob} {
		_, err := k.forgot(p.email)
		k.ok(err)
	}
	k.refused(k.reset(ann.email, k.sent(bob.email), otherWord), CodeMismatch)
	k.refused(k.reset("nobody@example.test", k.sent(bob.email), otherWord), CodeExpired)
	k.refused(k.reset(ann.email, "", otherWord), CodeMismatch)
	k.refused(k.accounts().Reset(t.Context(), Reset{Pool: testPool, Identifier: ann.email, Recovery: "aaaa-bbbb-cccc-dddd", Password: otherWord}), CodeMismatch)
	k.ok(k.reset(ann.email, k.sent(ann.email), otherWord))
}

// A reset by recovery code takes the code once, and not the second factor with it.
func TestAttackRecoveryCodeForTheResetAndForTheSignIn(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp().withRecovery()
	again := Reset{Pool: testPool, Client: testClient, Identifier: ann.email, Recovery: ann.codes[0], Password: otherWord}
	k.ok(k.accounts().Reset(t.Context(), again))
	again.Password = goodWord + "-more"
	if err := k.accounts().Reset(t.Context(), again); codeOf(err) == "" {
		t.Errorf("one recovery code reset twice: %v", err)
	}
	step := k.start(ann.email, FactorPassword, testChannel, Origin{})
	step, err := k.respond(step, PasswordAnswer{otherWord}, Origin{})
	if err != nil || step.Done != nil {
		t.Fatal("a reset by recovery code took the second factor with it")
	}
	if step, err = k.choose(step, FactorRecovery); err == nil {
		k.notIn(k.respond(step, CodeAnswer{FactorRecovery, ann.codes[0]}, Origin{}))
	}
}
