// Package pages uses the hosted pages with a real browser, as people do: by
// mouse, by keyboard, without script, in two tabs, with the Back button. The
// browser fails each test for console errors, policy violations and requests to
// anybody else.
package pages

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

const (
	ann         = "ann@example.test"
	eve         = "eve@example.test"
	newPassword = "another long and calm password"
)

// start starts a server and a browser that knows it and its app.
func start(t *testing.T, change ...func(kit.Map)) (*kit.Server, *kit.Browser) {
	t.Helper()
	t.Parallel()
	s := kit.Start(t, change...)
	b := kit.NewBrowser(t, s.URL, s.App.URL)
	// Chromium writes a line for every page with an error status; forms that
	// come back to be corrected have 422.
	b.Expect("status of 422")
	return s, b
}

// begin opens the app's sign-in.
func begin(t *testing.T, s *kit.Server, b *kit.Browser) {
	t.Helper()
	b.Open(t, s.App.URL+"/start")
	b.Field(t, "password")
}

func signIn(t *testing.T, b *kit.Browser, name, password string) {
	t.Helper()
	b.Type(t, "username", name)
	b.Enter(t, "password", password)
}

func TestSignUpWithCode(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.SignUp(t, eve, kit.AnnPassword)
	code := s.Mail(t, eve, 1).Code(t)
	b.Enter(t, "code", code[:3]+" "+code[3:]) // people copy codes as they are written
	b.See(t, "Hello, "+eve)
	if got := s.App.Last(t); got.Claims["email_verified"] != true {
		t.Errorf("the address is not verified: %v", got.Claims)
	}
}

func TestWrongCode(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.SignUp(t, eve, kit.AnnPassword)
	code := s.Mail(t, eve, 1).Code(t)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	b.Enter(t, "code", wrong)
	b.See(t, "Error: ", "This code does not match")
	b.Enter(t, "code", code)
	b.See(t, "Hello, "+eve)
}

func TestSignIn(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	signIn(t, b, ann, kit.AnnPassword)
	b.See(t, "Hello, "+ann)
}

// A wrong password and an unknown name read alike; the name stays, the password
// goes and has the focus.
func TestWrongPassword(t *testing.T) {
	s, b := start(t)
	for _, name := range []string{ann, "nobody@example.test"} {
		begin(t, s, b)
		signIn(t, b, name, "not the password at all")
		b.See(t, "Error: ", "There is a problem", "The name or the password does not match. Check both and try again.")
		if got := b.ValueOf(t, "username"); got != name {
			t.Errorf("the name is now %q", got)
		}
		if got := b.ValueOf(t, "password"); got != "" {
			t.Errorf("the password is still there")
		}
		if got := b.Focused(t); got != "password" && got != "errors" {
			t.Errorf("the focus is on %q", got)
		}
	}
	signIn(t, b, ann, kit.AnnPassword)
	b.See(t, "Hello, "+ann)
}

// Who types before the script has come, on a slow line, keeps the focus: the
// list of errors takes it from nobody.
func TestTheListOfErrorsTakesTheFocusFromNobody(t *testing.T) {
	s, b := start(t)
	b.Before(t, `addEventListener("readystatechange", () => document.querySelector("[name=code]")?.focus(), { capture: true, once: true })`)
	begin(t, s, b)
	b.SignUp(t, eve, kit.AnnPassword)
	b.Enter(t, "code", "not it")
	b.See(t, "There is a problem")
	kit.Eventually(t, "the end of the page's scripts", func() bool {
		return kit.Ask(t, b, chromedp.Evaluate[bool](`document.readyState === "complete"`))
	})
	if got := b.Focused(t); got != "code" {
		t.Errorf("the focus went to %q", got)
	}
}

func TestForgotAndReset(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.Follow(t, "/forgotPassword")
	b.Wait(t, `form[action*="/forgotPassword"]`)
	b.Enter(t, "username", ann)
	b.Field(t, "code")
	b.Type(t, "code", s.Mail(t, ann, 1).Code(t))
	b.Enter(t, "new_password", newPassword)
	b.See(t, "Your password was changed")
	signIn(t, b, ann, kit.AnnPassword)
	b.See(t, "does not match")
	signIn(t, b, ann, newPassword)
	b.See(t, "Hello, "+ann)
}

