package dpop

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/oauthtest"
)

func TestEveryAlgorithm(t *testing.T) {
	for _, alg := range jws.Asymmetric {
		t.Run(alg, func(t *testing.T) {
			key := oauthtest.NewKey(t, alg)
			got := holds(t, toToken(), key.Proof(t, "POST", endpoint, noon, nil))
			if got.Key != key.Thumbprint(t) || !got.At.Equal(noon) || !got.Until.After(noon.Add(window)) {
				t.Errorf("answered %+v", got)
			}
		})
	}
}

func TestTheSameProofHasTheSameID(t *testing.T) {
	key, other := oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	same := change("claims.jti", "one")
	first := holds(t, toToken(), key.Proof(t, "POST", endpoint, noon, same))
	again := holds(t, toToken(), key.Proof(t, "POST", endpoint, noon, same))
	if first.ID != again.ID {
		t.Error("a jti that comes twice goes unseen")
	}
	if holds(t, toToken(), other.Proof(t, "POST", endpoint, noon, same)).ID == first.ID {
		t.Error("one client uses up another's jti")
	}
}

func TestNonces(t *testing.T) {
	n := Nonces{MAC: func(text string) []byte { sum := sha256.Sum256([]byte("key" + text)); return sum[:] }}
	want := toToken()
	want.NonceOK = func(nonce string) bool { return n.Good(nonce, noon) }
	key := oauthtest.NewKey(t, "ES256")
	proof := func(nonce any, made time.Time) []string {
		return []string{key.Proof(t, "POST", endpoint, made, change("claims.nonce", nonce))}
	}
	for name, c := range map[string]struct {
		nonce any
		good  bool
	}{
		"of now": {n.At(noon), true}, "of the window before": {n.At(noon.Add(-nonceWindow)), true},
		"of two windows before": {n.At(noon.Add(-2 * nonceWindow)), false}, "of a time to come": {n.At(noon.Add(nonceWindow)), false},
		"none": {nil, false}, "made up": {"abc", false}, "empty": {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Check(proof(c.nonce, noon), want)
			if c.good && err != nil || !c.good && !errors.Is(err, ErrNonce) {
				t.Errorf("answered %v", err)
			}
		})
	}
	t.Run("a nonce tells the time to a client whose clock is wrong", func(t *testing.T) {
		holds(t, want, proof(n.At(noon), noon.Add(-3*time.Hour))...)
	})
	t.Run("a nonce does not mend what else is wrong", func(t *testing.T) {
		other := want
		other.Method = "GET"
		fails(t, "its htm", other, proof(n.At(noon), noon)...)
	})
	t.Run("a nonce is no number to count on", func(t *testing.T) {
		if a, b := n.At(noon), n.At(noon.Add(nonceWindow)); a == b || len(a) != 32 {
			t.Errorf("%q then %q", a, b)
		}
	})
}

