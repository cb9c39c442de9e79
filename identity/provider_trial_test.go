package identity

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// everything answers all that the store holds.
func (k *kit) everything() map[string]string {
	k.Helper()
	all := map[string]string{}
	k.ok(k.core.Store.View(k.Context(), func(r storage.Reader) error {
		for from := storage.Key(nil); ; {
			page, err := r.Scan(storage.Range{Start: from})
			for _, e := range page {
				all[string(e.Key)] = string(e.Value)
				from = append(slices.Clone(e.Key), 0)
			}
			if err != nil || len(page) == 0 {
				return err
			}
		}
	}))
	return all
}

// foresees asks what a sign-in would come to, without a trace.
func (k *kit) foresees(x External) Foreseen {
	k.Helper()
	before := k.everything()
	seen, err := k.signIn().Foresee(k.Context(), Federated{Pool: testPool, Channel: testChannel, External: x, Origin: k.origin(7)})
	k.ok(err)
	if after := k.everything(); !maps.Equal(before, after) {
		k.Errorf("a test left something behind: %d records before, %d after", len(before), len(after))
	}
	return seen
}

func said(provider, subject, email string, vouched bool) External {
	return External{Provider: provider, Subject: subject, EmailVerified: vouched, Attributes: map[string]string{attrEmail: email, "name": "Ann at Up"}}
}

// What a test says would happen is what happens.
func TestWhatIsForeseenComes(t *testing.T) {
	for name, c := range map[string]struct {
		before func(k *kit)
		x      External
		want   Outcome
		name   string
	}{
		"new":     {func(*kit) {}, said("Elsewhere", "s-1", ann, true), OutcomeNew, "Ann at Up"},
		"bare":    {func(*kit) {}, said("Elsewhere", "s-1", ann, false), OutcomeBare, "Ann at Up"},
		"known":   {func(k *kit) { k.fromIn("Elsewhere", "s-1", ann, true) }, said("Elsewhere", "s-1", ann, true), OutcomeKnown, "Ann at Up"},
		"link":    {func(k *kit) { k.user(ann, Confirmed) }, said("Google", "s-1", ann, true), OutcomeLink, "Ann at Up"},
		"inherit": {func(k *kit) { k.user(ann, Unconfirmed); k.unprove(ann) }, said("Elsewhere", "s-1", ann, true), OutcomeInherit, "Ann at Up"},
		"prove":   {func(k *kit) { k.user(ann, Confirmed) }, said("Elsewhere", "s-1", ann, true), OutcomeProve, "Ann at Up"},
	} {
		t.Run(name, func(t *testing.T) {
			k := joins(t)
			c.before(k)
			seen := k.foresees(c.x)
			if seen.Outcome != c.want || seen.Refused != "" || seen.Account.Attributes["name"] != c.name {
				t.Fatalf("foreseen %+v", seen)
			}
			step, err := k.from(c.x.Provider, c.x.Subject, c.x.Attributes[attrEmail], c.x.EmailVerified)
			k.ok(err)
			if asked := step.Challenge != nil; asked != (seen.Next != "") || asked && step.Challenge.Name != seen.Next {
				t.Errorf("asks %+v, foreseen %q", step.Challenge, seen.Next)
			}
			if c.want == OutcomeProve {
				return
			}
			if u := k.get(step.Done.Auth.User()); c.want != OutcomeNew && c.want != OutcomeBare && u.ID != seen.Account.ID || u.Username != seen.Account.Username && c.want != OutcomeInherit || u.Status != seen.Account.Status {
				t.Errorf("in as %+v, foreseen %+v", u, seen.Account)
			}
		})
	}
}

func (k *kit) unprove(email string) {
	k.Helper()
	k.change(k.find(email), func(u *User) { delete(u.Attributes, attrEmailVerified) })
}

func (k *kit) get(id UserID) (u User) {
	k.Helper()
	k.ok(k.core.Store.View(k.Context(), func(r storage.Reader) (err error) {
		u, err = getUser(r, testPool, id)
		return err
	}))
	return u
}

func TestRefusalsAreForeseen(t *testing.T) {
	for name, c := range map[string]struct {
		change func(k *kit)
		x      External
		code   Code
		field  string
	}{
		"closed":   {func(k *kit) { k.pool(func(p *Pool) { p.AdminCreateUserConfig.AllowAdminCreateUserOnly = true }) }, said("Elsewhere", "s", "eve@example.test", true), SignUpClosed, ""},
		"shut":     {func(k *kit) { k.change(k.user(ann, Confirmed), func(u *User) { u.Disabled = true }) }, said("Elsewhere", "s", ann, true), IncorrectPassword, ""},
		"provider": {func(*kit) {}, said("Nobody", "s", ann, true), NotAllowed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := joins(t)
			c.change(k)
			if seen := k.foresees(c.x); seen.Refused != c.code || seen.Field != c.field || seen.Account.ID != "" {
				t.Errorf("%+v", seen)
			}
			_, err := k.from(c.x.Provider, c.x.Subject, c.x.Attributes[attrEmail], c.x.EmailVerified)
			k.refused(err, c.code)
		})
	}
}

