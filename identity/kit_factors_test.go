package identity

import (
	"context"
	"encoding/base32"
	"fmt"
	"slices"
	"sync"
	"testing"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// newFactorKit is the kit for several factors: it stands under a name that
// passkeys can be bound to, and takes every kind of second factor.
func newFactorKit(t testing.TB, settings ...func(*Pool)) *kit {
	t.Helper()
	k := newKit(t, append([]func(*Pool){everyFactor}, settings...)...)
	k.core.PublicURL = testOrigin
	return k
}

func everyFactor(p *Pool) {
	on := true
	p.MFAConfiguration, p.SMSMFA.Enabled, p.EmailMFA.Enabled = mfaOptional, &on, &on
	p.AutoVerifiedAttributes = []string{"email", "phone_number"}
}

func demanded(p *Pool) { p.MFAConfiguration = mfaOn }

// ways sets the ways in, in this order.
func ways(allowed ...Factor) func(*Pool) {
	return func(p *Pool) { p.Policies.SignInPolicy.AllowedFirstAuthFactors = allowed }
}

func remembers(p *Pool) {
	p.Devices = &DeviceConfiguration{ChallengeRequiredOnNewDevice: true}
}

// person is a user with what they hold.
type person struct {
	*kit
	User
	email, phone string
	secret       []byte
	codes        []string
	key          *key
}

func (k *kit) person(email string) *person {
	k.Helper()
	return &person{kit: k, User: k.user(email, Confirmed), email: email}
}

// enable switches a second factor on.
func (p *person) enable(kinds ...Factor) *person {
	p.Helper()
	p.change(p.User, func(u *User) { u.MFA.Enabled = append(u.MFA.Enabled, kinds...) })
	return p
}

func (p *person) prefer(kind Factor) *person {
	p.Helper()
	p.change(p.User, func(u *User) { u.MFA.Preferred = kind })
	return p
}

// withApp gives the person an authenticator app.
func (p *person) withApp() *person {
	p.Helper()
	p.secret = otp.NewSecret()
	p.update(func(w storage.Writer) error {
		sealed := p.core.Sealer.Seal(p.secret, "totp", string(testPool), string(p.ID))
		return credentials.Put(w, Credential{PoolID: testPool, UserID: p.ID, Kind: FactorTOTP, Secret: sealed, ChangedAt: p.clock()})
	})
	return p.enable(FactorTOTP)
}

// withPhone gives the person a number that is proven.
func (p *person) withPhone(number string) *person {
	p.Helper()
	p.phone = number
	p.change(p.User, func(u *User) { u.Attributes["phone_number"], u.Attributes["phone_number_verified"] = number, "true" })
	return p
}

func (p *person) withKey() *person {
	p.Helper()
	p.key = p.kit.passkey(p.User)
	return p
}

// withRecovery gives the person recovery codes.
func (p *person) withRecovery() *person {
	p.Helper()
	p.codes = otp.NewRecoveryCodes()
	set := recoveryCodes{PoolID: testPool, UserID: p.ID, CreatedAt: p.clock()}
	for _, code := range p.codes {
		set.Codes = append(set.Codes, recoveryCode{MAC: p.core.recoveryMAC(&p.User, otp.NormaliseRecovery(code))})
	}
	p.update(func(w storage.Writer) error { return recoverySets.Put(w, set) })
	return p
}

// shown is what the person's authenticator app shows now.
func (p *person) shown() string { return otp.CodeAt(p.secret, p.clock()) }

// sent answers the newest code that went to an address.
func (k *kit) sent(to string) string {
	k.Helper()
	all := k.mails(to)
	for _, m := range slices.Backward(all) {
		if m.code() != "" {
			return m.code()
		}
	}
	k.Fatalf("no code went to %s: %v", to, kinds(all))
	return ""
}

func (k *kit) link(to string) string {
	k.Helper()
	for _, m := range slices.Backward(k.mails(to)) {
		if m.link() != "" {
			return m.link()
		}
	}
	k.Fatalf("no link went to %s", to)
	return ""
}

// start opens an attempt in a browser of its own.
func (k *kit) start(name string, prefer Factor, on Channel, o Origin) Step {
	k.Helper()
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: on, Identifier: name, Prefer: prefer, Origin: o})
	if err != nil {
		k.Fatalf("Begin(%s, %s): %v", name, prefer, err)
	}
	return step
}

