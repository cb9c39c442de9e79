// Package mail sends the program's mail to a real SMTP server, and takes the
// server away.
package mail

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

const password = "correct horse battery staple"

// start starts the program with its mail going to the postbox.
func start(t *testing.T, p *kit.Postbox) *kit.Server {
	t.Helper()
	return kit.Start(t, func(m kit.Map) {
		m["email"].(kit.Map)["transport"] = "smtp://" + p.Address + "?starttls=off"
		m["rate_limits"] = false
	})
}

// arrived waits until n different people have mail, and answers it by address.
func arrived(t *testing.T, p *kit.Postbox, n int) map[string]kit.Mail {
	t.Helper()
	byName := map[string]kit.Mail{}
	kit.Eventually(t, fmt.Sprintf("mail to %d people", n), func() bool {
		for _, m := range p.Mails(t) {
			byName[strings.Trim(m.To, "<>")] = m
		}
		return len(byName) >= n
	})
	return byName
}

func TestMailArrivesBySMTP(t *testing.T) {
	p := kit.NewPostbox(t)
	s := start(t, p)
	page, err := kit.NewClient().SignUp(s.App.URL+"/start", "eve@example.test", password)
	if err != nil {
		t.Fatal(err)
	}
	m := arrived(t, p, 1)["eve@example.test"]
	if !strings.Contains(m.From, "login@acme.test") || m.Subject == "" {
		t.Errorf("from %q, subject %q", m.From, m.Subject)
	}
	code := m.Code(t)
	if !strings.Contains(strings.ReplaceAll(m.HTML, " ", ""), code) {
		t.Errorf("the HTML part lacks the code %s:\n%s", code, m.HTML)
	}
	if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "<script") {
		t.Errorf("the mail needs images or scripts:\n%s", m.HTML)
	}
	page.Submit(t, kit.Fields{"code": code}).Want(t, http.StatusOK, "Hello, eve@example.test")
}

// Opening a mailed link changes nothing: scanners open links too. Its button does.
func TestMailedLinkChangesNothingByItself(t *testing.T) {
	p := kit.NewPostbox(t)
	s := start(t, p)
	if _, err := kit.NewClient().SignUp(s.App.URL+"/start", "fay@example.test", password); err != nil {
		t.Fatal(err)
	}
	link := arrived(t, p, 1)["fay@example.test"].Link(t)
	if !strings.HasPrefix(link, s.URL+"/") {
		t.Fatalf("the link leads elsewhere: %s", link)
	}
	kit.NewClient().Open(t, link)
	kit.NewClient().Open(t, link)
	if page, err := kit.NewClient().SignIn(s.App.URL+"/start", "fay@example.test", password); err != nil || !page.Has("code") {
		t.Fatalf("after opening the link twice the account is confirmed, or not there: %v", err)
	}
	kit.NewClient().Open(t, link).Submit(t, nil).Want(t, http.StatusOK)
	page, err := kit.NewClient().SignIn(s.App.URL+"/start", "fay@example.test", password)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, http.StatusOK, "Hello, fay@example.test")
}

// An outage delays mail, loses none, and holds nobody up.
func TestOutageLosesNoMail(t *testing.T) {
	p := kit.NewPostbox(t)
	s := start(t, p)
	p.Close()
	const people = 6
	pages := map[string]*kit.Page{}
	for i := range people {
		name := fmt.Sprintf("outage-%d@example.test", i)
		page, err := kit.NewClient().SignUp(s.App.URL+"/start", name, password)
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = page
		if i == people/2 {
			s.Kill() // what is waiting outlives the program
			s.Run(t)
		}
	}
	if got := len(p.Mails(t)); got != 0 {
		t.Fatalf("%d mails arrived during the outage", got)
	}
	p.Refuse(true) // back, but not well yet
	p.Open(t)
	kit.Eventually(t, "a message that is turned away", func() bool { return p.Turned() > 0 })
	p.Refuse(false)
	mails := arrived(t, p, people)
	for name, page := range pages {
		page.Submit(t, kit.Fields{"code": mails[name].Code(t)}).Want(t, http.StatusOK, "Hello, "+name)
	}
}
