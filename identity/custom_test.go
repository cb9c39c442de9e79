package identity

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"poolhouse.dev/identity/trigger"
)

// riddle is an app's own way in, as handlers for it are commonly written: the
// right answer is in the private parameters, and three wrong ones are too many.
type riddle struct {
	*kit
	ann    *person
	steps  []any // what define was shown last
	events []trigger.Event
}

func newRiddle(t *testing.T, settings ...func(*Pool)) *riddle {
	k := newKit(t, settings...)
	r := &riddle{kit: k, ann: k.person("ann@example.test")}
	k.client(func(c *Client) { c.ExplicitAuthFlows = []string{"ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"} })
	k.trigger(handlers{
		"DefineAuthChallenge_Authentication":         r.define,
		"CreateAuthChallenge_Authentication":         r.create,
		"VerifyAuthChallengeResponse_Authentication": r.verify,
	})
	return r
}

func (r *riddle) define(e trigger.Event) (any, error) {
	r.events = append(r.events, e)
	r.steps, _ = requestOf(r, e)["session"].([]any)
	right := 0
	for _, each := range r.steps {
		step := each.(map[string]any)
		if step["challengeName"] == "CUSTOM_CHALLENGE" && step["challengeResult"] == true {
			right++
		}
	}
	last := map[string]any{}
	if len(r.steps) > 0 {
		last = r.steps[len(r.steps)-1].(map[string]any)
	}
	switch {
	case right > 0:
		return defineResponse{IssueTokens: true}, nil
	case last["challengeName"] == "SRP_A":
		return defineResponse{ChallengeName: "PASSWORD_VERIFIER"}, nil
	}
	return defineResponse{ChallengeName: "CUSTOM_CHALLENGE"}, nil
}

func (r *riddle) create(e trigger.Event) (any, error) {
	r.events = append(r.events, e)
	return customChallenge{
		Public: map[string]string{"question": "Who?"}, Private: map[string]string{"answer": "me"}, Metadata: fmt.Sprintf("RIDDLE-%d", len(r.steps)),
	}, nil
}

func (r *riddle) verify(e trigger.Event) (any, error) {
	r.events = append(r.events, e)
	request := requestOf(r, e)
	private, _ := request["privateChallengeParameters"].(map[string]any)
	return verifyResponse{AnswerCorrect: request["challengeAnswer"] == private["answer"]}, nil
}

func (r *riddle) begin(name string, verifier bool) (Step, error) {
	r.Helper()
	return r.signIn().Begin(context.Background(), Start{
		Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, API: true, Custom: true, Verifier: verifier, Origin: r.origin(1),
	})
}

func (r *riddle) answer(step Step, text string) (Step, error) {
	return r.answerTurn(step, step.Turn, CustomAnswer{text}, r.origin(1))
}

