package identity

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/otp"
)

// Security baseline WA-01 to WA-13, over the running core.

func (k *kit) page() PasskeyOptions {
	k.Helper()
	page, ok, err := k.signIn().PasskeyOptions(k.Context(), testPool, testClient, testChannel)
	if err != nil || !ok {
		k.Fatalf("no passkeys on the page: %t, %v", ok, err)
	}
	return page
}

func (k *kit) withPasskey(state string, credential []byte) (Step, error) {
	return k.signIn().Passkey(k.Context(), PasskeyStart{Pool: testPool, Client: testClient, Channel: testChannel, State: state, Credential: credential})
}

func TestAttackChallengeOfThePageUsedTwice(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withKey()
	page := k.page()
	credential := ann.key.get(page.Options)
	ann.isIn(k.withPasskey(page.State, credential))
	for _, state := range spellings(page.State) {
		for _, answer := range [][]byte{credential, ann.key.get(page.Options)} {
			if got := k.notIn(k.withPasskey(state, answer)); got != AttemptExpired {
				t.Errorf("the challenge a second time, as %q: %s", state[len(state)-4:], got)
			}
		}
	}
}

func TestAttackChallengeOfThePageAnsweredManyTimesAtOnce(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withKey()
	page := k.page()
	credential := ann.key.get(page.Options)
	in, _ := atOnce(func(int) (Step, error) { return k.withPasskey(page.State, credential) })
	if in != 1 || k.livingSessions() != 1 {
		t.Errorf("one challenge let in %d times, %d sessions", in, k.livingSessions())
	}
}

func TestAttackChallengeOfAnAttemptAnsweredManyTimesAtOnce(t *testing.T) {
	for _, secondFactor := range []bool{false, true} {
		k := newFactorKit(t, demanded)
		ann := k.person("ann@example.test").withKey()
		step := k.start(ann.email, FactorPasskey, testChannel, Origin{})
		if secondFactor {
			step = ann.half()
		}
		k.asks(step, nil, AskPasskey)
		credential := ann.key.get(step.Challenge.Passkey)
		in, _ := atOnce(func(int) (Step, error) { return k.respond(step, PasskeyAnswer{credential}, Origin{}) })
		if in != 1 || k.livingSessions() != 1 {
			t.Errorf("second %t: one challenge let in %d times, %d sessions", secondFactor, in, k.livingSessions())
		}
	}
}