func TestAttackProofs(t *testing.T) {
	key := oauthtest.NewKey(t, "ES256")
	good := key.Proof(t, "POST", endpoint, noon, nil)
	parts := strings.Split(good, ".")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short := &oauthtest.Key{Algorithm: "PS256", ID: "weak", Private: weak}
	for name, c := range map[string]struct{ proof, reason string }{
		"the public key as an HMAC secret":    {key.Proof(t, "POST", endpoint, noon, change("header.alg", "HS256")), "algorithm"},
		"a critical extension":                {key.Proof(t, "POST", endpoint, noon, change("header.crit", []string{"exp"})), "crit"},
		"an unencoded payload":                {key.Proof(t, "POST", endpoint, noon, change("header.b64", true)), "b64"},
		"RSA of 1024 bits":                    {short.Proof(t, "POST", endpoint, noon, nil), "too weak"},
		"a symmetric jwk":                     {key.Proof(t, "POST", endpoint, noon, change("header.jwk", map[string]any{"kty": "oct", "k": "AAAA"})), "header cannot be read"},
		"a jwk for another alg":               {key.Proof(t, "POST", endpoint, noon, jwkAlgorithm("ES384")), "alg of its jwk"},
		"no signature":                        {parts[0] + "." + parts[1] + ".", "signature"},
		"claims of another proof":             {parts[0] + "." + strings.Split(key.Proof(t, "GET", resource, noon, nil), ".")[1] + "." + parts[2], "signature"},
		"JSON serialisation":                  {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, "no compact JWS"},
		"longer than 8 KiB":                   {key.Proof(t, "POST", endpoint, noon, change("claims.pad", strings.Repeat("x", 9000))), "too long"},
		"a claim twice":                       {key.SignRaw(t, headerOf(t, good), `{"jti":"a","htm":"GET","htm":"POST","htu":"`+endpoint+`","iat":1772366400}`), "claims cannot be read"},
		"a claim in another case":             {key.SignRaw(t, headerOf(t, good), `{"jti":"a","HTM":"POST","htu":"`+endpoint+`","iat":1772366400}`), "its htm"},
		"a user in htu":                       {key.Proof(t, "POST", "https://login.example.test@evil.example.test/oauth2/token", noon, nil), "its htu"},
		"a path that only looks the same":     {key.Proof(t, "POST", "https://login.example.test/oauth2%2Ftoken", noon, nil), "its htu"},
		"htu of http":                         {key.Proof(t, "POST", "http://login.example.test/oauth2/token", noon, nil), "its htu"},
		"htm in another case":                 {key.Proof(t, "post", endpoint, noon, nil), "its htm"},
		"iat far beyond what dates can be":    {key.Proof(t, "POST", endpoint, noon, change("claims.iat", 1e300)), "claims cannot be read"},
		"iat that is null":                    {key.SignRaw(t, headerOf(t, good), `{"jti":"a","htm":"POST","htu":"`+endpoint+`","iat":null}`), "claims cannot be read"},
		"claims that are no object":           {key.SignRaw(t, headerOf(t, good), `[]`), "claims cannot be read"},
		"claims that are null":                {key.SignRaw(t, headerOf(t, good), `null`), "its jti"},
		"two proofs in one header (RFC 9110)": {good + "," + good, "no compact JWS"},
	} {
		t.Run(name, func(t *testing.T) { fails(t, c.reason, toToken(), c.proof) })
	}
}

func TestEveryCheckNamesItsClause(t *testing.T) {
	for _, c := range append(headerChecks, claimChecks...) {
		if !strings.HasPrefix(c.clause, "RFC ") || !strings.Contains(c.clause, "§") {
			t.Errorf("%q names no clause", c.clause)
		}
	}
}

func jwkAlgorithm(alg string) func(header, claims map[string]any) {
	return func(header, _ map[string]any) {
		public := header["jwk"]
		header["jwk"] = withAlgorithm(public, alg)
	}
}

// The proof and the thumbprint that RFC 9449 prints (§4.1, §6.1).
func TestTheExampleOfTheRFC(t *testing.T) {
	const proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMi" +
		"LCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6" +
		"Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
	got := holds(t, Want{Method: "POST", URL: "https://server.example.com/token", Now: time.Unix(1562262616, 0)}, proof)
	if got.Key != "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" {
		t.Errorf("key %q", got.Key)
	}
}

func TestAddressesAreComparedAsAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"no path is the root":          {"https://a.test", "https://a.test/", true},
		"http has port 80":             {"http://a.test:80/x", "http://a.test/x", true},
		"443 is not the port of http":  {"http://a.test:443/x", "http://a.test/x", false},
		"paths have a case":            {"https://a.test/X", "https://a.test/x", false},
		"a slash at the end is a path": {"https://a.test/x/", "https://a.test/x", false},
		"no host":                      {"https:///x", "https:///x", false},
		"no address":                   {"%", "%", false},
		"opaque":                       {"urn:x:y", "urn:x:y", false},
	} {
		t.Run(name, func(t *testing.T) {
			if sameURL(c.a, c.b) != c.same {
				t.Errorf("%q, %q: not %v", c.a, c.b, c.same)
			}
		})
	}
}
