package identity

import (
	"context"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

func TestARightPasswordSignsIn(t *testing.T) {
	k := newStillKit(t)
	u := k.user("ann@example.test", Confirmed)
	done := k.in("ANN@example.test", k.origin(1))
	if done.Auth.User() != u.ID || !done.Auth.Valid() || done.Auth.Client() != testClient {
		t.Errorf("signed in as %+v", done.Auth)
	}
	if got := done.Auth.Methods(); !slices.Equal(got, []string{"pwd"}) {
		t.Errorf("methods = %v, want pwd", got)
	}
	again, err := (&Sessions{k.core}).Resume(context.Background(), testPool, done.Cookie)
	if err != nil || again.Session() != done.Auth.Session() {
		t.Errorf("Resume = %+v, %v", again, err)
	}
}

func TestUnknownWrongAndDisabledAreAnsweredAlike(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	k.change(k.user("off@example.test", Confirmed), func(u *User) { u.Disabled = true })
	k.user("new@example.test", Unconfirmed)
	for name, word := range map[string]string{
		"ann@example.test": "wrong-word-entirely", "nobody@example.test": goodWord, "off@example.test": goodWord, "new@example.test": "wrong-word-entirely",
	} {
		_, err := k.try(name, word, k.origin(1))
		if e := k.refused(err, IncorrectPassword); e.Field != "" || e.RetryAfter != 0 {
			t.Errorf("%s: the refusal tells more: %+v", name, e)
		}
	}
}

func TestAttackAnswerOnAnotherChannel(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	ctx := context.Background()
	step, err := k.signIn().Begin(ctx, Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.signIn().Respond(ctx, Reply{Attempt: step.Attempt, Channel: "browser-two", Answer: PasswordAnswer{goodWord}})
	k.refused(err, AttemptExpired)
	_, err = k.signIn().Look(ctx, step.Attempt, "browser-two")
	k.refused(err, AttemptExpired)
}

func TestAttackAnswerForAnotherChallenge(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", ForceChangePassword)
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []Answer{NewPasswordAnswer{Password: "another-fine-word-44"}, ConfirmAnswer{"123456"}, nil} {
		_, err := k.respond(step, a, Origin{})
		k.refused(err, WrongAnswer)
	}
}

func TestAttackAttemptReplayed(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	ctx := context.Background()
	step, err := k.signIn().Begin(ctx, Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.respond(step, PasswordAnswer{goodWord}, Origin{}); err != nil {
		t.Fatal(err)
	}
	_, err = k.respond(step, PasswordAnswer{goodWord}, Origin{})
	k.refused(err, AttemptExpired)
}

func TestAnAttemptEndsWithItsLife(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	k.wait(defaultAttemptLife)
	_, err = k.respond(step, PasswordAnswer{goodWord}, Origin{})
	k.refused(err, AttemptExpired)
}

func TestATemporaryPasswordIsReplacedBeforeTheDoorOpens(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", ForceChangePassword)
	step, err := k.try("ann@example.test", goodWord, Origin{})
	if err != nil || step.Done != nil || step.Challenge.Name != AskNewPassword {
		t.Fatalf("got %+v, %v; want the new password asked", step, err)
	}
	_, err = k.respond(step, NewPasswordAnswer{Password: "short"}, Origin{})
	k.refused(err, PasswordRefused)
	_, err = k.respond(step, NewPasswordAnswer{Password: goodWord}, Origin{})
	if e := k.refused(err, PasswordRefused); !slices.Equal(e.Violations, []string{"reused"}) {
		t.Errorf("the temporary password again: %v", e.Violations)
	}
	step, err = k.respond(step, NewPasswordAnswer{Password: "another-fine-word-44"}, Origin{})
	if err != nil || step.Done == nil {
		t.Fatalf("after the new password: %+v, %v", step, err)
	}
	_, err = k.try("ann@example.test", goodWord, Origin{})
	k.refused(err, IncorrectPassword)
}

func TestAnExpiredTemporaryPasswordIsSaidOnlyToItsHolder(t *testing.T) {
	k := newStillKit(t)
	u := k.user("ann@example.test", ForceChangePassword)
	k.update(func(w storage.Writer) error {
		cred, err := k.core.passwordOf(w, u)
		if err != nil {
			return err
		}
		cred.ExpiresAt = k.clock().Add(time.Hour)
		return credentials.Put(w, cred)
	})
	k.wait(time.Hour)
	_, err := k.try("ann@example.test", "wrong-word-entirely", Origin{})
	k.refused(err, IncorrectPassword)
	_, err = k.try("ann@example.test", goodWord, Origin{})
	k.refused(err, PasswordExpired)
}

func TestAttackPasswordChangedWhileTheOldOneIsVerified(t *testing.T) {
	k := newStillKit(t)
	u := k.user("ann@example.test", Confirmed)
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := k.core.Passwords.Hash(context.Background(), "another-fine-word-44")
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	k.core.Store = &between{Store: k.core.Store, after: 2, do: func(inner storage.Store) {
		changed = true
		err := inner.Update(context.Background(), func(w storage.Writer) error {
			return credentials.Put(w, Credential{PoolID: testPool, UserID: u.ID, Kind: FactorPassword, Hash: other})
		})
		if err != nil {
			t.Error(err)
		}
	}}
	_, err = k.respond(step, PasswordAnswer{goodWord}, Origin{})
	k.refused(err, IncorrectPassword)
	if !changed {
		t.Error("the change never happened; the test proves nothing")
	}
}

// between runs do before the transaction that follows the first after ones.
type between struct {
	storage.Store
	after int
	do    func(storage.Store)
}

func (b *between) step() {
	if b.after--; b.after == -1 {
		b.do(b.Store)
	}
}

func (b *between) View(ctx context.Context, fn func(storage.Reader) error) error {
	b.step()
	return b.Store.View(ctx, fn)
}

func (b *between) Update(ctx context.Context, fn func(storage.Writer) error) error {
	b.step()
	return b.Store.Update(ctx, fn)
}

func TestAttackStaleAttemptOutlivesANewTemporaryPassword(t *testing.T) {
	k := newStillKit(t)
	u := k.user("ann@example.test", ForceChangePassword)
	step, err := k.try("ann@example.test", goodWord, Origin{})
	if err != nil || step.Challenge == nil {
		t.Fatalf("got %+v, %v", step, err)
	}
	k.wait(time.Second)
	k.update(func(w storage.Writer) error {
		cred, err := k.core.passwordOf(w, u)
		cred.ChangedAt = k.clock()
		if err != nil {
			return err
		}
		return credentials.Put(w, cred)
	})
	_, err = k.respond(step, NewPasswordAnswer{Password: "another-fine-word-44"}, Origin{})
	k.refused(err, AttemptExpired)
}

func TestMailOfASignInWakesTheOutbox(t *testing.T) {
	k := newStillKit(t)
	u := k.user("ann@example.test", Unconfirmed)
	k.change(u, func(u *User) { u.Attributes["email_verified"] = "false" })
	woken := 0
	k.core.Wake = func() { woken++ }
	if _, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Channel: testChannel, Identifier: "ann@example.test"}); err != nil {
		t.Fatal(err)
	}
	woken = 0
	step, err := k.try("ann@example.test", goodWord, Origin{})
	if err != nil || step.Challenge == nil || step.Challenge.Name != AskConfirmSignUp {
		t.Fatalf("got %+v, %v", step, err)
	}
	if woken == 0 {
		t.Error("the code waits in the outbox until the next poll")
	}
}
