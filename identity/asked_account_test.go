package identity

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

func (k *kit) signUpAs(email string) (Step, error) {
	k.Helper()
	return (&Accounts{k.core}).SignUp(context.Background(), SignUp{
		Pool: testPool, Client: testClient, Channel: testChannel, Username: email, Password: goodWord,
		Origin: Origin{Address: k.origin(1).Address, UserAgent: "kit/1", Told: Told{Client: map[string]string{"from": "app"}, Validation: map[string]string{"age": "21"}}},
	})
}

func TestPreSignUpIsShownWhatCognitoShows(t *testing.T) {
	k := newKit(t)
	var seen trigger.Event
	k.trigger(handlers{signsUp: func(e trigger.Event) (any, error) { seen = e; return map[string]any{}, nil }})
	if _, err := k.signUpAs("ann@example.test"); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":"1","triggerSource":"PreSignUp_SignUp","region":"local","userPoolId":"local_test","userName":"` + seen.UserName +
		`","callerContext":{"awsSdkVersion":"kit/1","clientId":"web"},"request":{"userAttributes":{"email":"ann@example.test","email_verified":"false"},` +
		`"validationData":{"age":"21"},"clientMetadata":{"from":"app"}},"response":{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}}`
	if string(text) != want {
		t.Errorf("event\n%s\nwant\n%s", text, want)
	}
}

func TestPreSignUpConfirms(t *testing.T) {
	k := newKit(t)
	var confirmed trigger.Event
	k.trigger(handlers{
		signsUp: func(trigger.Event) (any, error) {
			return map[string]any{"autoConfirmUser": true, "autoVerifyEmail": true}, nil
		},
		confirmedSignUp: func(e trigger.Event) (any, error) {
			// The user is there by then: handlers put them into groups.
			if _, err := (&Admin{k.core}).User(context.Background(), testPool, e.UserName); err != nil {
				return nil, err
			}
			confirmed = e
			return nil, nil
		},
	})
	step, err := k.signUpAs("ann@example.test")
	if err != nil || step.Done == nil {
		t.Fatalf("sign-up: %+v, %v", step, err)
	}
	shown := requestOf(t, confirmed)["userAttributes"].(map[string]any)
	if shown["email_verified"] != "true" || shown["cognito:user_status"] != "CONFIRMED" || shown["sub"] != confirmed.UserName {
		t.Errorf("post confirmation is shown %v", shown)
	}
}

func TestPreSignUpThatRefusesLeavesNobody(t *testing.T) {
	k := newKit(t)
	k.trigger(handlers{signsUp: func(trigger.Event) (any, error) { return nil, errors.New("no robots") }})
	_, err := k.signUpAs("ann@example.test")
	k.refused(err, TriggerRefused)
	var refusal *Error
	if errors.As(err, &refusal); refusal.Field != "PreSignUp" || refusal.Reason != "no robots" {
		t.Errorf("refusal %+v", refusal)
	}
	_, err = (&Admin{k.core}).User(t.Context(), testPool, "ann@example.test")
	k.refused(err, UserNotFound)
	if sent := k.mails("ann@example.test"); len(sent) != 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestPreSignUpMustVerifyAnAddressThatIsThere(t *testing.T) {
	k := newKit(t)
	k.trigger(handlers{signsUp: func(trigger.Event) (any, error) { return map[string]any{"autoVerifyPhone": true}, nil }})
	_, err := k.signUpAs("ann@example.test")
	k.refused(err, AttributeRequired)
}

func TestPreSignUpAnswersOfAnotherShape(t *testing.T) {
	k := newKit(t)
	k.trigger(handlers{signsUp: func(trigger.Event) (any, error) { return map[string]any{"autoConfirmUser": "yes"}, nil }})
	_, err := k.signUpAs("ann@example.test")
	k.refused(err, TriggerMalformed)
}

func TestPostConfirmationFailsAfterTheDeed(t *testing.T) {
	k := newKit(t)
	k.trigger(handlers{
		signsUp:         func(trigger.Event) (any, error) { return map[string]any{"autoConfirmUser": true}, nil },
		confirmedSignUp: func(trigger.Event) (any, error) { return nil, errors.New("the crm is down") },
	})
	_, err := k.signUpAs("ann@example.test")
	k.refused(err, TriggerRefused)
	u, err := (&Admin{k.core}).User(t.Context(), testPool, "ann@example.test")
	if err != nil || u.Status != Confirmed {
		t.Errorf("user %v, %v", u.Status, err)
	}
}

func TestPreSignUpOfAnAdministrator(t *testing.T) {
	k := newKit(t)
	k.trigger(handlers{isCreated: func(e trigger.Event) (any, error) {
		return nil, errors.New("not " + requestOf(t, e)["clientMetadata"].(map[string]any)["who"].(string))
	}})
	_, _, err := (&Admin{k.core}).CreateUser(t.Context(), NewUser{Pool: testPool, Username: "ann@example.test", Told: Told{Client: map[string]string{"who": "ann"}}})
	k.refused(err, TriggerRefused)
}

func TestAskingInATransactionThatCannotWait(t *testing.T) {
	k := newKit(t)
	k.trigger(handlers{})
	err := k.core.Store.Update(t.Context(), func(w storage.Writer) error {
		p, err := pools.Get(w, string(testPool))
		if err != nil {
			return err
		}
		_, err = k.core.ask(w, question{pool: &p, kind: trigger.PreSignUp, source: signsUp})
		return err
	})
	if err == nil {
		t.Error("a trigger was asked within a transaction")
	}
}

func TestAskingWithoutEnd(t *testing.T) {
	k := newKit(t)
	asked := 0
	k.trigger(handlers{signsUp: func(trigger.Event) (any, error) { asked++; return map[string]any{}, nil }})
	err := k.core.update(t.Context(), func(w storage.Writer) (*Error, error) {
		p, err := pools.Get(w, string(testPool))
		if err != nil {
			return nil, err
		}
		_, err = k.core.ask(w, question{pool: &p, kind: trigger.PreSignUp, source: signsUp, about: k.clock().String()})
		return nil, err
	})
	if err == nil || asked != maxAsked {
		t.Errorf("asked %d times: %v", asked, err)
	}
}
