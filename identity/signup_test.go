package identity

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"testing"

	"poolhouse.dev/identity/message"
)

func TestASignUpIsConfirmedByItsCode(t *testing.T) {
	k := newKit(t)
	step := k.signUp("Ann@Example.test", map[string]string{"name": "Ann"})
	if step.Challenge == nil || step.Challenge.Name != AskConfirmSignUp || step.Challenge.Delivery.Destination != "A***@e***.test" {
		t.Fatalf("asked %+v", step.Challenge)
	}
	u := k.find("ann@example.test")
	if u.Status != Unconfirmed || u.Username != string(u.ID) || u.Attributes["email_verified"] != "false" {
		t.Fatalf("stored %+v", u)
	}
	step, err := k.respond(step, ConfirmAnswer{k.last("Ann@example.test", message.SignUp).code()}, Origin{})
	if err != nil || step.Done == nil {
		t.Fatalf("%+v, %v", step, err)
	}
	if u = k.find("ann@example.test"); u.Status != Confirmed || u.Attributes["email_verified"] != "true" {
		t.Errorf("stored %+v", u)
	}
	k.signsIn("ANN@example.test", goodWord, true)
	k.audited("sign_up", "ok")
	k.audited("confirm_sign_up", "ok")
}

func TestASignUpThatNeedsNoCodeIsSignedInAtOnce(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.AutoVerifiedAttributes = nil })
	step := k.signUp("ann@example.test", nil)
	if step.Done == nil || !step.Done.Auth.Valid() {
		t.Fatalf("%+v", step)
	}
	if u := k.find("ann@example.test"); u.Attributes["email_verified"] != "false" {
		t.Errorf("verified by nobody: %+v", u)
	}
	_, err := k.trySignUp("ann@example.test", goodWord, nil)
	k.refused(err, UsernameExists)
}

func TestASignUpWaitsForAnAdministrator(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.AutoVerifiedAttributes, p.SignUpConfirmation = nil, ByAdministrator })
	_, err := k.trySignUp("ann@example.test", goodWord, nil)
	k.refused(err, UserNotConfirmed)
	if u := k.find("ann@example.test"); u.Status != Unconfirmed {
		t.Fatalf("stored %+v", u)
	}
	_, err = k.trySignUp("ann@example.test", goodWord, nil)
	k.refused(err, UserNotConfirmed) // a taken address looks the same
}

func TestASignUpIsHeldAgainstThePool(t *testing.T) {
	k := newKit(t)
	for name, c := range map[string]struct {
		set        func(*Pool)
		username   string
		word       string
		attributes map[string]string
		want       Code
	}{
		"closed":               {func(p *Pool) { p.AdminCreateUserConfig.AllowAdminCreateUserOnly = true }, "a@x.test", goodWord, nil, SignUpClosed},
		"no address":           {func(*Pool) {}, "ann", goodWord, nil, InvalidUsername},
		"another address":      {func(*Pool) {}, "a@x.test", goodWord, map[string]string{"email": "b@x.test"}, InvalidParameter},
		"short password":       {func(*Pool) {}, "a@x.test", "short", nil, PasswordRefused},
		"common password":      {func(*Pool) {}, "a@x.test", "password123", nil, PasswordRefused},
		"name as password":     {func(*Pool) {}, "barnaby@x.test", "barnaby1", nil, PasswordRefused},
		"required is missing":  {func(p *Pool) { p.Schema = []Attribute{{Name: "name", Required: true}} }, "a@x.test", goodWord, nil, AttributeRequired},
		"verified by oneself":  {func(*Pool) {}, "a@x.test", goodWord, map[string]string{"email_verified": "true"}, AttributeRefused},
		"nothing to verify":    {named, "ann", goodWord, nil, AttributeRequired},
		"alias as username":    {aliased, "v@x.test", goodWord, map[string]string{"email": "a@x.test"}, InvalidUsername},
		"somebody of Google's": {named, "Google_1", goodWord, map[string]string{"email": "a@x.test"}, InvalidUsername},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, c.set)
			_, err := k.trySignUp(c.username, c.word, c.attributes)
			k.refused(err, c.want)
			if got := k.mails(c.username); len(got) > 0 {
				t.Errorf("a mail was sent: %v", kinds(got))
			}
		})
	}
	k.client(func(c *Client) { c.IdentityProviders = []string{"Google"} })
	_, err := k.trySignUp("a@x.test", goodWord, nil)
	k.refused(err, NotAllowed)
}

func TestAttackSignUpTellsWhoExists(t *testing.T) {
	k := newKit(t)
	first := k.signUp("Kim@example.test", nil)
	second := k.signUp("\u212Aim@example.test", nil)
	if second.Attempt == first.Attempt || second.Challenge == nil {
		t.Fatalf("%+v", second)
	}
	if a, b := *first.Challenge, *second.Challenge; a.Name != b.Name || !reflect.DeepEqual(a.Delivery, b.Delivery) {
		t.Errorf("a new address is answered %+v, a taken one %+v", a, b)
	}
	if got := kinds(k.mails("Kim@example.test")); !slices.Equal(got, []string{message.SignUp, message.AccountExists}) {
		t.Errorf("the owner is told %v", got)
	}
	k.last("Kim@example.test", message.AccountExists)
	// What follows is the same too: five wrong codes, then none is good.
	code := k.mails("Kim@example.test")[0].code()
	for i := range 6 {
		_, a := k.respond(first, ConfirmAnswer{wrong(code)}, Origin{})
		_, b := k.respond(second, ConfirmAnswer{wrong(code)}, Origin{})
		if codeOf(a) != codeOf(b) || codeOf(a) == "" {
			t.Errorf("try %d: %v and %v", i, a, b)
		}
	}
	_, err := k.respond(second, ConfirmAnswer{code}, Origin{})
	k.refused(err, CodeMismatch)
}

