package identity

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Security baseline MF-07, MF-08, MF-10, MF-17, PW-13, PW-14, AC-02.

// everyAnswer holds one answer of each kind, all of them right for ann if they
// were asked for.
func everyAnswer(ann *person, step Step) map[ChallengeName]Answer {
	answers := map[ChallengeName]Answer{
		AskPassword: PasswordAnswer{goodWord}, AskNewPassword: NewPasswordAnswer{Password: otherWord}, AskConfirmSignUp: ConfirmAnswer{"123456"},
		AskTOTP: CodeAnswer{FactorTOTP, ann.shown()}, AskRecovery: CodeAnswer{FactorRecovery, ann.codes[0]},
		AskSetUp: SetUpAnswer{Factor: FactorTOTP, Code: ann.shown()},
	}
	if step.Challenge.Passkey != nil {
		answers[AskPasskey] = PasskeyAnswer{ann.key.get(step.Challenge.Passkey)}
	}
	return answers
}

func TestAttackAnswerThatNamesAnotherFactorThanTheOneAsked(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword, FactorEmailCode, FactorSMSCode, FactorPasskey))
	ann := k.person("ann@example.test").withApp().withPhone("+4915112345678").withKey().withRecovery().enable(FactorSMS, FactorEmail)
	for _, asked := range []Factor{FactorTOTP, FactorSMS, FactorEmail, FactorRecovery} {
		step, err := k.choose(ann.half(), asked)
		k.asks(step, err, ChallengeName(asked))
		for kind, answer := range everyAnswer(ann, step) {
			if kind == ChallengeName(asked) {
				continue
			}
			if got := k.notIn(k.respond(step, answer, Origin{})); got != WrongAnswer {
				t.Errorf("%s asked, %s answered: %s", asked, kind, got)
			}
		}
		k.core.RateLimits = false
	}
}

func TestAttackCodeAnswerThatNamesNoFactorWithACode(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword, FactorEmailCode, FactorPasskey))
	ann := k.person("ann@example.test").withPhone("+4915112345678").withKey().enable(FactorSMS, FactorPasskey).prefer(FactorSMS)
	step := k.asks(ann.half(), nil, AskSMS)
	code := k.sent(ann.phone)
	step, err := k.choose(step, FactorPasskey)
	k.asks(step, err, AskPasskey)
	if got := k.notIn(k.respond(step, CodeAnswer{FactorPasskey, code}, Origin{})); got != WrongAnswer {
		t.Errorf("the code of an SMS sent as a passkey: %s", got)
	}
	for _, name := range []Factor{FactorPassword, "", factorVerifiedPasskey, Factor(AskSelectMFA), Factor(AskSetUp), Factor(AskNewPassword)} {
		k.notIn(k.respond(step, CodeAnswer{name, code}, Origin{}))
	}
}

func TestAttackCodeOfASecondFactorAsAWayIn(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp().withRecovery()
	step := k.asks(k.start(ann.email, FactorPassword, testChannel, Origin{}), nil, AskPassword)
	for _, f := range []Factor{FactorTOTP, FactorRecovery, FactorEmail, FactorSMS, FactorEmailCode, FactorSMSCode, "", "x"} {
		if got := k.notIn(k.choose(step, f)); got != FactorNotFound {
			t.Errorf("%s chosen before the password: %s", f, got)
		}
		k.notIn(k.respond(step, CodeAnswer{f, ann.shown()}, Origin{}))
		opened := k.start(ann.email, f, testChannel, Origin{})
		if name := opened.Challenge.Name; name != AskPassword && name != AskSelect {
			t.Errorf("an attempt that prefers %s begins with %s", f, name)
		}
	}
	for _, code := range append(ann.codes, ann.shown()) {
		k.notIn(k.respond(step, PasswordAnswer{code}, Origin{}))
		k.wait(time.Hour)
		step = k.start(ann.email, FactorPassword, testChannel, Origin{})
	}
}

