package factors

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

func TestRecovery(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(everySecond, "app@example.test", "mail@example.test", "paper@example.test",
		"link@example.test", "lost@example.test"))
	for name, run := range map[string]func(*testing.T, *kit.Server, string){
		"app": resetKeepsTheApp, "mail": noResetByTheOnlyAddress, "paper": resetByRecoveryCode, "link": resetByAdminLink, "lost": factorsReset,
	} {
		t.Run(name, func(t *testing.T) { run(t, s, name+"@example.test") })
	}
}

// with signs in at the app with a password, as far as that gets.
func with(t *testing.T, s *kit.Server, c *kit.Client, name, password string) *kit.Page {
	t.Helper()
	page, err := c.SignIn(s.App.URL+"/start", name, password)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// A reset gives back the password and no more: the app is asked as ever.
func resetKeepsTheApp(t *testing.T, s *kit.Server, name string) {
	app := withApp(t, s, account(t, s, name))
	b := browse(t, s)
	begin(t, s, b)
	b.Follow(t, "/forgotPassword")
	b.Wait(t, `form[action*="/forgotPassword"]`)
	b.Enter(t, "username", name)
	b.Field(t, "code")
	b.Type(t, "code", s.MailAbout(t, name, "Reset your password", 1).Code(t))
	b.Enter(t, "new_password", newPassword)
	b.See(t, "Your password was changed")
	b.Type(t, "username", name)
	b.Enter(t, "password", newPassword)
	b.See(t, "Enter the code from your app")
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
}

// Where the mailbox is the second factor, it does not reset the password as
// well: it would be the whole of the sign-in. The page reads as for anybody.
func noResetByTheOnlyAddress(t *testing.T, s *kit.Server, name string) {
	turnOn(t, s, account(t, s, name), "EMAIL_MFA", func() string { return s.MailAbout(t, name, "Your code for", 1).Code(t) })
	texts := map[string]bool{}
	for _, who := range []string{name, "none@example.test"} {
		page := kit.NewClient().Open(t, s.URL+"/forgotPassword").Submit(t, kit.Fields{"username": who})
		page.Want(t, http.StatusOK, "If there is an account, we sent a code to")
		page.Doc.Find("bdi").Remove()
		texts[page.Text()] = true
	}
	if len(texts) != 1 {
		t.Errorf("the pages differ: %v", texts)
	}
	// What is sent goes in order, so a later mail has overtaken none.
	kit.NewClient().Open(t, s.URL+"/forgotPassword").Submit(t, kit.Fields{"username": "ann@example.test"})
	s.MailAbout(t, "ann@example.test", "Reset your password", 1)
	for _, m := range s.Mails(t, name) {
		if strings.Contains(m.Subject, "Reset your password") {
			t.Errorf("a code to reset the password came to the mailbox that is the second factor:\n%s", m.Text)
		}
	}
}

// A recovery code resets the password too, once, and the second factor is asked after it.
func resetByRecoveryCode(t *testing.T, s *kit.Server, name string) {
	c := account(t, s, name)
	app := withApp(t, s, c)
	codes := withCodes(t, s, c)
	b := browse(t, s)
	reset := func(code, password string) {
		t.Helper()
		begin(t, s, b)
		b.Follow(t, "/forgotPassword")
		b.Wait(t, `form[action*="/forgotPassword"]`)
		b.Enter(t, "username", name)
		b.Press(t, "Use a recovery code instead")
		b.See(t, "Enter one of the recovery codes of")
		b.Type(t, "code", code)
		b.Enter(t, "new_password", password)
	}
	reset("k3f9-0tq7-vh2m-x8dc", newPassword)
	b.See(t, "This code does not match.")
	reset(codes[0], newPassword)
	b.See(t, "Your password was changed")
	b.Type(t, "username", name)
	b.Enter(t, "password", newPassword)
	b.See(t, "Enter the code from your app")
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
	b.Forget(t)
	reset(codes[0], "a third long and calm password")
	b.See(t, "This code does not match.")
}

// An administrator's link sets the password, once, and nothing else.
func resetByAdminLink(t *testing.T, s *kit.Server, name string) {
	app := withApp(t, s, account(t, s, name))
	out, code := s.Command(t, "user", "link", name, "--config", "poolhouse.yaml")
	link := regexp.MustCompile(`http://localhost\S+`).FindString(out)
	if code != 0 || link == "" {
		t.Fatalf("user link: code %d\n%s", code, out)
	}
	for range 2 { // a scanner
		kit.NewClient().Open(t, link).Want(t, http.StatusOK, "Set a new password")
	}
	b := browse(t, s)
	b.Open(t, link)
	b.Enter(t, "new_password", newPassword)
	b.See(t, "Your password was changed")
	b.Type(t, "username", name)
	b.Enter(t, "password", newPassword)
	b.See(t, "Enter the code from your app")
	b.Enter(t, "code", app.Code(t))
	b.See(t, "About you")
	kit.NewClient().Open(t, link).Want(t, http.StatusGone, "This link was used already")
}

// Whoever lost everything is helped by an administrator, and told by mail.
func factorsReset(t *testing.T, s *kit.Server, name string) {
	c := account(t, s, name)
	withApp(t, s, c)
	page := with(t, s, kit.NewClient(), name, kit.AnnPassword).Want(t, http.StatusOK, "Enter the code from your app", "Lost your device?")
	if !strings.Contains(page.Text(), "ask the people who run Notes to help you back in") {
		t.Errorf("whoever lost the device is told nothing:\n%s", page.Text())
	}
	if out, code := s.Command(t, "user", "reset-factors", name, "--yes", "--config", "poolhouse.yaml"); code != 0 {
		t.Fatalf("user reset-factors: code %d\n%s", code, out)
	}
	with(t, s, kit.NewClient(), name, kit.AnnPassword).Want(t, http.StatusOK, "Hello, "+name)
	s.MailAbout(t, name, "A sign-in method for Acme was removed", 1)
	if page := c.Open(t, s.URL+"/account"); !page.Has("password") {
		t.Error("a session from before is still open")
	}
}