func TestTriggersMakeAWayIn(t *testing.T) {
	r := newRiddle(t)
	step, err := r.begin("ann@example.test", false)
	r.asks(step, err, AskCustom)
	if !reflect.DeepEqual(step.Challenge.Custom, map[string]string{"question": "Who?"}) {
		t.Errorf("%+v", step.Challenge)
	}
	next, err := r.answer(step, "nobody")
	r.asks(next, err, AskCustom)
	done, err := r.answer(next, "me")
	in := r.ann.isIn(done, err)
	if got := in.Auth.Methods(); !reflect.DeepEqual(got, []string{"cust"}) {
		t.Error(got)
	}
	want := []any{
		map[string]any{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": false, "challengeMetadata": "RIDDLE-0"},
		map[string]any{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": true, "challengeMetadata": "RIDDLE-1"},
	}
	if !reflect.DeepEqual(r.steps, want) {
		t.Errorf("define was shown %v", r.steps)
	}
	for _, e := range r.events {
		if requestOf(t, e)["userNotFound"] != false || e.UserName != r.ann.Username || requestOf(t, e)["userAttributes"].(map[string]any)["email"] != "ann@example.test" {
			t.Errorf("%s: %+v", e.TriggerSource, e)
		}
	}
	_, err = r.answer(next, "me")
	r.refused(err, AttemptExpired)
}

func TestACustomWayInBeginsWithThePassword(t *testing.T) {
	r := newRiddle(t)
	if err := r.admin().SetPassword(t.Context(), testPool, "ann@example.test", goodWord, true); err != nil {
		t.Fatal(err)
	}
	step, err := r.begin("ann@example.test", true)
	r.asks(step, err, AskPassword)
	_, offer, err := r.offer(step, step.Turn, r.origin(1))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.answerTurn(step, offer.Turn, r.prove(offer, otherWord), r.origin(1))
	r.refused(err, IncorrectPassword)
	next, err := r.answerTurn(step, offer.Turn, r.prove(offer, goodWord), r.origin(1))
	r.asks(next, err, AskCustom)
	want := []any{
		map[string]any{"challengeName": "SRP_A", "challengeResult": true}, map[string]any{"challengeName": "PASSWORD_VERIFIER", "challengeResult": true},
	}
	if !reflect.DeepEqual(r.steps, want) {
		t.Errorf("define was shown %v", r.steps)
	}
	done, err := r.answer(next, "me")
	if in := r.ann.isIn(done, err); !in.Auth.Twice() {
		t.Error("password and riddle are two factors")
	}
}

// MF-09: the pool's second factor is owed after a way in that triggers make.
func TestAttackCustomWayInWithoutTheSecondFactor(t *testing.T) {
	r := newRiddle(t, func(p *Pool) { p.MFAConfiguration = "ON" })
	r.ann.withApp()
	step, err := r.begin("ann@example.test", false)
	r.asks(step, err, AskCustom)
	next, err := r.answer(step, "me")
	r.asks(next, err, AskTOTP)
	done, err := r.answerTurn(next, next.Turn, CodeAnswer{FactorTOTP, r.ann.shown()}, r.origin(1))
	r.ann.isIn(done, err)
}

// Nor do triggers lead around what the account's state asks for.
func TestAttackCustomWayIntoAnAccountThatIsShut(t *testing.T) {
	for name, want := range map[string]struct {
		change func(*User)
		code   Code
		ask    ChallengeName
	}{
		"disabled": {func(u *User) { u.Disabled = true }, IncorrectPassword, ""}, "reset": {func(u *User) { u.Status = ResetRequired }, PasswordResetNeeded, ""},
		"temporary": {func(u *User) { u.Status = ForceChangePassword }, "", AskNewPassword},
	} {
		r := newRiddle(t)
		r.change(r.ann.User, want.change)
		step, err := r.begin("ann@example.test", false)
		r.asks(step, err, AskCustom)
		next, err := r.answer(step, "me")
		if code, _ := CodeOf(err); code != want.code || want.ask != "" && (next.Challenge == nil || next.Challenge.Name != want.ask) {
			t.Errorf("%s: %+v, %v", name, next, err)
		}
	}
}

func TestAttackCustomWayInForNobody(t *testing.T) {
	r := newRiddle(t)
	step, err := r.begin("nobody@example.test", false)
	r.asks(step, err, AskCustom)
	_, err = r.answer(step, "me") // right, and tokens are to be issued
	r.refused(err, IncorrectPassword)
	for _, e := range r.events {
		if request := requestOf(t, e); request["userNotFound"] != true || len(request["userAttributes"].(map[string]any)) > 0 || e.UserName != "nobody@example.test" {
			t.Errorf("%s: %+v", e.TriggerSource, e)
		}
	}
}

func TestAttackGuessingACustomAnswer(t *testing.T) {
	r := newRiddle(t)
	step, err := r.begin("ann@example.test", false)
	for range maxCustomWrong - 1 {
		r.asks(step, err, AskCustom)
		step, err = r.answer(step, "guess")
	}
	_, err = r.answer(step, "guess")
	r.refused(err, IncorrectPassword)
	_, err = r.answer(step, "me")
	r.refused(err, AttemptExpired) // the attempt is over
	for range freeTries - maxCustomWrong {
		_, err = r.try("ann@example.test", otherWord, r.origin(2)) // EN-09: counted with the password's
		r.refused(err, IncorrectPassword)
	}
	step, err = r.begin("ann@example.test", false)
	r.asks(step, err, AskCustom)
	_, err = r.answer(step, "me")
	r.refused(err, TooManyAttempts)
}

func TestAttackCustomWayInThatTheClientDoesNotAllow(t *testing.T) {
	r := newRiddle(t)
	step, err := r.begin("ann@example.test", false)
	r.asks(step, err, AskCustom)
	_, err = r.signIn().Choose(t.Context(), Choice{Attempt: step.Attempt, Channel: testChannel, Factor: FactorCustom, Origin: r.origin(1)})
	r.refused(err, FactorNotFound) // else it has challenges made without end
	r.client(func(c *Client) { c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"} })
	_, err = r.answer(step, "me")
	r.refused(err, IncorrectPassword)
	_, err = r.begin("ann@example.test", false)
	r.refused(err, NotAllowed)
}

func TestTriggersThatDoNotAnswerACustomChallenge(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		says   any
		err    error
		want   Code
	}{
		"fails":            {"DefineAuthChallenge_Authentication", defineResponse{FailAuthentication: true}, nil, IncorrectPassword},
		"throws":           {"DefineAuthChallenge_Authentication", nil, errors.New("no"), TriggerRefused},
		"another name":     {"DefineAuthChallenge_Authentication", defineResponse{ChallengeName: "SMS_MFA"}, nil, TriggerMalformed},
		"nothing":          {"DefineAuthChallenge_Authentication", struct{}{}, nil, TriggerMalformed},
		"another shape":    {"DefineAuthChallenge_Authentication", map[string]any{"issueTokens": "yes"}, nil, TriggerMalformed},
		"no strings":       {"CreateAuthChallenge_Authentication", map[string]any{"publicChallengeParameters": map[string]any{"n": 1}}, nil, TriggerMalformed},
		"too much":         {"CreateAuthChallenge_Authentication", customChallenge{Metadata: string(make([]byte, maxCustomParams))}, nil, TriggerMalformed},
		"cannot be called": {"CreateAuthChallenge_Authentication", nil, errors.New("down"), TriggerRefused},
	} {
		r := newRiddle(t)
		h := r.core.Triggers.(handlers)
		h[c.source] = func(trigger.Event) (any, error) { return c.says, c.err }
		if _, err := r.begin("ann@example.test", false); err == nil {
			t.Error(name)
		} else if code, _ := CodeOf(err); code != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := newRiddle(t)
	r.pool(func(p *Pool) { p.LambdaConfig = trigger.Config{} })
	_, err := r.begin("ann@example.test", false)
	r.refused(err, TriggerMalformed)
}

func TestACustomWayInHasManyStepsButNotWithoutEnd(t *testing.T) {
	r := newRiddle(t)
	r.core.Triggers.(handlers)["DefineAuthChallenge_Authentication"] = func(trigger.Event) (any, error) {
		return defineResponse{ChallengeName: "CUSTOM_CHALLENGE"}, nil
	}
	step, err := r.begin("ann@example.test", false)
	for range maxCustomSteps - 1 {
		r.asks(step, err, AskCustom)
		step, err = r.answer(step, "me") // a right answer is no failed try
	}
	r.asks(step, err, AskCustom)
	_, err = r.answer(step, "me")
	r.refused(err, IncorrectPassword)
}
