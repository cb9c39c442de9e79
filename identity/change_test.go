package identity

import (
	"context"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

func (k *kit) own(auth Authentication, given map[string]string) ([]Delivery, error) {
	return k.accounts().Update(context.Background(), auth, given, Origin{})
}

func TestChangingThePasswordKeepsOnlyThisSession(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	here, there := k.in("ann@example.test", Origin{}), k.in("ann@example.test", Origin{})
	k.ok(k.accounts().ChangePassword(context.Background(), here.Auth, goodWord, otherWord, Origin{}))
	sessions := &Sessions{k.core}
	if _, err := sessions.Resume(context.Background(), testPool, here.Cookie); err != nil {
		t.Errorf("this session: %v", err)
	}
	_, err := sessions.Resume(context.Background(), testPool, there.Cookie)
	k.refused(err, SessionEnded)
	k.last("ann@example.test", message.PasswordChanged)
	k.signsIn("ann@example.test", otherWord, true)
	k.audited("change_password", "ok")
}

func TestAttackPasswordChangeWithoutTheOldOne(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	for range freeTries {
		k.refused(k.accounts().ChangePassword(context.Background(), auth, "wrong", otherWord, Origin{}), IncorrectPassword)
	}
	// A stolen session is no place to guess either: the tries count as sign-ins do.
	k.refused(k.accounts().ChangePassword(context.Background(), auth, goodWord, otherWord, Origin{}), TooManyAttempts)
	k.refused(k.accounts().Delete(context.Background(), auth, goodWord, Origin{}), TooManyAttempts)
	_, err := k.try("ann@example.test", goodWord, Origin{})
	k.refused(err, TooManyAttempts)
}

func TestPasswordsDoNotComeBackAsLongAsThePolicyRemembers(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.Policies.PasswordPolicy.PasswordHistorySize = 2 })
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	to := func(old, text string) error {
		return k.accounts().ChangePassword(context.Background(), auth, old, text, Origin{})
	}
	k.refused(to(goodWord, goodWord), PasswordRefused)
	k.ok(to(goodWord, otherWord))
	k.refused(to(otherWord, goodWord), PasswordRefused)
	k.ok(to(otherWord, "fig-canyon-3-ribbon"))
	k.ok(to("fig-canyon-3-ribbon", goodWord))
}

func TestAChangedAddressWaitsForItsCode(t *testing.T) {
	k := newKit(t)
	k.user("old@example.test", Confirmed)
	auth := k.in("old@example.test", Origin{}).Auth
	sent, err := k.own(auth, map[string]string{"email": "New@example.test", "name": "Ann"})
	if err != nil || len(sent) != 1 || sent[0].Destination != "N***@e***.test" {
		t.Fatalf("%+v, %v", sent, err)
	}
	if u := k.find("old@example.test"); u.Attributes["email"] != "old@example.test" || u.Attributes["name"] != "Ann" || u.Pending["email"] != "New@example.test" {
		t.Errorf("%+v", u)
	}
	k.missing("new@example.test")
	code := k.last("New@example.test", message.AttributeChange).code()
	k.refused(k.accounts().Verify(context.Background(), auth, "phone_number", code, Origin{}), CodeExpired)
	k.ok(k.accounts().Verify(context.Background(), auth, "email", code, Origin{}))

	u := k.find("new@example.test")
	if u.Attributes["email"] != "New@example.test" || u.Attributes["email_verified"] != "true" || len(u.Pending) > 0 {
		t.Errorf("%+v", u)
	}
	k.missing("old@example.test")
	if m := k.last("old@example.test", message.AddressChanged); m.Data["address"] != "N***@e***.test" {
		t.Errorf("the old address is told %v", m.Data)
	}
	k.refused(k.accounts().Verify(context.Background(), auth, "email", code, Origin{}), CodeExpired)
}

