package identity

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// srpUserKit has one client that allows SRP and ann, whose password is goodWord.
func srpUserKit(t *testing.T) (*kit, User) {
	k := newKit(t)
	k.client(allowSRP)
	u := k.user("ann@example.test", Confirmed)
	if err := k.admin().SetPassword(context.Background(), testPool, string(u.ID), goodWord, true); err != nil {
		t.Fatal(err)
	}
	return k, u
}

func (k *kit) cred(u User) (cred Credential) {
	k.Helper()
	k.update(func(w storage.Writer) (err error) {
		cred, err = k.core.passwordOf(w, u)
		return err
	})
	return cred
}

func TestSRPLetsInWhoeverKnowsThePassword(t *testing.T) {
	k, u := srpUserKit(t)
	step, err := k.bySRP("Ann@Example.test", goodWord, k.origin(1))
	if err != nil || step.Done == nil || step.Done.Auth.User() != u.ID {
		t.Fatalf("%+v, %v", step, err)
	}
	_, err = k.bySRP("ann@example.test", otherWord, k.origin(1))
	k.refused(err, IncorrectPassword)
}

func TestSRPTakesTheUsernameWherePeopleHaveOnlyThat(t *testing.T) {
	k := newKit(t, named, func(p *Pool) { p.AutoVerifiedAttributes = nil })
	k.client(allowSRP)
	if _, err := k.accounts().SignUp(t.Context(), SignUp{
		Pool: testPool, Client: testClient, Channel: testChannel, Username: "Ann", Password: goodWord, Origin: k.origin(1),
		Attributes: map[string]string{"email": "ann@example.test"},
	}); err != nil {
		t.Fatal(err)
	}
	_, offer := k.beginSRP("ANN", k.origin(1))
	if offer.UserIDForSRP != "ann" {
		t.Error(offer.UserIDForSRP)
	}
	if step, err := k.bySRP("ann", goodWord, k.origin(1)); err != nil || step.Attempt == "" {
		t.Error(err)
	}
	if _, offer := k.beginSRP("Ben", k.origin(1)); offer.UserIDForSRP != "ben" {
		t.Error(offer.UserIDForSRP)
	}
}

func TestAVerifierIsKeptOnlyWhereAClientAllowsSRP(t *testing.T) {
	k := newKit(t)
	u := k.user("ann@example.test", Confirmed)
	set := func(word string) Credential {
		t.Helper()
		if err := k.admin().SetPassword(t.Context(), testPool, string(u.ID), word, true); err != nil {
			t.Fatal(err)
		}
		return k.cred(u)
	}
	if len(set(goodWord).SRP) > 0 {
		t.Error("kept for nobody")
	}
	k.client(allowSRP)
	if len(k.cred(u).SRP) > 0 || k.in("ann@example.test", k.origin(1)) == nil || len(k.cred(u).SRP) == 0 {
		t.Error("a sign-in with the password does not make the missing verifier")
	}
	was := k.cred(u)
	if now := set(otherWord); len(now.SRP) == 0 || string(now.SRP) == string(was.SRP) {
		t.Error("a new password has the old verifier")
	}
	k.client(func(c *Client) { c.ExplicitAuthFlows = nil })
	if step, err := k.try("ann@example.test", otherWord, k.origin(1)); err != nil || step.Done == nil || len(k.cred(u).SRP) > 0 {
		t.Errorf("a verifier that nobody asks for stays: %v", err)
	}
}

