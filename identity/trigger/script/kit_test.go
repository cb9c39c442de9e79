package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
)

// folder writes files and answers where they are.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// handler writes index.js and answers its folder.
func handler(t testing.TB, text string) string {
	t.Helper()
	return folder(t, map[string]string{"index.js": text})
}

// asked is the event that handlers of the tests are given.
const asked = `{"version":"1","triggerSource":"PreSignUp_SignUp","region":"local","userPoolId":"local_main","userName":"ann",
	"callerContext":{"awsSdkVersion":"poolhouse","clientId":"web"},"request":{"userAttributes":{"email":"ann@example.test"}},"response":{}}`

func ask(t testing.TB, e *script.Engine, path string) (string, []string, error) {
	t.Helper()
	return askWith(t, e, trigger.Function{Target: path, Path: path}, trigger.PreSignUp, asked)
}

func askWith(t testing.TB, e *script.Engine, fn trigger.Function, kind trigger.Kind, event string) (string, []string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), trigger.TryTime)
	defer cancel()
	answer, err := e.Invoke(ctx, fn, trigger.Ask{ID: "0198", Call: trigger.Call{Kind: kind}, Body: []byte(event)})
	if err != nil {
		return "", answer.Console, err
	}
	response, err := trigger.ReadAnswer(answer.Body)
	if err != nil {
		return "", answer.Console, trigger.Malformation(err)
	}
	return string(response), answer.Console, nil
}

// answers wants a response.
func answers(t *testing.T, text, want string) {
	t.Helper()
	got, console, err := ask(t, script.New(script.Options{}), handler(t, text))
	if err != nil || got != want {
		t.Errorf("got %s, %v, want %s; it printed %q\n%s", got, err, want, console, text)
	}
}

// fails wants an outcome, and a message where there is one.
func fails(t *testing.T, text string, outcome trigger.Outcome, message string) {
	t.Helper()
	got, _, err := ask(t, script.New(script.Options{}), handler(t, text))
	var failed *trigger.Error
	if !errors.As(err, &failed) {
		t.Fatalf("answered %s, %v\n%s", got, err, text)
	}
	said := failed.Message
	if failed.Err != nil {
		said = failed.Err.Error()
	}
	if failed.Outcome != outcome || said != message {
		t.Errorf("%s: %q, want %s: %q\n%s", failed.Outcome, said, outcome, message, text)
	}
}

// member reads one member of a response.
func member(t *testing.T, response, name string) any {
	t.Helper()
	var plain map[string]any
	if err := json.Unmarshal([]byte(response), &plain); err != nil {
		t.Fatalf("%s: %v", response, err)
	}
	return plain[name]
}
