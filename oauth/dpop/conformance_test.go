package dpop

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/oauth/oauthtest"
)

// The modules of the FAPI 2.0 Security Profile plan that are about proofs.

func TestFAPI2DPoPNegativeTests(t *testing.T) {
	key := oauthtest.NewKey(t, "ES256")
	good := func(change func(header, claims map[string]any)) string { return atResource(t, key, change) }
	for name, c := range map[string]struct {
		proofs []string
		reason string
	}{
		"two DPoP headers":   {[]string{good(nil), good(nil)}, "one DPoP header"},
		"no proof":           {nil, "one DPoP header"},
		"not a JWT":          {[]string{"not a JWT"}, "no compact JWS"},
		"no typ":             {[]string{good(change("header.typ", nil))}, "its typ"},
		"wrong typ":          {[]string{good(change("header.typ", "JWT"))}, "its typ"},
		"no alg":             {[]string{good(change("header.alg", nil))}, "another algorithm"},
		"alg none":           {[]string{good(change("header.alg", "none"))}, "another algorithm"},
		"a symmetric alg":    {[]string{good(change("header.alg", "HS256"))}, "another algorithm"},
		"no jwk":             {[]string{good(change("header.jwk", nil))}, "no jwk"},
		"jwk with d":         {[]string{good(change("header.jwk", private(t, key)))}, "header cannot be read"},
		"bad signature":      {[]string{spoil(good(nil))}, "signature"},
		"no jti":             {[]string{good(change("claims.jti", nil))}, "its jti"},
		"no htm":             {[]string{good(change("claims.htm", nil))}, "its htm"},
		"no htu":             {[]string{good(change("claims.htu", nil))}, "its htu"},
		"no iat":             {[]string{good(change("claims.iat", nil))}, "its iat is missing"},
		"no ath":             {[]string{good(change("claims.ath", nil))}, "its ath"},
		"wrong htm":          {[]string{good(change("claims.htm", "PUT"))}, "its htm"},
		"wrong htu":          {[]string{good(change("claims.htu", "https://api.example.test/"))}, "its htu"},
		"wrong ath":          {[]string{good(change("claims.ath", oauthtest.Hash("another token")))}, "its ath"},
		"iat an hour ago":    {[]string{good(change("claims.iat", noon.Add(-time.Hour).Unix()))}, "five minutes"},
		"iat an hour ahead":  {[]string{good(change("claims.iat", noon.Add(time.Hour).Unix()))}, "five minutes"},
		"iat is text":        {[]string{good(change("claims.iat", "now"))}, "claims cannot be read"},
		"jti of 300 letters": {[]string{good(change("claims.jti", strings.Repeat("j", 300)))}, "its jti"},
	} {
		t.Run(name, func(t *testing.T) { fails(t, c.reason, toResource(), c.proofs...) })
	}
	t.Run("another key than the token's is told by its thumbprint", func(t *testing.T) {
		other := oauthtest.NewKey(t, "ES256")
		got := holds(t, toResource(), atResource(t, other, nil))
		if got.Key == key.Thumbprint(t) || got.Key != other.Thumbprint(t) {
			t.Errorf("key %q", got.Key)
		}
	})
	for name, c := range map[string]func(header, claims map[string]any){
		"htu with a query":                 change("claims.htu", resource+"?a=b"),
		"htu with a fragment":              change("claims.htu", resource+"#a"),
		"further claims":                   change("claims.extra", map[string]any{"a": 1}),
		"host in another case":             change("claims.htu", "https://LOGIN.example.TEST/oauth2/userInfo"),
		"scheme in another case":           change("claims.htu", "HTTPS://login.example.test/oauth2/userInfo"),
		"the scheme's own port":            change("claims.htu", "https://login.example.test:443/oauth2/userInfo"),
		"a date with a fraction of second": change("claims.iat", float64(noon.Unix())+0.25),
	} {
		t.Run("accepted: "+name, func(t *testing.T) { holds(t, toResource(), atResource(t, key, c)) })
	}
}

func TestFAPI2CheckDPoPProofNbfExp(t *testing.T) {
	key := oauthtest.NewKey(t, "ES256")
	within := func(_, claims map[string]any) {
		claims["nbf"], claims["exp"] = noon.Unix(), noon.Add(5*time.Minute).Unix()
	}
	holds(t, toToken(), key.Proof(t, "POST", endpoint, noon, within))
	fails(t, "its exp", toToken(), key.Proof(t, "POST", endpoint, noon, change("claims.exp", noon.Add(-time.Hour).Unix())))
	fails(t, "its nbf", toToken(), key.Proof(t, "POST", endpoint, noon, change("claims.nbf", noon.Add(time.Hour).Unix())))
}

func TestFAPI2DPoPProofWithIat10SecondsBefore(t *testing.T) {
	holds(t, toToken(), oauthtest.NewKey(t, "ES256").Proof(t, "POST", endpoint, noon.Add(-10*time.Second), nil))
}

func TestFAPI2DPoPProofWithIat10SecondsAfter(t *testing.T) {
	holds(t, toToken(), oauthtest.NewKey(t, "ES256").Proof(t, "POST", endpoint, noon.Add(10*time.Second), nil))
}

// private answers the JWK of a key with its private half.
func private(t *testing.T, key *oauthtest.Key) any {
	t.Helper()
	whole := key.Public()
	whole.Key = key.Private
	raw, err := json.Marshal(whole)
	if err != nil || !strings.Contains(string(raw), `"d"`) {
		t.Fatal(err, string(raw))
	}
	return json.RawMessage(raw)
}

// spoil alters the first letter of the signature.
func spoil(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	letter := "A"
	if token[at] == 'A' {
		letter = "B"
	}
	return token[:at] + letter + token[at+1:]
}
