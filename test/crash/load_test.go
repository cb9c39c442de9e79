package crash

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// load keeps people busy until the server is gone.
type load struct {
	*testing.T
	s *kit.Server
	l *ledger
}

// run starts everybody and answers when all have noticed that the server is gone.
func (w load) run(kill func()) {
	var all sync.WaitGroup
	start := func(n int, work func() error) {
		for range n {
			all.Go(func() {
				for work() == nil {
				}
			})
		}
	}
	start(3, w.signUp)
	start(2, w.signIn)
	for _, c := range w.l.chains {
		start(1, func() error { return w.refresh(c) })
	}
	kill()
	all.Wait()
}

func (w load) client() *kit.Client { return kit.NewClient().Fast(10 * time.Second) }

// signUp takes one person from the sign-up page to the app's greeting, and
// writes down every answer when it comes, not before.
func (w load) signUp() error {
	p, c := w.l.newPerson(), w.client()
	page, err := c.SignUp(w.s.App.URL+"/start", p.name, password)
	if err != nil {
		return w.unexpected(err)
	}
	p.state = signedUp
	code, err := w.code(p)
	if err != nil {
		return err
	}
	p.state = answered
	page, err = page.Send(kit.Fields{"code": code})
	if err != nil {
		return w.unexpected(err)
	}
	if !greets(page, p.name) {
		return w.refused(page)
	}
	p.state = confirmed
	w.l.signedUp.Add(1)
	w.l.greeted(c)
	return nil
}

var errGone = errors.New("the server is gone")

// code waits for the mail of a sign-up, as long as there is a server to send it.
func (w load) code(p *person) (string, error) {
	for !w.s.Exited() {
		if mails := w.s.Mails(w.T, p.name); len(mails) > 0 {
			return mails[len(mails)-1].Code(w.T), nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return "", errGone
}

func (w load) signIn() error {
	c := w.client()
	page, err := c.SignIn(w.s.App.URL+"/start", "ann@example.test", kit.AnnPassword)
	if err != nil {
		return w.unexpected(err)
	}
	if !greets(page, "ann@example.test") {
		return w.refused(page)
	}
	w.l.greeted(c)
	return nil
}

// refresh redeems the chain's token. Only one goroutine works on a chain.
func (w load) refresh(c *chain) error {
	c.flying = true
	client := &http.Client{Timeout: 10 * time.Second}
	got, err := kit.Refresh(client, w.s.URL, c.client, c.secret, c.last)
	if err != nil {
		return w.unexpected(err)
	}
	c.used, c.last, c.flying = c.last, got.RefreshToken, false
	w.l.redemptions.Add(1)
	return nil
}

// unexpected tells a server that is gone from one that answers wrongly: only a
// live server can refuse.
func (w load) unexpected(err error) error {
	var refusal *kit.Refusal
	if errors.As(err, &refusal) {
		w.Errorf("under load: %v", err)
	}
	return err
}

// refused says that a page of the program itself came that should not have. The
// app's own page says "Not signed in" when the server went away in its back.
func (w load) refused(page *kit.Page) error {
	if page.URL.Host == w.s.Address {
		w.Errorf("under load %s answered %d:\n%s", page.URL, page.Status, page.Text())
	}
	return errGone
}

func greets(page *kit.Page, name string) bool {
	return page.Status == http.StatusOK && strings.Contains(page.Text(), "Hello, "+name)
}
