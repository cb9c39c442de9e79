package factors

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// everyWay lets people in by any single factor.
var everyWay = kit.Map{
	"policies": ways("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"),
}

// Identifier first, then the ways this person may use; the last used first.
func TestChoosingTheWayIn(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(everyWay, "ways@example.test", "phone@example.test", "key@example.test"),
		withPhone("phone@example.test", "+4915133333333"))
	t.Run("last used", func(t *testing.T) { lastUsed(t, s, "ways@example.test") })
	t.Run("sms", func(t *testing.T) { smsIn(t, s, "phone@example.test", "+4915133333333") })
	t.Run("key", func(t *testing.T) { keyIn(t, s, "key@example.test") })
	t.Run("unknown", func(t *testing.T) { nobodyIn(t, s) })
}

// nameThen types the name on the sign-in page and picks a way on the next.
func nameThen(t *testing.T, s *kit.Server, b *kit.Browser, name, way string) {
	t.Helper()
	begin(t, s, b)
	if b.Shows(t, `input[name="password"]`) {
		t.Fatal("the page asks for a password before it knows who signs in")
	}
	b.Enter(t, "username", name)
	b.See(t, "How would you like to sign in?")
	b.Press(t, way)
}

func lastUsed(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	nameThen(t, s, b, name, "Code by email")
	b.Field(t, "code")
	m := s.MailAbout(t, name, "Your code to sign in to", 1)
	b.Enter(t, "code", wrongCode(m.Code(t)))
	b.See(t, "This code does not match.")
	b.Enter(t, "code", m.Code(t))
	here(t, b, name)

	b.ForgetSession(t, s.URL)
	begin(t, s, b)
	b.Enter(t, "username", name)
	b.See(t, "How would you like to sign in?")
	first := kit.Ask(t, b, chromedp.Evaluate[string](`document.querySelector("button.way").innerText`))
	if !strings.Contains(first, "Code by email") || !strings.Contains(first, "Last used") {
		t.Errorf("first comes %q", first)
	}
	b.Press(t, "Password")
	b.Enter(t, "password", "not the password at all")
	b.See(t, "does not match")
	b.Enter(t, "password", kit.AnnPassword)
	here(t, b, name)
}

func smsIn(t *testing.T, s *kit.Server, name, number string) {
	b := browse(t, s)
	nameThen(t, s, b, name, "Code by text message")
	b.Field(t, "code")
	b.Enter(t, "code", s.SMS(t, number, 1).Code(t))
	here(t, b, name)
}

func keyIn(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	b.Before(t, withoutAutofill)
	a := b.Authenticator(t, kit.AuthenticatorOptions{})
	nameThen(t, s, b, name, "Password")
	b.Enter(t, "password", kit.AnnPassword)
	here(t, b, name)
	addPasskey(t, s, b, a, name)
	b.ForgetSession(t, s.URL)
	nameThen(t, s, b, name, "Passkey")
	b.Press(t, "Continue with the passkey")
	here(t, b, name)
}

// An unknown name is offered the same ways, and none of them tells.
func nobodyIn(t *testing.T, s *kit.Server) {
	texts := map[string]string{}
	for _, name := range []string{"ways@example.test", "none@example.test"} {
		page := kit.NewClient().Open(t, s.App.URL+"/start").Submit(t, kit.Fields{"username": name})
		page = page.Want(t, http.StatusOK, "How would you like to sign in?").SubmitIn(t, "form.ways", kit.Fields{"factor": "EMAIL_OTP"})
		page.Want(t, http.StatusOK, "We sent a code to")
		page = page.Submit(t, kit.Fields{"code": "123456"}).Want(t, http.StatusUnprocessableEntity, "This code does not match.")
		page.Doc.Find("bdi, .number, time").Remove()
		texts[page.Doc.Find("main").Text()] = name
	}
	if len(texts) != 1 {
		t.Errorf("somebody known and somebody unknown read differently: %q", texts)
	}
}

