package config

import (
	"encoding/json"
	"errors"
	"testing"
)

func textOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzParse: whatever the text, the parser answers settings or mistakes, and
// every mistake is told in one line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "# nothing", "listen: :8080", "pools: [{id: a_b, clients: [{client_name: x}]}]", "a: &a [*a]", "listen: ${HOME}", "listen: $${x}",
		"pools:\n  - users: [{username: ann, user_attributes: {email: a@b.test}}]", "---\n---", "? [a]\n: b", "listen: !!binary aGk=", "<<: {listen: a}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		parsed, err := Parse("f.yaml", text, environment("HOME", "/home/ann"))
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("the error is no list of mistakes: %v", err)
		}
		if err == nil {
			parsed.fillPools()
			if _, err := Shown(parsed.File); err != nil {
				t.Fatalf("what was read cannot be shown: %v", err)
			}
		}
	})
}
