package identity

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/risk"
	"poolhouse.dev/storage"
)

// limitEvents answers what the audit says about a limit.
func (k *kit) limitEvents(name string) []audit.Event {
	k.Helper()
	var found []audit.Event
	k.ok(k.core.Store.View(context.Background(), func(r storage.Reader) (err error) {
		found, err = audit.List(r, audit.Filter{Pool: string(testPool), Action: "limit"})
		return err
	}))
	return filter(found, func(e audit.Event) bool { return e.Detail["limit"] == name })
}

// limited holds a refusal against the limit that should have refused.
func (k *kit) limited(err error, name string) *Error {
	k.Helper()
	e := k.refused(err, TooManyAttempts)
	if e.Limit != name || e.RetryAfter <= 0 {
		k.Fatalf("refused by %q for %s, want %q", e.Limit, e.RetryAfter, name)
	}
	return e
}

// Whoever signs up many accounts with somebody's address would fill that mailbox.
func TestAttackMailboxFloodThroughManyAccounts(t *testing.T) {
	k := newKit(t, aliased)
	for i := range 12 {
		k.signUp(fmt.Sprintf("user%d", i), map[string]string{"email": "victim@example.test"})
	}
	if got := k.mails("victim@example.test"); len(got) != 5 {
		t.Errorf("%d messages in an hour", len(got))
	}
	_, err := k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Identifier: "user7"})
	k.limited(err, "send_destination")
	if got := k.limitEvents("send_destination"); len(got) != 1 || got[0].Detail["until"] == "" {
		t.Errorf("the audit has %+v", got)
	}
	for i := range 24 * 12 {
		k.wait(5 * time.Minute)
		_, _ = k.accounts().Resend(context.Background(), Resend{Pool: testPool, Client: testClient, Identifier: fmt.Sprintf("user%d", i%12)})
	}
	if got := k.mails("victim@example.test"); len(got) > 20 {
		t.Errorf("%d messages in a day", len(got))
	}
}

// The browser that its owner signed in with has a count of its own: a flood
// from elsewhere keeps nobody from a code.
func TestAttackFloodKeepsTheOwnerFromACode(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	browser := k.in("ann@example.test", k.origin(1)).Browser
	for range 8 {
		_, _ = k.forgot("ann@example.test")
	}
	in := Forgot{Pool: testPool, Client: testClient, Identifier: "ann@example.test", Origin: k.origin(9)}
	_, err := k.accounts().Forgot(context.Background(), in)
	k.limited(err, "send_"+string(PurposeReset))
	in.Origin.Browser = browser
	_, err = k.accounts().Forgot(context.Background(), in)
	k.ok(err)
}

// Messages cost money: whoever makes the pool send them without end spends it
// (security baseline: SMS pumping).
func TestAttackSMSPumping(t *testing.T) {
	k := newKit(t, func(p *Pool) {
		p.UsernameAttributes, p.AutoVerifiedAttributes = []string{"phone_number"}, []string{"phone_number"}
		p.MessageLimits = MessageLimits{SMSPerDay: 3, SMSCountries: []string{"+49"}}
	})
	_, err := k.trySignUp("+33612345678", goodWord, nil)
	if e := k.refused(err, AttributeRefused); e.Reason != ReasonCountry || e.Field != "username" {
		t.Errorf("another country: %+v", e)
	}
	for i := range 3 {
		k.signUp(fmt.Sprintf("+4915112345%03d", i), nil)
	}
	for range 4 {
		_, err = k.trySignUp("+4915112345999", goodWord, nil)
		if e := k.limited(err, "sms_per_day"); e.RetryAfter > 12*time.Hour {
			t.Errorf("again in %s", e.RetryAfter)
		}
	}
	k.missing("+4915112345999")
	if got := k.limitEvents("sms_per_day"); len(got) != 1 {
		t.Errorf("the audit says it %d times", len(got))
	}
	k.wait(12 * time.Hour)
	k.signUp("+4915112345999", nil)
}