// Every way to set a password makes its verifier.
func TestEveryNewPasswordIsGoodForSRP(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.AutoVerifiedAttributes = nil })
	k.client(allowSRP)
	ctx, o := t.Context(), k.origin(1)
	holds := func(way, name, word string, want ChallengeName) {
		t.Helper()
		k.wait(time.Hour)
		step, err := k.bySRP(name, word, o)
		if err != nil || step.Challenge != nil && step.Challenge.Name != want || step.Challenge == nil && want != "" {
			t.Errorf("%s: %+v, %v", way, step.Challenge, err)
		}
	}
	if _, err := k.accounts().SignUp(ctx, SignUp{Pool: testPool, Client: testClient, Channel: testChannel, Username: "ann@example.test", Password: goodWord, Origin: o}); err != nil {
		t.Fatal(err)
	}
	holds("sign-up", "ann@example.test", goodWord, "")
	done := k.in("ann@example.test", o)
	if err := k.accounts().ChangePassword(ctx, done.Auth, goodWord, otherWord, o); err != nil {
		t.Fatal(err)
	}
	holds("change", "ann@example.test", otherWord, "")
	for range 2 { // the second time again, for the same person
		_, temporary, err := k.admin().CreateUser(ctx, NewUser{Pool: testPool, Username: "ben@example.test", Resend: k.exists("ben@example.test")})
		if err != nil {
			t.Fatal(err)
		}
		holds("temporary", "ben@example.test", temporary, AskNewPassword)
		step, _ := k.bySRP("ben@example.test", temporary, o)
		if !k.exists("cat@example.test") {
			k.user("cat@example.test", Confirmed)
			continue
		}
		if _, err := k.respond(step, NewPasswordAnswer{Password: goodWord}, o); err != nil {
			t.Fatal(err)
		}
	}
	holds("NEW_PASSWORD_REQUIRED", "ben@example.test", goodWord, "")
	if _, _, err := k.admin().ImportUser(ctx, ImportUser{Pool: testPool, Username: "dan@example.test", Password: goodWord}); err != nil {
		t.Fatal(err)
	}
	holds("import", "dan@example.test", goodWord, "")
	if _, err := k.accounts().Forgot(ctx, Forgot{Pool: testPool, Client: testClient, Identifier: "dan@example.test", Origin: o}); err != nil {
		t.Fatal(err)
	}
	if err := k.accounts().Reset(ctx, Reset{Pool: testPool, Client: testClient, Identifier: "dan@example.test", Code: k.last("dan@example.test", message.ForgotPassword).code(), Password: otherWord, Origin: o}); err != nil {
		t.Fatal(err)
	}
	holds("reset", "dan@example.test", otherWord, "")
}

func (k *kit) exists(name string) bool {
	_, err := k.admin().User(context.Background(), testPool, name)
	return err == nil
}

func TestEachStepIsAnsweredOnce(t *testing.T) {
	k, _ := srpUserKit(t)
	o := k.origin(1)
	k.pool(func(p *Pool) { p.MFAConfiguration, p.SoftwareTokenMFA = "ON", Switch{} })
	step, offer := k.beginSRP("ann@example.test", o)
	if step.Turn == 0 || offer.Turn <= step.Turn {
		t.Fatal(step.Turn, offer.Turn)
	}
	seen, err := k.signIn().openTurn(t.Context(), "test", stepOf{step.Attempt, testChannel, offer.Turn}, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, offer, err = k.offer(step, offer.Turn, o); err != nil {
		t.Fatal(err)
	}
	_, err = k.signIn().keepExchange(t.Context(), "test", seen, srpExchange{}) // of the step that is over by now
	k.refused(err, AttemptExpired)
	_, err = k.answerTurn(step, step.Turn, k.prove(offer, goodWord), o)
	k.refused(err, AttemptExpired) // the turn before the offer
	_, err = k.answerTurn(step, offer.Turn, k.prove(offer, otherWord), o)
	k.refused(err, IncorrectPassword)
	next, err := k.answerTurn(step, offer.Turn, k.prove(offer, goodWord), o) // a wrong answer leaves it good
	if err != nil || next.Turn <= offer.Turn {
		t.Fatalf("%+v, %v", next, err)
	}
	_, err = k.answerTurn(step, offer.Turn, k.prove(offer, goodWord), o)
	k.refused(err, AttemptExpired)
	_, err = k.signIn().Choose(t.Context(), Choice{Attempt: step.Attempt, Channel: testChannel, Turn: offer.Turn, Factor: FactorTOTP, Origin: o})
	k.refused(err, AttemptExpired)
	if _, err = k.signIn().Choose(t.Context(), Choice{Attempt: step.Attempt, Channel: testChannel, Turn: next.Turn, Factor: FactorTOTP, Origin: o}); err != nil {
		t.Error(err)
	}
}

func TestClientsOfBeforeTheIndexAllowSRP(t *testing.T) {
	k := newKit(t)
	before := clients
	clients.Indexes = nil
	k.client(allowSRP)
	clients = before
	u := k.user("ann@example.test", Confirmed)
	if err := storage.Migrate(t.Context(), k.core.Store, Migrations()); err != nil {
		t.Fatal(err)
	}
	if err := k.admin().SetPassword(t.Context(), testPool, string(u.ID), goodWord, true); err != nil || len(k.cred(u).SRP) == 0 {
		t.Error("no verifier was made:", err)
	}
}
