package identity

import (
	"context"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

func (k *kit) linkState(link string, want LinkState) {
	k.Helper()
	info, err := k.accounts().LinkOf(context.Background(), testPool, link)
	if err != nil || info.State != want {
		k.Fatalf("link is %+v, %v; want %s", info, err, want)
	}
}

func TestAMailedLinkConfirmsOnce(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	link := k.last("ann@example.test", message.SignUp).link()
	for range 3 { // a scanner looks at it
		k.linkState(link, LinkGood)
	}
	if k.find("ann@example.test").Status != Unconfirmed {
		t.Fatal("looking at a link confirmed the account")
	}
	k.ok(k.confirmLink(link))
	k.linkState(link, LinkUsed)
	k.signsIn("ann@example.test", goodWord, true)
	k.refused(k.confirmLink(link), CodeExpired)
	k.linkState("nonsense", LinkUnknown)
	if info, err := k.accounts().LinkOf(context.Background(), "local_other", link); err != nil || info.State != LinkUnknown {
		t.Errorf("in another pool: %+v, %v", info, err)
	}
}

func TestOnlyTheNewestCodeIsGood(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	old := k.last("ann@example.test", message.SignUp)
	to, err := k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Identifier: "ann@example.test"})
	if err != nil || to.Destination != "a***@e***.test" {
		t.Fatalf("%+v, %v", to, err)
	}
	k.linkState(old.link(), LinkReplaced)
	k.refused(k.confirmLink(old.link()), CodeExpired)
	fresh := k.last("ann@example.test", message.ResendCode)
	if old.code() != fresh.code() {
		k.refused(k.confirm("ann@example.test", old.code()), CodeMismatch)
	}
	k.ok(k.confirm("ann@example.test", fresh.code()))
}

func TestACodeIsTypedAsPeopleTypeIt(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	code := k.last("ann@example.test", message.SignUp).code()
	k.ok(k.confirm(" ANN@example.test ", " "+code[:3]+" "+code[3:]+"\n"))
}

func TestACodeEndsAfterADay(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	m := k.last("ann@example.test", message.SignUp)
	k.wait(24*time.Hour + time.Second)
	k.refused(k.confirm("ann@example.test", m.code()), CodeExpired)
	k.linkState(m.link(), LinkExpired)
	k.refused(k.confirmLink(m.link()), CodeExpired)
}

func TestAttackCodeUsedTwice(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	code := k.last("ann@example.test", message.ForgotPassword).code()
	k.ok(k.reset("ann@example.test", code, otherWord))
	k.refused(k.reset("ann@example.test", code, goodWord), CodeExpired)
}

func TestAttackCodeForAnotherPurpose(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	signUp := k.last("ann@example.test", message.SignUp)
	k.refused(k.reset("ann@example.test", signUp.code(), otherWord), CodeExpired)
	err := k.accounts().Reset(context.Background(), Reset{Pool: testPool, Link: signUp.link(), Password: otherWord})
	k.refused(err, CodeMismatch)

	_, err = k.forgot("ann@example.test")
	k.ok(err)
	reset := k.last("ann@example.test", message.ForgotPassword)
	if reset.code() != signUp.code() {
		k.refused(k.confirm("ann@example.test", reset.code()), CodeMismatch)
	}
	k.refused(k.confirmLink(reset.link()), CodeMismatch)
	k.ok(k.reset("ann@example.test", reset.code(), otherWord))
}

func TestAttackCodeOfAnotherUser(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	k.signUp("bob@example.test", nil)
	ann, bob := k.last("ann@example.test", message.SignUp).code(), k.last("bob@example.test", message.SignUp).code()
	if ann != bob {
		k.refused(k.confirm("bob@example.test", ann), CodeMismatch)
	}
	k.ok(k.confirm("bob@example.test", bob))
}

