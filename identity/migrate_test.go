package identity

import (
	"errors"
	"strings"
	"testing"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// elsewhere is where ben's account still is; says is what the trigger answers
// for him, when the password is right.
func (k *kit) elsewhere(says migrationResponse) *[]trigger.Event {
	k.Helper()
	asked := &[]trigger.Event{}
	answer := func(e trigger.Event) (any, error) {
		*asked = append(*asked, e)
		request := requestOf(k, e)
		if e.UserName != "ben@example.test" || e.TriggerSource == migratesAtSignIn && request["password"] != "old" {
			return nil, errors.New("bad password")
		}
		return says, nil
	}
	k.trigger(handlers{migratesAtSignIn: answer, migratesAtForgot: answer})
	return asked
}

func bens(status Status) migrationResponse {
	return migrationResponse{
		UserAttributes: map[string]string{"email": "ben@example.test", "email_verified": "true", "name": "Ben"}, FinalUserStatus: status, MessageAction: "SUPPRESS",
	}
}

func TestSomebodyIsBroughtOverAtTheirFirstSignIn(t *testing.T) {
	k := newKit(t)
	k.client(allowSRP)
	asked := k.elsewhere(bens(Confirmed))
	o := k.origin(1)
	o.Told = Told{Validation: map[string]string{"from": "shop"}}
	_, err := k.try("ben@example.test", "wrong", o)
	k.refused(err, IncorrectPassword)
	k.missing("ben@example.test")
	step, err := k.try("ben@example.test", "old", o) // too short for the pool's policy
	if err != nil || step.Done == nil {
		t.Fatalf("%+v, %v", step, err)
	}
	u := k.find("ben@example.test")
	if u.ID != step.Done.Auth.User() || u.Status != Confirmed || u.Attributes["name"] != "Ben" || u.Attributes["email_verified"] != "true" {
		t.Errorf("%+v", u)
	}
	if request := requestOf(t, (*asked)[1]); len(*asked) != 2 || request["validationData"].(map[string]any)["from"] != "shop" {
		t.Errorf("%d, %+v", len(*asked), request)
	}
	k.trigger(handlers{})
	if step, err := k.bySRP("ben@example.test", "old", o); err != nil || step.Done == nil {
		t.Error("no verifier was made:", err)
	}
	k.signsIn("ben@example.test", "old", true)
}

func TestSomebodyWhoIsBroughtOverMayHaveToResetThePassword(t *testing.T) {
	for _, status := range []Status{ResetRequired, ""} {
		k := newKit(t)
		k.elsewhere(bens(status))
		_, err := k.try("ben@example.test", "old", k.origin(1))
		k.refused(err, PasswordResetNeeded)
		if u := k.find("ben@example.test"); u.Status != ResetRequired {
			t.Errorf("%+v", u)
		}
	}
}

func TestSomebodyIsBroughtOverWhoForgotThePassword(t *testing.T) {
	k := newKit(t)
	k.elsewhere(bens(""))
	if _, err := k.forgot("cat@example.test"); err != nil { // nobody there either
		t.Fatal(err)
	}
	k.missing("cat@example.test")
	if to, err := k.forgot("ben@example.test"); err != nil || to.Attribute != "email" {
		t.Fatal(to, err)
	}
	code := k.last("ben@example.test", message.ForgotPassword).code()
	if err := k.reset("ben@example.test", code, goodWord); err != nil {
		t.Fatal(err)
	}
	k.signsIn("ben@example.test", goodWord, true)
}

func TestAppsThatMayKnowWhoExistsAreToldAfterTheTrigger(t *testing.T) {
	k := newKit(t)
	k.client(func(c *Client) { c.PreventExistence, c.ExplicitAuthFlows = "LEGACY", []string{"ALLOW_USER_SRP_AUTH"} })
	k.elsewhere(bens(Confirmed))
	begin := func(name string) Step {
		t.Helper()
		step, err := k.signIn().Begin(t.Context(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, API: true, Origin: k.origin(1)})
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	_, err := k.respond(begin("cat@example.test"), PasswordAnswer{"old"}, k.origin(1))
	k.refused(err, UserNotFound)
	_, _, err = k.offer(begin("cat@example.test"), 0, k.origin(1))
	k.refused(err, UserNotFound)
	if step, err := k.respond(begin("ben@example.test"), PasswordAnswer{"old"}, k.origin(1)); err != nil || step.Done == nil {
		t.Error(err)
	}
}

// What a trigger answers wrongly leaves nobody, and looks like a wrong password.
func TestAttackMigrationThatGoesWrongTellsNothing(t *testing.T) {
	for name, says := range map[string]any{
		"no attributes": migrationResponse{}, "another status": bens("UNCONFIRMED"), "another shape": map[string]any{"userAttributes": []int{1}},
		"unknown attribute": migrationResponse{UserAttributes: map[string]string{"email": "ben@example.test", "shoe_size": "44"}},
		"another address":   migrationResponse{UserAttributes: map[string]string{"email": "ann@example.test", "email_verified": "true"}},
		"too long":          migrationResponse{UserAttributes: map[string]string{"email": "ben@example.test", "name": strings.Repeat("n", 3000)}},
	} {
		k := newKit(t)
		k.user("ann@example.test", Confirmed)
		answer := func(trigger.Event) (any, error) { return says, nil }
		k.trigger(handlers{migratesAtSignIn: answer, migratesAtForgot: answer})
		if _, err := k.try("ben@example.test", "old", k.origin(1)); !is(err, IncorrectPassword) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := k.forgot("ben@example.test"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		k.missing("ben@example.test")
	}
}

// Nothing is half made: when the rest of the sign-in fails, nobody was brought over.
func TestNobodyIsBroughtOverByHalf(t *testing.T) {
	k := newKit(t, aliased)
	k.user("ann@example.test", Confirmed)
	h := handlers{migratesAtSignIn: func(trigger.Event) (any, error) {
		return migrationResponse{UserAttributes: map[string]string{"email": "ann@example.test", "email_verified": "true"}, FinalUserStatus: Confirmed}, nil
	}}
	k.trigger(h)
	_, err := k.try("ben", "old", k.origin(1)) // ann's address is hers
	k.refused(err, IncorrectPassword)
	k.missing("ben")
	k.update(func(w storage.Writer) error {
		all, err := credentials.List(w, storage.Page{})
		if len(all) != 1 {
			t.Errorf("%d passwords are kept", len(all))
		}
		return err
	})
	h[migratesAtSignIn] = func(trigger.Event) (any, error) {
		return migrationResponse{UserAttributes: map[string]string{"email": "ann@example.test", "email_verified": "true"}, FinalUserStatus: Confirmed, ForceAliasCreation: true}, nil
	}
	if step, err := k.try("ben", "old", k.origin(1)); err != nil || step.Done == nil || k.find("ann@example.test").Username != "ben" {
		t.Error(err)
	}
}

func TestAttackGuessingAgainstTheOldDirectory(t *testing.T) {
	k := newKit(t)
	asked := k.elsewhere(bens(Confirmed))
	for range freeTries {
		_, err := k.try("ben@example.test", "guess", k.origin(1))
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("ben@example.test", "old", k.origin(1))
	k.refused(err, TooManyAttempts)
	if len(*asked) != freeTries {
		t.Errorf("asked %d times", len(*asked))
	}
}

func TestAttackMigrationOfSomebodyWhoIsHere(t *testing.T) {
	k := newKit(t)
	k.user("ben@example.test", Confirmed)
	asked := k.elsewhere(bens(Confirmed))
	_, err := k.try("ben@example.test", "old", k.origin(1))
	k.refused(err, IncorrectPassword)
	if _, err := k.forgot("ben@example.test"); err != nil || len(*asked) > 0 {
		t.Error(len(*asked), err)
	}
}