func TestAMailedLinkVerifiesAChangedAddress(t *testing.T) {
	k := newKit(t)
	k.user("old@example.test", Confirmed)
	auth := k.in("old@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"email": "new@example.test"})
	k.ok(err)
	k.ok(k.confirmLink(k.last("new@example.test", message.AttributeChange).link()))
	k.find("new@example.test")
}

func TestAttackCodeAfterAnotherChange(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"email": "mine@example.test"})
	k.ok(err)
	mine := k.last("mine@example.test", message.AttributeChange)
	_, err = k.own(auth, map[string]string{"email": "victim@example.test"})
	k.ok(err)
	victim := k.last("victim@example.test", message.AttributeChange)
	if mine.code() != victim.code() {
		k.refused(k.accounts().Verify(context.Background(), auth, "email", mine.code(), Origin{}), CodeMismatch)
	}
	k.refused(k.confirmLink(mine.link()), CodeExpired)
	// Taking the change back makes the code worthless.
	_, err = k.own(auth, map[string]string{"email": "ann@example.test"})
	k.ok(err)
	k.refused(k.accounts().Verify(context.Background(), auth, "email", victim.code(), Origin{}), CodeExpired)
	if u := k.find("ann@example.test"); u.Attributes["email"] != "ann@example.test" {
		t.Errorf("%+v", u)
	}
}

func TestAttackAddressOfAnotherUser(t *testing.T) {
	k := newKit(t)
	k.user("victim@example.test", Confirmed)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"email": "VICTIM@example.test"})
	k.ok(err) // that it is taken is told only to the mailbox's owner
	code := k.last("VICTIM@example.test", message.AttributeChange).code()
	k.refused(k.accounts().Verify(context.Background(), auth, "email", code, Origin{}), AliasExists)
	if k.find("victim@example.test").Attributes["email"] != "victim@example.test" || k.find("ann@example.test").Attributes["email"] != "ann@example.test" {
		t.Error("an address moved")
	}
}

func TestWhereThePoolSaysSoAnAddressChangesAtOnce(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.UserAttributeUpdate.Immediate = true })
	k.user("old@example.test", Confirmed)
	k.user("taken@example.test", Confirmed)
	auth := k.in("old@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"email": "taken@example.test", "name": "Ann"})
	k.refused(err, AliasExists)
	if u := k.find("old@example.test"); u.Attributes["name"] != "" {
		t.Errorf("half of a refused change stays: %+v", u)
	}
	_, err = k.own(auth, map[string]string{"email": "new@example.test"})
	k.ok(err)
	if u := k.find("new@example.test"); u.Attributes["email_verified"] != "false" {
		t.Errorf("%+v", u)
	}
	k.last("old@example.test", message.AddressChanged)
	k.ok(k.accounts().Verify(context.Background(), auth, "email", k.last("new@example.test", message.AttributeChange).code(), Origin{}))
}

func TestAFirstPhoneNumberIsVerifiedBySMS(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"phone_number": "+49 170 1234567"})
	k.ok(err)
	to, err := k.accounts().SendCode(context.Background(), auth, "phone_number", Origin{})
	if err != nil || to.Medium != "SMS" {
		t.Fatalf("%+v, %v", to, err)
	}
	m := k.last("+491701234567", message.AttributeChange)
	if m.Channel != message.SMS {
		t.Errorf("sent by %s", m.Channel)
	}
	k.ok(k.accounts().Verify(context.Background(), auth, "phone_number", m.code(), Origin{}))
	if u := k.find("ann@example.test"); u.Attributes["phone_number_verified"] != "true" {
		t.Errorf("%+v", u)
	}
	_, err = k.accounts().SendCode(context.Background(), auth, "phone_number", Origin{})
	k.ok(err) // Cognito: also to one that is verified
	_, err = k.accounts().SendCode(context.Background(), auth, "name", Origin{})
	k.refused(err, InvalidParameter)
}

