package trigger_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"poolhouse.dev/identity/trigger"
)

// Whatever comes back, what is answered is an object that was in it.
func FuzzReadAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"response":{}}`, `{"response":{"a":[1,{"b":null}]},"request":{}}`, `null`, `[]`, `{"response":null}`, `{"Response":{}}`,
		` { "response" : { } } `, `{"response":{},"response":[]}`, `{"response":{"a":"\ud800"}}`, "{\"response\":{\"\xff\":1}}", `{"response":{}} x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := trigger.ReadAnswer(body)
		if err != nil {
			if got != nil {
				t.Errorf("answered %q beside %v", got, err)
			}
			return
		}
		var object map[string]any
		if json.Unmarshal(got, &object) != nil || object == nil || !utf8.Valid(got) {
			t.Errorf("%q is no object", got)
		}
		var event struct{ Response json.RawMessage }
		if len(body) > trigger.MaxAnswer || json.Unmarshal(body, &event) != nil {
			t.Errorf("%q was taken", body)
		}
	})
}

func TestKindsAreReadAsPeopleWriteThem(t *testing.T) {
	for _, text := range []string{"pre_sign_up", "pre-sign-up", "PreSignUp", "presignup"} {
		if kind, ok := trigger.ParseKind(text); !ok || kind != trigger.PreSignUp {
			t.Errorf("%s: %s", text, kind)
		}
	}
	if kind, ok := trigger.ParseKind("post_sign_up"); ok {
		t.Errorf("post_sign_up is %s", kind)
	}
}

func TestWhatIsAttached(t *testing.T) {
	c := trigger.Config{
		PostConfirmation: "a.ts", PreSignUp: "b.ts", PreTokenGeneration: "c.ts",
		PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: "d.ts", LambdaVersion: "V2_0"}, CustomSMSSender: &trigger.Versioned{LambdaARN: "e.ts"},
	}
	var got []string
	for _, a := range c.Attached() {
		got = append(got, a.Field+"="+a.LambdaARN)
	}
	equal(t, "attached", got, "pre_sign_up=b.ts", "post_confirmation=a.ts", "pre_token_generation_config.lambda_arn=d.ts", "custom_sms_sender.lambda_arn=e.ts")
}

func TestAnAnswerHasAtMost256KiB(t *testing.T) {
	fill := func(size int) []byte {
		frame := `{"response":{"a":""}}`
		return []byte(strings.Replace(frame, `""`, `"`+strings.Repeat("x", size-len(frame))+`"`, 1))
	}
	if _, err := trigger.ReadAnswer(fill(256 << 10)); err != nil {
		t.Error(err)
	}
	if _, err := trigger.ReadAnswer(fill(256<<10 + 1)); err == nil {
		t.Error("one byte more was taken")
	}
}
