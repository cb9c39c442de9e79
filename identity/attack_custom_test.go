package identity

import (
	"strings"
	"testing"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// MF-09: a define trigger that lets in whoever knows the password, and asks
// nothing of its own, has made no second factor.
func TestAttackCustomWayInThatAsksThePasswordAlone(t *testing.T) {
	r := newRiddle(t, func(p *Pool) { p.MFAConfiguration = "ON" })
	r.ann.withApp()
	r.trigger(handlers{"DefineAuthChallenge_Authentication": func(e trigger.Event) (any, error) {
		steps, _ := requestOf(r, e)["session"].([]any)
		if len(steps) == 1 {
			return defineResponse{ChallengeName: "PASSWORD_VERIFIER"}, nil
		}
		return defineResponse{IssueTokens: true}, nil
	}})
	if err := r.admin().SetPassword(t.Context(), testPool, "ann@example.test", goodWord, true); err != nil {
		t.Fatal(err)
	}
	step, err := r.begin("ann@example.test", true)
	r.asks(step, err, AskPassword)
	_, offer, err := r.offer(step, step.Turn, r.origin(1))
	if err != nil {
		t.Fatal(err)
	}
	next, err := r.answerTurn(step, offer.Turn, r.prove(offer, goodWord), r.origin(1))
	r.asks(next, err, AskTOTP)
	done, err := r.answerTurn(next, next.Turn, CodeAnswer{FactorTOTP, r.ann.shown()}, r.origin(1))
	r.ann.isIn(done, err)
}

// A custom challenge may send a message, so another is made only for an answer,
// which is counted, or for a new sign-in, which is counted as well.
func TestAttackCustomChallengeMadeAnewWithoutAnAnswer(t *testing.T) {
	r := newRiddle(t)
	step, err := r.begin("ann@example.test", false)
	r.asks(step, err, AskCustom)
	made := len(r.events)
	_, err = r.signIn().Proceed(t.Context(), StepAt{step.Attempt, testChannel, step.Turn, r.origin(1)})
	r.refused(err, WrongAnswer)
	if len(r.events) != made {
		t.Errorf("the triggers were asked %d times more", len(r.events)-made)
	}
}

// Anybody may open attempts: what they keep of a device key is bounded.
func TestAttackEndlessDeviceKeysFillTheStore(t *testing.T) {
	k := newKit(t)
	k.person("ann@example.test")
	step, err := k.signIn().Begin(t.Context(), Start{
		Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test", API: true,
		DeviceKey: strings.Repeat("k", 1<<20), Origin: k.origin(1),
	})
	k.asks(step, err, AskPassword)
	kept := func() (a attempt) {
		k.update(func(w storage.Writer) (err error) {
			a, err = attempts.Get(w, string(step.Attempt))
			return err
		})
		return a
	}
	if n := len(kept().DeviceKey); n > longestTyped {
		t.Errorf("%d bytes are kept", n)
	}
	_, _ = k.signIn().Respond(t.Context(), Reply{
		Attempt: step.Attempt, Channel: testChannel, Turn: step.Turn, Answer: PasswordAnswer{goodWord}, DeviceKey: strings.Repeat("k", 1<<20), Origin: k.origin(1),
	})
	if n := len(kept().DeviceKey); n > longestTyped {
		t.Errorf("%d bytes are kept of an answer's", n)
	}
}