func TestALegacyClientIsToldThatTheNameIsTaken(t *testing.T) {
	k := newKit(t)
	k.client(func(c *Client) { c.PreventExistence = "LEGACY" })
	k.signUp("ann@example.test", nil)
	_, err := k.trySignUp("ANN@example.test", goodWord, nil)
	k.refused(err, UsernameExists)
}

func TestATakenUsernameIsSaid(t *testing.T) {
	k := newKit(t, named)
	k.signUp("ann", map[string]string{"email": "a@example.test"})
	_, err := k.trySignUp("ＡＮＮ", goodWord, map[string]string{"email": "b@example.test"})
	k.refused(err, UsernameExists)
	if got := k.mails("b@example.test"); len(got) > 0 {
		t.Errorf("b is sent %v", kinds(got))
	}
}

func TestAttackUsernameEqualToASub(t *testing.T) {
	k := newKit(t, named)
	k.signUp("victim", map[string]string{"email": "v@example.test"})
	victim := k.find("victim")
	_, err := k.trySignUp(string(victim.ID), goodWord, map[string]string{"email": "a@example.test"})
	k.refused(err, UsernameExists)
}

func TestAttackPreSignUpSquatting(t *testing.T) {
	k := newKit(t)
	squat := k.signUp("victim@example.test", map[string]string{"name": "Attacker"})

	// The victim comes later, is told so by mail, and takes the account by reset.
	step, err := k.trySignUp("victim@example.test", otherWord, nil)
	if err != nil || step.Challenge == nil {
		t.Fatalf("%+v, %v", step, err)
	}
	k.last("victim@example.test", message.AccountExists)
	_, err = k.forgot("victim@example.test")
	k.ok(err)
	k.ok(k.reset("victim@example.test", k.last("victim@example.test", message.ForgotPassword).code(), otherWord))

	k.signsIn("victim@example.test", goodWord, false)
	k.signsIn("victim@example.test", otherWord, true)
	// The attacker's open attempt, whose password was once right, is dead too.
	_, err = k.respond(squat, ConfirmAnswer{"000000"}, Origin{})
	k.refused(err, AttemptExpired)
	// And the link of the attacker's sign-up opens nothing for the attacker.
	k.signsIn("victim@example.test", goodWord, false)
}

func TestAttackParallelSignUps(t *testing.T) {
	k := newKit(t)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := k.trySignUp("ann@example.test", goodWord, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	all, _, err := k.admin().Users(context.Background(), testPool, Page{})
	if err != nil || len(all) != 1 {
		t.Errorf("%d users, %v", len(all), err)
	}
	if got := kinds(k.mails("ann@example.test")); len(got) > 6 || got[0] != message.SignUp {
		t.Errorf("sent %v", got)
	}
}

func TestTheSignUpCodeGoesToTheAddressThatIsTheName(t *testing.T) {
	both := func(p *Pool) {
		p.UsernameAttributes = []string{"email", "phone_number"}
		p.AutoVerifiedAttributes = []string{"email", "phone_number"}
	}
	k := newKit(t, both)
	step := k.signUp("+49 170 1234567", nil)
	if d := step.Challenge.Delivery; d.Medium != "SMS" || d.Attribute != "phone_number" || d.Destination != "+49********67" {
		t.Errorf("%+v", d)
	}
	if m := k.last("+491701234567", message.SignUp); m.Channel != message.SMS {
		t.Errorf("sent by %s", m.Channel)
	}
}

func TestAPasswordLongerThanTheHasherTakesIsRefused(t *testing.T) {
	k := newKit(t)
	long := make([]byte, 2000)
	for i := range long {
		long[i] = byte('a' + i%26)
	}
	_, err := k.trySignUp("a@x.test", string(long), nil)
	if e := k.refused(err, PasswordRefused); !slices.Contains(e.Violations, "too_long") {
		t.Errorf("%v", e.Violations)
	}
}

func TestAnAddressAmongTheAttributesIsTheName(t *testing.T) {
	k := newKit(t)
	first := k.signUp("", map[string]string{"email": "ann@example.test"})
	second := k.signUp("", map[string]string{"email": "ann@example.test"})
	for _, step := range []Step{first, second} {
		if step.Challenge == nil || step.Challenge.Identifier != "ann@example.test" {
			t.Errorf("%+v", step.Challenge)
		}
	}
	k.find("ann@example.test")
}

func TestAttackResendTellsATakenAddress(t *testing.T) {
	k := newKit(t)
	k.user("taken@example.test", Confirmed)
	for _, email := range []string{"taken@example.test", "fresh@example.test"} {
		step, err := k.accounts().SignUp(context.Background(), SignUp{
			Pool: testPool, Client: testClient, Channel: testChannel, Username: email, Password: otherWord, Origin: k.origin(1),
		})
		if err != nil || step.Challenge == nil {
			t.Fatalf("%s: %+v, %v", email, step, err)
		}
		again, err := k.signIn().Resend(context.Background(), step.Attempt, testChannel, k.origin(1))
		if err != nil || again.Challenge.Delivery != step.Challenge.Delivery {
			t.Errorf("%s: first shown to %+v, again to %+v, %v", email, step.Challenge.Delivery, again.Challenge, err)
		}
	}
}