func TestAttackSelfServiceWritesWhatIsNotItsOwn(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.Schema = []Attribute{{Name: "custom:role"}, {Name: "custom:plan", Mutable: no()}} })
	k.client(func(c *Client) { c.WriteAttributes = []string{"name", "custom:plan", "email_verified"} })
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	for name, value := range map[string]string{
		"email_verified": "true", "phone_number_verified": "true", "sub": "x", "identities": "[]", "custom:role": "admin",
		"custom:plan": "gold", "email": "new@example.test", "cognito:groups": "admin",
	} {
		_, err := k.own(auth, map[string]string{name: value, "nickname": ""})
		if codeOf(err) != AttributeRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSigningOutEverywhereEndsThisSessionToo(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	here := k.in("ann@example.test", Origin{})
	k.in("ann@example.test", Origin{})
	k.ok(k.accounts().SignOutEverywhere(context.Background(), here.Auth))
	_, _, err := k.accounts().Me(context.Background(), here.Auth)
	k.refused(err, SessionEnded)
	_, err = (&Sessions{k.core}).Resume(context.Background(), testPool, here.Cookie)
	k.refused(err, SessionEnded)
}

func TestADeletedAccountLeavesNothingAndItsNameIsFree(t *testing.T) {
	k := newKit(t)
	was := k.user("ann@example.test", Confirmed)
	_, err := k.admin().CreateGroup(context.Background(), Group{PoolID: testPool, Name: "staff"})
	k.ok(err)
	k.ok(k.admin().AddToGroup(context.Background(), testPool, "ann@example.test", "staff"))
	in := k.in("ann@example.test", Origin{})
	if _, groups, err := k.accounts().Me(context.Background(), in.Auth); err != nil || !slices.Equal(groups, []string{"staff"}) {
		t.Errorf("%v, %v", groups, err)
	}
	_, err = k.forgot("ann@example.test")
	k.ok(err)
	reset := k.last("ann@example.test", message.ForgotPassword)
	k.refused(k.accounts().Delete(context.Background(), in.Auth, "wrong", Origin{}), IncorrectPassword)
	k.ok(k.accounts().Delete(context.Background(), in.Auth, goodWord, Origin{}))
	k.last("ann@example.test", message.UserDeleted)
	k.missing("ann@example.test")
	k.missing(string(was.ID))
	k.linkState(reset.link(), LinkUnknown)
	_, err = (&Sessions{k.core}).Resume(context.Background(), testPool, in.Cookie)
	k.refused(err, SessionEnded)

	k.signUp("ann@example.test", nil)
	again := k.find("ann@example.test")
	if again.ID == was.ID {
		t.Error("a sub was given again")
	}
	if groups, err := k.admin().GroupsOf(context.Background(), testPool, "ann@example.test"); err != nil || len(groups) > 0 {
		t.Errorf("the new account is in %v, %v", groups, err)
	}
	_, _, err = k.accounts().Me(context.Background(), in.Auth)
	k.refused(err, SessionEnded)
}

// passwordless takes the password away, after the sign-in.
func (k *kit) passwordless(u User) {
	k.Helper()
	k.update(func(w storage.Writer) error {
		return credentials.Delete(w, string(u.PoolID), string(u.ID), string(FactorPassword))
	})
}

func TestAttackPasswordChangeOfSomebodyWhoHasNone(t *testing.T) {
	k := newKit(t)
	u := k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	k.passwordless(u)
	for _, old := range []string{"", goodWord} {
		k.refused(k.accounts().ChangePassword(context.Background(), auth, old, otherWord, Origin{}), InvalidState)
	}
	k.signsIn("ann@example.test", otherWord, false)
}

func TestAFirstPasswordTakesAFreshSignIn(t *testing.T) {
	k, ctx := newKit(t), context.Background()
	u := k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	k.refused(k.accounts().SetPassword(ctx, auth, otherWord, Origin{}), InvalidState)
	k.passwordless(u)
	k.refused(k.accounts().SetPassword(ctx, auth, "short", Origin{}), PasswordRefused)
	k.wait(freshness[SetOwnPassword] + time.Minute)
	k.refused(k.accounts().SetPassword(ctx, auth, otherWord, Origin{}), FreshSignInNeeded)
	k.wait(-freshness[SetOwnPassword])
	k.ok(k.accounts().SetPassword(ctx, auth, otherWord, Origin{}))
	k.last("ann@example.test", message.PasswordChanged)
	k.audited("set_password", "ok")
	k.signsIn("ann@example.test", otherWord, true)
}

func TestNobodySetsAPasswordThatOpensNothing(t *testing.T) {
	k, ctx := newKit(t), context.Background()
	u := k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	k.passwordless(u)
	k.pool(func(p *Pool) { p.Policies.SignInPolicy.AllowedFirstAuthFactors = []Factor{FactorEmailCode} })
	k.refused(k.accounts().SetPassword(ctx, auth, otherWord, Origin{}), NotAllowed)
}
