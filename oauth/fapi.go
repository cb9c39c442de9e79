package oauth

import (
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/keys"
)

// fapiAlgs are the signatures of FAPI 2.0 (Security Profile §5.4.1).
var fapiAlgs = []string{"PS256", "ES256", "EdDSA"}

// fapiCodeLife: FAPI 2.0 Security Profile §5.3.2.1 no. 11: at most a minute.
const fapiCodeLife = time.Minute

// demanded answers a client with its fapi_profile turned into the settings that
// the profile demands; one without a profile as it is. Everything that looks at a
// client sees the answer, so that no endpoint needs to know of FAPI but for what
// no setting says: the life of codes, which algorithms are taken, and whose
// address an assertion names.
func demanded(c identity.Client) identity.Client {
	if !c.FAPI() {
		return c
	}
	c.RequirePAR, c.RequirePKCE = true, true // §5.3.2.2 no. 2, 5
	c.Rotation.Feature = "DISABLED"          // §5.3.2.1 no. 9: no rotation of refresh tokens
	c.DPoPBound = !c.CertificateBound        // §5.3.2.1 no. 4: sender-constrained access tokens alone
	c.GrantTypes = without(c.Grants(), identity.GrantImplicit)
	c.ResponseTypes = fapiResponses(&c)                                                                                            // §5.3.2.2 no. 1: response_type code alone
	c.CallbackURLs = slices.DeleteFunc(slices.Clone(c.CallbackURLs), func(u string) bool { return strings.HasPrefix(u, "http:") }) // §5.3.2.2 no. 9
	c.SigningAlg, c.ResponseSigningAlg = fapiAlg(c.SigningAlg), fapiAlg(c.ResponseSigningAlg)                                      // §5.4.1
	if c.FAPIProfile == identity.FAPIMessageSigning {
		c.RequireSignedRequest = true // FAPI 2.0 Message Signing §5.3.1
	}
	return c
}

func without(list []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == one })
}

// fapiResponses: a client that asks nobody to sign in has no response type.
func fapiResponses(c *identity.Client) []string {
	if c.MayGrant(identity.GrantCode) {
		return []string{"code"}
	}
	return nil
}

func fapiAlg(alg string) string {
	if slices.Contains(fapiAlgs, alg) {
		return alg
	}
	return keys.ES256
}

// takenAlgs are the algorithms that a client may sign with: the one it is
// registered for, or else any that its profile has.
func takenAlgs(c *identity.Client, registered string) []string {
	switch {
	case registered != "" && (!c.FAPI() || slices.Contains(fapiAlgs, registered)):
		return []string{registered}
	case c.FAPI():
		return fapiAlgs
	}
	return jws.Asymmetric
}

// codeLifeOf is how long a client may take to redeem a code.
func codeLifeOf(c *identity.Client) time.Duration {
	if c.FAPI() {
		return fapiCodeLife
	}
	return codeLife
}

// checkSigned: RFC 9101 §10.5: the parameters of this client are signed.
func checkSigned(q *AuthorizationRequest) *Error {
	if q.Client.RequireSignedRequest && !q.sealed {
		return refuse(InvalidRequest, "The client must sign its requests.")
	}
	return nil
}

// checkSignedAnswer: FAPI 2.0 Message Signing §5.4.1: answers are signed, too.
func checkSignedAnswer(q *AuthorizationRequest) *Error {
	mode := q.form.get("response_mode")
	switch {
	case q.Client.FAPIProfile != identity.FAPIMessageSigning:
		return nil
	case mode != "" && mode != "jwt" && !strings.HasSuffix(mode, ".jwt"):
		return refuse(InvalidRequest, "Answers to this client are signed: the response_mode is one of JARM.")
	}
	q.Signed = true
	return nil
}
