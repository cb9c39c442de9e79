package oauthtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"testing"
)

// HMAC answers a compact JWS of the claims under a secret (HS256).
func HMAC(t testing.TB, secret string, claims map[string]any) string {
	t.Helper()
	text := Base64(`{"alg":"HS256"}`) + "." + Base64(string(encode(t, without(claims))))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + Base64(string(mac.Sum(nil)))
}
