package factors

import (
	"net/http"
	"testing"

	"poolhouse.dev/test/kit"
)

// Where the pool demands a second factor, it is set up in the middle of the
// first sign-in, and a spare way in is offered after it.
func TestForcedByThePool(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(kit.Map{
		"mfa_configuration": "ON", "sms_mfa_configuration": kit.Map{"enabled": true}, "email_mfa_configuration": kit.Map{"enabled": true},
	}, "app@example.test", "sms@example.test", "email@example.test", "key@example.test", "last@example.test"))
	for name, run := range map[string]func(*testing.T, *kit.Server, string){
		"app": forcedApp, "sms": forcedSMS, "email": forcedEmail, "key": forcedKey, "last": forcedLast,
	} {
		t.Run(name, func(t *testing.T) { run(t, s, name+"@example.test") })
	}
}

func forcedApp(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.See(t, "Set up a second step", "Authenticator app", "Passkey", "Code by text message", "Code by email")
	b.Press(t, "Authenticator app")
	b.See(t, "Set up your authenticator app")
	app := &kit.TOTPApp{Secret: b.TextOf(t, "#key")}
	b.Enter(t, "code", wrongCode(app.Code(t)))
	b.See(t, "This code does not match.")
	b.Enter(t, "code", app.Code(t))
	b.See(t, "Have a spare way in")
	b.Press(t, "Get recovery codes")
	b.See(t, "Your recovery codes")
	code := b.TextOf(t, "#recovery-codes li")
	b.Press(t, "I have saved them")
	here(t, b, name)

	// The device is lost: a recovery code stands in.
	b.Forget(t)
	withPassword(t, s, b, name)
	b.See(t, "Enter the code from your app", "Lost your device?")
	b.Press(t, "Try another way")
	b.Press(t, "Recovery code")
	b.Enter(t, "code", code)
	here(t, b, name)
}

func forcedSMS(t *testing.T, s *kit.Server, name string) {
	const number = "+4915120000001"
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.Press(t, "Code by text message")
	b.See(t, "Codes by text message")
	b.Enter(t, "phone_number", "nonsense")
	b.See(t, "Error: ")
	b.Enter(t, "phone_number", number)
	b.Field(t, "code")
	b.Enter(t, "code", s.SMS(t, number, 1).Code(t))
	b.See(t, "Have a spare way in")
	b.Press(t, "Not now")
	here(t, b, name)
	b.Forget(t)
	withPassword(t, s, b, name)
	b.Field(t, "code")
	b.Enter(t, "code", s.SMS(t, number, 2).Code(t))
	here(t, b, name)
}

// The confirmed address is known already: nothing is typed but the code.
func forcedEmail(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.Press(t, "Code by email")
	b.Field(t, "code")
	b.Enter(t, "code", s.MailAbout(t, name, "Your code for", 1).Code(t))
	b.See(t, "Have a spare way in")
	b.Press(t, "Not now")
	here(t, b, name)
}

// A passkey made on the way is both factors the next time, without a password.
func forcedKey(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	a := b.Authenticator(t, kit.AuthenticatorOptions{})
	withPassword(t, s, b, name)
	b.Press(t, "Passkey")
	b.Press(t, "Create a passkey")
	b.See(t, "Have a spare way in")
	if got := len(a.Passkeys(t)); got != 1 {
		t.Fatalf("the device has %d passkeys", got)
	}
	b.Press(t, "Not now")
	here(t, b, name)
	b.Forget(t)
	b.Open(t, s.App.URL+"/start")
	here(t, b, name)
}

