package identity

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
)

func TestAWaitingAddressCanBeDropped(t *testing.T) {
	k := newKit(t)
	k.user("old@example.test", Confirmed)
	auth := k.in("old@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"email": "new@example.test"})
	k.ok(err)
	sent := k.last("new@example.test", message.AttributeChange)
	k.ok(k.accounts().CancelPending(context.Background(), auth, "email", Origin{}))
	if u := k.find("old@example.test"); u.Attributes["email"] != "old@example.test" || len(u.Pending) > 0 {
		t.Errorf("%+v", u)
	}
	k.audited("cancel_attribute_change", "ok")
	k.refused(k.accounts().Verify(context.Background(), auth, "email", sent.code(), Origin{}), CodeExpired)
	k.linkState(sent.link(), LinkUnknown)
	k.refused(k.confirmLink(sent.link()), CodeExpired)
	k.missing("new@example.test")
	k.ok(k.accounts().CancelPending(context.Background(), auth, "email", Origin{}))
	k.refused(k.accounts().CancelPending(context.Background(), auth, "name", Origin{}), InvalidParameter)
}

func TestAnOldSignUpLinkBringsANewOne(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	old := k.last("ann@example.test", message.SignUp).link()
	k.wait(25 * time.Hour)
	k.linkState(old, LinkExpired)
	again := func(link string) {
		t.Helper()
		if _, err := k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Link: link}); err != nil {
			t.Fatal(err)
		}
	}
	again(old)
	fresh := k.last("ann@example.test", message.ResendCode).link()
	k.ok(k.confirmLink(fresh))
	before := len(k.mails("ann@example.test"))
	again(fresh)      // confirmed by now
	again("nonsense") // and nobody's
	if got := len(k.mails("ann@example.test")); got != before {
		t.Errorf("%d mails more", got-before)
	}
}
