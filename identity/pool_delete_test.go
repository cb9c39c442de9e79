package identity

import (
	"context"
	"strings"
	"testing"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// TestADeletedPoolLeavesNothing: everything that a pool's ids lead to goes, and
// its id may be used again.
func TestADeletedPoolLeavesNothing(t *testing.T) {
	k := newKit(t)
	ctx, s := context.Background(), &Settings{k.core}
	p, err := s.CreatePool(ctx, "local", Pool{Name: "Gone", UsernameAttributes: []string{"email"}})
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := s.CreateClient(ctx, NewClient{Client: Client{PoolID: p.ID, Name: "App"}})
	if err != nil {
		t.Fatal(err)
	}
	admin := &Admin{k.core}
	for _, name := range []string{"ann@example.test", "bob@example.test"} {
		if _, _, err := admin.CreateUser(ctx, NewUser{Pool: p.ID, Username: name, Attributes: map[string]string{"email": name}, Suppress: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateTerms(ctx, Terms{PoolID: p.ID, ClientID: c.ID, Name: TermsOfUse, Links: map[string]string{"cognito:default": "https://example.test/terms"}}); err != nil {
		t.Fatal(err)
	}
	triggers := &trigger.Dispatcher{Runs: &trigger.Runs{Store: k.core.Store, Lives: PoolLives}, Now: k.clock}
	k.core.Triggers = triggers
	triggers.Run(ctx, trigger.Call{Kind: trigger.PreSignUp, Target: "nowhere", Event: trigger.Event{UserPoolID: string(p.ID), TriggerSource: signsUp}})
	if runs, err := triggers.Last(ctx, string(p.ID), "", 0); len(runs) != 1 || err != nil {
		t.Fatalf("runs %v, %v", runs, err)
	}
	triggers.Run(ctx, trigger.Call{Kind: trigger.PreSignUp, Target: "nowhere", Event: trigger.Event{UserPoolID: string(p.ID), TriggerSource: signsUp}})
	if n, err := s.CountUsers(ctx, p.ID); n != 2 || err != nil {
		t.Fatalf("%d users, %v", n, err)
	}
	if err := s.DeletePool(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Pool(ctx, p.ID)
	if code, _ := CodeOf(err); code != PoolNotFound {
		t.Errorf("the pool is %v", err)
	}
	// One that was still at work while its pool was deleted.
	triggers.Run(ctx, trigger.Call{Kind: trigger.PreSignUp, Target: "nowhere", Event: trigger.Event{UserPoolID: string(p.ID), TriggerSource: signsUp}})
	if runs, err := triggers.Last(ctx, string(p.ID), "", 0); len(runs) != 0 || err != nil {
		t.Errorf("runs %v, %v", runs, err)
	}
	left := 0
	err = k.core.Store.View(ctx, func(r storage.Reader) error {
		all, err := r.Scan(storage.Range{})
		for _, e := range all {
			if name := string(e.Key); strings.Contains(name, string(p.ID)) && !strings.Contains(name, "audit") && !strings.Contains(name, "event") && !strings.Contains(name, "message") {
				left++
				t.Errorf("left: %q", name)
			}
		}
		return err
	})
	if err != nil || left > 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	if _, err := s.PutPool(ctx, Pool{ID: p.ID, Name: "Again"}); err != nil {
		t.Error(err)
	}
}
