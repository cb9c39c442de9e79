package cognito

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// TestJWTVerify lets aws-jwt-verify check our tokens: it is told the issuer, and
// fetches keys by https, at the root and at the path that Cognito has them at.
func TestJWTVerify(t *testing.T) {
	t.Parallel()
	secure, certificate := kit.WithTLS(t)
	s := start(t, secure)
	n := node(t, "verify.cjs", "aws-jwt-verify", "NODE_EXTRA_CA_CERTS="+certificate)
	in := annSignsIn(t, s)
	access, id := in.at(t, "AuthenticationResult", "AccessToken"), in.at(t, "AuthenticationResult", "IdToken")
	for _, keys := range []string{s.URL + "/.well-known/jwks.json", s.URL + "/" + kit.PoolID + "/.well-known/jwks.json"} {
		n.does(t, "verify", s.URL, keys, "access", apiClient, access).is(t, "access", "token_use")
		n.does(t, "verify", s.URL, keys, "id", apiClient, id).is(t, "ann@example.test", "email")
	}
	keys := s.URL + "/.well-known/jwks.json"
	n.fails(t, "JwtInvalidIssuerError", "verify", s.URL+"/"+kit.PoolID, keys, "access", apiClient, access)
	n.fails(t, "JwtInvalidAudienceError", "verify", s.URL, keys, "id", secretClient, id)
	n.fails(t, "JwtInvalidSignatureError", "verify", s.URL, keys, "access", apiClient, tampered(access))
}

// tampered answers the token with another signature of the same length.
func tampered(token string) string {
	at := strings.LastIndex(token, ".") + 1
	return token[:at] + strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, token[at:])
}

// annSignsIn signs in with nothing but HTTP.
func annSignsIn(t *testing.T, s *kit.Server) answer {
	t.Helper()
	body, _ := json.Marshal(object{"ClientId": apiClient, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann@example.test", "PASSWORD": kit.AnnPassword}})
	req, err := http.NewRequest(http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth")
	res, err := kit.AnyCertificate.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&raw); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", res.Status, raw, err)
	}
	return answer(raw)
}
