package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"poolhouse.dev/web/internal/webtest"
)

func TestAttackClientSecretsGuessed(t *testing.T) {
	h := webtest.Start(t)
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"} {
		guess := func(address, secret string) *http.Response {
			req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+path, strings.NewReader("grant_type=client_credentials&token=x"))
			req.Header.Set("Content-Type", formType)
			req.RemoteAddr = address + ":4000"
			req.SetBasicAuth("app", secret)
			return h.Do(req)
		}
		address := "192.0.2." + map[string]string{"/oauth2/token": "1", "/oauth2/revoke": "2", "/oauth2/introspect": "3"}[path]
		for range 20 {
			if got := guess(address, "wrong"); got.StatusCode != http.StatusUnauthorized {
				t.Fatalf("%s answers a wrong secret %d", path, got.StatusCode)
			}
		}
		if got := guess(address, webtest.Secret); got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s answers the 21st guess %d", path, got.StatusCode)
		}
		if got := guess("192.0.2.99", webtest.Secret); got.StatusCode == http.StatusTooManyRequests {
			t.Errorf("%s is shut for everybody", path)
		}
	}
}
