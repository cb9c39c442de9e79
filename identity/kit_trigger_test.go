package identity

import (
	"context"
	"encoding/json"
	"testing"

	"poolhouse.dev/identity/trigger"
)

// handlers are triggers as functions of the event, by source: each answers the
// response member, or an error of what is wrong with it.
type handlers map[string]func(trigger.Event) (any, error)

// Run is the seam to other people's code; it sends the event over JSON, as
// every way to attach a trigger does.
func (h handlers) Run(_ context.Context, call trigger.Call) (json.RawMessage, error) {
	handle, ok := h[call.Event.TriggerSource]
	if !ok {
		return json.RawMessage(`{}`), nil
	}
	says, err := handle(call.Event)
	if err != nil {
		return nil, &trigger.Error{Kind: call.Kind, Outcome: trigger.Refused, Message: err.Error()}
	}
	return json.Marshal(says)
}

// trigger attaches handlers to the pool, under every kind.
func (k *kit) trigger(h handlers) {
	k.Helper()
	k.core.Triggers = h
	k.pool(func(p *Pool) {
		p.LambdaConfig = trigger.Config{
			PreSignUp: "t", PostConfirmation: "t", PreAuthentication: "t", PostAuthentication: "t", PreTokenGeneration: "t", UserMigration: "t",
			CustomMessage: "t", DefineAuthChallenge: "t", CreateAuthChallenge: "t", VerifyAuthChallengeResponse: "t",
		}
	})
}

// requestOf reads an event's request as handlers see it.
func requestOf(t testing.TB, e trigger.Event) map[string]any {
	t.Helper()
	text, err := json.Marshal(e.Request)
	var shown map[string]any
	if err == nil {
		err = json.Unmarshal(text, &shown)
	}
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

func must(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