func (k *kit) reply(step Step, on Channel, a Answer, o Origin) (Step, error) {
	return k.signIn().Respond(context.Background(), Reply{Attempt: step.Attempt, Channel: on, Answer: a, Origin: o})
}

func (k *kit) choose(step Step, f Factor) (Step, error) {
	return k.signIn().Choose(context.Background(), Choice{Attempt: step.Attempt, Channel: testChannel, Factor: f})
}

// half opens an attempt in which the person's password is proven.
func (p *person) half() Step {
	p.Helper()
	step := p.start(p.email, FactorPassword, testChannel, Origin{})
	step, err := p.respond(step, PasswordAnswer{goodWord}, Origin{})
	p.ok(err)
	if step.Done != nil {
		p.Fatalf("the password of %s was enough", p.email)
	}
	return step
}

// asks wants a step to ask for something.
func (k *kit) asks(step Step, err error, want ChallengeName) Step {
	k.Helper()
	if err != nil || step.Challenge == nil || step.Challenge.Name != want {
		k.Fatalf("got %+v, %v; want %s asked", step, err, want)
	}
	return step
}

// isIn wants a step to have ended in a session of the person.
func (p *person) isIn(step Step, err error) *SignedIn {
	p.Helper()
	if err != nil || step.Done == nil || step.Done.Auth.User() != p.ID {
		p.Fatalf("got %+v, %v; want %s in", step, err, p.email)
	}
	return step.Done
}

// notIn wants a refusal, and no session.
func (k *kit) notIn(step Step, err error) Code {
	k.Helper()
	if step.Done != nil || codeOf(err) == "" {
		k.Fatalf("got %+v, %v; want a refusal", step, err)
	}
	return codeOf(err)
}

// livingSessions counts the sessions of everybody in the pool.
func (k *kit) livingSessions() int {
	k.Helper()
	n := 0
	k.ok(k.core.Store.View(context.Background(), func(r storage.Reader) error {
		all, err := sessions.List(r, storage.Page{})
		n = len(all)
		return err
	}))
	return n
}

// atOnce runs fn twenty times at once and answers how many it worked for.
func atOnce(fn func(i int) (Step, error)) (in int, refusals []string) {
	var all sync.WaitGroup
	var lock sync.Mutex
	for i := range 20 {
		all.Go(func() {
			step, err := fn(i)
			lock.Lock()
			defer lock.Unlock()
			if err == nil && (step.Done != nil || step.Challenge != nil) {
				in++
			} else {
				refusals = append(refusals, fmt.Sprint(codeOf(err)))
			}
		})
	}
	all.Wait()
	return in, refusals
}

func secretOf(t testing.TB, text string) []byte {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(secret) == 0 {
		t.Fatalf("secret %q: %v", text, err)
	}
	return secret
}

// moveSecret gives one person's stored secret to another, as whoever can write
// to the store might.
func (k *kit) moveSecret(from, to *person) {
	k.Helper()
	k.update(func(w storage.Writer) error {
		cred, err := credentials.Get(w, string(testPool), string(from.ID), string(FactorTOTP))
		if err != nil {
			return err
		}
		cred.UserID = to.ID
		return credentials.Put(w, cred)
	})
}

func (k *kit) dropSecret(of *person) {
	k.Helper()
	k.update(func(w storage.Writer) error {
		return credentials.Delete(w, string(testPool), string(of.ID), string(FactorTOTP))
	})
}

// login signs in by password alone.
func (p *person) login(o Origin) *SignedIn {
	p.Helper()
	return p.isIn(p.reply(p.start(p.email, FactorPassword, testChannel, o), testChannel, PasswordAnswer{goodWord}, o))
}
