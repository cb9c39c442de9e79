package pages

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"poolhouse.dev/test/kit"
)

func TestWithoutScript(t *testing.T) {
	s, b := start(t)
	b.WithoutScript(t)
	begin(t, s, b)
	b.Follow(t, "/signup")
	b.Wait(t, "#password-rules")
	b.Type(t, "username", eve)
	b.Type(t, "password", kit.AnnPassword)
	b.Press(t, "Sign up")
	b.Field(t, "code")
	b.Type(t, "code", s.Mail(t, eve, 1).Code(t))
	b.Press(t, "Confirm")
	b.See(t, "Hello, "+eve)

	b.Forget(t)
	begin(t, s, b)
	signIn(t, b, eve, "not the password at all")
	b.See(t, "does not match")
	b.Follow(t, "/forgotPassword")
	b.Wait(t, `form[action*="/forgotPassword"]`)
	b.Type(t, "username", eve)
	b.Press(t, "Send the code")
	b.Field(t, "code")
	b.Type(t, "code", s.Mail(t, eve, 2).Code(t))
	b.Type(t, "new_password", newPassword)
	b.Press(t, "Save the new password")
	b.See(t, "Your password was changed")
	signIn(t, b, eve, newPassword)
	b.See(t, "Hello, "+eve)
}

// The language switcher needs no script either.
func TestLanguageWithoutScript(t *testing.T) {
	s, b := start(t)
	b.WithoutScript(t)
	begin(t, s, b)
	b.Do(t, chromedp.Click(chromedp.CSS("details.languages summary")), chromedp.Click(chromedp.CSS(`a[hreflang="ar"]`)))
	b.Do(t, chromedp.WaitReady(chromedp.CSS(`html[lang="ar"][dir="rtl"]`)))
	signIn(t, b, ann, kit.AnnPassword)
	b.See(t, "Hello, "+ann)
}

// From the app's sign-in to its greeting with the Tab, typing and Enter keys alone.
func TestKeyboardOnly(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.Tab(t, "Sign up")
	b.Keys(t, kb.Enter)
	b.Wait(t, "#password-rules")
	b.Tab(t, "username")
	b.Keys(t, eve)
	b.Tab(t, "password")
	b.Keys(t, kit.AnnPassword)
	b.Tab(t, "Sign up")
	b.Keys(t, kb.Enter)
	b.Field(t, "code")
	b.Tab(t, "code")
	b.Keys(t, s.Mail(t, eve, 1).Code(t))
	b.Tab(t, "Confirm")
	b.Keys(t, kb.Enter)
	b.See(t, "Hello, "+eve)

	b.Forget(t)
	begin(t, s, b)
	if got := b.Focused(t); got != "username" {
		t.Errorf("the sign-in page begins with the focus on %q", got)
	}
	b.Keys(t, eve)
	b.Keys(t, kb.Tab)
	if got := b.Focused(t); got != "password" {
		t.Errorf("after the name comes %q", got)
	}
	b.Keys(t, kit.AnnPassword)
	b.Tab(t, "Sign in")
	b.Keys(t, kb.Enter)
	b.See(t, "Hello, "+eve)
}

// Password managers set a value and say so; they do not type.
func TestFilledByAManager(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	kit.Ask(t, b, chromedp.Evaluate[bool](`(() => {
		for (const [name, value] of [["username", "`+ann+`"], ["password", "`+kit.AnnPassword+`"]]) {
			const field = document.querySelector("input[name=" + name + "]");
			field.value = value;
			field.dispatchEvent(new Event("input", {bubbles: true}));
		}
		return true;
	})()`))
	b.Press(t, "Sign in")
	b.See(t, "Hello, "+ann)
}

func TestShowPassword(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.Type(t, "password", "abc")
	b.Do(t, chromedp.Click(chromedp.CSS("button.reveal")), chromedp.WaitVisible(chromedp.CSS(`input#password[type="text"]`)))
	if got := b.ValueOf(t, "password"); got != "abc" {
		t.Errorf("showing the password changed it to %q", got)
	}
	b.Do(t, chromedp.Click(chromedp.CSS("button.reveal")), chromedp.WaitVisible(chromedp.CSS(`input#password[type="password"]`)))
}

// A second click on the button is no second sign-up.
func TestDoubleClick(t *testing.T) {
	s, b := start(t)
	begin(t, s, b)
	b.Follow(t, "/signup")
	b.Wait(t, "#password-rules")
	b.Type(t, "username", eve)
	b.Type(t, "password", kit.AnnPassword)
	b.Do(t, chromedp.DoubleClick(chromedp.CSS(`main button[type="submit"]`)))
	b.Field(t, "code")
	b.Enter(t, "code", s.Mail(t, eve, 1).Code(t))
	b.See(t, "Hello, "+eve)
	if got := len(s.Mails(t, eve)); got != 1 {
		t.Errorf("a double click sent %d mails", got)
	}
}
