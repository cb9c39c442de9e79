package identity

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
)

func TestAResetSetsThePasswordAndEndsSessions(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	was := k.in("ann@example.test", Origin{})
	to, err := k.forgot("ann@example.test")
	if err != nil || to.Destination != "a***@e***.test" {
		t.Fatalf("%+v, %v", to, err)
	}
	m := k.last("ann@example.test", message.ForgotPassword)
	if m.Data["minutes"] != "60" {
		t.Errorf("says %s minutes", m.Data["minutes"])
	}
	k.ok(k.reset("ann@example.test", m.code(), otherWord))
	k.last("ann@example.test", message.PasswordChanged)
	k.audited("reset_password", "ok")

	_, err = (&Sessions{k.core}).Resume(context.Background(), testPool, was.Cookie)
	k.refused(err, SessionEnded)
	if u := k.find("ann@example.test"); u.Epoch != 1 {
		t.Errorf("epoch %d", u.Epoch)
	}
	k.signsIn("ann@example.test", goodWord, false)
	k.signsIn("ann@example.test", otherWord, true)
}

func TestAResetByLinkNeedsNoName(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	link := k.last("ann@example.test", message.ForgotPassword).link()
	info, err := k.accounts().LinkOf(context.Background(), testPool, link)
	if err != nil || info.Purpose != PurposeReset || info.Masked != "a***@e***.test" {
		t.Errorf("%+v, %v", info, err)
	}
	k.ok(k.accounts().Reset(context.Background(), Reset{Pool: testPool, Link: link, Password: otherWord}))
	k.linkState(link, LinkUsed)
	k.signsIn("ann@example.test", otherWord, true)
}

// After GitHub's bug of 2019: the mail must never follow the typed spelling.
func TestAttackResetMailToALookAlikeSpelling(t *testing.T) {
	k := newKit(t)
	k.user("Mike@example.test", Confirmed)
	to, err := k.forgot("mi\u212Ae@example.test")
	k.ok(err)
	if to.Destination != "M***@e***.test" {
		t.Errorf("shown %s", to.Destination)
	}
	k.last("Mike@example.test", message.ForgotPassword)
	if got := k.mails("mi\u212Ae@example.test"); len(got) > 0 {
		t.Errorf("the look-alike is sent %v", kinds(got))
	}
}

func TestAttackResetBeforeTheAddressIsVerified(t *testing.T) {
	k := newKit(t, named)
	k.signUp("ann", map[string]string{"email": "a@example.test"})
	k.ok(k.admin().Confirm(context.Background(), testPool, "ann", Told{}))
	_, err := k.forgot("ann")
	k.ok(err)
	if got := kinds(k.mails("a@example.test")); slices.Contains(got, message.ForgotPassword) {
		t.Errorf("an unproven address is sent %v", got)
	}
	_, err = k.admin().ResetPassword(context.Background(), testPool, "ann", Told{})
	k.refused(err, NoVerifiedAddress)
}

func TestSomebodyUnconfirmedIsNotStuckWithoutThePassword(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	k.ok(k.reset("ann@example.test", k.last("ann@example.test", message.ForgotPassword).code(), otherWord))
	if u := k.find("ann@example.test"); u.Status != Confirmed || u.Attributes["email_verified"] != "true" {
		t.Errorf("%+v", u)
	}
	k.signsIn("ann@example.test", otherWord, true)
}

func TestAttackUnexpiredEmailChange(t *testing.T) {
	k := newKit(t)
	k.user("victim@example.test", Confirmed)
	thief := k.in("victim@example.test", Origin{}).Auth
	_, err := k.accounts().Update(context.Background(), thief, map[string]string{"email": "thief@example.test"}, Origin{})
	k.ok(err)
	change := k.last("thief@example.test", message.AttributeChange)

	_, err = k.forgot("victim@example.test")
	k.ok(err)
	k.ok(k.reset("victim@example.test", k.last("victim@example.test", message.ForgotPassword).code(), otherWord))

	k.refused(k.confirmLink(change.link()), CodeExpired)
	k.refused(k.accounts().Verify(context.Background(), thief, "email", change.code(), Origin{}), SessionEnded)
	if u := k.find("victim@example.test"); u.Attributes["email"] != "victim@example.test" || len(u.Pending) > 0 {
		t.Errorf("%+v", u)
	}
	k.missing("thief@example.test")
}

