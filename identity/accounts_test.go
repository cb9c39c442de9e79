package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

const otherWord = "quince-harbour-9-thimble"

// accountsKit is the sign-in kit with a mailbox. Its clock ticks with every
// look, so that messages have an order.
type accountsKit struct{ *signInKit }

func newAccountsKit(t *testing.T, settings ...func(*Pool)) *accountsKit {
	t.Helper()
	k := &accountsKit{newSignInKit(t)}
	k.core.Now = func() time.Time { return time.Unix(0, k.now.Add(1000)).UTC() }
	for _, set := range settings {
		k.pool(set)
	}
	return k
}

// Settings of pools that differ from the kit's: e-mail as username, verified.
func named(p *Pool) { p.UsernameAttributes = nil }
func aliased(p *Pool) {
	p.UsernameAttributes, p.AliasAttributes = nil, []string{"email", "phone_number"}
}

func (k *accountsKit) accounts() *Accounts { return &Accounts{k.core} }
func (k *accountsKit) admin() *Admin       { return &Admin{k.core} }
func (k *accountsKit) settings() *Settings { return &Settings{k.core} }

func (k *accountsKit) pool(set func(*Pool)) {
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

func (k *accountsKit) client(set func(*Client)) {
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
func (k *accountsKit) mails(to string) []mail {
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
func (k *accountsKit) last(to, kind string) mail {
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

func (k *accountsKit) trySignUp(name, word string, attributes map[string]string) (Step, error) {
	return k.accounts().SignUp(context.Background(), SignUp{
		Pool: testPool, Client: testClient, Channel: testChannel, Username: name, Password: word, Attributes: attributes,
	})
}

func (k *accountsKit) signUp(name string, attributes map[string]string) Step {
	k.Helper()
	step, err := k.trySignUp(name, goodWord, attributes)
	if err != nil {
		k.Fatalf("sign-up of %s: %v", name, err)
	}
	return step
}

func (k *accountsKit) confirm(name, code string) error {
	return k.accounts().Confirm(context.Background(), Confirm{Pool: testPool, Client: testClient, Identifier: name, Code: code})
}

func (k *accountsKit) confirmLink(link string) error {
	return k.accounts().Confirm(context.Background(), Confirm{Pool: testPool, Link: link})
}

func (k *accountsKit) forgot(name string) (Delivery, error) {
	return k.accounts().Forgot(context.Background(), Forgot{Pool: testPool, Client: testClient, Identifier: name})
}

func (k *accountsKit) reset(name, code, word string) error {
	return k.accounts().Reset(context.Background(), Reset{Pool: testPool, Client: testClient, Identifier: name, Code: code, Password: word})
}

func (k *accountsKit) find(name string) User {
	k.Helper()
	u, err := k.admin().User(context.Background(), testPool, name)
	if err != nil {
		k.Fatalf("%s: %v", name, err)
	}
	return u
}

func (k *accountsKit) missing(name string) {
	k.Helper()
	_, err := k.admin().User(context.Background(), testPool, name)
	k.refused(err, UserNotFound)
}

func (k *accountsKit) signsIn(name, word string, want bool) {
	k.Helper()
	step, err := k.try(name, word, Origin{})
	if in := err == nil && step.Done != nil; in != want {
		k.Fatalf("%s with %q: %+v, %v; want in: %t", name, word, step, err, want)
	}
}

func (k *accountsKit) ok(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// audited says whether an action stands in the audit with an outcome.
func (k *accountsKit) audited(action, outcome string) {
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
