package identity

import (
	"slices"
	"testing"
)

// Somebody whose account one provider made comes back from another with the same
// address, and proves by the first that the account is theirs.

// asksOwner brings Google's g-1 to bob's account, which Elsewhere's s-1 made.
func (k *kit) asksOwner() (bob UserID, step Step) {
	k.Helper()
	bob = k.fromIn("Elsewhere", "s-1", "bob@elsewhere.test", true)
	step, err := k.from("Google", "g-1", "bob@elsewhere.test", true)
	k.ok(err)
	if step.Challenge == nil || step.Challenge.Linking != "Google" {
		k.Fatalf("got %+v", step)
	}
	return bob, step
}

// proves comes back from a provider for the attempt that waits.
func (k *kit) proves(waiting Step, on Channel, provider, subject, email string) (Step, error) {
	k.Helper()
	return k.signIn().Federated(k.Context(), Federated{
		Pool: testPool, Client: testClient, Channel: on, Attempt: waiting.Attempt, Origin: k.origin(7),
		External: External{Provider: provider, Subject: subject, Attributes: map[string]string{attrEmail: email}, EmailVerified: true},
	})
}

func TestWhoeverCameByAnotherProviderProvesByIt(t *testing.T) {
	k := joins(t)
	bob, waiting := k.asksOwner()
	if got := waiting.Challenge.Joined; !slices.Equal(got, []string{"Elsewhere"}) {
		t.Errorf("offered %q", got)
	}
	step, err := k.proves(waiting, testChannel, "Elsewhere", "s-1", "bob@elsewhere.test")
	k.isThere(step, err, bob)
	if who := k.fromIn("Google", "g-1", "", false); who != bob {
		t.Error("the identity did not join")
	}
	_, err = k.signIn().Look(t.Context(), waiting.Attempt, testChannel)
	k.refused(err, AttemptExpired) // what it carried is used up
}

func TestASecondFactorIsStillAskedBeforeAProviderJoins(t *testing.T) {
	k := joins(t, demanded, everyFactor)
	p := k.person("bob@elsewhere.test").withApp()
	k.alters("Elsewhere", func(p *IdentityProvider) { p.MFARequired = true })
	k.ok(k.admin().LinkProvider(t.Context(), testPool, p.email, "Elsewhere", "s-1"))
	waiting, err := k.from("Google", "g-1", p.email, true)
	k.ok(err)
	step, err := k.proves(waiting, testChannel, "Elsewhere", "s-1", p.email)
	step = k.asks(step, err, AskTOTP)
	if step.Challenge.Linking != "Google" || step.Challenge.Joined != nil {
		t.Errorf("asked %+v", step.Challenge)
	}
	if len(k.joinedTo(p.ID)) != 1 {
		t.Error("joined before the second factor")
	}
	step, err = k.respond(step, CodeAnswer{FactorTOTP, p.shown()}, k.origin(7))
	p.isIn(step, err)
	if len(k.joinedTo(p.ID)) != 2 {
		t.Error("not joined")
	}
}

func TestAttackProofBySomebodyElsesIdentity(t *testing.T) {
	k := joins(t)
	bob, waiting := k.asksOwner()
	mallory := k.fromIn("Elsewhere", "mallory", "mallory@elsewhere.test", true)
	_, err := k.proves(waiting, testChannel, "Elsewhere", "mallory", "bob@elsewhere.test")
	k.refused(err, OtherAccount)
	_, err = k.proves(waiting, testChannel, "Elsewhere", "nobody-yet", "bob@elsewhere.test")
	k.refused(err, OtherAccount)
	for _, who := range []UserID{bob, mallory} {
		if len(k.joinedTo(who)) != 1 {
			t.Errorf("%s is joined to %+v", who, k.joinedTo(who))
		}
	}
	if _, err := k.admin().User(t.Context(), testPool, "Elsewhere_nobody-yet"); err == nil {
		t.Error("an account was made on the way")
	}
	step, err := k.proves(waiting, testChannel, "Elsewhere", "s-1", "")
	k.isThere(step, err, bob) // the owner may try again
}

func TestAttackProofInAnotherBrowser(t *testing.T) {
	k := joins(t)
	bob, waiting := k.asksOwner()
	_, err := k.proves(waiting, "mallory's browser", "Elsewhere", "s-1", "")
	k.refused(err, AttemptExpired)
	if len(k.joinedTo(bob)) != 1 {
		t.Error("an identity joined in a browser that did not bring it")
	}
}

func TestAttackProofForAnAttemptThatJoinsNothing(t *testing.T) {
	k := joins(t)
	k.fromIn("Elsewhere", "s-1", "bob@elsewhere.test", true)
	plain := k.start("bob@elsewhere.test", "", testChannel, k.origin(7))
	_, err := k.proves(plain, testChannel, "Elsewhere", "s-1", "")
	k.refused(err, AttemptExpired)
	_, err = k.proves(Step{Attempt: "made-up"}, testChannel, "Elsewhere", "s-1", "")
	k.refused(err, AttemptExpired)
}

func TestAttackProofByAProviderThatIsOff(t *testing.T) {
	k := joins(t)
	_, waiting := k.asksOwner()
	k.alters("Elsewhere", func(p *IdentityProvider) { p.Disabled = true })
	step, err := k.signIn().Look(t.Context(), waiting.Attempt, testChannel)
	if k.ok(err); len(step.Challenge.Joined) != 0 {
		t.Errorf("offered %q", step.Challenge.Joined)
	}
	_, err = k.proves(waiting, testChannel, "Elsewhere", "s-1", "")
	k.refused(err, NotAllowed)
}

func TestOnlyWhoProvesIsToldOfProviders(t *testing.T) {
	k := joins(t)
	k.fromIn("Elsewhere", "s-1", "bob@elsewhere.test", true)
	if got := k.start("bob@elsewhere.test", "", testChannel, k.origin(7)).Challenge.Joined; got != nil {
		t.Errorf("a stranger is told %q", got)
	}
	k.client(func(c *Client) { c.IdentityProviders = []string{"COGNITO", "Google"} })
	step, err := k.from("Google", "g-1", "bob@elsewhere.test", true)
	if k.ok(err); step.Challenge.Joined != nil {
		t.Errorf("the app does not take %q", step.Challenge.Joined)
	}
}

// joinedTo answers what a user is joined to.
func (k *kit) joinedTo(id UserID) []Identity {
	k.Helper()
	all, err := k.admin().Identities(k.Context(), testPool, string(id))
	k.ok(err)
	return all
}