// A pool without passwords: a sign-up, a second visit, and no password anywhere.
func TestPoolWithoutPasswords(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(kit.Map{"policies": ways("EMAIL_OTP", "WEB_AUTHN")}))
	const name = "eve@example.test"
	b := browse(t, s)
	begin(t, s, b)
	b.Follow(t, "/signup")
	b.Wait(t, `form[action*="/signup"]`)
	if b.Shows(t, `input[type="password"]`) {
		t.Fatal("a pool without passwords asks for one")
	}
	b.Enter(t, "username", name)
	b.Field(t, "code")
	b.Enter(t, "code", s.MailAbout(t, name, "Your code to sign in", 1).Code(t))
	b.See(t, "Hello, "+name)
	b.ForgetSession(t, s.URL)
	begin(t, s, b)
	b.Enter(t, "username", name)
	if b.Shows(t, "button.way") {
		b.Press(t, "Code by email")
	}
	b.Field(t, "code")
	b.Enter(t, "code", s.MailAbout(t, name, "Your code to sign in", 2).Code(t))
	here(t, b, name)
}

// hurried has the page ask a hundred times as often whether its link was opened.
const hurried = `const every = setInterval; window.setInterval = (act, after) => every(act, after / 100);`

// The page that waits for its link waits no longer once a code is sent: the way
// to the app is gone once, however long the app takes.
func TestTypedCodeGoesToTheAppOnce(t *testing.T) {
	s := serve(t, everyWay, "typed@example.test")
	s.App.Thinks = 500 * time.Millisecond
	b := browse(t, s)
	b.Before(t, hurried)
	nameThen(t, s, b, "typed@example.test", "Code by email")
	b.Field(t, "code")
	b.Enter(t, "code", s.MailAbout(t, "typed@example.test", "Your code to sign in", 1).Code(t))
	here(t, b, "typed@example.test")
}

// A pool of passkeys alone: a sign-up makes one, a lost device leads back in by
// a mailed code and to a new one, and the last one cannot be removed.
func TestPoolOfPasskeysAlone(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(kit.Map{"policies": ways("WEB_AUTHN")}))
	const name = "eve@example.test"
	b := browse(t, s)
	b.Before(t, withoutAutofill)
	a := b.Authenticator(t, kit.AuthenticatorOptions{})
	begin(t, s, b)
	b.Follow(t, "/signup")
	b.Wait(t, `form[action*="/signup"]`)
	b.Enter(t, "username", name)
	b.Field(t, "code")
	b.Enter(t, "code", s.MailAbout(t, name, "Your code to sign in", 1).Code(t))
	b.Press(t, "Create a passkey")
	b.See(t, "Have a spare way in")
	b.Press(t, "Not now")
	here(t, b, name)
	first := a.Gains(t, nil)

	b.ForgetSession(t, s.URL)
	begin(t, s, b)
	b.Press(t, "Sign in with a passkey")
	here(t, b, name)
	b.Open(t, s.URL+"/account/factors")
	b.See(t, "This is your only way to sign in, so it cannot be removed.")
	if b.Shows(t, `form[action$="/factors/remove"]`) {
		t.Error("the last way in has a button that removes it")
	}

	a.Lose(t)
	b.Forget(t)
	begin(t, s, b)
	b.Enter(t, "username", name)
	b.See(t, "How would you like to sign in?")
	b.Press(t, "Code by email")
	b.Field(t, "code")
	b.Enter(t, "code", s.MailAbout(t, name, "Your code to sign in", 2).Code(t))
	b.See(t, "Have a spare way in")
	b.Press(t, "Add another passkey")
	here(t, b, name)
	second := a.Gains(t, nil)

	// Now the lost one can go, and the new one is the last.
	b.Open(t, s.URL+"/account/factors")
	b.Do(t, chromedp.Click(chromedp.CSS(`form[action$="/factors/remove"] button`)))
	b.See(t, "The passkey was removed.", "This is your only way to sign in, so it cannot be removed.")
	if string(first.CredentialID) == string(second.CredentialID) {
		t.Error("the new passkey is the old one")
	}
}