func TestAttackChoiceOfAFactorThatIsNotThePersons(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	step := k.asks(ann.half(), nil, AskTOTP)
	for _, f := range []Factor{FactorSMS, FactorEmail, FactorPasskey, FactorRecovery, FactorPassword, FactorEmailCode, Factor(AskSetUp)} {
		if got := k.notIn(k.choose(step, f)); got != FactorNotFound {
			t.Errorf("%s chosen: %s", f, got)
		}
	}
	ann.isIn(k.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
}

func TestAttackAttemptTakenOverFromAnotherBrowser(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	step := ann.half()
	answer := CodeAnswer{FactorTOTP, ann.shown()}
	for _, on := range []Channel{"", "browser-two", testChannel + "x"} {
		if got := k.notIn(k.reply(step, on, answer, Origin{})); got != AttemptExpired {
			t.Errorf("answered on %q: %s", on, got)
		}
		for _, err := range []error{
			second(k.signIn().Look(t.Context(), step.Attempt, on)), second(k.signIn().Continue(t.Context(), step.Attempt, on, Origin{})),
			second(k.signIn().Approved(t.Context(), step.Attempt, on)), second(k.signIn().Choose(t.Context(), Choice{Attempt: step.Attempt, Channel: on, Factor: FactorTOTP})),
			second(k.signIn().Resend(t.Context(), step.Attempt, on, Origin{})),
		} {
			k.refused(err, AttemptExpired)
		}
	}
	ann.isIn(k.respond(step, answer, Origin{}))
}

func second[T any](_ T, err error) error { return err }

func TestAttackAttemptUsedAgainOnceItIsDone(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	step := ann.half()
	ann.isIn(k.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
	k.wait(time.Minute)
	for _, answer := range []Answer{CodeAnswer{FactorTOTP, ann.shown()}, PasswordAnswer{goodWord}} {
		if got := k.notIn(k.respond(step, answer, Origin{})); got != AttemptExpired {
			t.Errorf("%T in a finished attempt: %s", answer, got)
		}
	}
	k.refused(second(k.signIn().Continue(t.Context(), step.Attempt, testChannel, Origin{})), AttemptExpired)
}

func TestAttackSetUpOfAFactorByHalfAPerson(t *testing.T) {
	k := newFactorKit(t, demanded)
	ann := k.person("ann@example.test").withApp()
	step := k.asks(ann.half(), nil, AskTOTP)
	if got := k.notIn(k.respond(step, SetUpAnswer{Factor: FactorTOTP, Code: ann.shown()}, Origin{})); got != WrongAnswer {
		t.Errorf("a set-up answered where a code is asked: %s", got)
	}
	k.notIn(k.choose(step, FactorPasskey))
	k.notIn(k.choose(step, FactorEmail))
}

// Whoever knows the password opens an attempt before its owner has a second
// factor, and goes on with it when the owner has one.
func TestAttackSetUpThatBeganBeforeTheOwnerEnrolled(t *testing.T) {
	k := newFactorKit(t, demanded)
	ann := k.person("ann@example.test")
	chosen, err := k.choose(ann.half(), FactorTOTP)
	k.asks(chosen, err, AskSetUp)
	waiting := k.asks(ann.half(), nil, AskSetUp)

	own, err := k.choose(ann.half(), FactorTOTP)
	k.asks(own, err, AskSetUp)
	ann.secret = secretOf(t, own.Challenge.SetUp.Secret)
	ann.isIn(k.respond(own, SetUpAnswer{Factor: FactorTOTP, Code: ann.shown()}, Origin{}))

	k.wait(time.Minute)
	theirs := secretOf(t, chosen.Challenge.SetUp.Secret)
	k.notIn(k.respond(chosen, SetUpAnswer{Factor: FactorTOTP, Code: otp.CodeAt(theirs, k.clock())}, Origin{}))
	for _, f := range []Factor{FactorTOTP, FactorPasskey, FactorEmail} {
		step, err := k.choose(waiting, f)
		if err == nil && step.Challenge != nil && step.Challenge.SetUp != nil {
			t.Errorf("half a person may set up %s beside the owner's app", f)
		}
	}
	ann.isIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
}

func TestAttackStateOfASetUpOfAnotherSession(t *testing.T) {
	k := newFactorKit(t)
	ann, bob := k.person("ann@example.test"), k.person("bob@example.test")
	f := &Factors{k.core}
	his, hers, his2 := bob.login(Origin{}).Auth, ann.login(Origin{}).Auth, bob.login(Origin{}).Auth
	start, err := f.Begin(t.Context(), his, FactorTOTP, Origin{})
	k.ok(err)
	answer := SetUpAnswer{Factor: FactorTOTP, Code: otp.CodeAt(secretOf(t, start.Secret), k.clock())}
	for _, auth := range []Authentication{hers, his2} {
		k.refused(f.Finish(t.Context(), auth, start.State, answer, Origin{}), AttemptExpired)
		k.refused(second(f.Show(t.Context(), auth, start.State)), AttemptExpired)
	}
	for _, kind := range []Factor{FactorPasskey, FactorEmail, FactorSMS, ""} {
		k.refused(f.Finish(t.Context(), his, start.State, SetUpAnswer{Factor: kind, Code: answer.Code}, Origin{}), WrongAnswer)
	}
	k.ok(f.Finish(t.Context(), his, start.State, answer, Origin{}))
}

// The state of a set-up is taken once, however it is spelled: a second time
// would make the codes of the app good again that were used since.
func TestAttackStateOfASetUpTakenTwice(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test")
	f := &Factors{k.core}
	auth := ann.login(Origin{}).Auth
	start, err := f.Begin(t.Context(), auth, FactorTOTP, Origin{})
	k.ok(err)
	answer := SetUpAnswer{Factor: FactorTOTP, Code: otp.CodeAt(secretOf(t, start.Secret), k.clock())}
	k.ok(f.Finish(t.Context(), auth, start.State, answer, Origin{}))
	for _, state := range spellings(start.State) {
		if err := f.Finish(t.Context(), auth, state, answer, Origin{}); codeOf(err) != AttemptExpired {
			t.Errorf("the state as %q: %v", state[len(state)-8:], err)
		}
	}
}

// spellings answers texts that a lenient reader of base64 takes for the same.
func spellings(state string) []string {
	last := state[:len(state)-1] + string(next(state[len(state)-1]))
	return []string{state, state + "\n", "\r\n" + state, state[:4] + "\n" + state[4:], last, state + "="}
}

// next is the digit of base64url after c.
func next(c byte) byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(digits) - 1 {
		if digits[i] == c {
			return digits[i+1]
		}
	}
	return 'A'
}

// meanwhile holds what may happen to an account while somebody is half in.
var meanwhile = map[string]func(k *kit, ann *person){
	"disabled":         func(k *kit, ann *person) { k.change(ann.User, func(u *User) { u.Disabled = true }) },
	"password changed": func(k *kit, ann *person) { k.newPassword(ann) },
	"deleted": func(k *kit, ann *person) {
		k.update(func(w storage.Writer) error { return users.Delete(w, string(testPool), string(ann.ID)) })
	},
}

func (k *kit) newPassword(of *person) {
	k.Helper()
	hash, err := k.core.Passwords.Hash(context.Background(), otherWord)
	k.ok(err)
	k.update(func(w storage.Writer) error {
		return credentials.Put(w, Credential{PoolID: testPool, UserID: of.ID, Kind: FactorPassword, Hash: hash, ChangedAt: k.clock()})
	})
}

func TestAttackAccountChangedBetweenTheSteps(t *testing.T) {
	for what, happens := range meanwhile {
		for _, f := range []Factor{FactorTOTP, FactorRecovery, FactorSMS, FactorPasskey} {
			k := newFactorKit(t)
			ann := k.person("ann@example.test").withApp().withRecovery().withKey().withPhone("+4915112345678").enable(FactorSMS, FactorPasskey)
			step, err := k.choose(ann.half(), f)
			k.asks(step, err, ChallengeName(f))
			answer := Answer(CodeAnswer{f, ann.shown()})
			switch f {
			case FactorRecovery:
				answer = CodeAnswer{f, ann.codes[0]}
			case FactorSMS:
				answer = CodeAnswer{f, k.sent(ann.phone)}
			case FactorPasskey:
				answer = PasskeyAnswer{ann.key.get(step.Challenge.Passkey)}
			}
			happens(k, ann)
			step, err = k.respond(step, answer, Origin{})
			if step.Done != nil || codeOf(err) == "" || k.livingSessions() != 0 {
				t.Errorf("%s before %s: %+v, %v", what, f, step, err)
			}
		}
	}
}

func TestAttackSessionFromBeforeAReset(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").withApp()
	attacker := ann.isIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
	waiting := ann.half()
	k.wait(time.Minute)
	_, err := k.forgot(ann.email)
	k.ok(err)
	k.ok(k.reset(ann.email, k.sent(ann.email), otherWord))
	k.refused(second((&Sessions{k.core}).Resume(t.Context(), testPool, attacker.Cookie)), SessionEnded)
	k.notIn(k.respond(waiting, CodeAnswer{FactorTOTP, ann.shown()}, Origin{}))
	if _, err := (&Factors{k.core}).List(t.Context(), attacker.Auth); codeOf(err) != SessionEnded {
		t.Errorf("the factors of a session that ended: %v", err)
	}
}