func TestAttackChallengeReusedForTheSecondFactor(t *testing.T) {
	k := newFactorKit(t, func(p *Pool) { p.WebAuthn.UserVerification = "preferred" }, demanded)
	ann := k.person("ann@example.test").withKey().withApp()
	step := k.start(ann.email, FactorPasskey, testChannel, Origin{})
	credential := ann.key.get(step.Challenge.Passkey, unverified)
	next, err := k.respond(step, PasskeyAnswer{credential}, Origin{})
	k.asks(next, err, AskTOTP)
	k.notIn(k.choose(next, FactorPasskey))
	k.notIn(k.respond(next, PasskeyAnswer{credential}, Origin{}))
	ann.isIn(k.respond(next, CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
}

func TestAttackChallengeOfAnotherAttempt(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withKey()
	step, other := k.start(ann.email, FactorPasskey, testChannel, Origin{}), k.start(ann.email, FactorPasskey, testChannel, Origin{})
	page := k.page()
	for _, options := range [][]byte{other.Challenge.Passkey, page.Options} {
		if got := k.notIn(k.respond(step, PasskeyAnswer{ann.key.get(options)}, Origin{})); got != PasskeyRefused {
			t.Errorf("another challenge: %s", got)
		}
	}
	if got := k.notIn(k.withPasskey(page.State, ann.key.get(step.Challenge.Passkey))); got != PasskeyRefused {
		t.Errorf("the challenge of an attempt on the page: %s", got)
	}
}

func TestAttackChallengePastFiveMinutesOrOfAnotherBrowser(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withKey()
	page := k.page()
	_, err := k.signIn().Passkey(t.Context(), PasskeyStart{Pool: testPool, Client: testClient, Channel: "browser-two", State: page.State, Credential: ann.key.get(page.Options)})
	k.refused(err, AttemptExpired)
	_, err = k.signIn().Passkey(t.Context(), PasskeyStart{Pool: "local_other", Client: testClient, Channel: testChannel, State: page.State, Credential: ann.key.get(page.Options)})
	k.refused(err, AttemptExpired)
	step := k.start(ann.email, FactorPasskey, testChannel, Origin{})
	k.wait(5 * time.Minute)
	if got := k.notIn(k.withPasskey(page.State, ann.key.get(page.Options))); got != AttemptExpired {
		t.Errorf("the page after five minutes: %s", got)
	}
	k.notIn(k.respond(step, PasskeyAnswer{ann.key.get(step.Challenge.Passkey)}, Origin{}))
}

func TestAttackBentAnswersOfAPasskey(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withKey(), k.person("bob@example.test").withKey()
	for what, bend := range map[string]func(*signed){
		"another origin":        func(s *signed) { s.origin = "https://auth.example.test.evil.test" },
		"a sub-domain":          func(s *signed) { s.origin = "https://x.auth.example.test" },
		"plain http":            func(s *signed) { s.origin = "http://auth.example.test" },
		"another site":          func(s *signed) { s.site = "evil.test" },
		"made for creation":     func(s *signed) { s.kind = "webauthn.create" },
		"nobody present":        func(s *signed) { s.flags &^= flagUP },
		"nobody verified":       unverified,
		"another's user handle": func(s *signed) { s.handle = bob.key.handle },
		"no user handle":        func(s *signed) { s.handle = nil },
		"another's credential":  func(s *signed) { s.id = bob.key.id },
		"an unknown credential": func(s *signed) { s.id = make([]byte, 32) },
		"no challenge":          func(s *signed) { s.challenge = "" },
	} {
		page := k.page()
		if got := k.notIn(k.withPasskey(page.State, ann.key.get(page.Options, bend))); got != PasskeyRefused && got != PasskeyUnknown {
			t.Errorf("%s: %s", what, got)
		}
		ann.isIn(k.withPasskey(page.State, ann.key.get(page.Options))) // a refusal spends nothing
	}
	if k.livingSessions() != 12 {
		t.Errorf("%d sessions", k.livingSessions())
	}
}

func TestAttackPasskeyOfAnotherAsTheSecondFactor(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withKey().enable(FactorPasskey), k.person("bob@example.test").withKey()
	step := k.asks(ann.half(), nil, AskPasskey)
	for _, bend := range []func(*signed){func(*signed) {}, func(s *signed) { s.handle = ann.key.handle }, func(s *signed) { s.id = ann.key.id }} {
		if got := k.notIn(k.respond(step, PasskeyAnswer{bob.key.get(step.Challenge.Passkey, bend)}, Origin{})); got != PasskeyRefused {
			t.Errorf("bob's passkey after ann's password: %s", got)
		}
	}
	ann.isIn(k.respond(step, PasskeyAnswer{ann.key.get(step.Challenge.Passkey)}, Origin{}))
}

// Whoever types another's name, or nobody's, and answers with an own passkey
// gets the own account, and learns nothing about the name.
func TestAttackOwnPasskeyBehindAnothersName(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withApp().withKey(), k.person("bob@example.test").withKey()
	k.change(ann.User, func(u *User) { u.Disabled = true })
	for _, name := range []string{ann.email, "nobody@example.test", bob.email} {
		step := k.asks(k.start(name, FactorPasskey, testChannel, Origin{}), nil, AskPasskey)
		var asked struct {
			PublicKey struct {
				Allow []any `json:"allowCredentials"`
			} `json:"publicKey"`
		}
		k.ok(json.Unmarshal(step.Challenge.Passkey, &asked))
		if len(asked.PublicKey.Allow) > 0 {
			t.Errorf("%s: the challenge names passkeys: %v", name, asked)
		}
		done := bob.isIn(k.respond(step, PasskeyAnswer{bob.key.get(step.Challenge.Passkey)}, Origin{}))
		if done.Auth.User() != bob.ID {
			t.Errorf("%s: in as %s", name, done.Auth.User())
		}
	}
}

func TestAttackPasskeyOfSomebodyDisabledOrUnverified(t *testing.T) {
	k := newFactorKit(t, func(p *Pool) { p.WebAuthn.UserVerification = "preferred" }, demanded)
	ann := k.person("ann@example.test").withKey()
	page := k.page()
	step, err := k.withPasskey(page.State, ann.key.get(page.Options, unverified))
	if step.Done != nil {
		t.Fatalf("a passkey without user verification is two factors: %+v, %v", step, err)
	}
	k.change(ann.User, func(u *User) { u.Disabled = true })
	page = k.page()
	if got := k.notIn(k.withPasskey(page.State, ann.key.get(page.Options))); got != IncorrectPassword {
		t.Errorf("disabled: %s", got)
	}
}

func TestAttackCopyOfAPasskeyThatCountsLess(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withKey()
	ann.key.count = 10
	page := k.page()
	ann.isIn(k.withPasskey(page.State, ann.key.get(page.Options)))
	ann.key.count = 4
	page = k.page()
	if got := k.notIn(k.withPasskey(page.State, ann.key.get(page.Options))); got != PasskeyRefused {
		t.Errorf("counter 5 after 11: %s", got)
	}
}

func TestAttackPasskeyThatSomebodyHasAlready(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withKey(), k.person("bob@example.test")
	f, auth := &Factors{k.core}, bob.login(Origin{}).Auth
	start, err := f.Begin(t.Context(), auth, FactorPasskey, Origin{})
	k.ok(err)
	thief := k.newKey()
	thief.id = ann.key.id
	k.refused(f.Finish(t.Context(), auth, start.State, SetUpAnswer{Factor: FactorPasskey, Credential: thief.create(start.Passkey)}, Origin{}), PasskeyRefused)
	page := k.page()
	ann.isIn(k.withPasskey(page.State, ann.key.get(page.Options)))
}

func TestAttackOneCreationAnsweredManyTimesAtOnce(t *testing.T) {
	k := newFactorKit(t)
	bob := k.person("bob@example.test")
	f, auth := &Factors{k.core}, bob.login(Origin{}).Auth
	start, err := f.Begin(t.Context(), auth, FactorPasskey, Origin{})
	k.ok(err)
	var answers [][]byte
	for range 20 {
		answers = append(answers, k.newKey().create(start.Passkey))
	}
	in, _ := atOnce(func(i int) (Step, error) {
		err := f.Finish(t.Context(), auth, start.State, SetUpAnswer{Factor: FactorPasskey, Credential: answers[i]}, Origin{})
		return Step{Challenge: &Challenge{}}, err
	})
	list, err := f.List(t.Context(), auth)
	if err != nil || in != 1 || len(list.Passkeys) != 1 {
		t.Errorf("%d of 20 creations of one challenge were taken, %d passkeys, %v", in, len(list.Passkeys), err)
	}
}

func TestAttackFactorAddedOrRemovedByAnOldSession(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test").withApp().withKey(), k.person("bob@example.test").withKey()
	f, auth, his := &Factors{k.core}, ann.fullLogin(), bob.login(Origin{}).Auth
	start, err := f.Begin(t.Context(), his, FactorTOTP, Origin{})
	k.ok(err)
	k.refused(f.Remove(t.Context(), his, FactorPasskey, b64(ann.key.id), Origin{}), FactorNotFound)
	k.refused(f.RenamePasskey(t.Context(), his, b64(ann.key.id), "mine"), FactorNotFound)
	k.wait(6 * time.Minute)
	k.refused(second(f.Begin(t.Context(), auth, FactorPasskey, Origin{})), FreshSignInNeeded)
	k.wait(10 * time.Minute)
	k.refused(second(f.Begin(t.Context(), auth, FactorTOTP, Origin{})), FreshSignInNeeded)
	k.refused(second(f.NewRecoveryCodes(t.Context(), auth, Origin{})), FreshSignInNeeded)
	k.refused(f.Remove(t.Context(), auth, FactorTOTP, "", Origin{}), FreshSignInNeeded)
	answer := SetUpAnswer{Factor: FactorTOTP, Code: otp.CodeAt(secretOf(t, start.Secret), k.clock())}
	if err := f.Finish(t.Context(), his, start.State, answer, Origin{}); codeOf(err) != AttemptExpired && codeOf(err) != FreshSignInNeeded {
		t.Errorf("a set-up finished a quarter of an hour later: %v", err)
	}
}

func TestAttackRemovalOfTheLastWayIn(t *testing.T) {
	k := newFactorKit(t, demanded)
	ann := k.person("ann@example.test").withApp()
	f, auth := &Factors{k.core}, ann.fullLogin()
	k.refused(f.Remove(t.Context(), auth, FactorTOTP, "", Origin{}), LastWayIn)
	ann.withKey()
	k.ok(f.Remove(t.Context(), auth, FactorTOTP, "", Origin{}))
	k.refused(f.Remove(t.Context(), auth, FactorPasskey, b64(ann.key.id), Origin{}), LastWayIn)
	list, err := f.List(t.Context(), auth)
	if err != nil || len(list.Passkeys) != 1 || !slices.Contains(kinds(k.mails(ann.email)), "factor_removed") {
		t.Errorf("%+v, %v, mails %v", list, err, kinds(k.mails(ann.email)))
	}
}
