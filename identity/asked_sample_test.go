package identity

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"poolhouse.dev/identity/trigger"
)

func members(t *testing.T, of any) []string {
	t.Helper()
	all := map[string]any{}
	text, err := json.Marshal(of)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(all))
}

// TestASampleHasTheMembersOfARealEvent, whatever was left out of it.
func TestASampleHasTheMembersOfARealEvent(t *testing.T) {
	k := newKit(t)
	seen := map[string]trigger.Event{}
	all := handlers{}
	for _, source := range []string{signsUp, confirmedSignUp, asksBefore, asksAfter} {
		all[source] = func(e trigger.Event) (any, error) {
			seen[source] = e
			return map[string]any{"autoConfirmUser": true}, nil
		}
	}
	k.trigger(all)
	if _, err := k.signUpAs("ann@example.test"); err != nil {
		t.Fatal(err)
	}
	k.in("ann@example.test", k.origin(1))
	p, err := (&Settings{k.core}).Pool(t.Context(), testPool)
	if err != nil || len(seen) != 4 {
		t.Fatal(len(seen), err)
	}
	for source, real := range seen {
		kind := map[string]trigger.Kind{signsUp: trigger.PreSignUp, confirmedSignUp: trigger.PostConfirmation, asksBefore: trigger.PreAuthentication, asksAfter: trigger.PostAuthentication}[source]
		sample, err := SampleEvent(&p, kind, []byte(`{"request":{"userAttributes":{"email":"ann@example.test"}}}`))
		if err != nil || sample.TriggerSource != source || sample.UserName == "" || sample.Version != real.Version || sample.Region != real.Region || sample.CallerContext.AWSSDKVersion == "" {
			t.Errorf("%s: %+v %v", source, sample, err)
		}
		if got, want := members(t, sample.Request), members(t, real.Request); !slices.Equal(got, want) {
			t.Errorf("%s is asked with %v, and a sample has %v", source, want, got)
		}
		if got, want := members(t, sample.Response), members(t, real.Response); !slices.Equal(got, want) {
			t.Errorf("%s may answer %v, and by a sample %v", source, want, got)
		}
	}
}

func TestASampleKeepsWhatItSays(t *testing.T) {
	p := &Pool{ID: "local_main", LambdaConfig: trigger.Config{PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: "t", LambdaVersion: "V2_0"}}}
	e, err := SampleEvent(p, trigger.PreTokenGeneration, []byte(`{"region":"eu-west-1","userName":"ann","callerContext":{"clientId":"web"},"request":{"userAttributes":{"sub":"s","email":"e"},"scopes":["openid"]},"response":{"x":1}}`))
	if err != nil || e.Region != "eu-west-1" || e.UserName != "ann" || e.CallerContext.ClientID != "web" || e.Version != "2" || e.UserPoolID != "local_main" {
		t.Errorf("%+v %v", e, err)
	}
	text, _ := json.Marshal([]any{e.Request, e.Response})
	const want = `[{"clientMetadata":{},"groupConfiguration":{"groupsToOverride":[],"iamRolesToOverride":[],"preferredRole":""},"scopes":["openid"],` +
		`"userAttributes":{"cognito:user_status":"CONFIRMED","email":"e","sub":"s"}},{"claimsAndScopeOverrideDetails":null,"x":1}]`
	if string(text) != want {
		t.Errorf("%s\n%s", text, want)
	}
	for _, kind := range trigger.Kinds {
		e, err := SampleEvent(p, kind, []byte(`{}`))
		if err != nil || e.TriggerSource == "" || e.UserName != sampleSub {
			t.Errorf("%s: %+v %v", kind, e, err)
		}
	}
	if _, err := SampleEvent(p, trigger.PreSignUp, []byte(`[]`)); err == nil {
		t.Error("a list is an event")
	}
}
