package factors

import (
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// Chromium says that it can make passkeys without asking (conditional create),
// but its virtual device never finishes such a call: that takes a password
// manager that has just filled in the password. Where a passkey is to be made,
// the call is handed on as an ordinary one, which the device answers at once.
const (
	noteCreates = `const create = navigator.credentials && navigator.credentials.create.bind(navigator.credentials);
		const note = o => { sessionStorage.creates = (sessionStorage.creates || "") + (o.mediation || "asked") + " "; };`
	makesSilently = noteCreates + `navigator.credentials.create = o => { note(o); return create({publicKey: o.publicKey, signal: o.signal}); };`
	failsSilently = noteCreates + `navigator.credentials.create = async o => { note(o); throw new DOMException("no", "NotAllowedError"); };`
	hangsSilently = noteCreates + `navigator.credentials.create = o => { note(o); return create(o); };`
)

func TestUpgrade(t *testing.T) {
	s := serve(t, nil, "makes@example.test", "fails@example.test", "hangs@example.test")
	for name, script := range map[string]string{"makes": makesSilently, "fails": failsSilently, "hangs": hangsSilently} {
		t.Run(name, func(t *testing.T) { upgraded(t, s, name+"@example.test", script, name == "makes") })
	}
}

// After a sign-in by password the browser may keep a passkey. Nobody is asked
// anything, and whether or not it does, the person is in.
func upgraded(t *testing.T, s *kit.Server, name, script string, makes bool) {
	b := kit.NewBrowser(t, s.URL, s.App.URL)
	a := b.Authenticator(t, kit.AuthenticatorOptions{})
	b.Before(t, script)
	withPassword(t, s, b, name)
	here(t, b, name)
	if got := len(a.Passkeys(t)); (got == 1) != makes {
		t.Fatalf("the device has %d passkeys", got)
	}
	b.Open(t, s.URL+"/account/factors")
	if got := kit.Ask(t, b, chromedp.Evaluate[string](`sessionStorage.creates`)); got != "conditional " {
		t.Errorf("the browser was called %q", got)
	}
	if makes {
		b.See(t, "Not used yet")
		b.Forget(t)
		b.Open(t, s.App.URL+"/start")
		here(t, b, name)
		return
	}
	b.Forget(t) // the same browser is not bothered again soon
	withPassword(t, s, b, name)
	here(t, b, name)
	b.Open(t, s.URL+"/account/factors")
	if got := kit.Ask(t, b, chromedp.Evaluate[string](`sessionStorage.creates`)); got != "conditional " {
		t.Errorf("the second time the browser was called %q", got)
	}
}
