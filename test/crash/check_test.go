package crash

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// check compares the ledger of the last round with the server that is back, and
// answers a sentence for everything that was lost or half made.
func check(t *testing.T, s *kit.Server, l *ledger) []string {
	t.Helper()
	var lost []string
	people, sessions := l.take()
	// First: a token whose answer was lost is taken again for half a minute only.
	for i, c := range l.chains {
		if err := checkChain(s, c); err != nil {
			lost = append(lost, fmt.Sprintf("chain %d of %s: %v", i, c.client, err))
		}
	}
	for _, p := range people {
		if err := checkPerson(t, s, p); err != nil {
			lost = append(lost, fmt.Sprintf("%s (state %d): %v", p.name, p.state, err))
		}
	}
	for i, in := range sessions {
		if page, err := in.client.Get(s.App.URL + "/start"); err != nil || page.Has("password") || page.Status != http.StatusOK {
			lost = append(lost, fmt.Sprintf("session %d is not known: %v", i, err))
		}
	}
	return lost
}

// checkPerson signs in as somebody who signed up in the round. An account that
// was acknowledged is there. One that was not may be there, whole, or absent,
// whole: then the address is free.
func checkPerson(t *testing.T, s *kit.Server, p *person) error {
	c := kit.NewClient()
	page, err := c.SignIn(s.App.URL+"/start", p.name, password)
	if err != nil {
		return err
	}
	switch {
	case greets(page, p.name):
		if p.state < answered {
			return errors.New("the address counts as verified, but nobody sent its code")
		}
		return nil
	case page.Has("code"):
		if p.state == confirmed {
			return errors.New("an acknowledged confirmation is gone")
		}
		return finish(t, s, page, p)
	case page.Has("password") && p.state == asked:
		return again(t, s, p)
	}
	return fmt.Errorf("an acknowledged account is gone: %d %s", page.Status, page.Text())
}

// finish confirms an account with the newest code that was mailed; a mail that
// was not sent before the kill is sent after it.
func finish(t *testing.T, s *kit.Server, page *kit.Page, p *person) error {
	tried := map[string]bool{}
	last := page
	for began := time.Now(); time.Since(began) < kit.Patience; {
		mails := s.Mails(t, p.name)
		if len(mails) == 0 || tried[mails[len(mails)-1].File] {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		newest := mails[len(mails)-1]
		tried[newest.File] = true
		next, err := page.Send(kit.Fields{"code": newest.Code(t)})
		if err != nil {
			return err
		}
		if greets(next, p.name) {
			return nil
		}
		last = next
	}
	return fmt.Errorf("no mailed code of %d confirms the account: %d %s", len(tried), last.Status, last.Text())
}

// again signs up with an address whose first sign-up left nothing behind.
func again(t *testing.T, s *kit.Server, p *person) error {
	before := len(s.Mails(t, p.name))
	page, err := kit.NewClient().SignUp(s.App.URL+"/start", p.name, password)
	if err != nil {
		return fmt.Errorf("the address is half taken: %w", err)
	}
	code := s.Mail(t, p.name, before+1).Code(t) // an address that is taken gets a mail without a code
	if page, err = page.Send(kit.Fields{"code": code}); err != nil || !greets(page, p.name) {
		return fmt.Errorf("the address is half taken: %v", err)
	}
	return nil
}

// checkChain redeems the newest acknowledged token. It must work; only when a
// redemption was under way, and used tokens have no grace, it may be used up.
// After that the token before it is refused.
func checkChain(s *kit.Server, c *chain) error {
	got, err := kit.Refresh(http.DefaultClient, s.URL, c.client, c.secret, c.last)
	if c.strict && c.flying && kit.Refused(err) == "invalid_grant" {
		c.last = "" // begun anew by the next round
		return nil
	}
	if err != nil {
		return fmt.Errorf("an acknowledged refresh token does not work: %w", err)
	}
	used := c.used
	c.used, c.last, c.flying = c.last, got.RefreshToken, false
	if !c.strict || used == "" {
		return nil
	}
	c.last = "" // asking with a used token ends the family
	if _, err := kit.Refresh(http.DefaultClient, s.URL, c.client, c.secret, used); kit.Refused(err) != "invalid_grant" {
		return fmt.Errorf("a token that was used is not refused: %v", err)
	}
	return nil
}
