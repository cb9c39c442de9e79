package identity

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

// cameBy signs in by Google with a session there, in a browser of its own.
func (k *kit) cameBy(subject string, l Login) *SignedIn {
	k.Helper()
	step, err := k.signIn().Federated(k.Context(), Federated{
		Pool: testPool, Client: testClient, Channel: testChannel, Origin: k.origin(7),
		External: External{Provider: "Google", Subject: subject, Attributes: map[string]string{}, Login: l},
	})
	k.ok(err)
	if step.Done == nil {
		k.Fatalf("asked %+v, want to be in", step.Challenge)
	}
	return step.Done
}

func TestAProviderEndsEverySessionOfItsLogin(t *testing.T) {
	k := joins(t)
	var issued []string
	k.core.SessionEnded = func(_ storage.Writer, _ PoolID, session string) error {
		issued = append(issued, session)
		return nil
	}
	all := map[string]*SignedIn{
		"hers":           k.cameBy("ann", Login{Name: "ann-1", Session: "one"}),
		"her telephone":  k.cameBy("ann", Login{Name: "ann-1", Session: "one"}),
		"another login":  k.cameBy("ann", Login{Name: "ann-1", Session: "two"}),
		"without a name": k.cameBy("ann", Login{Name: "ann-1"}),
		"not of a login": k.cameBy("ann", Login{}),
		"somebody else":  k.cameBy("bob", Login{Name: "bob-1", Session: "one"}),
	}
	end := func(message, provider, name string, sessions ...string) (int, error) {
		return (&Sessions{k.core}).EndLogin(t.Context(), LoginEnded{
			Pool: testPool, Provider: provider, Name: name, Sessions: sessions, Message: message, Until: k.clock().Add(time.Minute),
		})
	}
	want := func(what string, n int, err error, count int, living ...string) {
		t.Helper()
		if err != nil || n != count {
			t.Errorf("%s: ended %d, %v", what, n, err)
		}
		for name, one := range all {
			_, err := (&Sessions{k.core}).Resume(t.Context(), testPool, one.Cookie)
			if lives := err == nil; lives != strings.Contains(strings.Join(living, ", "), name) {
				t.Errorf("%s: the session %q lives: %v", what, name, lives)
			}
		}
	}
	n, err := end("1", "Elsewhere", "ann-1")
	want("of another provider", n, err, 0, "hers", "her telephone", "another login", "without a name", "not of a login", "somebody else")
	n, err = end("2", "Google", "ann-1", "one", "unknown")
	want("one login", n, err, 3, "another login", "not of a login", "somebody else")
	if len(issued) != 3 {
		t.Errorf("what was issued under %v has ended", issued)
	}
	late := k.cameBy("ann", Login{Name: "ann-1", Session: "one"})
	if _, err = end("2", "Google", "ann-1", "one"); codeOf(err) != AttemptExpired {
		t.Errorf("the message is taken again: %v", err)
	}
	all["hers"] = late
	n, err = end("3", "Google", "ann-1")
	want("all of a name", n, err, 2, "not of a login", "somebody else")
}

func TestWhatEndsASessionElsewhereIsKeptSealedAndBounded(t *testing.T) {
	k := joins(t)
	came := k.cameBy("ann", Login{Name: "the-name-there", Session: "the-index", Ticket: []byte("the-ticket")})
	sessions := &Sessions{k.core}
	provider, ticket, err := sessions.Elsewhere(t.Context(), testPool, came.Cookie)
	if err != nil || provider != "Google" || string(ticket) != "the-ticket" {
		t.Errorf("%s %q %v", provider, ticket, err)
	}
	k.wait(2 * time.Hour) // past its idle life
	if _, ticket, err = sessions.Elsewhere(t.Context(), testPool, came.Cookie); err != nil || len(ticket) == 0 {
		t.Errorf("%q %v", ticket, err)
	}
	for pool, cookie := range map[PoolID]string{"local_other": came.Cookie, testPool: "nothing"} {
		if _, ticket, err = sessions.Elsewhere(t.Context(), pool, cookie); err != nil || len(ticket) != 0 {
			t.Errorf("%s: %q %v", pool, ticket, err)
		}
	}
	var stored []byte
	k.ok(k.core.Store.View(context.Background(), func(r storage.Reader) error {
		found, err := r.Scan(storage.Range{})
		for _, one := range found {
			stored = append(append(stored, one.Key...), one.Value...)
		}
		return err
	}))
	for _, secret := range []string{"the-name-there", "the-index", "the-ticket"} {
		if bytes.Contains(stored, []byte(secret)) {
			t.Errorf("the store holds %q as it is", secret)
		}
	}
	long := k.cameBy("bob", Login{Ticket: bytes.Repeat([]byte("t"), maxTicket+1)})
	if provider, ticket, err = sessions.Elsewhere(t.Context(), testPool, long.Cookie); err != nil || provider != "" || len(ticket) != 0 {
		t.Errorf("a ticket of more than 16 KiB is kept: %s %d %v", provider, len(ticket), err)
	}
}

func TestALoginOutlastsTheProofOfAnAccount(t *testing.T) {
	k := joins(t)
	k.user("ann@example.test", Confirmed)
	x := External{Provider: "Elsewhere", Subject: "s-1", Attributes: map[string]string{attrEmail: "ann@example.test"}, EmailVerified: true, Login: Login{Ticket: []byte("t")}}
	step, err := k.signIn().Federated(t.Context(), Federated{Pool: testPool, Client: testClient, Channel: testChannel, External: x, Origin: k.origin(7)})
	k.asks(step, err, AskPassword)
	step, err = k.reply(step, testChannel, PasswordAnswer{Password: goodWord}, k.origin(7))
	k.ok(err)
	if provider, ticket, err := (&Sessions{k.core}).Elsewhere(t.Context(), testPool, step.Done.Cookie); err != nil || provider != "Elsewhere" || string(ticket) != "t" {
		t.Errorf("%s %q %v", provider, ticket, err)
	}
}
