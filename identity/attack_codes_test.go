package identity

import (
	"slices"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

// Security baseline MF-01, MF-02, MF-04, MF-05, MF-06, MF-16, PW-12.

// door is something that a code opens: open sends one, and answers it with what
// it is good for.
type door struct {
	name string
	open func(p *person) (code string, use func(code string) error)
}

var doors = []door{
	{"sign in", func(p *person) (string, func(string) error) {
		step := p.asks(p.start(p.email, FactorEmailCode, testChannel, Origin{}), nil, AskEmailCode)
		return p.sent(p.email), func(code string) error {
			return second(p.respond(step, CodeAnswer{FactorEmailCode, code}, Origin{}))
		}
	}},
	{"second factor", func(p *person) (string, func(string) error) {
		step, err := p.choose(p.half(), FactorEmail)
		p.asks(step, err, AskEmail)
		return p.sent(p.email), func(code string) error {
			return second(p.respond(step, CodeAnswer{FactorEmail, code}, Origin{}))
		}
	}},
	{"set up", func(p *person) (string, func(string) error) {
		f, auth := &Factors{p.core}, p.fullLogin()
		start, err := f.Begin(p.Context(), auth, FactorEmail, Origin{})
		p.ok(err)
		return p.sent(p.email), func(code string) error {
			return f.Finish(p.Context(), auth, start.State, SetUpAnswer{Factor: FactorEmail, Code: code}, Origin{})
		}
	}},
	{"sign up", func(p *person) (string, func(string) error) {
		p.change(p.User, func(u *User) { u.Status = Unconfirmed })
		_, err := p.accounts().Resend(p.Context(), Resend{Pool: testPool, Client: testClient, Identifier: p.email})
		p.ok(err)
		p.change(p.User, func(u *User) { u.Status = Confirmed })
		return p.sent(p.email), func(code string) error { return p.confirm(p.email, code) }
	}},
	{"reset", func(p *person) (string, func(string) error) {
		_, err := p.forgot(p.email)
		p.ok(err)
		return p.sent(p.email), func(code string) error { return p.reset(p.email, code, otherWord) }
	}},
	{"verify e-mail", func(p *person) (string, func(string) error) { return p.verifyDoor("email", p.email) }},
	{"verify phone", func(p *person) (string, func(string) error) { return p.verifyDoor("phone_number", p.phone) }},
}

func (p *person) verifyDoor(attribute, at string) (string, func(string) error) {
	auth := p.fullLogin()
	p.change(p.User, func(u *User) { u.Attributes[attribute+verifiedSuffix] = "false" })
	_, err := p.accounts().SendCode(p.Context(), auth, attribute, Origin{})
	p.ok(err)
	p.change(p.User, func(u *User) { u.Attributes[attribute+verifiedSuffix] = "true" })
	return p.sent(at), func(code string) error { return p.accounts().Verify(p.Context(), auth, attribute, code, Origin{}) }
}

// fullLogin signs in with the password and the authenticator app.
func (p *person) fullLogin() Authentication {
	p.Helper()
	p.wait(time.Minute)
	step, err := p.choose(p.half(), FactorTOTP)
	p.asks(step, err, AskTOTP)
	return p.isIn(p.respond(step, CodeAnswer{FactorTOTP, p.shown()}, Origin{})).Auth
}

func newDoorKit(t *testing.T) (k *kit, ann, bob *person) {
	k = newFactorKit(t, ways(FactorPassword, FactorEmailCode))
	k.core.RateLimits = false
	ann = k.person("ann@example.test").withApp().withPhone("+4915112345678").enable(FactorEmail)
	return k, ann, k.person("bob@example.test").withApp().withPhone("+4915112345679").enable(FactorEmail)
}

func TestAttackCodeOfOneFlowUsedInAnother(t *testing.T) {
	for _, from := range doors {
		for _, to := range doors {
			if from.name == to.name {
				continue
			}
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				_, ann, _ := newDoorKit(t)
				own, use := to.open(ann)
				foreign, _ := from.open(ann)
				if err := use(foreign); codeOf(err) != CodeMismatch {
					t.Errorf("taken: %v", err)
				}
				if own == foreign {
					t.Fatal("two codes that are the same")
				}
			})
		}
	}
}