func TestAttackCodeForAnotherDestination(t *testing.T) {
	k := newKit(t, named)
	k.signUp("ann", map[string]string{"email": "a@example.test"})
	m := k.last("a@example.test", message.SignUp)
	_, err := k.admin().UpdateAttributes(context.Background(), testPool, "ann", map[string]string{"email": "b@example.test"})
	k.ok(err)
	k.refused(k.confirm("ann", m.code()), CodeExpired)
	k.refused(k.confirmLink(m.link()), CodeExpired)
	if u := k.find("ann"); u.Attributes["email_verified"] == "true" || u.Status != Unconfirmed {
		t.Errorf("%+v", u)
	}
}

func TestAttackParallelGuessesOfACode(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	m := k.last("ann@example.test", message.SignUp)
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			if err := k.confirm("ann@example.test", wrong(m.code())); codeOf(err) != CodeMismatch {
				t.Error(err)
			}
		})
	}
	group.Wait()
	of := codeKey{Pool: testPool, User: k.find("ann@example.test").ID, Purpose: PurposeSignUp}
	k.update(func(w storage.Writer) error {
		kept, err := codes.Get(w, of.id()...)
		if kept.Tries != triesPerCode {
			t.Errorf("%d guesses were compared", kept.Tries)
		}
		return err
	})
	k.refused(k.confirm("ann@example.test", m.code()), CodeExpired)
	// Whoever guesses does not lock the mailbox's owner out.
	k.ok(k.confirmLink(m.link()))
}

func TestAttackGuessesOverManyCodes(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	compared := 0
	for hour := range 24 {
		inThisHour := 0
		for range 4 {
			k.wait(15 * time.Minute)
			_, _ = k.forgot("ann@example.test")
			sent := k.mails("ann@example.test")
			for range triesPerCode {
				if codeOf(k.reset("ann@example.test", wrong(sent[len(sent)-1].code()), otherWord)) == CodeMismatch {
					inThisHour++
				}
			}
		}
		if inThisHour > 20 {
			t.Errorf("%d guesses in hour %d", inThisHour, hour)
		}
		compared += inThisHour
	}
	if compared < 40 || compared >= 100 {
		t.Errorf("%d guesses in a day", compared)
	}
	k.wait(messagesPerDay.Every)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	link := k.last("ann@example.test", message.ForgotPassword).link()
	k.ok(k.accounts().Reset(context.Background(), Reset{Pool: testPool, Link: link, Password: otherWord}))
}

func TestAttackResendFlood(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	for i := range 20 {
		_, err := k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Identifier: "ann@example.test"})
		if e := (*Error)(nil); i >= sendsAtOnce {
			if e = k.refused(err, TooManyAttempts); e.RetryAfter <= 0 {
				t.Error("nobody is told when to try again")
			}
		}
	}
	if got := k.mails("ann@example.test"); len(got) != sendsAtOnce {
		t.Errorf("%d messages", len(got))
	}
	for range 20 {
		_, _ = k.forgot("ann@example.test")
	}
	if got := k.mails("ann@example.test"); len(got) != sendsAtOnce {
		t.Errorf("%d messages over two purposes", len(got))
	}
}

func TestAnAliasWorksOnceItIsVerified(t *testing.T) {
	k := newKit(t, aliased)
	k.signUp("ann", map[string]string{"email": "shared@example.test"})
	k.missing("shared@example.test")
	k.ok(k.confirm("ann", k.last("shared@example.test", message.SignUp).code()))
	k.signsIn("shared@example.test", goodWord, true)

	k.signUp("bob", map[string]string{"email": "shared@example.test"})
	code := k.last("shared@example.test", message.SignUp).code()
	k.refused(k.confirm("bob", code), AliasExists)
	if k.find("shared@example.test").Username != "ann" || k.find("bob").Status != Unconfirmed {
		t.Error("the alias moved without being asked to")
	}
	k.ok(k.accounts().Confirm(context.Background(), Confirm{Pool: testPool, Identifier: "bob", Code: code, ForceAlias: true}))
	if k.find("shared@example.test").Username != "bob" || k.find("ann").Attributes["email_verified"] != "false" {
		t.Error("the alias did not move")
	}
}

