package cognito

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/test/kit"
)

// TestTheLogSaysWhatWasCalled: at the root the path tells neither the operation nor
// the pool.
func TestTheLogSaysWhatWasCalled(t *testing.T) {
	t.Parallel()
	s := start(t, func(config kit.Map) {
		config["pools"] = append(config["pools"].(kit.List), kit.Map{"id": "local_other", "pool_name": "Other",
			"clients": kit.List{kit.Map{"client_name": "Other", "client_id": "other", "explicit_auth_flows": flows}},
			"users":   kit.List{kit.Map{"username": "zoe@example.test", "password": password, "user_attributes": kit.Map{"email": "zoe@example.test", "email_verified": "true"}}}})
	})
	g := newGoSDK(s, keyID, keySecret)
	other := to("local_other")
	do(t, g, g.ListUsers, &cip.ListUsersInput{UserPoolId: other})
	do(t, g, g.ListUserPools, &cip.ListUserPoolsInput{MaxResults: to(int32(9))})
	in := do(t, g, g.InitiateAuth, &cip.InitiateAuthInput{AuthFlow: "USER_PASSWORD_AUTH", ClientId: to("other"),
		AuthParameters: map[string]string{"USERNAME": "zoe@example.test", "PASSWORD": password}})
	do(t, g, g.GetUser, &cip.GetUserInput{AccessToken: in.AuthenticationResult.AccessToken})
	do(t, g, g.ListTagsForResource, &cip.ListTagsForResourceInput{ResourceArn: to("arn:aws:cognito-idp:local:000000000000:userpool/local_other")})
	do(t, g, g.ListGroups, &cip.ListGroupsInput{UserPoolId: &g.pool})
	want := map[string]string{"ListUsers": "local_other", "ListUserPools": "", "InitiateAuth": "local_other", "GetUser": "local_other",
		"ListTagsForResource": "local_other", "ListGroups": g.pool}
	for operation, pool := range called(s) {
		if want[operation] != pool {
			t.Errorf("%s is logged with the pool %q, want %q", operation, pool, want[operation])
		}
		delete(want, operation)
	}
	if len(want) > 0 {
		t.Errorf("not in the log: %v", want)
	}
}

// called answers the operations of the server's log and their pools.
func called(s *kit.Server) map[string]string {
	all := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(s.Log())); lines.Scan(); {
		var line struct{ Msg, Operation, Pool string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "request" && line.Operation != "" {
			all[line.Operation] = line.Pool
		}
	}
	return all
}
