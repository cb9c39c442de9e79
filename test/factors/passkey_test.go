package factors

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// Scripts that run before a page's own, to make another kind of browser.
const (
	withoutAutofill = `if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;`
	withoutUpgrade  = `if (window.PublicKeyCredential) PublicKeyCredential.getClientCapabilities = undefined;`
	withoutWebAuthn = `delete window.PublicKeyCredential;`
	// Every call for a passkey is noted, with how it ended and how many were open
	// when it began.
	noteCalls = `window.calls = [];
		if (window.PublicKeyCredential) {
			const get = navigator.credentials.get.bind(navigator.credentials);
			navigator.credentials.get = options => {
				const open = window.calls.filter(c => c.end === "" && !c.signal.aborted).length;
				const call = {mediation: options.mediation || "", end: "", open, signal: options.signal};
				window.calls.push(call);
				return get(options).then(v => { call.end = "done"; return v; }, e => { call.end = e.name; throw e; });
			};
		}`
	// What the page tells the browser's passkey manager (Signal API) is noted for the tab.
	noteSignals = `if (window.PublicKeyCredential) for (const name of ["signalUnknownCredential", "signalAllAcceptedCredentials", "signalCurrentUserDetails"])
		PublicKeyCredential[name] = async what => { sessionStorage.signals = (sessionStorage.signals || "") + name + " " + JSON.stringify(what) + "\n"; };`
)

func TestPasskeys(t *testing.T) {
	s := serve(t, nil, "auto@example.test", "button@example.test", "abort@example.test", "cancel@example.test", "none@example.test",
		"unknown@example.test", "remove@example.test", "synced@example.test")
	for name, run := range map[string]func(*testing.T, *kit.Server, string){
		"auto": autofill, "button": button, "abort": oneCall, "cancel": cancelled, "none": noWebAuthn,
		"unknown": unknownPasskey, "remove": removal, "synced": synced,
	} {
		t.Run(name, func(t *testing.T) { run(t, s, name+"@example.test") })
	}
}

// The name's field offers passkeys by itself: whoever picks one is signed in
// without a name, a password or a click on the page. A passkey that recognised
// its owner is two factors.
func autofill(t *testing.T, s *kit.Server, name string) {
	b, _ := holder(t, s, name)
	b.Open(t, s.App.URL+"/start")
	here(t, b, name)
	if amr, _ := s.App.Last(t).Claims["amr"].([]any); !strings.Contains(join(amr), "mfa") {
		t.Errorf("amr is %v", amr)
	}
}

func join(all []any) string {
	var b strings.Builder
	for _, one := range all {
		b.WriteString(one.(string) + " ")
	}
	return b.String()
}

// Where the browser has no autofill for passkeys, the button does, without a name.
func button(t *testing.T, s *kit.Server, name string) {
	b, _ := holder(t, s, name)
	b.Before(t, withoutAutofill)
	begin(t, s, b)
	b.Press(t, "Sign in with a passkey")
	here(t, b, name)
}

// Browsers refuse a second call while one is open: the button ends the one that
// waits behind the name's field.
func oneCall(t *testing.T, s *kit.Server, name string) {
	b, a := holder(t, s, name)
	b.Before(t, noteCalls)
	a.Presence(t, false)
	begin(t, s, b)
	calls := func(what string) {
		t.Helper()
		kit.Eventually(t, what, func() bool { return kit.Ask(t, b, chromedp.Evaluate[bool](what)) })
	}
	calls(`calls.length === 1 && calls[0].mediation === "conditional" && calls[0].end === ""`)
	b.Press(t, "Sign in with a passkey")
	calls(`calls.length === 2 && calls[1].mediation === "" && calls[1].open === 0 && calls[0].end === "AbortError"`)
	if text := b.Text(t); strings.Contains(text, "did not finish") {
		t.Errorf("the page complains about the call that it ended itself:\n%s", text)
	}
	a.Presence(t, true)
	b.Press(t, "Sign in with a passkey")
	here(t, b, name)
}