func TestAttackCodeOfAnotherPerson(t *testing.T) {
	for _, d := range doors {
		t.Run(d.name, func(t *testing.T) {
			_, ann, bob := newDoorKit(t)
			his, _ := d.open(bob)
			hers, use := d.open(ann)
			if err := use(his); codeOf(err) != CodeMismatch {
				t.Errorf("bob's code for ann: %v", err)
			}
			ann.ok(use(hers))
		})
	}
}

func TestAttackCodeOfAnyDoorUsedTwice(t *testing.T) {
	for _, d := range doors {
		t.Run(d.name, func(t *testing.T) {
			_, ann, _ := newDoorKit(t)
			code, use := d.open(ann)
			ann.ok(use(code))
			if err := use(code); codeOf(err) == "" {
				t.Errorf("taken a second time: %v", err)
			}
		})
	}
}

func TestAttackCodeThatIsPastItsLife(t *testing.T) {
	lives := map[string]time.Duration{"sign in": 10 * time.Minute, "second factor": 10 * time.Minute, "set up": 10 * time.Minute, "reset": time.Hour}
	for _, d := range doors {
		life, tested := lives[d.name]
		if !tested {
			continue // they outlive a session
		}
		k, ann, _ := newDoorKit(t)
		code, use := d.open(ann)
		k.wait(life)
		if err := use(code); codeOf(err) != CodeExpired {
			t.Errorf("%s after %s: %v", d.name, life, err)
		}
	}
}

func TestAttackCodeThatANewerOneReplaced(t *testing.T) {
	for _, d := range doors {
		if d.name == "sign in" || d.name == "second factor" {
			continue // each attempt has its own; see the next test
		}
		_, ann, _ := newDoorKit(t)
		older, _ := d.open(ann)
		_, use := d.open(ann)
		if err := use(older); codeOf(err) == "" {
			t.Errorf("%s: the older code is taken", d.name)
		}
	}
}

func TestAttackCodeOfAnotherAttempt(t *testing.T) {
	for _, d := range doors[:2] {
		_, ann, _ := newDoorKit(t)
		first, useFirst := d.open(ann)
		other, useOther := d.open(ann)
		if err := useFirst(other); codeOf(err) != CodeMismatch {
			t.Errorf("%s: %v", d.name, err)
		}
		if err := useOther(first); codeOf(err) != CodeMismatch {
			t.Errorf("%s: %v", d.name, err)
		}
		ann.ok(useFirst(first))
		ann.ok(useOther(other))
	}
}

func TestAttackCodeSentToOneMediumTypedForTheOther(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withPhone("+4915112345678").enable(FactorSMS, FactorEmail)
	step, err := k.choose(ann.half(), FactorSMS)
	k.asks(step, err, AskSMS)
	texted := k.sent(ann.phone)
	step, err = k.choose(step, FactorEmail)
	k.asks(step, err, AskEmail)
	k.notIn(k.respond(step, CodeAnswer{FactorEmail, texted}, Origin{}))
	step, err = k.choose(step, FactorSMS)
	k.asks(step, err, AskSMS)
	k.notIn(k.respond(step, CodeAnswer{FactorSMS, texted}, Origin{}))
	ann.isIn(k.respond(step, CodeAnswer{FactorSMS, k.sent(ann.phone)}, Origin{}))
}

func TestAttackCodeToAnAddressThatChangedMeanwhile(t *testing.T) {
	for _, d := range doors[:2] {
		k, ann, _ := newDoorKit(t)
		code, use := d.open(ann)
		k.change(ann.User, func(u *User) { u.Attributes["email"] = "new@example.test" })
		if err := use(code); codeOf(err) == "" {
			t.Errorf("%s: a code to the old address is taken", d.name)
		}
	}
}

