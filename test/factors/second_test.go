package factors

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// everySecond lets people choose among all second factors, and remembers
// browsers that ask for it.
var everySecond = kit.Map{
	"mfa_configuration":       "OPTIONAL",
	"sms_mfa_configuration":   kit.Map{"enabled": true},
	"email_mfa_configuration": kit.Map{"enabled": true},
	"device_configuration":    kit.Map{"challenge_required_on_new_device": true, "device_only_remembered_on_user_prompt": true},
}

func TestSecondFactors(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(everySecond, "app@example.test", "replay@example.test", "sms@example.test",
		"email@example.test", "several@example.test", "codes@example.test", "key@example.test", "device@example.test", "forget@example.test"),
		withPhone("sms@example.test", "+4915112345678"), withPhone("several@example.test", "+4915187654321"))
	for name, run := range map[string]func(*testing.T, *kit.Server, string){
		"app": appOnAccount, "replay": replayed, "sms": bySMS, "email": byEmail, "several": several, "codes": recoveryCodes,
		"key": passkeySecond, "device": remembered, "forget": rememberedEnds,
	} {
		t.Run(name, func(t *testing.T) { run(t, s, name+"@example.test") })
	}
}

// account answers a client signed in at the account pages with the password alone.
func account(t *testing.T, s *kit.Server, name string) *kit.Client {
	t.Helper()
	c := kit.NewClient()
	page, err := c.SignIn(s.URL+"/account", name, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(page.URL.Path, "/account") {
		t.Fatalf("%s is led to %s:\n%s", name, page.URL, page.Text())
	}
	return c
}

// withApp sets an authenticator app up for a person, without a browser.
func withApp(t *testing.T, s *kit.Server, c *kit.Client) *kit.TOTPApp {
	t.Helper()
	page := c.Open(t, s.URL+"/account/factors/app")
	app := &kit.TOTPApp{Secret: page.Doc.Find("#key").Text()}
	page.Submit(t, kit.Fields{"code": app.Code(t)}).Want(t, http.StatusOK, "The authenticator app is set up.")
	return app
}

// withCodes makes recovery codes for a person, without a browser.
func withCodes(t *testing.T, s *kit.Server, c *kit.Client) []string {
	t.Helper()
	page := c.Open(t, s.URL+"/account/factors/codes").Press(t, "Create recovery codes")
	codes := page.Doc.Find("#recovery-codes li").Map(func(_ int, li *goquery.Selection) string { return strings.TrimSpace(li.Text()) })
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	return codes
}

// wrongCode is a code that is not this one.
func wrongCode(right string) string {
	if right == "000000" {
		return "111111"
	}
	return "000000"
}

func appOnAccount(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	withPassword(t, s, b, name)
	here(t, b, name)
	b.Open(t, s.URL+"/account/factors/app")
	b.Wait(t, "svg")
	app := &kit.TOTPApp{Secret: b.TextOf(t, "#key")}
	b.Enter(t, "code", wrongCode(app.Code(t)))
	b.See(t, "This code does not match.")
	if again := b.TextOf(t, "#key"); again != app.Secret {
		t.Error("a wrong code changes the key that is being set up")
	}
	b.Enter(t, "code", app.Code(t))
	b.See(t, "The authenticator app is set up.")
	s.MailAbout(t, name, "A new sign-in method for Acme", 1)

	b.Forget(t)
	withPassword(t, s, b, name)
	b.See(t, "Enter the code from your app")
	b.Enter(t, "code", wrongCode(""))
	b.See(t, "Error: ", "This code does not match.")
	code := app.Code(t)
	b.Enter(t, "code", code[:3]+" "+code[3:])
	here(t, b, name)
}

// Each step of an authenticator app is taken once.
func replayed(t *testing.T, s *kit.Server, name string) {
	app := withApp(t, s, account(t, s, name))
	code := app.Code(t)
	for _, status := range []int{http.StatusOK, http.StatusUnprocessableEntity} {
		page, err := kit.NewClient().SignIn(s.App.URL+"/start", name, kit.AnnPassword)
		if err != nil {
			t.Fatal(err)
		}
		page.Submit(t, kit.Fields{"code": code}).Want(t, status)
	}
}

// row finds the form of a second factor that is sent to a path.
func row(factor, path string) string {
	return fmt.Sprintf(`form[action$="/account/factors%s"]:has(input[name="factor"][value=%q])`, path, factor)
}

// turnOn switches on codes by message for a person, without a browser.
func turnOn(t *testing.T, s *kit.Server, c *kit.Client, factor string, code func() string) {
	t.Helper()
	page := c.Open(t, s.URL+"/account/factors").SubmitIn(t, row(factor, "/on"), nil)
	page.Submit(t, kit.Fields{"code": code()}).Want(t, http.StatusOK, "It is on now.")
}

func bySMS(t *testing.T, s *kit.Server, name string) {
	const number = "+4915112345678"
	turnOn(t, s, account(t, s, name), "SMS_MFA", func() string { return s.SMS(t, number, 1).Code(t) })
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.See(t, "Check your phone", "78")
	b.Enter(t, "code", wrongCode(s.SMS(t, number, 2).Code(t)))
	b.See(t, "This code does not match.")
	b.Enter(t, "code", s.SMS(t, number, 2).Code(t))
	here(t, b, name)
}

func byEmail(t *testing.T, s *kit.Server, name string) {
	turnOn(t, s, account(t, s, name), "EMAIL_MFA", func() string { return s.MailAbout(t, name, "Your code for", 1).Code(t) })
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.See(t, "Check your email")
	m := s.MailAbout(t, name, "Your code for", 2)
	b.Enter(t, "code", wrongCode(m.Code(t)))
	b.See(t, "This code does not match.")
	b.Enter(t, "code", m.Code(t))
	here(t, b, name)
}

// Whoever has several second factors is asked for the preferred one, may take
// another, and without a preferred one chooses.
func several(t *testing.T, s *kit.Server, name string) {
	const number = "+4915187654321"
	c := account(t, s, name)
	withApp(t, s, c)
	turnOn(t, s, c, "SMS_MFA", func() string { return s.SMS(t, number, 1).Code(t) })
	c.Open(t, s.URL+"/account/factors").SubmitIn(t, row("SOFTWARE_TOKEN_MFA", "/prefer"), nil).Want(t, http.StatusOK, "It is asked first from now on.")
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.See(t, "Enter the code from your app")
	b.Press(t, "Try another way")
	b.See(t, "Confirm it is you", "Authenticator app", "Code by text message")
	b.Press(t, "Code by text message")
	b.See(t, "Check your phone")
	b.Back(t)
	b.Press(t, "Authenticator app")
	b.See(t, "Enter the code from your app")
	b.Press(t, "Try another way")
	b.Press(t, "Code by text message")
	b.Field(t, "code")
	sent := s.Messages(t, number)
	b.Enter(t, "code", sent[len(sent)-1].Code(t))
	here(t, b, name)
}

// Recovery codes are shown once, work once each, are counted, and new ones
// replace the old.
func recoveryCodes(t *testing.T, s *kit.Server, name string) {
	c := account(t, s, name)
	app := withApp(t, s, c)
	codes := withCodes(t, s, c)
	if again := c.Open(t, s.URL+"/account/factors/codes"); strings.Contains(again.Body, codes[0]) {
		t.Error("the codes are shown twice")
	}
	b := browse(t, s)
	enter := func() {
		t.Helper()
		b.Forget(t)
		withPassword(t, s, b, name)
		b.See(t, "Enter the code from your app")
		b.Press(t, "Try another way")
		b.Press(t, "Recovery code")
		b.See(t, "Enter a recovery code")
	}
	enter()
	b.See(t, "You have 10 left")
	b.Enter(t, "code", "k3f9-0tq7-vh2m-x8dc")
	b.See(t, "This code does not match.")
	b.Enter(t, "code", strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))) // as people write them down
	here(t, b, name)
	s.MailAbout(t, name, "A recovery code for Acme was used", 1)
	enter()
	b.See(t, "You have 9 left")
	b.Enter(t, "code", codes[3])
	b.See(t, "This code does not match.")
	b.Press(t, "Try another way")
	b.Press(t, "Authenticator app")
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)

	b.Open(t, s.URL+"/account/factors")
	b.See(t, "9 of 10 are left.")
	b.Press(t, "Create new ones")
	b.See(t, "They stop working when you create new ones.")
	b.Press(t, "Create recovery codes")
	b.Wait(t, "#recovery-codes")
	fresh := strings.Fields(b.TextOf(t, "#recovery-codes"))
	b.Press(t, "I have saved them")
	b.See(t, "10 of 10 are left.")
	for _, try := range []struct {
		code string
		want string
	}{{codes[0], "This code does not match."}, {fresh[0], "Hello, " + name}} {
		enter()
		b.Enter(t, "code", try.code)
		b.See(t, try.want)
	}
}