func TestASwitchedOffProviderIsForeseenAsIfItWereOn(t *testing.T) {
	k := joins(t)
	off := k.provider("Elsewhere")
	off.Disabled = true
	k.ok(k.provides(off))
	if seen := k.foresees(said("Elsewhere", "s", ann, true)); !seen.Off || seen.Outcome != OutcomeNew || seen.Refused != "" {
		t.Errorf("%+v", seen)
	}
	if !k.provider("Elsewhere").Disabled {
		t.Error("the test has switched it on")
	}
	_, err := k.from("Elsewhere", "s", ann, true)
	k.refused(err, NotAllowed)
}

func TestWhatIsLeftOutIsExplained(t *testing.T) {
	k := joins(t, func(p *Pool) { p.AliasAttributes, p.UsernameAttributes = []string{"preferred_username", "email"}, nil })
	x := External{Provider: "Elsewhere", Subject: "s", Attributes: map[string]string{
		attrEmail: ann, attrPhone: "+4930123", attrPreferredUsername: "ann", "birthdate": "yesterday", "custom:rank": "1", "name": "Ann",
	}}
	got := map[string]WhyLeftOut{}
	for name, left := range k.foresees(x).LeftOut {
		if got[name] = left.Why; (left.Why == LeftBroken) != (left.Detail != "") {
			t.Errorf("%s: %+v", name, left)
		}
	}
	want := map[string]WhyLeftOut{attrEmail: LeftUnvouched, attrPhone: LeftNumber, attrPreferredUsername: LeftName, "birthdate": LeftBroken, "custom:rank": LeftBroken}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("left out %v, want %v", got, want)
	}
}

func TestATestLinkWorksOnceForTenMinutes(t *testing.T) {
	k := joins(t)
	ctx := WithActor(t.Context(), "cli")
	link, until, err := k.settings().NewProviderTrial(ctx, testPool, "Google")
	k.ok(err)
	for range 2 { // looking spends nothing
		trial, _, err := k.signIn().TrialOf(ctx, testPool, link, "any")
		k.ok(err)
		if trial.Provider != "Google" || trial.Actor != "cli" || until.Sub(trial.AskedAt) != 10*time.Minute {
			t.Fatalf("%+v until %v", trial, until)
		}
	}
	_, err = k.signIn().BeginTrial(ctx, "local_other", link, "any")
	k.refused(err, AttemptExpired)
	trial, err := k.signIn().BeginTrial(ctx, testPool, link, "any")
	k.ok(err)
	_, err = k.signIn().BeginTrial(ctx, testPool, link, "any")
	k.refused(err, AttemptExpired)
	for _, text := range k.everything() {
		if strings.Contains(text, link) {
			t.Fatal("the link stands in the store")
		}
	}
	late, _, err := k.settings().NewProviderTrial(ctx, testPool, "Google")
	k.ok(err)
	k.wait(10 * time.Minute)
	_, _, err = k.signIn().TrialOf(ctx, testPool, late, "any")
	k.refused(err, AttemptExpired)

	again, err := k.signIn().AgainTrial(ctx, testPool, trial, "mine")
	k.ok(err)
	_, err = k.signIn().BeginTrial(ctx, testPool, again, "another's")
	k.refused(err, AttemptExpired)
	_, err = k.signIn().BeginTrial(ctx, testPool, again, "mine")
	k.ok(err)
	k.wait(50 * time.Minute)
	if again, err = k.signIn().AgainTrial(ctx, testPool, trial, "mine"); again != "" || err != nil {
		t.Errorf("an hour later it begins again: %q, %v", again, err)
	}
	_, _, err = k.settings().NewProviderTrial(ctx, testPool, "Nobody")
	k.refused(err, ResourceNotFound)
}

// noted answers the events of an action, oldest first.
func (k *kit) noted(action string) (found []audit.Event) {
	k.Helper()
	k.ok(k.core.Store.View(k.Context(), func(r storage.Reader) (err error) {
		found, err = audit.List(r, audit.Filter{Pool: string(testPool), Action: action})
		return err
	}))
	slices.SortFunc(found, func(a, b audit.Event) int { return a.At.Compare(b.At) })
	return found
}

func TestATestIsInTheAuditLog(t *testing.T) {
	k := joins(t)
	_, _, err := k.settings().NewProviderTrial(WithActor(t.Context(), "cli"), testPool, "Google")
	k.ok(err)
	trial := Trial{Provider: "Google", Actor: "cli"}
	k.ok(k.signIn().TrialEnded(t.Context(), TrialEnd{Pool: testPool, Trial: trial, Code: "invalid", Detail: "the signature does not hold", Origin: k.origin(3)}))
	k.ok(k.signIn().TrialEnded(t.Context(), TrialEnd{Pool: testPool, Trial: trial, Outcome: OutcomeNew}))
	asked := k.noted("admin_test_identity_provider")
	made := k.noted("test_identity_provider")
	if len(asked) != 1 || asked[0].Detail["actor"] != "cli" || asked[0].Detail["provider"] != "Google" {
		t.Errorf("asked for: %+v", asked)
	}
	if len(made) != 2 || made[0].Outcome != audit.Refused || made[0].Reason != "invalid" || made[0].Detail["detail"] == "" || made[1].Outcome != audit.OK || made[1].Detail["outcome"] != "new" {
		t.Errorf("made: %+v", made)
	}
}
