package trigger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
	"poolhouse.dev/storage"
)

// prints attaches a handler that answers response and prints lines.
func (k *kit) prints(response string, lines ...string) {
	k.t.Helper()
	text, err := json.Marshal(lines)
	if err != nil {
		k.t.Fatal(err)
	}
	k.url = filepath.Join(k.t.TempDir(), "trigger.js")
	handler := fmt.Sprintf("exports.handler = async (event) => { for (const line of %s || []) console.log(line); event.response = %s; return event; };", text, response)
	if err := os.WriteFile(k.url, []byte(handler), 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.Scripts = script.New(script.Options{})
}

func TestTheLastHundredRunsAreKept(t *testing.T) {
	k := start(t, nil)
	k.prints(`{}`)
	other := k.call(nil)
	other.Kind = trigger.CustomMessage
	if _, err := k.Run(context.Background(), other); err != nil {
		t.Fatal(err)
	}
	for i := range 130 {
		k.prints(`{}`, fmt.Sprint("run ", i))
		k.pass(time.Second)
		k.run(trigger.Answered, "")
	}
	all := k.last(trigger.PreSignUp)
	if len(all) != 100 || all[0].Console[0] != "run 129" || all[99].Console[0] != "run 30" {
		t.Fatalf("%d runs, the newest %+v, the oldest %+v", len(all), all[0], all[len(all)-1])
	}
	if whole := k.last(""); len(whole) != 101 || whole[100].Kind != trigger.CustomMessage {
		t.Errorf("of all triggers: %d", len(whole))
	}
	some, err := k.Runs.Last(context.Background(), "local_main", "", 5)
	if err != nil || len(some) != 5 || some[0].Console[0] != "run 129" {
		t.Errorf("the last five: %+v, %v", some, err)
	}
}

func TestARunSaysWhatHappened(t *testing.T) {
	k := start(t, nil)
	k.prints(`{}`, "hello")
	k.run(trigger.Answered, "")
	got := k.last(trigger.PreSignUp)[0]
	if got.Source != "PreSignUp_SignUp" || got.Target != k.url || got.Tries != 1 || got.Outcome != trigger.Answered || !got.At.Equal(k.now()) {
		t.Errorf("%+v", got)
	}
	if _, run := k.Test(context.Background(), k.call(nil)); !run.Test || !k.last(trigger.PreSignUp)[0].Test {
		t.Errorf("a test is not marked: %+v", run)
	}
}

func TestNoSecretOfAnEventIsKept(t *testing.T) {
	k := start(t, nil)
	request := map[string]any{
		"password": "correct horse", "code": "123456", "challengeAnswer": "42", "userAttributes": map[string]any{"name": "Ann"},
		"privateChallengeParameters": map[string]any{"answer": "7"}, "clientMetadata": map[string]any{"captcha": "03AGdBq25", "lang": "en"},
		"session":    []any{map[string]any{"challengeName": "CUSTOM_CHALLENGE", "challengeMetadata": "CODE-987654"}},
		"attributes": map[string]any{"idToken": map[string]any{"raw": "eyJhbGciOi"}}, "validationData": map[string]any{"k": `quote "it" & more`},
	}
	event, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	k.Use(trigger.Functions{Environment: map[string]string{"API_KEY": "sk-live-0815"}})
	k.prints(`{"privateChallengeParameters":{"answer":"555111"},"challengeMetadata":"CODE-555111"}`,
		string(event), "password correct horse or correct%20horse or correct+horse", "said 42, not 142", "new 555111", "key sk-live-0815",
		`quote "it" & more`, "in en for Ann, 7 7")
	if _, err := k.Run(context.Background(), k.call(request)); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(k.last(trigger.PreSignUp)[0].Console, "\n")
	for _, leak := range []string{"horse", "123456", "\"42\"", "said 42", "03AGdBq25", "987654", "eyJhbGciOi", "555111", "0815", "quote", `"7"`, "Ann, 7"} {
		if strings.Contains(text, leak) {
			t.Errorf("kept %s in:\n%s", leak, text)
		}
	}
	for _, rest := range []string{"Ann", "in en for", "not 142", "CUSTOM_CHALLENGE", `"lang":"en"`} {
		if !strings.Contains(text, rest) {
			t.Errorf("hid %s in:\n%s", rest, text)
		}
	}
}

func TestWhatIsPrintedIsKeptWithinBounds(t *testing.T) {
	k := start(t, nil)
	var lines []string
	for range 80 {
		lines = append(lines, strings.Repeat("ü", 700)+"\x1b[31m\n")
	}
	k.prints(`{}`, lines...)
	k.run(trigger.Answered, "")
	got := k.last(trigger.PreSignUp)[0].Console
	if len(got) != 51 || got[50] != "… and more" || len([]rune(got[0])) != 500 || strings.ContainsAny(got[0], "\x1b\n") {
		t.Errorf("%d lines, the first %q", len(got), got[0])
	}
}

func TestRunsGoWithTheirPool(t *testing.T) {
	k := start(t, nil)
	k.prints(`{}`)
	k.run(trigger.Answered, "")
	k.last("")
	if err := k.Runs.Store.Update(context.Background(), func(w storage.Writer) error { return trigger.DeletePool(w, "local_main") }); err != nil {
		t.Fatal(err)
	}
	if left := k.last(""); len(left) != 0 {
		t.Errorf("%d runs are left", len(left))
	}
}
