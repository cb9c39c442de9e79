package cognito

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
	"poolhouse.dev/storage/memory"
)

// triggered is a rig whose pool has triggers of a folder.
func triggered(t *testing.T, files map[string]string) *rig {
	t.Helper()
	s, folder := start(t), t.TempDir()
	config := trigger.Config{PreSignUp: "pre.js", PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: "tokens.js", LambdaVersion: "V2_0"}}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &trigger.Dispatcher{Scripts: script.New(script.Options{}), Runs: &trigger.Runs{Store: memory.Open()}, Now: s.handler.Now}
	d.Use(trigger.Functions{Folder: folder})
	s.handler.Triggers, s.handler.Settings.Triggers = d, d
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{
		ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}, LambdaConfig: config,
	}}}}, nil)
	return s
}

func TestTriggersAreListedTestedAndLookedBackOn(t *testing.T) {
	s := triggered(t, map[string]string{
		"pre.js":    `exports.handler = async (event) => { console.log(event.triggerSource, event.request.password); event.response = { autoConfirmUser: true, name: event.userName }; return event; };`,
		"tokens.js": `exports.handler = async (event) => { throw new Error("version " + event.version); };`,
	})
	test := func(name, event string) (out TestTriggerResponse) {
		t.Helper()
		s.calls(AdminTarget+"TestTrigger", TestTriggerRequest{UserPoolID: pool, Name: name, Event: json.RawMessage(event)}, &out)
		return out
	}
	out := test("PreSignUp", `{"request":{"password":"correct horse"},"userName":"ann"}`)
	if out.Run.Outcome != "answered" || !out.Run.Test || out.Run.Tries != 1 || out.Run.Console[0] != "PreSignUp_SignUp correct horse" {
		t.Errorf("%+v", out.Run)
	}
	if out = test("pre_token_generation", `{"triggerSource":"TokenGeneration_RefreshTokens"}`); out.Run.Outcome != "refused" || out.Run.Message != "version 2" || out.Response != nil {
		t.Errorf("%+v", out)
	}
	var list ListTriggersResponse
	s.calls(AdminTarget+"ListTriggers", OnePool{UserPoolID: pool}, &list)
	if len(list.Triggers) != 2 || list.Triggers[0].Runs != "script" || list.Triggers[0].LastWent != "answered" || list.Triggers[1].Version != "V2_0" || list.Triggers[1].LastWent != "refused" {
		t.Errorf("%+v", list.Triggers)
	}
	var runs ListTriggerRunsResponse
	s.calls(AdminTarget+"ListTriggerRuns", ListTriggerRunsRequest{UserPoolID: pool}, &runs)
	if len(runs.Runs) != 2 {
		t.Fatalf("%+v", runs.Runs)
	}
	s.calls(AdminTarget+"ListTriggerRuns", ListTriggerRunsRequest{UserPoolID: pool, Name: "pre-sign-up", MaxResults: 1}, &runs)
	if len(runs.Runs) != 1 || runs.Runs[0].Console[0] != "PreSignUp_SignUp [hidden]" {
		t.Errorf("%+v", runs.Runs)
	}
}

func TestOnlyTheOwnerAttachesPaths(t *testing.T) {
	s := triggered(t, map[string]string{"pre.js": "exports.handler = async (event) => event;", "tokens.js": "exports.handler = async (event) => event;"})
	for kind, want := range map[CallerKind]bool{Owner: true, AccessKey: false, APIKey: false} {
		_, err := s.handler.applySettings(WithCaller(context.Background(), Caller{Kind: kind}), ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{
			ID: "local_" + identity.PoolID(strings.Repeat("x", int(kind)+1)), Name: "Acme", LambdaConfig: trigger.Config{CustomMessage: "pre.js"},
		}}}})
		if (err == nil) != want {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}

func TestTriggersThatCannotBeTested(t *testing.T) {
	s := triggered(t, map[string]string{"pre.js": "exports.handler = async (event) => event;", "tokens.js": "exports.handler = async (event) => event;"})
	for body, want := range map[string]string{
		`{"UserPoolId":"local_main","Name":"pre_sing_up","Event":{}}`:      "InvalidParameterException Name is one of pre_sign_up",
		`{"UserPoolId":"local_main","Name":"custom_message","Event":{}}`:   "ResourceNotFoundException The pool has no custom_message trigger.",
		`{"UserPoolId":"local_main","Name":"pre_sign_up","Event":[]}`:      "InvalidParameterException Event is the JSON object",
		`{"UserPoolId":"local_other","Name":"pre_sign_up","Event":{}}`:     "ResourceNotFoundException",
		`{"UserPoolId":"local_main","Name":"pre_sign_up","Event":{"v":1}}`: " ",
	} {
		_, name, answer := s.says(AdminTarget+"TestTrigger", body)
		kind, text, _ := strings.Cut(want, " ")
		if name != kind || !strings.Contains(answer, text) {
			t.Errorf("%s: %s %s", body, name, answer)
		}
	}
}
