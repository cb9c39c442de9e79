package identity

import (
	"context"
	"errors"
	"net/netip"
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
