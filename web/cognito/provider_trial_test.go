package cognito

import (
	"strings"
	"testing"
	"time"
)

func TestATestLinkIsMadeForAProviderThatIsThere(t *testing.T) {
	s := start(t)
	s.makesUp()
	var out CreateProviderTestLinkResponse
	s.calls(AdminTarget+"CreateProviderTestLink", OneProvider{UserPoolID: pool, ProviderName: "Upper"}, &out)
	if !strings.HasPrefix(string(out.Link), "https://login.example.test/login/provider/test?link=") || !time.Time(*out.ExpiresAt).After(time.Unix(1777809600, 0)) {
		t.Errorf("answered %q until %v", string(out.Link), out.ExpiresAt)
	}
	_, name, body := s.says(AdminTarget+"CreateProviderTestLink", `{"UserPoolId":"local_main","ProviderName":"Down"}`)
	if name != "ResourceNotFoundException" {
		t.Errorf("%s %s", name, body)
	}
}