// After the password a passkey is a second factor like any other.
func passkeySecond(t *testing.T, s *kit.Server, name string) {
	b, a := holder(t, s, name)
	b.Before(t, withoutAutofill)
	account(t, s, name).Open(t, s.URL+"/account/factors").SubmitIn(t, row("WEB_AUTHN", "/on"), nil).Want(t, http.StatusOK, "It is on now.")
	withPassword(t, s, b, name)
	b.See(t, "Use your passkey")
	a.Verifies(t, false)
	b.Press(t, "Continue with the passkey")
	b.See(t, "That did not finish. Try again, or choose another way.")
	a.Verifies(t, true)
	b.Press(t, "Continue with the passkey")
	here(t, b, name)

	other := browse(t, s)
	other.Before(t, withoutWebAuthn)
	withPassword(t, s, other, name)
	other.See(t, "This browser cannot use passkeys here.")
}

// remember signs in with password and app, and has the browser remembered.
func remember(t *testing.T, s *kit.Server, b *kit.Browser, name string, app *kit.TOTPApp) {
	t.Helper()
	withPassword(t, s, b, name)
	b.Field(t, "remember")
	b.Do(t, chromedp.Click(chromedp.CSS("input#remember")))
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
}

// A remembered browser skips the second factor: only there, and not once it is forgotten.
func remembered(t *testing.T, s *kit.Server, name string) {
	app := withApp(t, s, account(t, s, name))
	b := browse(t, s)
	remember(t, s, b, name, app)
	b.ForgetSession(t, s.URL)
	withPassword(t, s, b, name)
	here(t, b, name)
	other := browse(t, s)
	withPassword(t, s, other, name)
	other.See(t, "Enter the code from your app")

	b.Open(t, s.URL+"/account/devices")
	b.See(t, "Remembered", "This browser")
	b.Do(t, chromedp.Click(chromedp.Search(`//li[contains(., "This browser")]//button[contains(., "Forget")]`)))
	b.See(t, "The browser was forgotten.")
	b.ForgetSession(t, s.URL)
	withPassword(t, s, b, name)
	b.See(t, "Enter the code from your app")
}

// Nor after the password was reset, which somebody else may have done.
func rememberedEnds(t *testing.T, s *kit.Server, name string) {
	app := withApp(t, s, account(t, s, name))
	b := browse(t, s)
	remember(t, s, b, name, app)
	page := kit.NewClient().Open(t, s.URL+"/forgotPassword").Submit(t, kit.Fields{"username": name})
	code := s.MailAbout(t, name, "Reset your password", 1).Code(t)
	page.Submit(t, kit.Fields{"code": code, "new_password": newPassword}).Want(t, http.StatusOK, "Your password was changed")
	b.ForgetSession(t, s.URL)
	begin(t, s, b)
	b.Type(t, "username", name)
	b.Enter(t, "password", newPassword)
	b.See(t, "Enter the code from your app")
}