func TestAttackResetCodeAfterTheAddressChanged(t *testing.T) {
	k := newKit(t)
	k.user("old@example.test", Confirmed)
	_, err := k.forgot("old@example.test")
	k.ok(err)
	code := k.last("old@example.test", message.ForgotPassword).code()
	_, err = k.admin().UpdateAttributes(context.Background(), testPool, "old@example.test",
		map[string]string{"email": "new@example.test", "email_verified": "true"})
	k.ok(err)
	k.refused(k.reset("new@example.test", code, otherWord), CodeExpired)
	k.signsIn("new@example.test", otherWord, false)
}

func TestAttackResetAfterTheAccountWasDisabled(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	k.ok(k.admin().Disable(context.Background(), testPool, "ann@example.test"))
	k.refused(k.reset("ann@example.test", k.last("ann@example.test", message.ForgotPassword).code(), otherWord), CodeExpired)
}

func TestACodeStaysGoodWhileTheNewPasswordIsRefused(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.Policies.PasswordPolicy.PasswordHistorySize = 2 })
	k.user("ann@example.test", Confirmed)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	code := k.last("ann@example.test", message.ForgotPassword).code()
	for range 2 * triesPerCode {
		k.refused(k.reset("ann@example.test", code, "short"), PasswordRefused)
		e := k.refused(k.reset("ann@example.test", code, goodWord), PasswordRefused)
		if !slices.Contains(e.Violations, "reused") {
			t.Fatalf("%v", e.Violations)
		}
	}
	k.ok(k.reset("ann@example.test", code, otherWord))
}

// The history would tell strangers which passwords were the user's.
func TestAttackPasswordHistoryWithoutACode(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.Policies.PasswordPolicy.PasswordHistorySize = 2 })
	k.user("ann@example.test", Confirmed)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	code := k.last("ann@example.test", message.ForgotPassword).code()
	k.refused(k.reset("ann@example.test", wrong(code), goodWord), CodeMismatch)
	k.refused(k.reset("ann@example.test", wrong(code), "short"), CodeMismatch)
}

func TestAttackOneResetCodeInParallel(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	code := k.last("ann@example.test", message.ForgotPassword).code()
	var won atomic.Int32
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if err := k.reset("ann@example.test", code, otherWord); err == nil {
				won.Add(1)
			} else if codeOf(err) != CodeExpired {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Errorf("%d resets by one code", won.Load())
	}
}

func TestAResetCodeEndsAfterAnHour(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	k.wait(time.Hour + time.Second)
	k.refused(k.reset("ann@example.test", k.last("ann@example.test", message.ForgotPassword).code(), otherWord), CodeExpired)
}

func TestRecoveryFollowsThePoolsPriorities(t *testing.T) {
	u := &User{Status: Confirmed, Attributes: map[string]string{
		"email": "a@x.test", "email_verified": "true", "phone_number": "+491701234567", "phone_number_verified": "true",
	}}
	way := func(ways ...RecoveryMechanism) *Pool {
		return &Pool{AccountRecovery: AccountRecovery{RecoveryMechanisms: ways}}
	}
	for _, c := range []struct {
		pool *Pool
		want string
	}{
		{&Pool{}, "email"},
		{way(RecoveryMechanism{"verified_email", 2}, RecoveryMechanism{"verified_phone_number", 1}), "phone_number"},
		{way(RecoveryMechanism{"verified_email", 1}), "email"},
		{way(RecoveryMechanism{"admin_only", 1}), ""},
	} {
		if at, _ := recoveryAddress(c.pool, u, anyAttribute); at.Attribute != c.want {
			t.Errorf("%+v: %q, want %q", c.pool.AccountRecovery, at.Attribute, c.want)
		}
	}
	u.Attributes["email_verified"] = "false"
	if at, _ := recoveryAddress(&Pool{}, u, anyAttribute); at.Attribute != "phone_number" {
		t.Errorf("an unproven address is used: %+v", at)
	}
}

func TestAResetGoesToTheProvenAddressThatWasTyped(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.UsernameAttributes = []string{"email", "phone_number"} })
	u := k.user("ann@example.test", Confirmed)
	_, err := k.admin().UpdateAttributes(context.Background(), testPool, string(u.ID),
		map[string]string{"phone_number": "+491701234567", "phone_number_verified": "true"})
	k.ok(err)
	for typed, medium := range map[string]string{"+49 170 1234567": "SMS", "ANN@example.test": "EMAIL", string(u.ID): "EMAIL"} {
		if to, err := k.forgot(typed); err != nil || to.Medium != medium {
			t.Errorf("%s: %+v, %v", typed, to, err)
		}
	}
}

func anyAttribute(string) bool { return true }
