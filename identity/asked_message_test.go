package identity

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
)

func TestCustomMessageWritesTheMail(t *testing.T) {
	k := newKit(t)
	var seen trigger.Event
	k.trigger(handlers{"CustomMessage_SignUp": func(e trigger.Event) (any, error) {
		seen = e
		return map[string]any{"emailSubject": "Welcome", "emailMessage": "Your code is {####}", "smsMessage": nil}, nil
	}})
	if _, err := k.signUpAs("ann@example.test"); err != nil {
		t.Fatal(err)
	}
	sent := k.last("ann@example.test", message.SignUp)
	if sent.Words == nil || sent.Words.Subject != "Welcome" || sent.Words.Body != "Your code is {####}" {
		t.Errorf("words %+v", sent.Words)
	}
	request := requestOf(t, seen)
	if request["codeParameter"] != "{####}" || request["usernameParameter"] != nil || request["clientMetadata"].(map[string]any)["from"] != "app" {
		t.Errorf("shown %v", request)
	}
	if strings.Contains(string(must(t, request)), sent.code()) {
		t.Error("the trigger is shown the code")
	}
}

func TestCustomMessageBounds(t *testing.T) {
	for name, body := range map[string]string{
		"no placeholder": "Hello", "too long": "{####}" + strings.Repeat("x", longestMail),
	} {
		k := newKit(t)
		k.trigger(handlers{"CustomMessage_SignUp": func(trigger.Event) (any, error) { return map[string]any{"emailMessage": body}, nil }})
		_, err := k.signUpAs("ann@example.test")
		if k.refused(err, TriggerMalformed); err == nil {
			t.Error(name)
		}
		k.missing("ann@example.test") // nobody is left half made
	}
}

func TestCustomMessageThatFailsLeavesNobody(t *testing.T) {
	k := newKit(t)
	k.trigger(handlers{"CustomMessage_SignUp": func(trigger.Event) (any, error) { return nil, errors.New("no template") }})
	_, err := k.signUpAs("ann@example.test")
	k.refused(err, TriggerRefused)
	k.missing("ann@example.test")
}

func TestCustomSenderTakesTheMessage(t *testing.T) {
	k := newKit(t)
	var seen trigger.Event
	k.trigger(handlers{"CustomEmailSender_SignUp": func(e trigger.Event) (any, error) { seen = e; return nil, nil }})
	k.pool(func(p *Pool) {
		p.LambdaConfig.CustomEmailSender = &trigger.Versioned{LambdaARN: "t", LambdaVersion: "V1_0"}
	})
	if _, err := k.signUpAs("ann@example.test"); err != nil {
		t.Fatal(err)
	}
	sent := k.last("ann@example.test", message.SignUp)
	done, err := k.core.SendByTrigger(t.Context(), sent.Message, sent.secrets)
	if err != nil || !done {
		t.Fatalf("done %v: %v", done, err)
	}
	request := requestOf(t, seen)
	code, err := base64.StdEncoding.DecodeString(request["code"].(string))
	if err != nil || string(code) != sent.code() || request["type"] != mailRequest || request["clientMetadata"].(map[string]any)["from"] != "app" {
		t.Errorf("shown %v: %v", request, err)
	}
	done, err = k.core.SendByTrigger(t.Context(), message.Message{Kind: message.PasswordChanged, Pool: sent.Pool, User: sent.User, Channel: message.Email}, nil)
	if err != nil || done {
		t.Errorf("a notice without a code: done %v, %v", done, err)
	}
}
