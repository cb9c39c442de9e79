package identity

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

const (
	testPool    PoolID   = "local_test"
	testClient  ClientID = "web"
	testChannel Channel  = "browser-one"
	goodWord             = "plum-orchard-7-lantern"
	otherWord            = "quince-harbour-9-thimble"
)

// kit is a pool with one client over a store in memory, and its outbox. The
// clock moves when told to, and by tick with every look.
type kit struct {
	testing.TB
	core *Core
	now  atomic.Int64  // Unix nanoseconds
	tick time.Duration // above zero, so that messages and records have an order
}

func newKit(t testing.TB, settings ...func(*Pool)) *kit {
	t.Helper()
	return newKitOver(t, memory.Open(), settings...)
}

func newKitOver(t testing.TB, store storage.Store, settings ...func(*Pool)) *kit {
	t.Helper()
	sealer, err := storage.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{TB: t, tick: time.Microsecond}
	k.now.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	k.core = &Core{
		Store: store, Sealer: sealer, RateLimits: true, Now: k.clock, Wake: func() {},
		Passwords: password.NewHasher(password.Options{Params: password.Params{Memory: 64, Time: 1, Threads: 1}}),
	}
	k.update(func(w storage.Writer) error {
		if err := pools.Put(w, Pool{ID: testPool, Name: "Test", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"}}); err != nil {
			return err
		}
		return clients.Put(w, Client{PoolID: testPool, ID: testClient, Name: "web"})
	})
	for _, set := range settings {
		k.pool(set)
	}
	return k
}

// newStillKit is the kit for tests that hold waits and lives to the nanosecond:
// its clock moves only when told to.
func newStillKit(t *testing.T) *kit {
	t.Helper()
	k := newKit(t)
	k.tick = 0
	return k
}

func (k *kit) clock() time.Time     { return time.Unix(0, k.now.Add(int64(k.tick))).UTC() }
func (k *kit) wait(d time.Duration) { k.now.Add(int64(d)) }
func (k *kit) signIn() *SignIn      { return &SignIn{k.core} }
func (k *kit) origin(n byte) Origin {
	return Origin{Address: netip.AddrFrom4([4]byte{10, 0, 0, n})}
}
func (k *kit) update(fn func(storage.Writer) error) {
	k.Helper()
	if err := k.core.Store.Update(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

// user makes a person whose address is verified and whose password is goodWord.
func (k *kit) user(email string, status Status) User {
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
func (k *kit) change(u User, fn func(*User)) {
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

func (k *kit) try(name, word string, o Origin) (Step, error) {
	k.Helper()
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, Origin: o})
	if err != nil {
		k.Fatalf("Begin(%s): %v", name, err)
	}
	return k.respond(step, PasswordAnswer{word}, o)
}

func (k *kit) respond(step Step, a Answer, o Origin) (Step, error) {
	return k.signIn().Respond(context.Background(), Reply{Attempt: step.Attempt, Channel: testChannel, Answer: a, Origin: o})
}

func (k *kit) in(name string, o Origin) *SignedIn {
	k.Helper()
	step, err := k.try(name, goodWord, o)
	if err != nil || step.Done == nil {
		k.Fatalf("sign-in of %s: %+v, %v", name, step, err)
	}
	return step.Done
}

func (k *kit) refused(err error, want Code) *Error {
	k.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != want {
		k.Fatalf("got %v, want %s", err, want)
	}
	return e
}

// Settings of pools that differ from the kit's: e-mail as username, verified.
func named(p *Pool) { p.UsernameAttributes = nil }
func aliased(p *Pool) {
	p.UsernameAttributes, p.AliasAttributes = nil, []string{"email", "phone_number"}
}

func (k *kit) accounts() *Accounts { return &Accounts{k.core} }
func (k *kit) admin() *Admin       { return &Admin{k.core} }
func (k *kit) settings() *Settings { return &Settings{k.core} }

func (k *kit) pool(set func(*Pool)) {
	k.Helper()
	k.update(func(w storage.Writer) error {
		p, err := pools.Get(w, string(testPool))
		if err != nil {
			return err
		}
		set(&p)
		return pools.Put(w, p)
	})
}

func (k *kit) client(set func(*Client)) {
	k.Helper()
	k.update(func(w storage.Writer) error {
		c, err := clients.Get(w, string(testPool), string(testClient))
		if err != nil {
			return err
		}
		set(&c)
		return clients.Put(w, c)
	})
}

// mail is one message with its secrets opened.
type mail struct {
	message.Message
	secrets map[string]string
}

func (m mail) code() string { return m.secrets["code"] }
func (m mail) link() string { return m.secrets["link"] }

// mails answers what was put in the outbox for an address, oldest first.
func (k *kit) mails(to string) []mail {
	k.Helper()
	waiting, err := (&message.Sender{Store: k.core.Store}).List(context.Background(), message.Waiting)
	if err != nil {
		k.Fatal(err)
	}
	var got []mail
	for _, m := range waiting {
		if m.To != to {
			continue
		}
		one := mail{Message: m}
		if len(m.Secret) > 0 {
			plain, err := k.core.Sealer.Open(m.Secret, "message", m.ID)
			if err != nil {
				k.Fatal(err)
			}
			if err := json.Unmarshal(plain, &one.secrets); err != nil {
				k.Fatal(err)
			}
		}
		got = append(got, one)
	}
	slices.Reverse(got)
	return got
}

// last answers the newest message to an address, of the kind.
func (k *kit) last(to, kind string) mail {
	k.Helper()
	all := k.mails(to)
	if len(all) == 0 || all[len(all)-1].Kind != kind {
		k.Fatalf("%s has %v, want %s last", to, kinds(all), kind)
	}
	return all[len(all)-1]
}

func kinds(all []mail) []string {
	var list []string
	for _, m := range all {
		list = append(list, m.Kind)
	}
	return list
}

func (k *kit) trySignUp(name, word string, attributes map[string]string) (Step, error) {
	return k.accounts().SignUp(context.Background(), SignUp{
		Pool: testPool, Client: testClient, Channel: testChannel, Username: name, Password: word, Attributes: attributes,
	})
}

func (k *kit) signUp(name string, attributes map[string]string) Step {
	k.Helper()
	step, err := k.trySignUp(name, goodWord, attributes)
	if err != nil {
		k.Fatalf("sign-up of %s: %v", name, err)
	}
	return step
}

func (k *kit) confirm(name, code string) error {
	return k.accounts().Confirm(context.Background(), Confirm{Pool: testPool, Client: testClient, Identifier: name, Code: code})
}

func (k *kit) confirmLink(link string) error {
	return k.accounts().Confirm(context.Background(), Confirm{Pool: testPool, Link: link})
}

func (k *kit) forgot(name string) (Delivery, error) {
	return k.accounts().Forgot(context.Background(), Forgot{Pool: testPool, Client: testClient, Identifier: name})
}

func (k *kit) reset(name, code, word string) error {
	return k.accounts().Reset(context.Background(), Reset{Pool: testPool, Client: testClient, Identifier: name, Code: code, Password: word})
}

func (k *kit) find(name string) User {
	k.Helper()
	u, err := k.admin().User(context.Background(), testPool, name)
	if err != nil {
		k.Fatalf("%s: %v", name, err)
	}
	return u
}

func (k *kit) missing(name string) {
	k.Helper()
	_, err := k.admin().User(context.Background(), testPool, name)
	k.refused(err, UserNotFound)
}

func (k *kit) signsIn(name, word string, want bool) {
	k.Helper()
	step, err := k.try(name, word, Origin{})
	if in := err == nil && step.Done != nil; in != want {
		k.Fatalf("%s with %q: %+v, %v; want in: %t", name, word, step, err, want)
	}
}

func (k *kit) ok(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// audited says whether an action stands in the audit with an outcome.
func (k *kit) audited(action, outcome string) {
	k.Helper()
	var found []audit.Event
	k.ok(k.core.Store.View(context.Background(), func(r storage.Reader) (err error) {
		found, err = audit.List(r, audit.Filter{Pool: string(testPool), Action: action})
		return err
	}))
	for _, e := range found {
		if e.Outcome == outcome {
			return
		}
	}
	k.Fatalf("no %s %s in the audit", action, outcome)
}

// wrong answers a code that is not the one given.
func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

func codeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
