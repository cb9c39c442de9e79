package identity

import (
	"errors"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
)

func TestAttackWhichAccountWaitsToBeConfirmed(t *testing.T) {
	var want []Code
	for _, name := range []string{"nobody@example.test", "fresh@example.test", "old@example.test", "known@example.test", "joined@example.test"} {
		k := newKit(t)
		k.user("known@example.test", Confirmed)
		k.signUp("old@example.test", nil)
		k.signUp("joined@example.test", nil)
		k.ok(k.confirm("joined@example.test", k.last("joined@example.test", message.SignUp).code()))
		k.wait(25 * time.Hour)
		k.signUp("fresh@example.test", nil)
		code := "000000"
		if sent := k.mails(name); len(sent) > 0 {
			code = wrong(sent[0].code())
		}
		var got []Code
		for range 20 {
			got = append(got, codeOf(k.confirm(name, code)))
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) || got[0] != CodeMismatch || got[19] != CodeMismatch {
			t.Errorf("%s: %v, a name that nobody has %v", name, got, want)
		}
	}
}

func TestWhoHasTheCodeHearsThatItIsOver(t *testing.T) {
	k := newKit(t)
	k.signUp("ann@example.test", nil)
	code := k.last("ann@example.test", message.SignUp).code()
	k.wait(25 * time.Hour)
	k.refused(k.confirm("ann@example.test", wrong(code)), CodeMismatch)
	k.refused(k.confirm("ann@example.test", code), CodeExpired)
}

func TestWhoComesFromAProviderAsksCognitosTriggers(t *testing.T) {
	k := joins(t)
	var asked []string
	note := func(source string) { asked = append(asked, source) }
	k.trigger(noting(note, "PreSignUp_ExternalProvider", "PostConfirmation_ConfirmSignUp", asksBefore, asksAfter))
	come := func(want ...string) {
		t.Helper()
		asked = nil
		k.fromIn("Elsewhere", "s-1", "", true)
		if !slices.Equal(asked, want) {
			t.Errorf("asked %v, want %v", asked, want)
		}
	}
	come("PreSignUp_ExternalProvider", "PostConfirmation_ConfirmSignUp")
	come(asksBefore, asksAfter)
}

func TestATriggerKeepsOutWhoComesBackFromAProvider(t *testing.T) {
	k := joins(t)
	u := k.fromIn("Elsewhere", "s-1", "", true)
	k.user("ann@example.test", Confirmed)
	k.trigger(handlers{asksBefore: refusing})
	_, err := k.from("Elsewhere", "s-1", "", true)
	k.refused(err, TriggerRefused)
	_, err = k.from("Elsewhere", "s-2", "ann@example.test", true) // joins the account that has the address
	k.refused(err, TriggerRefused)
	if open, err := (&Sessions{k.core}).List(t.Context(), testPool, u); err != nil || len(open) != 1 {
		t.Errorf("%d sessions, %v", len(open), err)
	}
}

// noting answers every one of the sources, and notes it.
func noting(note func(string), sources ...string) handlers {
	h := handlers{}
	for _, source := range sources {
		h[source] = func(trigger.Event) (any, error) {
			note(source)
			return struct{}{}, nil
		}
	}
	return h
}

func refusing(trigger.Event) (any, error) { return nil, errors.New("not today") }