// Whoever turns the device away, or has no passkey in it, is still on the form,
// with a hint and every other way.
func cancelled(t *testing.T, s *kit.Server, name string) {
	b, a := holder(t, s, name)
	a.Verifies(t, false)
	begin(t, s, b)
	b.Press(t, "Sign in with a passkey")
	b.See(t, "That did not finish. Try again, or choose another way.")
	a.Lose(t)
	begin(t, s, b)
	b.Press(t, "Sign in with a passkey")
	b.See(t, "That did not finish. Try again, or choose another way.")
	b.Type(t, "username", name)
	b.Enter(t, "password", kit.AnnPassword)
	here(t, b, name)
}

// A browser without WebAuthn, and one without script, show no button that does
// nothing, and sign in with the password.
func noWebAuthn(t *testing.T, s *kit.Server, name string) {
	for _, script := range []bool{true, false} {
		b := browse(t, s)
		if b.Before(t, withoutWebAuthn); !script {
			b.WithoutScript(t)
		}
		begin(t, s, b)
		if b.Shows(t, "#passkey") {
			t.Error("a browser without WebAuthn is offered passkeys")
		}
		b.Type(t, "username", name)
		b.Enter(t, "password", kit.AnnPassword)
		here(t, b, name)
	}
}

// A passkey that was removed on the account pages is still in the device: the
// page says so, tells the device, and the password still works.
func unknownPasskey(t *testing.T, s *kit.Server, name string) {
	b, a := holder(t, s, name)
	b.Before(t, withoutAutofill+noteSignals)
	id := base64.RawURLEncoding.EncodeToString(a.Passkeys(t)[0].CredentialID)
	c := kit.NewClient()
	if _, err := c.SignIn(s.URL+"/account", name, kit.AnnPassword); err != nil {
		t.Fatal(err)
	}
	c.Open(t, s.URL+"/account/factors").Press(t, "Remove").Want(t, 200, "The passkey was removed.")
	begin(t, s, b)
	b.Press(t, "Sign in with a passkey")
	b.See(t, "This passkey is not known here; perhaps it was removed.")
	kit.Eventually(t, "the device to be told of "+id, func() bool { // by the script, after the page stands there
		got := kit.Ask(t, b, chromedp.Evaluate[string](`sessionStorage.signals || ""`))
		return strings.Contains(got, `signalUnknownCredential {"credentialId":"`+id+`","rpId":"localhost"}`)
	})
	b.Type(t, "username", name)
	b.Enter(t, "password", kit.AnnPassword)
	here(t, b, name)
}

// Passkeys are renamed and removed on the account pages; the device is told
// which are left.
func removal(t *testing.T, s *kit.Server, name string) {
	b, a := holder(t, s, name)
	first := base64.RawURLEncoding.EncodeToString(a.Passkeys(t)[0].CredentialID)
	b.Before(t, withoutAutofill+noteSignals)
	withPassword(t, s, b, name)
	here(t, b, name)
	b.Open(t, s.URL+"/account/factors")
	signals := func() string { return kit.Ask(t, b, chromedp.Evaluate[string](`sessionStorage.signals || ""`)) }
	kit.Eventually(t, "the signals", func() bool {
		return strings.Contains(signals(), "signalAllAcceptedCredentials") && strings.Contains(signals(), `["`+first+`"]`) &&
			strings.Contains(signals(), "signalCurrentUserDetails")
	})
	b.Do(t, chromedp.Click(chromedp.CSS("details.rename summary")))
	b.Enter(t, "name", "My blue key")
	b.See(t, "The new name is saved.", "My blue key")
	b.Press(t, "Remove")
	b.See(t, "The passkey was removed.")
	kit.Eventually(t, "the signal that none is left", func() bool { return strings.Contains(signals(), `"allAcceptedCredentialIds":[]`) })
	s.MailAbout(t, name, "A sign-in method for Acme was removed", 1)
}

// Passkeys that are synced to other devices work as well.
func synced(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	a := b.Authenticator(t, kit.AuthenticatorOptions{Synced: true})
	addPasskey(t, s, b, a, name)
	passkey := a.Passkeys(t)[0]
	if !passkey.BackupEligibility || !passkey.BackupState {
		t.Fatal("the passkey is not synced")
	}
	other := browse(t, s)
	other.Authenticator(t, kit.AuthenticatorOptions{Synced: true}).Put(t, passkey)
	other.Open(t, s.App.URL+"/start")
	here(t, other, name)
}
