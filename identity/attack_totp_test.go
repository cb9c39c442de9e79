package identity

import (
	"testing"
	"time"

	"poolhouse.dev/identity/otp"
)

// Security baseline MF-03, MF-02, MF-07, MF-08.

func TestAttackCodeOfAnAppReplayedInASecondAttempt(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	first, second := ann.half(), ann.half()
	code := ann.shown()
	ann.isIn(k.respond(first, CodeAnswer{FactorTOTP, code}, Origin{}))
	if got := k.notIn(k.respond(second, CodeAnswer{FactorTOTP, code}, Origin{})); got != CodeMismatch {
		t.Errorf("the same code in a second attempt answers %s", got)
	}
	k.wait(30 * time.Second)
	k.notIn(k.respond(second, CodeAnswer{FactorTOTP, code}, Origin{}))
	ann.isIn(k.respond(second, CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
}

func TestAttackCodeOfAnAppOlderThanTheLastOneTaken(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	before := otp.CodeAt(ann.secret, k.clock().Add(-30*time.Second))
	ann.isIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
	k.notIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, before}, Origin{}))
}

func TestAttackOneCodeOfAnAppTypedInManyWindowsAtOnce(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	k.core.RateLimits = false
	var open []Step
	for range 20 {
		open = append(open, ann.half())
	}
	code := ann.shown()
	in, _ := atOnce(func(i int) (Step, error) { return k.respond(open[i], CodeAnswer{FactorTOTP, code}, Origin{}) })
	if in != 1 || k.livingSessions() != 1 {
		t.Errorf("one code opened %d of 20 windows and %d sessions", in, k.livingSessions())
	}
}

func TestAttackCodeThatEnrolledAnAppUsedToSignIn(t *testing.T) {
	k := newFactorKit(t, demanded)
	ann := k.person("ann@example.test")
	step := ann.half()
	k.asks(step, nil, AskSetUp)
	step, err := k.choose(step, FactorTOTP)
	k.asks(step, err, AskSetUp)
	secret := secretOf(t, step.Challenge.SetUp.Secret)
	code := otp.CodeAt(secret, k.clock())
	done := ann.isIn(k.respond(step, SetUpAnswer{Factor: FactorTOTP, Code: code}, Origin{}))
	if done.Enrolled != FactorTOTP {
		t.Errorf("enrolled %q on the way", done.Enrolled)
	}
	k.notIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, code}, Origin{}))
}

func TestAttackAppOfAnotherPerson(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withApp(), k.person("bob@example.test").withApp()
	k.notIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, bob.shown()}, Origin{}))
	bob.isIn(k.respond(bob.half(), CodeAnswer{FactorTOTP, bob.shown()}, Origin{}))
}

func TestAttackSealedSecretMovedToAnotherPerson(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withApp(), k.person("bob@example.test").withApp()
	k.moveSecret(bob, ann)
	step, err := k.respond(ann.half(), CodeAnswer{FactorTOTP, bob.shown()}, Origin{})
	if err == nil || step.Done != nil {
		t.Error("a secret that was sealed for bob lets bob into the account of ann")
	}
}

func TestAttackEmptySecretOfAnApp(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	step := ann.half()
	k.dropSecret(ann) // removed in another window meanwhile
	k.notIn(k.respond(step, CodeAnswer{FactorTOTP, otp.CodeAt(nil, k.clock())}, Origin{}))
}