func TestAttackManySendingsToOnePhone(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withPhone("+4915112345678").withApp().enable(FactorSMS, FactorEmail)
	for range 20 {
		step := k.start(ann.email, FactorPassword, testChannel, Origin{})
		if step, err := k.respond(step, PasswordAnswer{goodWord}, Origin{}); err == nil {
			for range 3 {
				k.choose(step, FactorSMS)
				k.choose(step, FactorEmail)
			}
		}
	}
	if n := len(k.mails(ann.phone)) + len(k.mails(ann.email)); n > sendsAtOnce {
		t.Errorf("%d messages at once, %v and %v", n, kinds(k.mails(ann.phone)), kinds(k.mails(ann.email)))
	}
}

func TestAttackWrongCodesOverManyAttempts(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	compared := 0
	for i := range 30 {
		step := k.start(ann.email, FactorPassword, testChannel, k.origin(byte(i)))
		k.wait(time.Second)
		step, err := k.respond(step, PasswordAnswer{goodWord}, k.origin(byte(i)))
		if err != nil {
			continue
		}
		for range 3 {
			_, err := k.respond(step, CodeAnswer{FactorTOTP, "000000"}, k.origin(byte(i)))
			if codeOf(err) == CodeMismatch {
				compared++
			}
		}
	}
	if compared == 0 || compared > 20 {
		t.Errorf("%d wrong codes were held against the right one, want at most 20 an hour", compared)
	}
}

// links holds a mailed link of each kind.
func links(p *person) map[Purpose]string {
	found := map[Purpose]string{}
	for why, d := range map[Purpose]door{
		PurposeSignIn: doors[0], PurposeMFA: doors[1], PurposeSetUp: doors[2], PurposeSignUp: doors[3], PurposeReset: doors[4], PurposeVerifyEmail: doors[5],
	} {
		d.open(p)
		found[why] = p.link(p.email)
	}
	p.update(func(w storage.Writer) (err error) {
		to, _ := addressOf(&p.User, attrEmail)
		e := SignInEvent{PoolID: testPool, UserID: p.ID, ID: "event", At: p.clock()}
		if err := signInEvents.Insert(w, e); err != nil {
			return err
		}
		_, found[PurposeNotMe], err = p.core.issueCode(w, codeKey{Pool: testPool, User: p.ID, Purpose: PurposeNotMe, Flow: "event"}, to)
		return err
	})
	return found
}

func TestAttackMailedLinkOnThePageOfAnother(t *testing.T) {
	pages := map[string]struct {
		of  []Purpose
		use func(p *person, link string) error
	}{
		"confirm": {[]Purpose{PurposeSignUp, PurposeVerifyEmail, PurposeVerifyPhone}, func(p *person, link string) error { return p.confirmLink(link) }},
		"reset": {[]Purpose{PurposeReset}, func(p *person, link string) error {
			return p.accounts().Reset(p.Context(), Reset{Pool: testPool, Link: link, Password: otherWord})
		}},
		"sign in": {[]Purpose{PurposeSignIn}, func(p *person, link string) error {
			return second(p.signIn().ApproveLink(p.Context(), ApproveLink{Pool: testPool, Link: link, Channel: testChannel}))
		}},
		"not me": {[]Purpose{PurposeNotMe}, func(p *person, link string) error {
			return (&History{p.core}).NotMeByLink(p.Context(), testPool, link, Origin{})
		}},
	}
	_, ann, _ := newDoorKit(t)
	made := links(ann)
	for name, page := range pages {
		for why, link := range made {
			if err := page.use(ann, link); !slices.Contains(page.of, why) && codeOf(err) == "" {
				t.Errorf("a link of %s works on the page of %s: %v", why, name, err)
			}
		}
	}
}

func TestAttackLinkOfAnotherPool(t *testing.T) {
	k, ann, _ := newDoorKit(t)
	for why, link := range links(ann) {
		_, err := k.signIn().ApproveLink(t.Context(), ApproveLink{Pool: "local_other", Link: link, Channel: testChannel})
		k.refused(err, CodeExpired)
		info, err := k.signIn().LinkOf(t.Context(), "local_other", link, testChannel)
		if err != nil || info.State != LinkUnknown || info.Masked != "" {
			t.Errorf("%s in another pool: %+v, %v", why, info, err)
		}
	}
}
