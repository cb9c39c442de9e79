package identity

import (
	"slices"
	"testing"
	"time"
)

// The link of a sign-in mail, opened where it should not help.

func newLinkKit(t *testing.T, settings ...func(*Pool)) (*kit, *person) {
	k := newFactorKit(t, append([]func(*Pool){ways(FactorEmailCode, FactorPassword)}, settings...)...)
	return k, k.person("ann@example.test")
}

func (k *kit) approve(link string, on Channel) (Approval, error) {
	return k.signIn().ApproveLink(k.Context(), ApproveLink{Pool: testPool, Link: link, Channel: on})
}

func (k *kit) goOn(step Step) (Step, error) {
	return k.signIn().Continue(k.Context(), step.Attempt, testChannel, Origin{})
}

func TestAttackMailedLinkOpenedElsewhere(t *testing.T) {
	k, ann := newLinkKit(t)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	link := k.link(ann.email)
	waiting, err := k.goOn(step)
	k.asks(waiting, err, AskEmailCode)
	got, err := k.approve(link, "browser-two")
	if err != nil || got.Step != nil || k.livingSessions() != 0 {
		t.Fatalf("opened elsewhere: %+v, %v, %d sessions", got, err, k.livingSessions())
	}
	k.refused(second(k.signIn().Continue(t.Context(), step.Attempt, "browser-two", Origin{})), AttemptExpired)
	if _, err := k.approve(link, "browser-two"); codeOf(err) != CodeExpired {
		t.Errorf("opened a second time: %v", err)
	}
	ann.isIn(k.goOn(step))
	k.refused(second(k.goOn(step)), AttemptExpired)
	if n := k.livingSessions(); n != 1 {
		t.Errorf("%d sessions of one sign-in", n)
	}
}

func TestAttackMailedLinkFetchedByAScanner(t *testing.T) {
	k, ann := newLinkKit(t)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	link := k.link(ann.email)
	for range 4 {
		info, err := k.signIn().LinkOf(t.Context(), testPool, link, "scanner")
		if err != nil || info.State != LinkGood || info.Here || info.Match != step.Challenge.Match || info.Match == "" {
			t.Fatalf("%+v, %v; the window shows %q", info, err, step.Challenge.Match)
		}
	}
	if approved, err := k.signIn().Approved(t.Context(), step.Attempt, testChannel); err != nil || approved {
		t.Fatalf("looking at the link approved it: %t, %v", approved, err)
	}
	got, err := k.approve(link, testChannel)
	if err != nil || got.Step == nil {
		t.Fatalf("in the browser that asked: %+v, %v", got, err)
	}
	ann.isIn(*got.Step, nil)
}

func TestAttackMailedLinkPressedInManyWindowsAtOnce(t *testing.T) {
	k, ann := newLinkKit(t)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	link := k.link(ann.email)
	in, _ := atOnce(func(int) (Step, error) {
		got, err := k.approve(link, testChannel)
		if err != nil {
			return Step{}, err
		}
		return *got.Step, nil
	})
	if in != 1 || k.livingSessions() != 1 {
		t.Errorf("one link let in %d times, %d sessions", in, k.livingSessions())
	}
	k.refused(second(k.goOn(step)), AttemptExpired)
}

func TestAttackApprovedAttemptContinuedManyTimesAtOnce(t *testing.T) {
	k, ann := newLinkKit(t)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	k.ok(second(k.approve(k.link(ann.email), "browser-two")))
	in, _ := atOnce(func(int) (Step, error) { return k.goOn(step) })
	if in != 1 || k.livingSessions() != 1 {
		t.Errorf("one approval let in %d times, %d sessions", in, k.livingSessions())
	}
}

func TestAttackCodeAndLinkOfOneMailBothUsed(t *testing.T) {
	k, ann := newLinkKit(t)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	code, link := k.sent(ann.email), k.link(ann.email)
	ann.isIn(k.respond(step, CodeAnswer{FactorEmailCode, code}, Origin{}))
	k.refused(second(k.approve(link, "browser-two")), CodeExpired)

	step = k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	k.ok(second(k.approve(k.link(ann.email), "browser-two")))
	if got := k.notIn(k.respond(step, CodeAnswer{FactorEmailCode, k.sent(ann.email)}, Origin{})); got != CodeExpired {
		t.Errorf("the code of a link that was followed: %s", got)
	}
}