// A spent budget must not tell who has an account, and what goes to nobody
// spends it as well.
func TestAttackBudgetTellsWhoExists(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.MessageLimits.EmailPerDay = 4 })
	k.user("ann@example.test", Confirmed)
	for i := range 4 {
		_, err := k.forgot(fmt.Sprintf("nobody%d@example.test", i))
		k.ok(err)
	}
	for _, name := range []string{"ann@example.test", "nobody@example.test"} {
		_, err := k.forgot(name)
		k.limited(err, "email_per_day")
	}
	for _, name := range []string{"ann@example.test", "new@example.test"} {
		_, err := k.trySignUp(name, goodWord, nil)
		k.limited(err, "email_per_day")
	}
	k.ok(k.accounts().ChangePassword(context.Background(), k.in("ann@example.test", Origin{}).Auth, goodWord, otherWord, Origin{}))
	k.last("ann@example.test", message.PasswordChanged) // a notice is sent nevertheless
}

func TestAttackOneClientOutOfHand(t *testing.T) {
	k := newStillKit(t)
	begin := func(client ClientID, i int) error {
		from := Origin{Address: netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})}
		_, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: client, Channel: testChannel, Identifier: "ann@example.test", Origin: from})
		return err
	}
	for i := range signInsByClient.Burst {
		k.ok(begin(testClient, i))
	}
	k.limited(begin(testClient, 0), "sign_in_client")
	k.ok(begin("", 0))
	k.wait(time.Second)
	k.ok(begin(testClient, 0))
}

// A network that is shut out gets nothing but refusals, at every door.
func TestAttackFromABlockedNetwork(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.Risk.Exceptions.Blocked = []string{"10.0.0.0/24"} })
	k.user("ann@example.test", Confirmed)
	k.user("bob@example.test", Unconfirmed)
	ctx, from, a := context.Background(), k.origin(7), k.accounts()
	doors := map[string]func(o Origin) error{
		"sign-in": func(o Origin) error {
			_, err := k.signIn().Begin(ctx, Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test", Origin: o})
			return err
		},
		"sign-up": func(o Origin) error {
			_, err := a.SignUp(ctx, SignUp{Pool: testPool, Client: testClient, Channel: testChannel, Username: "new@example.test", Password: goodWord, Origin: o})
			return err
		},
		"forgot": func(o Origin) error {
			_, err := a.Forgot(ctx, Forgot{Pool: testPool, Client: testClient, Identifier: "ann@example.test", Origin: o})
			return err
		},
		"resend": func(o Origin) error {
			_, err := a.Resend(ctx, Resend{Pool: testPool, Client: testClient, Identifier: "bob@example.test", Origin: o})
			return err
		},
		"confirm": func(o Origin) error {
			err := a.Confirm(ctx, Confirm{Pool: testPool, Client: testClient, Identifier: "bob@example.test", Code: "000000", Origin: o})
			if codeOf(err) == CodeMismatch {
				return nil
			}
			return err
		},
		"reset": func(o Origin) error {
			err := a.Reset(ctx, Reset{Pool: testPool, Client: testClient, Identifier: "ann@example.test", Code: "000000", Password: otherWord, Origin: o})
			if codeOf(err) == CodeMismatch {
				return nil
			}
			return err
		},
	}
	elsewhere := Origin{Address: netip.MustParseAddr("192.0.2.1")}
	for _, name := range []string{"sign-in", "sign-up", "forgot", "resend", "confirm", "reset"} {
		k.refused(doors[name](from), SignInBlocked)
		k.ok(doors[name](elsewhere))
	}
}

