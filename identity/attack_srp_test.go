package identity

import (
	"strings"
	"testing"
	"time"
)

func TestAttackSRPWithAPublicValueOfZero(t *testing.T) {
	k, _ := srpUserKit(t)
	step, _ := k.beginSRP("ann@example.test", k.origin(1))
	for _, a := range []string{"0", "00", srpN.Text(16), ""} {
		_, err := k.signIn().OfferSRP(t.Context(), SRPStart{Attempt: step.Attempt, Channel: testChannel, A: a, Origin: k.origin(1)})
		if e := k.refused(err, InvalidParameter); e.Field != "SRP_A" {
			t.Error(e)
		}
	}
}

// PW-15: neither salt, id, shape nor change over time tells who exists.
func TestAttackSRPTellsWhoExists(t *testing.T) {
	k, ann := srpUserKit(t)
	k.user("bare@example.test", Confirmed) // set before any client allowed SRP
	off := k.user("off@example.test", Confirmed)
	if err := k.admin().Disable(t.Context(), testPool, string(off.ID)); err != nil {
		t.Fatal(err)
	}
	before := map[string]SRPChallenge{}
	for _, name := range []string{"ann@example.test", "bare@example.test", "off@example.test", "nobody@example.test", "NOT A NAME"} {
		_, one := k.beginSRP(name, k.origin(1))
		_, two := k.beginSRP(strings.ToUpper(name), k.origin(1))
		if one.Salt != two.Salt || one.UserIDForSRP != two.UserIDForSRP {
			t.Errorf("%s: another salt or id the second time", name)
		}
		if len(one.Salt) != 32 || one.B == two.B || one.SecretBlock == two.SecretBlock || len(one.SecretBlock) != len(two.SecretBlock) {
			t.Errorf("%s: %+v", name, one)
		}
		before[name] = one
	}
	if err := k.admin().SetPassword(t.Context(), testPool, string(ann.ID), otherWord, true); err != nil {
		t.Fatal(err)
	}
	k.in("bare@example.test", k.origin(1)) // makes the verifier
	for name, was := range before {
		if _, now := k.beginSRP(name, k.origin(1)); now.Salt != was.Salt || now.UserIDForSRP != was.UserIDForSRP {
			t.Errorf("%s: a new password shows", name)
		}
	}
	for name, word := range map[string]string{"nobody@example.test": goodWord, "off@example.test": goodWord} {
		_, err := k.bySRP(name, word, k.origin(2))
		k.refused(err, IncorrectPassword)
	}
}

// EN-09: one count, whichever surface the wrong passwords come by.
func TestAttackGuessingByPageAndBySRPInTurn(t *testing.T) {
	k, _ := srpUserKit(t)
	var err error
	for i := range freeTries {
		if i%2 == 0 {
			_, err = k.bySRP("ann@example.test", otherWord, k.origin(1))
		} else {
			_, err = k.try("ann@example.test", otherWord, k.origin(1))
		}
		k.refused(err, IncorrectPassword)
	}
	_, err = k.bySRP("ann@example.test", goodWord, k.origin(1))
	k.refused(err, TooManyAttempts)
	_, err = k.try("ann@example.test", goodWord, k.origin(1))
	k.refused(err, TooManyAttempts)
	k.wait(time.Minute)
	if step, err := k.bySRP("ann@example.test", goodWord, k.origin(1)); err != nil || step.Done == nil {
		t.Error(err)
	}
}

func TestAttackSRPAnswerOfAnotherExchange(t *testing.T) {
	k, ann := srpUserKit(t)
	o := k.origin(1)
	for name, change := range map[string]func(good SRPAnswer, offer, other SRPChallenge) SRPAnswer{
		"another's": func(_ SRPAnswer, _, other SRPChallenge) SRPAnswer { return k.prove(other, goodWord) },
		"another's block": func(good SRPAnswer, _, other SRPChallenge) SRPAnswer {
			good.SecretBlock = other.SecretBlock
			return good
		},
		"empty":        func(SRPAnswer, SRPChallenge, SRPChallenge) SRPAnswer { return SRPAnswer{} },
		"no base64":    func(good SRPAnswer, _, _ SRPChallenge) SRPAnswer { good.Signature = "%"; return good },
		"no signature": func(good SRPAnswer, _, _ SRPChallenge) SRPAnswer { good.Signature = ""; return good },
		"another time": func(good SRPAnswer, _, _ SRPChallenge) SRPAnswer {
			good.Timestamp = "Sun Mar 1 12:00:00 UTC 2026"
			return good
		},
		"an old clock": func(_ SRPAnswer, offer, _ SRPChallenge) SRPAnswer {
			return srpProof(t, "test", offer.UserIDForSRP, goodWord, offer.Salt, offer.B, offer.SecretBlock, k.clock().Add(-time.Hour))
		},
		"the wrong pool": func(_ SRPAnswer, offer, _ SRPChallenge) SRPAnswer {
			return srpProof(t, "rest", offer.UserIDForSRP, goodWord, offer.Salt, offer.B, offer.SecretBlock, k.clock())
		},
	} {
		k.wait(time.Hour)
		_, other := k.beginSRP("ann@example.test", o)
		begun, offer := k.beginSRP("ann@example.test", o)
		if step, err := k.answerTurn(begun, 0, change(k.prove(offer, goodWord), offer, other), o); err == nil {
			t.Errorf("%s: %+v", name, step)
		}
		if step, err := k.answerTurn(begun, 0, k.prove(offer, goodWord), o); err != nil || step.Done == nil {
			t.Errorf("%s: the right one after it: %v", name, err)
		}
	}
	step, offer := k.beginSRP("ann@example.test", o)
	// The password changes between the two halves.
	if err := k.admin().SetPassword(t.Context(), testPool, string(ann.ID), otherWord, true); err != nil {
		t.Fatal(err)
	}
	_, err := k.answerTurn(step, 0, k.prove(offer, goodWord), o)
	k.refused(err, IncorrectPassword)
}

func TestAttackSRPWithoutAnExchangeOrForAnotherClient(t *testing.T) {
	k, _ := srpUserKit(t)
	step, err := k.signIn().Begin(t.Context(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test", Origin: k.origin(1)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.respond(step, SRPAnswer{}, k.origin(1))
	k.refused(err, WrongAnswer)
	k.client(func(c *Client) { c.ExplicitAuthFlows = []string{"ALLOW_USER_PASSWORD_AUTH"} })
	_, err = k.signIn().OfferSRP(t.Context(), SRPStart{Attempt: step.Attempt, Channel: testChannel, A: srpPublic, Origin: k.origin(1)})
	k.refused(err, NotAllowed)
	_, err = k.signIn().OfferSRP(t.Context(), SRPStart{Attempt: step.Attempt, Channel: "elsewhere", A: srpPublic, Origin: k.origin(1)})
	k.refused(err, AttemptExpired)
}
