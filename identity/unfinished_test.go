package identity

import (
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// writesOfRisk makes a pool that writes to people about every sign-in it doubts.
func writesOfRisk(p *Pool) {
	act := RiskAction{EventAction: riskNoAction, Notify: true}
	p.AddOns.AdvancedSecurityMode = "ENFORCED"
	p.Risk.AccountTakeover.Actions = RiskActions{Low: act, Medium: act, High: act}
}

// eventsOf answers a person's sign-ins, the newest first.
func (k *kit) eventsOf(who *person) []SignInEvent {
	k.Helper()
	all, _, err := k.admin().Events(k.Context(), testPool, who.email, Page{Limit: 20})
	k.ok(err)
	return all
}

// doubts counts the messages about an unusual sign-in.
func (k *kit) doubts(to string) (n int) {
	for _, kind := range kinds(k.mails(to)) {
		if kind == message.RiskySignIn {
			n++
		}
	}
	return n
}

// halfway is a house in which somebody far from ann has proven her password, and
// is asked for a code of her app.
func halfway(t *testing.T) (*kit, *person, Step) {
	k := newFactorKit(t, ways(FactorPassword), writesOfRisk)
	ann := k.person("ann@example.test")
	k.in(ann.email, k.origin(1))
	ann.withApp()
	k.wait(time.Hour)
	step, err := k.try(ann.email, goodWord, k.origin(9))
	return k, ann, k.asks(step, err, AskTOTP)
}

// Somebody with a stolen password stops at the second factor. The owner hears of
// it, and it stands in the history; whoever goes on makes no second entry.
func TestSignInThatStopsHalfwayIsKept(t *testing.T) {
	k, ann, step := halfway(t)
	before := k.eventsOf(ann)
	if len(before) != 2 || before[0].Response != "InProgress" || before[0].Risk.Level == "none" || k.doubts(ann.email) != 1 {
		t.Fatalf("%d messages, events %+v", k.doubts(ann.email), before)
	}
	_, err := k.respond(step, CodeAnswer{FactorTOTP, wrong(ann.shown())}, k.origin(9))
	k.refused(err, CodeMismatch)
	ann.isIn(k.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, k.origin(9)))
	all := k.eventsOf(ann)
	passed := slices.IndexFunc(all, func(e SignInEvent) bool { return e.ID == before[0].ID })
	if len(all) != 3 || passed < 0 || all[passed].Response != eventPass || len(all[passed].Factors) != 2 || k.doubts(ann.email) != 1 {
		t.Fatalf("%d messages, events %+v", k.doubts(ann.email), all)
	}
}

// The owner's word stays with a sign-in, however it ends.
func TestSignInThatWasDisownedHalfwayStaysSo(t *testing.T) {
	k, ann, step := halfway(t)
	begun := k.eventsOf(ann)[0].ID
	k.ok((&History{k.core}).NotMeByLink(k.Context(), testPool, k.last(ann.email, message.RiskySignIn).link(), k.origin(1)))
	k.notIn(k.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, k.origin(9)))
	for _, e := range k.eventsOf(ann) {
		if e.ID == begun && (e.Feedback != FeedbackInvalid || e.Response == eventPass) {
			t.Errorf("the owner's word is gone: %+v", e)
		}
	}
}

// A factor that the intruder was made to set up is as old as the sign-in.
func TestAttackFactorSetUpByAnIntruderOnTheWayIn(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword), demanded, writesOfRisk)
	ann := k.person("ann@example.test")
	ann.stolen(k.origin(9))
	k.wait(time.Minute)
	k.disowns(ann, eventPass)
	if has := k.hasOf(ann); len(has.app.Secret) > 0 {
		t.Error("the intruder's app is still there")
	}
	if u := k.find(ann.email); len(u.MFA.Enabled) > 0 {
		t.Errorf("%v is still on", u.MFA.Enabled)
	}
	k.last(ann.email, message.FactorRemoved)
}

// What failed has left nothing behind: the owner keeps what came after it.
func TestDisowningWhatFailedTakesNothing(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword))
	ann := k.person("ann@example.test")
	_, err := k.try(ann.email, "not the password", k.origin(9))
	k.refused(err, IncorrectPassword)
	k.wait(time.Hour)
	ann.withApp()
	k.disowns(ann, eventFail)
	if has := k.hasOf(ann); len(has.app.Secret) == 0 {
		t.Error("the owner's app is gone")
	}
}

// stolen signs in with a stolen password where a second factor is demanded.
func (p *person) stolen(o Origin) {
	p.Helper()
	step, err := p.try(p.email, goodWord, o)
	p.asks(step, err, AskSetUp)
	step, err = p.signIn().Choose(p.Context(), Choice{Attempt: step.Attempt, Channel: testChannel, Factor: FactorTOTP, Origin: o})
	p.asks(step, err, AskSetUp)
	p.isIn(p.respond(step, SetUpAnswer{Factor: FactorTOTP, Code: otp.CodeAt(secretOf(p, step.Challenge.SetUp.Secret), p.clock())}, o))
}

// disowns lets the owner say that a sign-in with this outcome was not them.
func (k *kit) disowns(owner *person, outcome string) {
	k.Helper()
	all := k.eventsOf(owner)
	at := slices.IndexFunc(all, func(e SignInEvent) bool { return e.Response == outcome })
	k.update(func(w storage.Writer) error {
		u, err := getUser(w, testPool, owner.ID)
		if err != nil {
			return err
		}
		failed, err := k.core.disown(w, "test", &u, all[at].ID, deed{})
		return either(failed, err)
	})
}

func (k *kit) hasOf(who *person) (has possessions) {
	k.Helper()
	k.update(func(w storage.Writer) (err error) {
		has, err = k.core.possessionsOf(w, &who.User)
		return err
	})
	return has
}