func TestAttackDisposableAddress(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.DisposableAddresses = "refuse" })
	k.core.Disposable = func(domain string) bool { return domain == "throwaway.example" }
	for _, email := range []string{"a@throwaway.example", "a@mail.throwaway.example"} {
		_, err := k.trySignUp(email, goodWord, nil)
		if e := k.refused(err, AttributeRefused); e.Field != "username" || e.Reason != ReasonDisposable {
			t.Errorf("sign-up: %+v", e)
		}
	}
	k.signUp("a@notthrowaway.example", nil)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"email": "ann@throwaway.example"})
	if e := k.refused(err, AttributeRefused); e.Field != "email" || e.Reason != ReasonDisposable {
		t.Errorf("change: %+v", e)
	}
	k.pool(func(p *Pool) { p.DisposableAddresses = "" })
	_, err = k.own(auth, map[string]string{"email": "ann@throwaway.example"})
	k.ok(err)
}

// Passwords from other sites' leaks are tried first (credential stuffing; NIST
// SP 800-63B-4 §3.1.1.2).
func TestAttackStolenPasswordIsTaken(t *testing.T) {
	const stolen = "stolen-velvet-11-harbour"
	k := newKit(t)
	k.core.Breached = func(_ context.Context, word string) bool { return word == stolen }
	k.user("ann@example.test", Confirmed)
	k.user("new@example.test", ForceChangePassword)
	ctx, auth := context.Background(), k.in("ann@example.test", Origin{}).Auth
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	code := k.last("ann@example.test", message.ForgotPassword).code()
	temporary, err := k.try("new@example.test", goodWord, Origin{})
	k.ok(err)
	ways := map[string]func() error{
		"sign-up": func() error { _, err := k.trySignUp("bob@example.test", stolen, nil); return err },
		"change":  func() error { return k.accounts().ChangePassword(ctx, auth, goodWord, stolen, Origin{}) },
		"reset":   func() error { return k.reset("ann@example.test", code, stolen) },
		"new password": func() error {
			_, err := k.respond(temporary, NewPasswordAnswer{Password: stolen}, Origin{})
			return err
		},
	}
	for name, way := range ways {
		if e := k.refused(way(), PasswordRefused); len(e.Violations) != 1 || e.Violations[0] != violationBreached {
			t.Errorf("%s: %v", name, e.Violations)
		}
	}
	k.pool(func(p *Pool) { p.Risk.Compromised.Actions.EventAction = riskNoAction })
	for _, name := range []string{"change", "sign-up", "new password"} {
		k.ok(ways[name]())
	}
}

func TestAttackStolenPasswordIsSetFirst(t *testing.T) {
	k := newKit(t)
	k.core.Breached = func(context.Context, string) bool { return true }
	u := k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	k.update(func(w storage.Writer) error {
		return credentials.Delete(w, string(testPool), string(u.ID), string(FactorPassword))
	})
	err := k.accounts().SetPassword(context.Background(), auth, otherWord, Origin{})
	if e := k.refused(err, PasswordRefused); len(e.Violations) != 1 || e.Violations[0] != violationBreached {
		t.Errorf("%v", e.Violations)
	}
}

func TestAttackStolenPasswordAtASignIn(t *testing.T) {
	for action, want := range map[string]Code{"": PasswordResetNeeded, riskBlock: PasswordResetNeeded, riskNoAction: ""} {
		k := newKit(t, func(p *Pool) {
			if p.Risk.Compromised.Actions.SignInAction = action; action == "" {
				p.Risk.Compromised.EventFilter = []string{lookAtSignIn}
			}
		})
		k.core.Breached = func(context.Context, string) bool { return true }
		u := k.user("ann@example.test", Confirmed)
		_, err := k.try("ann@example.test", goodWord, Origin{})
		if codeOf(err) != want {
			t.Errorf("%q: %v, want %q", action, err, want)
		}
		past, _, err := (&Admin{k.core}).Events(t.Context(), testPool, u.Username, Page{Limit: 1})
		k.ok(err)
		if !slices.Contains(past[0].Risk.Reasons, risk.ReasonBreachedPassword) {
			t.Errorf("%q: reasons %v", action, past[0].Risk.Reasons)
		}
		_, err = k.trySignUp("bob@example.test", otherWord, nil)
		if stays := action == riskNoAction || action == riskBlock; stays {
			k.refused(err, PasswordRefused)
		}
	}
}
