package factors

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"poolhouse.dev/test/kit"
)

// From the name to the app with the Tab, typing and Enter keys alone, by way of
// a list of ways in, a mailed code and the password as the second step.
func TestKeyboardOnly(t *testing.T) {
	t.Parallel()
	policy := kit.Map{"mfa_configuration": "ON"}
	for key, value := range everyWay {
		policy[key] = value
	}
	s := kit.Start(t, kit.AtLocalhost, settings(policy, "keys@example.test"))
	const name = "keys@example.test"
	b := browse(t, s)
	begin(t, s, b)
	begins(t, b, "username")
	b.Keys(t, name)
	b.Keys(t, kb.Enter)
	b.See(t, "How would you like to sign in?")
	tabTo(t, b, `button.way[value="EMAIL_OTP"]`)
	b.Keys(t, kb.Enter)
	b.See(t, "Check your email")
	begins(t, b, "code")
	b.Keys(t, s.MailAbout(t, name, "Your code to sign in", 1).Code(t))
	b.Keys(t, kb.Enter)
	b.See(t, "Enter your password") // the other factor that is there
	begins(t, b, "password")
	b.Keys(t, kit.AnnPassword)
	b.Keys(t, kb.Enter)
	here(t, b, name)
}

// begins says that the page has put the focus there by itself.
func begins(t *testing.T, b *kit.Browser, field string) {
	t.Helper()
	kit.Eventually(t, "the focus on "+field, func() bool { return b.Focused(t) == field })
}

// tabTo presses the Tab key until the element has the focus.
func tabTo(t *testing.T, b *kit.Browser, selector string) {
	t.Helper()
	for range 40 {
		if kit.Ask(t, b, chromedp.Evaluate[bool](`document.activeElement.matches(`+"`"+selector+"`"+`)`)) {
			return
		}
		b.Keys(t, kb.Tab)
	}
	t.Fatalf("Tab never reaches %s", selector)
}

// Without script the ways, codes and links of messages work: a button takes the
// place of the tab that goes on by itself.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(everyWay, "plain@example.test"))
	const name = "plain@example.test"
	b, other := browse(t, s), kit.NewClient()
	b.WithoutScript(t)
	begin(t, s, b)
	b.Type(t, "username", name)
	b.Press(t, "Continue")
	b.See(t, "How would you like to sign in?")
	b.Press(t, "Passkey")
	b.See(t, "A passkey needs JavaScript")
	b.Press(t, "Try another way")
	b.Press(t, "Code by email")
	b.See(t, "Check your email")
	b.Press(t, "I have opened the link")
	b.See(t, "The link is not confirmed yet.")
	link := s.MailAbout(t, name, "Your code to sign in", 1).Link(t)
	other.Open(t, link).Press(t, "Continue as").Want(t, 200, "Go back to your other window")
	b.Press(t, "I have opened the link")
	here(t, b, name)
}
