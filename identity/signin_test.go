package identity

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

const (
	testPool    PoolID   = "local_test"
	testClient  ClientID = "web"
	testChannel Channel  = "browser-one"
	goodWord             = "plum-orchard-7-lantern"
)

// signInKit is a pool with one client over a store in memory, with a clock
// that only moves when told to.
type signInKit struct {
	*testing.T
	core *Core
	now  atomic.Int64 // Unix nanoseconds
}

func newSignInKit(t *testing.T) *signInKit {
	t.Helper()
	sealer, err := storage.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	k := &signInKit{T: t}
	k.now.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	k.core = &Core{
		Store: memory.Open(), Sealer: sealer, RateLimits: true, Now: k.clock, Wake: func() {},
		Passwords: password.NewHasher(password.Options{Params: password.Params{Memory: 64, Time: 1, Threads: 1}}),
	}
	k.update(func(w storage.Writer) error {
		if err := pools.Put(w, Pool{ID: testPool, Name: "Test", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"}}); err != nil {
			return err
		}
		return clients.Put(w, Client{PoolID: testPool, ID: testClient, Name: "web"})
	})
	return k
}

func (k *signInKit) clock() time.Time     { return time.Unix(0, k.now.Load()).UTC() }
func (k *signInKit) wait(d time.Duration) { k.now.Add(int64(d)) }
func (k *signInKit) signIn() *SignIn      { return &SignIn{k.core} }
func (k *signInKit) origin(n byte) Origin {
	return Origin{Address: netip.AddrFrom4([4]byte{10, 0, 0, n})}
}
func (k *signInKit) update(fn func(storage.Writer) error) {
	k.Helper()
	if err := k.core.Store.Update(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

// user makes a person whose address is verified and whose password is goodWord.
func (k *signInKit) user(email string, status Status) User {
	k.Helper()
	hash, err := k.core.Passwords.Hash(context.Background(), goodWord)
	if err != nil {
		k.Fatal(err)
	}
	id := UserID("sub-" + email)
	u := User{
		PoolID: testPool, ID: id, Username: string(id), Status: status, CreatedAt: k.clock(),
		Attributes: map[string]string{"email": email, "email_verified": "true"},
	}
	k.update(func(w storage.Writer) error {
		p, err := pools.Get(w, string(testPool))
		if err != nil {
			return err
		}
		fresh := u
		if err := insertUser(w, &p, &fresh); err != nil {
			return err
		}
		return credentials.Put(w, Credential{PoolID: testPool, UserID: id, Kind: FactorPassword, Hash: hash})
	})
	return u
}

// change rewrites a stored user.
func (k *signInKit) change(u User, fn func(*User)) {
	k.Helper()
	k.update(func(w storage.Writer) error {
		now, err := users.Get(w, string(testPool), string(u.ID))
		if err != nil {
			return err
		}
		fn(&now)
		return users.Put(w, now)
	})
}

func (k *signInKit) try(name, word string, o Origin) (Step, error) {
	k.Helper()
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, Origin: o})
	if err != nil {
		k.Fatalf("Begin(%s): %v", name, err)
	}
	return k.respond(step, PasswordAnswer{word}, o)
}

func (k *signInKit) respond(step Step, a Answer, o Origin) (Step, error) {
	return k.signIn().Respond(context.Background(), Reply{Attempt: step.Attempt, Channel: testChannel, Answer: a, Origin: o})
}

func (k *signInKit) in(name string, o Origin) *SignedIn {
	k.Helper()
	step, err := k.try(name, goodWord, o)
	if err != nil || step.Done == nil {
		k.Fatalf("sign-in of %s: %+v, %v", name, step, err)
	}
	return step.Done
}

func (k *signInKit) refused(err error, want Code) *Error {
	k.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != want {
		k.Fatalf("got %v, want %s", err, want)
	}
	return e
}

func TestARightPasswordSignsIn(t *testing.T) {
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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

func TestBackOffDoublesAndForgetsAfterQuietMinutes(t *testing.T) {
	k := newSignInKit(t)
	k.user("ann@example.test", Confirmed)
	for n := range freeTries {
		_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("ann@example.test", goodWord, k.origin(9))
	if e := k.refused(err, TooManyAttempts); e.RetryAfter != time.Second {
		t.Errorf("wait = %v, want 1s", e.RetryAfter)
	}
	k.wait(time.Second)
	_, err = k.try("ann@example.test", "wrong-word-entirely", k.origin(9))
	k.refused(err, IncorrectPassword)
	_, err = k.try("ann@example.test", goodWord, k.origin(9))
	if e := k.refused(err, TooManyAttempts); e.RetryAfter != 2*time.Second {
		t.Errorf("wait = %v, want 2s", e.RetryAfter)
	}
	k.wait(2 * time.Second)
	k.in("ann@example.test", k.origin(9))
	_, err = k.try("ann@example.test", "wrong-word-entirely", k.origin(9))
	k.refused(err, IncorrectPassword)
}

func TestQuietMinutesForgetEveryFailure(t *testing.T) {
	k := newSignInKit(t)
	k.user("ann@example.test", Confirmed)
	for n := range freeTries {
		_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
	k.wait(quietTime + time.Second)
	for n := range freeTries {
		_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
}

func TestACompletedSignInForgetsEveryFailure(t *testing.T) {
	k := newSignInKit(t)
	k.user("ann@example.test", Confirmed)
	for range 3 {
		for n := range freeTries - 1 {
			_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
			k.refused(err, IncorrectPassword)
		}
		k.in("ann@example.test", k.origin(1))
	}
}

func TestAttackPasswordChangedWhileTheOldOneIsVerified(t *testing.T) {
	k := newSignInKit(t)
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

func TestTheLongestPauseIsAQuarterOfAnHour(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 14: 512 * time.Second, 15: 15 * time.Minute, 500: 15 * time.Minute} {
		if got := pause(n); got != want {
			t.Errorf("pause(%d) = %v, want %v", n, got, want)
		}
	}
}

func TestAttackLockOutOfTheOwner(t *testing.T) {
	k := newSignInKit(t)
	k.user("ann@example.test", Confirmed)
	home := k.origin(1)
	home.Browser = k.in("ann@example.test", home).Browser
	for n := range 60 {
		if _, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(10+n))); err == nil {
			t.Fatal("a wrong password signed in")
		}
	}
	k.in("ann@example.test", home)
}

func TestAttackGuessesThroughAStolenNameOfABrowser(t *testing.T) {
	k := newSignInKit(t)
	k.user("ann@example.test", Confirmed)
	for n := range 20 {
		o := k.origin(byte(n))
		o.Browser = fmt.Sprintf("made-up-%d", n)
		_, err := k.try("ann@example.test", "wrong-word-entirely", o)
		if code, _ := CodeOf(err); n >= freeTries && code != TooManyAttempts {
			t.Fatalf("try %d with an unknown browser's cookie answered %v", n, err)
		}
	}
}

func TestAttackCountingPerSpelling(t *testing.T) {
	k := newSignInKit(t)
	u := k.user("ann@example.test", Confirmed)
	for i, name := range []string{"ann@example.test", "ANN@EXAMPLE.TEST", " Ann@Example.Test ", string(u.ID), "aNN@example.test"} {
		_, err := k.try(name, "wrong-word-entirely", k.origin(byte(i)))
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("ann@example.test", goodWord, k.origin(99))
	k.refused(err, TooManyAttempts)
}

func TestUnknownNamesAreSlowedLikeKnownOnes(t *testing.T) {
	k := newSignInKit(t)
	for n := range freeTries {
		_, err := k.try("nobody@example.test", "wrong-word-entirely", k.origin(byte(n)))
		k.refused(err, IncorrectPassword)
	}
	_, err := k.try("nobody@example.test", "wrong-word-entirely", k.origin(9))
	k.refused(err, TooManyAttempts)
}

func TestAttackParallelGuesses(t *testing.T) {
	k := newSignInKit(t)
	k.user("ann@example.test", Confirmed)
	var compared atomic.Int32
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			_, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(byte(n)))
			if code, _ := CodeOf(err); code == IncorrectPassword {
				compared.Add(1)
			}
		})
	}
	all.Wait()
	if n := compared.Load(); n > freeTries {
		t.Errorf("%d guesses were compared at once, want at most %d", n, freeTries)
	}
}

func TestOneAddressIsSlowedOverManyAccounts(t *testing.T) {
	k := newSignInKit(t)
	last := error(nil)
	for n := range 60 {
		_, last = k.try(fmt.Sprintf("user%d@example.test", n), "wrong-word-entirely", k.origin(1))
	}
	if e := k.refused(last, TooManyAttempts); e.RetryAfter <= 0 {
		t.Error("no time to wait is given")
	}
	k.user("ann@example.test", Confirmed)
	k.in("ann@example.test", k.origin(2))
}

func TestRightPasswordsDoNotUseUpTheAddress(t *testing.T) {
	k := newSignInKit(t)
	for n := range 60 {
		name := fmt.Sprintf("user%d@example.test", n)
		k.user(name, Confirmed)
		k.in(name, k.origin(1))
	}
}

func TestIPv6IsCountedByItsNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::": "2001:db8:1:2::/64",
	} {
		if got := network(netip.MustParseAddr(in)); got != want {
			t.Errorf("network(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestAttackStaleAttemptOutlivesANewTemporaryPassword(t *testing.T) {
	k := newSignInKit(t)
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
	k := newSignInKit(t)
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