func TestAttackApprovalCarriedOverToAnotherWayIn(t *testing.T) {
	k, ann := newLinkKit(t)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	k.ok(second(k.approve(k.link(ann.email), "browser-two")))
	step, err := k.choose(step, FactorPassword)
	k.asks(step, err, AskPassword)
	step, err = k.goOn(step)
	k.asks(step, err, AskPassword)
	step, err = k.choose(step, FactorEmailCode)
	k.asks(step, err, AskEmailCode)
	step, err = k.goOn(step)
	k.asks(step, err, AskEmailCode)
}

func TestAttackApprovedLinkOfSomebodyDisabledMeanwhile(t *testing.T) {
	k, ann := newLinkKit(t)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	k.ok(second(k.approve(k.link(ann.email), "browser-two")))
	k.change(ann.User, func(u *User) { u.Disabled = true })
	k.notIn(k.goOn(step))

	k.change(ann.User, func(u *User) { u.Disabled = false })
	k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	k.change(ann.User, func(u *User) { u.Disabled = true })
	got, err := k.approve(k.link(ann.email), testChannel)
	if got.Step != nil || codeOf(err) == "" {
		t.Errorf("the link of a disabled person: %+v, %v", got, err)
	}
}

func TestAttackMailedLinkInPlaceOfTheSecondFactor(t *testing.T) {
	k, ann := newLinkKit(t)
	ann.withApp().enable(FactorEmail)
	step := k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	got, err := k.approve(k.link(ann.email), testChannel)
	if err != nil || got.Step == nil {
		t.Fatal(got, err)
	}
	step = k.asks(*got.Step, nil, AskTOTP)
	if slices.ContainsFunc(step.Challenge.Options, func(o Option) bool { return mediumOf[o.Factor] == mediumMailbox }) {
		t.Errorf("the mailbox is asked twice: %+v", step.Challenge.Options)
	}
	k.notIn(k.choose(step, FactorEmail))
	k.refused(second(k.approve(k.link(ann.email), testChannel)), CodeExpired)
	ann.isIn(k.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
}

func TestAttackMailedLinkOutlivesItsCode(t *testing.T) {
	k, ann := newLinkKit(t)
	k.start(ann.email, FactorEmailCode, testChannel, Origin{})
	link := k.link(ann.email)
	k.wait(10 * time.Minute)
	k.refused(second(k.approve(link, "browser-two")), CodeExpired)
	info, err := k.signIn().LinkOf(t.Context(), testPool, link, testChannel)
	if err != nil || info.State != LinkExpired {
		t.Errorf("%+v, %v", info, err)
	}
}

// A stranger signs up with ann's address and a password. Ann, who never saw
// that, comes in by a code to her mailbox: the stranger's password must not open
// what is hers from now on.
func TestAttackPasswordThatSomebodySetBeforeTheOwnerCame(t *testing.T) {
	for _, byLink := range []bool{false, true} {
		k, _ := newLinkKit(t)
		k.signUp("eve@example.test", nil)
		step := k.asks(k.start("eve@example.test", FactorEmailCode, testChannel, Origin{}), nil, AskEmailCode)
		var err error
		if byLink {
			var got Approval
			got, err = k.approve(k.link("eve@example.test"), testChannel)
			step = *got.Step
		} else {
			step, err = k.respond(step, CodeAnswer{FactorEmailCode, k.sent("eve@example.test")}, Origin{})
		}
		if err != nil || step.Done == nil {
			t.Fatalf("the owner of the mailbox: %+v, %v", step, err)
		}
		thief := k.start("eve@example.test", FactorPassword, "browser-two", Origin{})
		if thief, err = k.reply(thief, "browser-two", PasswordAnswer{goodWord}, Origin{}); err == nil || thief.Done != nil {
			t.Errorf("by link %t: the password of whoever signed up first opens the account", byLink)
		}
	}
}
