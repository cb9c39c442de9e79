package factors

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"poolhouse.dev/test/kit"
)

// Somebody knows the password and tries codes of the authenticator app from
// many addresses. None gets in, all are slowed down with a Retry-After, and the
// owner gets in meanwhile from the browser that the account knows.
func TestCodesAreNotGuessedFromManyAddresses(t *testing.T) {
	s := serve(t, everySecond, "owner@example.test")
	const name = "owner@example.test"
	owner := kit.NewClient()
	if _, err := owner.SignIn(s.URL+"/account", name, kit.AnnPassword); err != nil {
		t.Fatal(err)
	}
	app := withApp(t, s, owner)
	const addresses, tries = 60, 6
	slowed, wrong := 0, 0
	for i := range addresses {
		attacker := kit.NewClientFrom(fmt.Sprintf("127.0.2.%d", i+1))
		page, err := attacker.SignIn(s.App.URL+"/start", name, kit.AnnPassword)
		if err != nil {
			t.Fatal(err)
		}
		for try := range tries {
			if page.Status == http.StatusTooManyRequests || !page.Has("code") {
				slowed++
				wantsPatience(t, page)
				break
			}
			page = page.Submit(t, kit.Fields{"code": fmt.Sprintf("%06d", i*tries+try)})
			wrong++
		}
	}
	t.Logf("%d codes were looked at, %d addresses were slowed down", wrong, slowed)
	if got := len(s.App.Arrivals()); got != 0 {
		t.Fatalf("%d attackers got in", got)
	}
	if slowed < addresses/2 {
		t.Errorf("only %d of %d addresses were slowed down", slowed, addresses)
	}
	owner.ForgetSession(t, s.URL)
	page := with(t, s, owner, name, kit.AnnPassword).Want(t, http.StatusOK, "Enter the code from your app")
	page.Submit(t, kit.Fields{"code": app.Code(t)}).Want(t, http.StatusOK, "Hello, "+name)
}

// Nobody needs a password to ask for a code by mail. Strangers who do so from
// many addresses neither guess one, nor flood the mailbox, nor keep the owner out.
func TestMailedCodesAreNotGuessedFromManyAddresses(t *testing.T) {
	s := serve(t, everyWay, "owner@example.test")
	const name = "owner@example.test"
	ask := func(c *kit.Client) *kit.Page {
		t.Helper()
		page := c.Open(t, s.App.URL+"/start").Submit(t, kit.Fields{"username": name})
		if page.Status != http.StatusOK {
			return page
		}
		return page.SubmitIn(t, "form.ways", kit.Fields{"factor": "EMAIL_OTP"})
	}
	owner := kit.NewClient()
	ask(owner).Submit(t, kit.Fields{"code": s.MailAbout(t, name, "Your code to sign in", 1).Code(t)}).Want(t, http.StatusOK, "Hello, "+name)
	slowed, wrong := 0, 0
	for i := range 60 {
		page := ask(kit.NewClientFrom(fmt.Sprintf("127.0.3.%d", i+1)))
		for try := 0; try < 6 && page.Has("code"); try++ {
			page = page.Submit(t, kit.Fields{"code": fmt.Sprintf("%06d", i*6+try)})
			wrong++
		}
		if page.Header.Get("Retry-After") != "" {
			slowed++
		}
	}
	sent := len(s.Mails(t, name))
	t.Logf("%d codes were sent to the form, %d addresses were slowed down, %d mails were sent", wrong, slowed, sent)
	if got := len(s.App.Arrivals()); got != 1 {
		t.Fatalf("%d strangers got in", got-1)
	}
	if sent > 20 {
		t.Errorf("strangers had %d mails sent", sent)
	}
	owner.ForgetSession(t, s.URL)
	page := ask(owner).Want(t, http.StatusOK, "Check your email")
	var mails []kit.Mail
	kit.Eventually(t, "a mail for the owner", func() bool { mails = s.Mails(t, name); return len(mails) > sent })
	page.Submit(t, kit.Fields{"code": mails[len(mails)-1].Code(t)}).Want(t, http.StatusOK, "Hello, "+name)
}

// wantsPatience says that the answer tells how long to wait.
func wantsPatience(t *testing.T, page *kit.Page) {
	t.Helper()
	seconds, err := strconv.Atoi(page.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		t.Errorf("status %d without a Retry-After (%q):\n%s", page.Status, page.Header.Get("Retry-After"), page.Text())
	}
}
