package identity

import (
	"context"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
)

const ann = "ann@example.test"

func (k *kit) resetByLink(link, word string) error {
	return k.accounts().Reset(context.Background(), Reset{Pool: testPool, Client: testClient, Link: link, Password: word})
}

// opens says whether a password alone opens the account.
func (k *kit) opens(name, word string) bool {
	k.Helper()
	step, err := k.respond(k.start(name, FactorPassword, testChannel, Origin{}), PasswordAnswer{word}, Origin{})
	return err == nil && step.Done != nil
}

func TestAResetOfFactorsLeavesThePasswordAlone(t *testing.T) {
	k := newFactorKit(t, remembers)
	p := k.person(ann).withApp().withPhone("+4915112345678").enable(FactorSMS).withKey().withRecovery()
	p.half()
	k.ok(k.admin().ResetFactors(context.Background(), testPool, ann))
	if !k.opens(ann, goodWord) {
		t.Error("the password does not open the account")
	}
	list, second, err := k.admin().Factors(context.Background(), testPool, ann)
	k.ok(err)
	if list.App != nil || len(list.Passkeys) > 0 || list.Recovery.Of > 0 || len(second) > 0 || !list.Password {
		t.Errorf("left %+v, %v", list, second)
	}
	var told []string
	for _, m := range k.mails(ann) {
		if m.Kind == message.FactorRemoved {
			told = append(told, m.Data["factor"])
		}
	}
	slices.Sort(told)
	if want := []string{"RECOVERY_CODE", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "WEB_AUTHN"}; !slices.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
	}
	k.audited("admin_reset_factors", "ok")
}

func TestAResetOfFactorsEndsSessionsAndForgetsBrowsers(t *testing.T) {
	k := newFactorKit(t, remembers)
	p := k.person(ann)
	p.login(Origin{Browser: "a-browser"})
	if k.livingSessions() == 0 {
		t.Fatal("nobody was in")
	}
	k.ok(k.admin().ResetFactors(context.Background(), testPool, ann))
	devices, err := k.admin().Devices(context.Background(), testPool, ann)
	k.ok(err)
	if k.livingSessions() > 0 || len(devices) > 0 {
		t.Errorf("%d sessions and %v are left", k.livingSessions(), devices)
	}
}

func TestAnAdministratorSwitchesSecondFactors(t *testing.T) {
	k := newFactorKit(t)
	k.person(ann).withApp()
	set := func(all ...SetSecond) error {
		return k.admin().SetSeconds(context.Background(), testPool, ann, all)
	}
	seconds := func(want ...Factor) {
		t.Helper()
		_, got, err := k.admin().Factors(context.Background(), testPool, ann)
		k.ok(err)
		if !slices.Equal(got, want) {
			t.Errorf("asked for %v, want %v", got, want)
		}
	}
	k.ok(set(SetSecond{FactorEmail, true, true}))
	seconds(FactorEmail, FactorTOTP)
	k.refused(set(SetSecond{FactorSMS, true, false}), InvalidParameter)     // no number
	k.refused(set(SetSecond{FactorPasskey, true, false}), InvalidParameter) // no passkey
	k.refused(set(SetSecond{FactorEmail, false, true}), InvalidParameter)
	k.refused(set(SetSecond{FactorEmail, true, true}, SetSecond{FactorTOTP, true, true}), InvalidParameter)
	seconds(FactorEmail, FactorTOTP)
	k.ok(set(SetSecond{FactorTOTP, false, false}, SetSecond{FactorEmail, true, false}))
	seconds(FactorEmail)
	k.refused(set(SetSecond{FactorTOTP, true, false}), InvalidParameter)
	k.ok(set(SetSecond{FactorEmail, false, false}))
	seconds()
	k.pool(func(p *Pool) { p.EmailMFA.Enabled = nil })
	k.refused(set(SetSecond{FactorEmail, true, false}), InvalidParameter)
}

func TestARecoveryLinkHandedOverSetsAPasswordOnce(t *testing.T) {
	k := newFactorKit(t, func(p *Pool) {
		p.UsernameAttributes, p.AccountRecovery.RecoveryMechanisms = nil, []RecoveryMechanism{{"admin_only", 1}}
	})
	u := k.user(ann, Confirmed)
	k.change(u, func(u *User) { delete(u.Attributes, "email"); delete(u.Attributes, "email_verified") })
	got, err := k.admin().RecoveryLink(context.Background(), testPool, string(u.ID), false)
	k.ok(err)
	if !got.ExpiresAt.After(k.clock()) || got.Delivery != (Delivery{}) {
		t.Errorf("answered %+v", got)
	}
	k.ok(k.resetByLink(got.Link, otherWord))
	k.refused(k.resetByLink(got.Link, goodWord), CodeExpired)
	if !k.opens(string(u.ID), otherWord) {
		t.Error("the password does not open the account")
	}
	k.audited("admin_create_recovery_link", "ok")
}

func TestARecoveryLinkHandedOverProvesNoAddress(t *testing.T) {
	k := newFactorKit(t)
	u := k.user(ann, Confirmed)
	k.change(u, func(u *User) { delete(u.Attributes, "email_verified") })
	got, err := k.admin().RecoveryLink(context.Background(), testPool, ann, false)
	k.ok(err)
	k.ok(k.resetByLink(got.Link, otherWord))
	if now := k.find(ann); now.Attributes["email_verified"] == "true" {
		t.Error("the address is proven, and nothing went there")
	}
	_, err = k.admin().RecoveryLink(context.Background(), testPool, ann, true)
	k.refused(err, NoVerifiedAddress)
}

