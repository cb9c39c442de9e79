package cognito

import (
	"encoding/json"
	"strings"
	"testing"
)

// A key that only reads must not be enough to become a client, or to be this
// server at somebody else's.
func TestAttackReaderTakesSecrets(t *testing.T) {
	s := start(t)
	owner, reader := Caller{Kind: Owner}, Caller{Kind: AccessKey, ReadOnly: true}
	const own = "a-secret-of-the-client-that-is-long"
	kind, answer := s.as(owner, Target+"CreateUserPoolClient", `{"UserPoolId":"local_main","ClientName":"app","ClientSecret":"`+own+`"}`)
	var made ClientResponse
	if err := json.Unmarshal([]byte(answer), &made); err != nil || kind != "" {
		t.Fatalf("%s %s: %v", kind, answer, err)
	}
	if kind, answer = s.as(owner, Target+"CreateIdentityProvider", `{`+upBody+`,"ProviderType":"OIDC","ProviderDetails":{"client_id":"c","client_secret":"the secret","oidc_issuer":"https://up.example.test"}}`); kind != "" {
		t.Fatal(answer)
	}
	client := `{"UserPoolId":"local_main","ClientId":"` + string(made.UserPoolClient.ClientID) + `"}`
	for body, target := range map[string]string{
		client: "DescribeUserPoolClient", `{"UserPoolId":"local_main","ProviderName":"Upper"}`: "DescribeIdentityProvider",
	} {
		secret := strings.NewReplacer("DescribeUserPoolClient", own, "DescribeIdentityProvider", "the secret").Replace(target)
		if _, answer := s.as(owner, Target+target, body); !strings.Contains(answer, secret) {
			t.Errorf("%s for an owner: %s", target, answer)
		}
		if kind, answer := s.as(reader, Target+target, body); kind != "" || strings.Contains(answer, "ecret\":\"") {
			t.Errorf("%s for a reader: %s %s", target, kind, answer)
		}
	}
}