// Where a second step is needed, the only one cannot be turned off, and the page
// says why; nor by a form that was made up.
func forcedLast(t *testing.T, s *kit.Server, name string) {
	c := kit.NewClient()
	page, err := c.SignIn(s.URL+"/account", name, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page = page.SubmitIn(t, `form.ways`, kit.Fields{"factor": "SOFTWARE_TOKEN_MFA"})
	app := &kit.TOTPApp{Secret: page.Doc.Find("#key").Text()}
	page.Submit(t, kit.Fields{"code": app.Code(t)}).Want(t, http.StatusOK, "Have a spare way in")
	page = c.Open(t, s.URL+"/account/factors").Want(t, http.StatusOK, "A second step is needed here, and this is your only one.")
	if page.Doc.Find(row("SOFTWARE_TOKEN_MFA", "/off")).Length() > 0 {
		t.Error("the last second step has a button that removes it")
	}
	form := page.Doc.Find(`form[action$="/account/factors/on"]`).First() // another form's token serves as well
	form.SetAttr("action", s.URL+"/account/factors/off")
	page.SubmitIn(t, `form[action$="/account/factors/off"]`, kit.Fields{"factor": "SOFTWARE_TOKEN_MFA"}).Want(t, http.StatusUnprocessableEntity)
	again, err := kit.NewClient().SignIn(s.App.URL+"/start", name, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	again.Want(t, http.StatusOK, "Enter the code from your app")
}

// A client may demand more than the pool. Whoever is signed in with less, at
// the account pages, sets a second factor up on the way to it.
func TestForcedByTheClient(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(kit.Map{"mfa_configuration": "OPTIONAL"}, "new@example.test", "there@example.test"), func(m kit.Map) {
		kit.PoolOf(m)["clients"].(kit.List)[0].(kit.Map)["mfa_configuration"] = "ON"
	})
	setUp := func(t *testing.T, b *kit.Browser, name string) {
		t.Helper()
		b.See(t, "Set up a second step")
		b.Press(t, "Authenticator app")
		app := &kit.TOTPApp{Secret: b.TextOf(t, "#key")}
		b.Enter(t, "code", app.Code(t))
		b.See(t, "Have a spare way in")
		b.Press(t, "Not now")
		here(t, b, name)
	}
	t.Run("new", func(t *testing.T) {
		b := browse(t, s)
		withPassword(t, s, b, "new@example.test")
		setUp(t, b, "new@example.test")
	})
	t.Run("there", func(t *testing.T) {
		b := browse(t, s)
		b.Open(t, s.URL+"/login")
		b.Type(t, "username", "there@example.test")
		b.Enter(t, "password", kit.AnnPassword)
		b.See(t, "About you")
		withPassword(t, s, b, "there@example.test") // the session is not enough, so the app's request asks
		setUp(t, b, "there@example.test")
		b.Open(t, s.App.URL+"/start") // now it is
		here(t, b, "there@example.test")
	})
}

// A group may demand it of its members alone.
func TestForcedByAGroup(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(kit.Map{
		"mfa_configuration": "OPTIONAL", "groups": kit.List{kit.Map{"group_name": "staff", "precedence": 1, "mfa_configuration": "ON"}},
	}, "guest@example.test"))
	page, err := kit.NewClient().SignIn(s.App.URL+"/start", "guest@example.test", kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, http.StatusOK, "Hello, guest@example.test")
	b := browse(t, s)
	withPassword(t, s, b, "ann@example.test") // she is staff
	b.See(t, "Set up a second step")
	b.Press(t, "Authenticator app")
	b.Enter(t, "code", (&kit.TOTPApp{Secret: b.TextOf(t, "#key")}).Code(t))
	b.See(t, "Have a spare way in")
	b.Press(t, "Not now")
	here(t, b, "ann@example.test")
}

// Where a passkey counts as one factor, it is asked for another.
func TestSingleFactorPasskey(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(kit.Map{
		"mfa_configuration": "OPTIONAL", "web_authn_configuration": kit.Map{"factor_configuration": "SINGLE_FACTOR"},
	}, "key@example.test"))
	const name = "key@example.test"
	b, _ := holder(t, s, name)
	app := withApp(t, s, account(t, s, name))
	b.Open(t, s.App.URL+"/start")
	b.See(t, "Enter the code from your app")
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
}
