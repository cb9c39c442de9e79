package cognito

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
)

// listens is a trigger that keeps the last event, and has no objection.
type listens struct{ last trigger.Event }

// Run is the seam to other people's code.
func (l *listens) Run(_ context.Context, call trigger.Call) (json.RawMessage, error) {
	l.last = call.Event
	return json.RawMessage(`{}`), nil
}

// hears attaches a pre token generation trigger.
func (a *apps) hears() *listens {
	a.Helper()
	l := &listens{}
	a.handler.Admin.Core.Triggers = l
	a.pool(func(p *identity.Pool) { p.LambdaConfig = trigger.Config{PreTokenGeneration: "t"} })
	return l
}

// tokensOf holds the last event against Cognito's of that source, for ann.
func (l *listens) tokensOf(t *testing.T, source string) {
	t.Helper()
	text := encode(t, l.last)
	begin := `{"version":"1","triggerSource":"` + source + `","region":"local","userPoolId":"local_main","userName":"` + l.last.UserName +
		`","callerContext":{"awsSdkVersion":"app/1","clientId":"` + string(mobile) + `"},"request":{"userAttributes":{"cognito:user_status":"CONFIRMED","email":"` + ann + `"`
	end := `"sub":"` + l.last.UserName + `"},"groupConfiguration":{"groupsToOverride":[],"iamRolesToOverride":[],"preferredRole":""},"clientMetadata":{}},` +
		`"response":{"claimsOverrideDetails":null}}`
	if !strings.HasPrefix(text, begin) || !strings.HasSuffix(text, end) {
		t.Errorf("event\n%s\nwant\n%s…%s", text, begin, end)
	}
}
