package identity

import (
	"errors"
	"testing"

	"poolhouse.dev/identity/trigger"
)

const (
	asksBefore = "PreAuthentication_Authentication"
	asksAfter  = "PostAuthentication_Authentication"
)

func TestATriggerMaySayWhoTriesToSignIn(t *testing.T) {
	k := newKit(t)
	u := k.user("ann@example.test", Confirmed)
	var seen []map[string]any
	k.trigger(handlers{asksBefore: func(e trigger.Event) (any, error) {
		seen = append(seen, requestOf(t, e))
		if e.UserName == u.Username {
			return nil, errors.New("not today")
		}
		return struct{}{}, nil
	}})
	begin := func(name string) error {
		o := k.origin(1)
		o.Told = Told{Validation: map[string]string{"from": "shop"}, Client: map[string]string{"never": "shown"}}
		_, err := k.signIn().Begin(t.Context(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, Origin: o})
		return err
	}
	if e := k.refused(begin("ann@example.test"), TriggerRefused); e.Reason != "not today" || e.Field != "PreAuthentication" {
		t.Error(e)
	}
	if err := begin("nobody@example.test"); err != nil {
		t.Error(err)
	}
	if len(seen) != 2 || seen[0]["userNotFound"] != false || seen[0]["userAttributes"].(map[string]any)["email"] != "ann@example.test" ||
		seen[1]["userNotFound"] != true || len(seen[1]["userAttributes"].(map[string]any)) != 0 || seen[1]["validationData"].(map[string]any)["from"] != "shop" {
		t.Errorf("%v", seen)
	}
}

func TestATriggerMayRefuseASignInAtItsEnd(t *testing.T) {
	a := newApp(t)
	a.ann.withApp()
	var seen []map[string]any
	refuses := true
	a.trigger(handlers{asksAfter: func(e trigger.Event) (any, error) {
		seen = append(seen, requestOf(t, e))
		if refuses {
			return nil, errors.New("too late")
		}
		return struct{}{}, nil
	}})
	step, err := a.respond(a.begin(""), PasswordAnswer{goodWord}, a.origin(1))
	a.asks(step, err, AskTOTP)
	if len(seen) > 0 {
		t.Fatal("asked before the second factor was proven")
	}
	_, err = a.respond(step, CodeAnswer{FactorTOTP, a.ann.shown()}, a.origin(1))
	a.refused(err, TriggerRefused)
	if n := a.livingSessions(); n != 0 {
		t.Errorf("%d sessions of a sign-in that was refused", n)
	}
	refuses = false
	first := a.enter()
	a.device = first.NewDevice
	if _, err := a.confirm(a.device); err != nil {
		t.Fatal(err)
	}
	a.enter()
	if len(seen) != 3 || seen[1]["newDeviceUsed"] != true || seen[2]["newDeviceUsed"] != false ||
		seen[2]["userAttributes"].(map[string]any)["sub"] != string(a.ann.ID) {
		t.Errorf("%v", seen)
	}
}

// The person need not be named first: a passkey says whose it is.
func TestATriggerIsAskedAboutAPasskeysOwner(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withKey()
	asked := 0
	k.trigger(handlers{asksBefore: func(e trigger.Event) (any, error) {
		asked++
		if e.UserName != ann.Username {
			t.Error(e.UserName)
		}
		return nil, errors.New("no")
	}})
	page := k.page()
	_, err := k.withPasskey(page.State, ann.key.get(page.Options))
	k.refused(err, TriggerRefused)
	if asked != 1 {
		t.Error(asked)
	}
}
