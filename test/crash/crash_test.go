package crash

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

const rounds = 24

// setUp allows the load: no back-off, no grace for the confidential client.
func setUp(m kit.Map) {
	m["rate_limits"] = false
	web := kit.PoolOf(m)["clients"].(kit.List)[0].(kit.Map)
	web["refresh_token_rotation"] = kit.Map{"feature": "ENABLED", "retry_grace_period_seconds": 0}
}

// begin gives every chain without a token a new one.
func begin(t *testing.T, s *kit.Server, l *ledger) {
	t.Helper()
	for _, c := range l.chains {
		if c.last != "" {
			continue
		}
		s.App.Client = c.client
		page, err := kit.NewClient().SignIn(s.App.URL+"/start", "ann@example.test", kit.AnnPassword)
		if err != nil {
			t.Fatal(err)
		}
		page.Want(t, 200, "Hello")
		*c = chain{client: c.client, secret: c.secret, strict: c.strict, last: s.App.Last(t).Token.RefreshToken}
	}
	s.App.Client = kit.WebClient
}

func chains() []*chain {
	return []*chain{
		{client: kit.WebClient, secret: kit.WebSecret, strict: true},
		{client: kit.WebClient, secret: kit.WebSecret, strict: true},
		{client: kit.PublicClient},
	}
}

// round puts the server under load and kills it at a random moment.
func round(t *testing.T, s *kit.Server, l *ledger) {
	t.Helper()
	begin(t, s, l)
	load{T: t, s: s, l: l}.run(func() {
		moment(l)
		s.Kill()
	})
}

// moment waits for the random moment of a kill: at times early, in whatever is
// under way; at times after a few people were let in, however long a machine
// takes for that.
func moment(l *ledger) {
	if rand.N(2) == 0 {
		time.Sleep(50*time.Millisecond + rand.N(700*time.Millisecond))
		return
	}
	enough := l.signedIn.Load() + 1 + rand.N(int64(8))
	for began := time.Now(); l.signedIn.Load() < enough && time.Since(began) < 10*time.Second; {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(rand.N(50 * time.Millisecond))
}

func TestNothingAcknowledgedIsLost(t *testing.T) {
	s := kit.Start(t, setUp)
	l := &ledger{chains: chains()}
	for n := range rounds {
		round(t, s, l)
		s.Run(t)
		for _, sentence := range check(t, s, l) {
			t.Errorf("round %d: %s", n, sentence)
		}
	}
	t.Logf("%d kills; acknowledged and found: %d sign-ups, %d sign-ins, %d refreshes",
		rounds, l.signedUp.Load(), l.signedIn.Load(), l.redemptions.Load())
	if l.signedUp.Load() == 0 || l.signedIn.Load() == 0 || l.redemptions.Load() == 0 {
		t.Error("a kind of change was never acknowledged: the load shows nothing")
	}
}

// A check that finds nothing must be able to find something: the store is put
// back to what it was before the load, as if the server had acknowledged first
// and written later.
func TestCheckNoticesALostStore(t *testing.T) {
	s := kit.Start(t, setUp)
	l := &ledger{chains: chains()}
	begin(t, s, l)
	s.Stop(t)
	path := filepath.Join(s.Folder, "data", "poolhouse.db")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Run(t)
	for l.signedUp.Load() == 0 { // at least one of a kind
		load{T: t, s: s, l: l}.run(func() {
			kit.Eventually(t, "a sign-up", func() bool { return l.signedUp.Load() > 0 && l.redemptions.Load() > 0 })
			s.Kill()
		})
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Run(t)
	if lost := check(t, s, l); len(lost) == 0 {
		t.Error("everything since the copy is gone, and the check found nothing")
	}
}
