package a11y

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// asking lets the app be a device, and ask people by its server.
func asking(m kit.Map) {
	kit.PoolOf(m)["clients"].(kit.List)[0].(kit.Map)["grant_types"] = kit.List{
		"authorization_code", "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba",
	}
}

// begun answers what the app is told that asks at a path.
func begun(t *testing.T, s *kit.Server, path string, form url.Values) map[string]any {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(kit.WebClient, kit.WebSecret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	var told map[string]any
	if err != nil || answer.StatusCode != http.StatusOK || json.Unmarshal(raw, &told) != nil {
		t.Fatalf("%s answers %d: %s, %v", path, answer.StatusCode, raw, err)
	}
	return told
}

func TestPagesOfADevice(t *testing.T) {
	s, a := start(t, asking)
	device := begun(t, s, "/oauth2/device_authorization", url.Values{"scope": {"openid email"}})
	a.Open(t, s.URL+"/device")
	a.both("device")
	a.Enter(t, "user_code", "BBBB-BBBB")
	a.See(t, "This code is not right")
	a.check("device, wrong")
	a.Open(t, s.URL+"/device")
	a.Enter(t, "user_code", device["user_code"].(string))
	a.See(t, "Sign in")
	a.Type(t, "username", ann)
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Let Notes in on your device?")
	a.both("device, confirm")
	a.Press(t, "Allow")
	a.See(t, "You can go back to your device")
	a.both("device, allowed")
}

func TestPageOfRequests(t *testing.T) {
	s, a := start(t, asking)
	begun(t, s, "/oauth2/bc-authorize", url.Values{"scope": {"openid email"}, "login_hint": {ann}, "binding_message": {"W4SCT"}})
	a.Open(t, s.URL+"/account/approvals")
	a.Type(t, "username", ann)
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Requests from apps", "W4SCT")
	a.both("requests")
	a.Press(t, "Deny")
	a.See(t, "The app gets nothing")
	a.both("requests, none")
}