func TestForgotSaysNothingAboutWhoExists(t *testing.T) {
	s, b := start(t)
	texts := map[string]string{}
	for _, name := range []string{ann, "abc@example.test"} {
		begin(t, s, b)
		b.Follow(t, "/forgotPassword")
		b.Wait(t, `form[action*="/forgotPassword"]`)
		b.Enter(t, "username", name)
		b.Field(t, "code")
		texts[name] = b.Text(t)
	}
	if texts[ann] != texts["abc@example.test"] {
		t.Errorf("somebody known reads\n%s\nsomebody unknown reads\n%s", texts[ann], texts["abc@example.test"])
	}
}

func TestForcedNewPassword(t *testing.T) {
	s, b := start(t)
	out, code := s.Command(t, "user", "add", "bob@example.test", "--no-message", "--config", "poolhouse.yaml")
	_, temporary, ok := strings.Cut(out, "Temporary password: ")
	if code != 0 || !ok {
		t.Fatalf("user add: code %d\n%s", code, out)
	}
	begin(t, s, b)
	signIn(t, b, "bob@example.test", strings.TrimSpace(strings.SplitN(temporary, "\n", 2)[0]))
	b.See(t, "Choose your own password")
	b.Enter(t, "new_password", "password")
	b.See(t, "Error: ", "lists of common passwords")
	b.Enter(t, "new_password", newPassword)
	b.See(t, "Hello, bob@example.test")
}

// Sign in in one tab, then send the other one's stale form: it lands in its own
// app, signed in.
func TestSecondTab(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	back := b.NewTab(t)
	begin(t, s, b)
	signIn(t, b, ann, kit.AnnPassword)
	b.See(t, "Hello, "+ann)
	back()
	signIn(t, b, ann, kit.AnnPassword)
	b.See(t, "Hello, "+ann)
	if got := len(s.App.Arrivals()); got != 2 {
		t.Errorf("%d sign-ins came back, want one for each tab", got)
	}
}

func TestBackButton(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.SignUp(t, eve, kit.AnnPassword)
	b.Back(t)
	b.Wait(t, "#password-rules")
	b.Forward(t)
	b.Field(t, "code")
	if got := len(s.Mails(t, eve)); got > 1 {
		t.Errorf("going back and forth sent %d mails", got)
	}
	b.Enter(t, "code", s.Mail(t, eve, 1).Code(t))
	b.See(t, "Hello, "+eve)
	// The way back leads to the app again, which knows its state as used up.
	b.Expect("status of 400")
	b.Back(t)
	if text := b.Text(t); strings.Contains(text, "Something went wrong") {
		t.Errorf("Back from the app leads to a failure:\n%s", text)
	}
}

// A page past its lifetime, in a browser that has forgotten everything, says
// why it begins again and keeps the name.
func TestExpiredPage(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.Type(t, "username", ann)
	b.Forget(t)
	b.Enter(t, "password", kit.AnnPassword)
	b.See(t, "we started over")
	if got := b.ValueOf(t, "username"); got != ann {
		t.Errorf("the name is now %q", got)
	}
	signIn(t, b, ann, kit.AnnPassword)
	b.See(t, "Hello, "+ann)
}

// The code page of an attempt that is gone leads on, not to a dead end.
func TestExpiredCodePage(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.SignUp(t, eve, kit.AnnPassword)
	code := s.Mail(t, eve, 1).Code(t)
	b.Forget(t)
	b.Enter(t, "code", code)
	b.Field(t, "password")
	signIn(t, b, eve, kit.AnnPassword)
	b.Field(t, "code")
	b.Enter(t, "code", s.Mails(t, eve)[len(s.Mails(t, eve))-1].Code(t))
	b.See(t, "Hello, "+eve)
}