func TestSomebodyConfirmedElsewhereNeedsNoCode(t *testing.T) {
	k := newKit(t)
	step := k.signUp("ann@example.test", nil)
	k.ok(k.confirmLink(k.last("ann@example.test", message.SignUp).link()))
	step, err := k.respond(step, ConfirmAnswer{""}, Origin{})
	if err != nil || step.Done == nil {
		t.Errorf("%+v, %v", step, err)
	}
}

func TestUnknownAndKnownNamesGetTheSameAnswers(t *testing.T) {
	k := newKit(t)
	k.user("known@example.test", Confirmed)
	k.user("waits@example.test", Unconfirmed)
	off := k.user("off@example.test", Confirmed)
	k.change(off, func(u *User) { u.Disabled = true })
	unproven := k.user("new@example.test", Confirmed)
	k.change(unproven, func(u *User) { u.Attributes["email_verified"] = "false" })

	for _, name := range []string{"known@example.test", "waits@example.test", "off@example.test", "new@example.test", "nobody@example.test"} {
		want := string(name[0]) + "***@e***.test"
		k.refused(k.reset(name, "000000", otherWord), CodeExpired)
		k.refused(k.confirm(name, "000000"), CodeMismatch)
		if to, err := k.forgot(name); err != nil || to.Destination != want || to.Medium != "EMAIL" || to.Attribute != "email" {
			t.Errorf("forgot %s: %+v, %v", name, to, err)
		}
		to, err := k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Identifier: name})
		if err != nil || to.Destination != want {
			t.Errorf("resend %s: %+v, %v", name, to, err)
		}
		code := "000000"
		if sent := k.mails(name); len(sent) > 0 {
			code = wrong(sent[0].code())
		}
		for range triesPerCode {
			k.refused(k.reset(name, code, otherWord), CodeMismatch)
		}
		k.refused(k.reset(name, code, otherWord), CodeExpired)
		for range sendsAtOnce - 2 {
			_, err := k.forgot(name)
			k.ok(err)
		}
		_, err = k.forgot(name)
		k.refused(err, TooManyAttempts)
	}
	for _, name := range []string{"off@example.test", "new@example.test", "nobody@example.test"} {
		if got := k.mails(name); len(got) > 0 {
			t.Errorf("%s is sent %v", name, kinds(got))
		}
	}
}

func TestAnInventedDestinationIsTheSameEachTime(t *testing.T) {
	k := newKit(t, named)
	first, err := k.forgot("nobody")
	k.ok(err)
	again, err := k.forgot("NOBODY ")
	k.ok(err)
	if first != again || first.Destination == "" || first.Medium != "EMAIL" {
		t.Errorf("%+v, then %+v", first, again)
	}
}

func TestALegacyClientIsToldWhoExists(t *testing.T) {
	k := newKit(t)
	k.client(func(c *Client) { c.PreventExistence = "LEGACY" })
	k.user("known@example.test", Confirmed)
	_, err := k.forgot("nobody@example.test")
	k.refused(err, UserNotFound)
	_, err = k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Identifier: "known@example.test"})
	k.refused(err, InvalidState)
}

func TestAGuessOfACodeThatWentToNobodyIsWrong(t *testing.T) {
	k := newKit(t)
	u := k.user("new@example.test", Confirmed)
	k.change(u, func(u *User) { u.Attributes["email_verified"] = "false" })
	k.ok(func() error { _, err := k.forgot("new@example.test"); return err }())
	c := code{PoolID: testPool, UserID: u.ID, Purpose: PurposeReset}
	c.MAC = k.core.codeMAC(&c, "123456")
	c.ExpiresAt = k.clock().Add(time.Hour)
	k.update(func(w storage.Writer) error { return codes.Put(w, c) })
	k.refused(k.reset("new@example.test", "123456", otherWord), CodeMismatch)
}