func TestARecoveryLinkIsMailedToAProvenAddressAlone(t *testing.T) {
	k := newFactorKit(t)
	k.user(ann, Confirmed)
	got, err := k.admin().RecoveryLink(context.Background(), testPool, ann, true)
	k.ok(err)
	if got.Link != "" || got.Delivery.Destination != "a***@e***.test" {
		t.Errorf("answered %+v", got)
	}
	k.ok(k.resetByLink(k.last(ann, message.RecoveryLink).link(), otherWord))
	if !k.opens(ann, otherWord) {
		t.Error("the password does not open the account")
	}
}

func TestARecoveryLinkEndsAfterAnHour(t *testing.T) {
	k := newFactorKit(t)
	k.user(ann, Confirmed)
	got, err := k.admin().RecoveryLink(context.Background(), testPool, ann, false)
	k.ok(err)
	k.wait(time.Hour + time.Second)
	k.refused(k.resetByLink(got.Link, otherWord), CodeExpired)
}

func TestARecoveryLinkSidestepsNoSecondFactor(t *testing.T) {
	k := newFactorKit(t)
	p := k.person(ann).withApp()
	got, err := k.admin().RecoveryLink(context.Background(), testPool, ann, false)
	k.ok(err)
	k.ok(k.resetByLink(got.Link, otherWord))
	step, err := p.respond(p.start(ann, FactorPassword, testChannel, Origin{}), PasswordAnswer{otherWord}, Origin{})
	k.asks(step, err, ChallengeName(FactorTOTP))
}

func TestWhoGetsNoRecoveryLink(t *testing.T) {
	k := newFactorKit(t)
	u := k.user(ann, Confirmed)
	link := func() error {
		_, err := k.admin().RecoveryLink(context.Background(), testPool, ann, false)
		return err
	}
	k.change(u, func(u *User) { u.Disabled = true })
	k.refused(link(), InvalidState)
	k.change(u, func(u *User) { u.Disabled, u.Status = false, ExternalProvider })
	k.refused(link(), InvalidState)
	k.change(u, func(u *User) { u.Status = Confirmed })
	k.pool(ways(FactorPasskey, FactorEmailCode))
	if e := k.refused(link(), NotAllowed); e.Err == nil {
		t.Error("no reason is given")
	}
}

func TestAnAdministratorForgetsAndRemembersBrowsers(t *testing.T) {
	k := newFactorKit(t, remembers)
	k.person(ann).login(Origin{Browser: "a-browser"})
	ctx := context.Background()
	one := func() DeviceView {
		t.Helper()
		all, err := k.admin().Devices(ctx, testPool, ann)
		k.ok(err)
		if len(all) != 1 {
			t.Fatalf("%d browsers", len(all))
		}
		return all[0]
	}
	id := one().ID
	k.ok(k.admin().RememberDevice(ctx, testPool, ann, id, true))
	if !one().Remembered {
		t.Error("it is not remembered")
	}
	k.ok(k.admin().RememberDevice(ctx, testPool, ann, id, false))
	if one().Remembered {
		t.Error("it is still remembered")
	}
	k.user("ben@example.test", Confirmed)
	k.refused(k.admin().ForgetDevice(ctx, testPool, "ben@example.test", id), ResourceNotFound)
	k.ok(k.admin().ForgetDevice(ctx, testPool, ann, id))
	k.refused(k.admin().ForgetDevice(ctx, testPool, ann, id), ResourceNotFound)
}

func TestAnAdministratorSeesSignIns(t *testing.T) {
	k := newFactorKit(t)
	k.person(ann).login(Origin{})
	if k.opens(ann, otherWord) {
		t.Fatal("a wrong password opens the account")
	}
	ctx := context.Background()
	events, next, err := k.admin().Events(ctx, testPool, ann, Page{Limit: 1})
	k.ok(err)
	if len(events) != 1 || events[0].Response != "Fail" || next == nil {
		t.Fatalf("got %+v, %v", events, next)
	}
	events, next, err = k.admin().Events(ctx, testPool, ann, Page{Limit: 1, Cursor: next})
	k.ok(err)
	if len(events) != 1 || events[0].Response != "Pass" || next != nil {
		t.Fatalf("got %+v, %v", events, next)
	}
	_, _, err = k.admin().Events(ctx, testPool, "nobody@example.test", Page{})
	k.refused(err, UserNotFound)
}

// The mailbox was not used: with the new password its code is a second factor.
func TestARecoveryLinkHandedOverCountsApartFromTheMailbox(t *testing.T) {
	k := newFactorKit(t)
	p := k.person(ann).enable(FactorEmail)
	got, err := k.admin().RecoveryLink(context.Background(), testPool, ann, false)
	k.ok(err)
	k.ok(k.resetByLink(got.Link, otherWord))
	step, err := p.respond(p.start(ann, FactorPassword, testChannel, Origin{}), PasswordAnswer{otherWord}, Origin{})
	k.asks(step, err, ChallengeName(FactorEmail))
	p.isIn(p.respond(step, CodeAnswer{FactorEmail, k.sent(ann)}, Origin{}))
}
