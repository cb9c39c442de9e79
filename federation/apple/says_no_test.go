package apple

import (
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

// https://developer.apple.com/documentation/signinwithapplerestapi/errorresponse
func TestApplesWaysToSayNo(t *testing.T) {
	u := federationtest.Start(t)
	_, der := newKey(t, elliptic.P256())
	p := open(t, settings(u, der), u)
	federationtest.Bound(t, federationtest.Query(t, federationtest.Begin(t, p).URL), false, true) // no PKCE: Apple has no such parameter
	u.SaysNo(p, "POST",
		federationtest.No{Query: "error=user_cancelled_authorize", Code: federation.Denied, Reason: "user_cancelled_authorize"},
		federationtest.No{Query: "error=invalid_request", Code: federation.Refused, Reason: "invalid_request"},
		federationtest.No{Query: `user={"name":{"firstName":"Ann"}}`, Code: federation.Invalid},
		federationtest.No{Status: 400, Body: `{"error":"invalid_grant","error_description":"The code has expired or has been revoked."}`, Code: federation.Refused, Reason: "invalid_grant"},
		federationtest.No{Status: 400, Body: `{"error":"invalid_client"}`, Code: federation.Misconfigured, Reason: "invalid_client"},
		federationtest.No{Status: 400, Body: `{"error":"unauthorized_client"}`, Code: federation.Misconfigured, Reason: "unauthorized_client"},
		federationtest.No{Status: 400, Body: `{"error":"invalid_scope"}`, Code: federation.Refused, Reason: "invalid_scope"},
		federationtest.No{Status: 503, Body: ``, Code: federation.Unreachable, Reason: "503"},
	)
}

// https://developer.apple.com/documentation/signinwithapple/verifying-a-user
func TestTheIdentityTokenIsApplesAndForUs(t *testing.T) {
	for name, row := range map[string]struct {
		claims map[string]any
		right  bool
	}{
		"as documented": {nil, true}, "another nonce": {map[string]any{"nonce": "x"}, false}, "no nonce": {map[string]any{"nonce": nil}, false},
		"another issuer": {map[string]any{"iss": "https://account.apple.example"}, false}, "another app": {map[string]any{"aud": "test.example.other"}, false},
		"expired": {map[string]any{"exp": 1}, false}, "nobody": {map[string]any{"sub": ""}, false},
	} {
		u := federationtest.Start(t)
		_, der := newKey(t, elliptic.P256())
		u.Claims = func(claims map[string]any) { maps.Copy(claims, row.claims) }
		answer, err := signIn(t, u, open(t, settings(u, der), u), "")
		if (err == nil) != row.right || (answer.Subject != "") != row.right {
			t.Errorf("%s: %+v %v", name, answer, err)
		}
	}
}

// Apple signs with RSA, and publishes several keys.
func TestAnyOfApplesKeysWillDo(t *testing.T) {
	keys := make([]*rsa.PrivateKey, 3)
	var set jose.JSONWebKeySet
	for i := range keys {
		var err error
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: keys[i].Public(), KeyID: "key-" + string(rune('a'+i)), Algorithm: "RS256", Use: "sig"})
	}
	for i, kid := range []string{"key-a", "key-b", "key-c", "key-d"} {
		u := federationtest.Start(t)
		_, der := newKey(t, elliptic.P256())
		u.Keys = func() any { return set }
		u.Sign = func(claims map[string]any) string {
			return federationtest.Sign(t, jose.RS256, keys[i%3], map[jose.HeaderKey]any{"kid": kid}, claims)
		}
		answer, err := signIn(t, u, open(t, settings(u, der), u), "")
		if known := kid != "key-d"; (err == nil) != known || (answer.Subject != "") != known {
			t.Errorf("%s: %v", kid, err)
		}
	}
}

// email_verified and is_private_email come as text or as a boolean; a managed
// account may have no address at all.
func TestAnAddressIsVerifiedAsAppleSaysIt(t *testing.T) {
	for name, row := range map[string]struct {
		claims map[string]any
		want   bool
	}{
		"text": {map[string]any{"email_verified": "true"}, true}, "boolean": {map[string]any{"email_verified": true, "is_private_email": false}, true},
		"not": {map[string]any{"email_verified": "false"}, false}, "not, boolean": {map[string]any{"email_verified": false}, false},
		"no address": {map[string]any{"email": nil}, false},
	} {
		u := federationtest.Start(t)
		_, der := newKey(t, elliptic.P256())
		u.Claims = func(claims map[string]any) { maps.Copy(claims, row.claims) }
		if answer, err := signIn(t, u, open(t, settings(u, der), u), ""); err != nil || answer.EmailVerified != row.want || strings.Contains(name, "no address") && answer.Claims["email"] != nil {
			t.Errorf("%s: %+v %v", name, answer, err)
		}
	}
}
