package web_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web/internal/webtest"
)

// The modules of FAPI 2.0 about what a client proves itself and its keys with.

func TestConformanceOfFAPIAssertions(t *testing.T) {
	type change = func(header, claims map[string]any)
	later := func(d time.Duration) func(fapi) change {
		return func(h fapi) change {
			return func(_, claims map[string]any) {
				claims["iat"], claims["nbf"], claims["exp"] = h.Now().Add(d).Unix(), h.Now().Add(d).Unix(), h.Now().Add(d+time.Minute).Unix()
			}
		}
	}
	always := func(c change) func(fapi) change { return func(fapi) change { return c } }
	past := func(h fapi) change { return member("exp", h.Now().Add(-5*time.Minute).Unix()) }
	atToken := map[string]func(*testing.T, fapi){
		"fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails": func(t *testing.T, h fapi) {
			h.unproven(t, h.rs.Assertion(t, "fapi", webtest.PublicURL, h.Now(), nil))
		},
		"fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint": func(t *testing.T, h fapi) { h.unproven(t, "") },
		"fapi2-security-profile-final-ensure-invalid-client-assertions-fail":     moduleInvalidAssertions,
	}
	for name, c := range map[string]func(fapi) change{
		"fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails": past,
		"fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails":                always(member("aud", "https://other.example.test/")),
		"fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails":                   always(member("sub", nil)),
	} {
		atToken[name] = func(t *testing.T, h fapi) { h.unproven(t, h.asserts(c(h))) }
	}
	for name, c := range map[string]func(fapi) change{
		"fapi2-security-profile-final-par-test-array-as-audience-fails":                              always(member("aud", []string{webtest.PublicURL, "https://other.example.test/"})),
		"fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails":                   always(member("aud", webtest.PublicURL+"/oauth2/par")),
		"fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails":                 always(member("aud", webtest.PublicURL+"/oauth2/token")),
		"fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-is-fails": later(70 * time.Second),
	} {
		atToken[name] = func(t *testing.T, h fapi) { h.unpushed(t, name, assertionType, h.asserts(c(h))) }
	}
	atToken["fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted"] = func(_ *testing.T, h fapi) {
		q := h.asks()
		status, answer := h.pushBy(q, assertionType, h.asserts(later(8*time.Second)(h)), nil, nil)
		h.gives(h.redeems(h.signIn(h.handleOf(q, status, answer)).Get("code")))
	}
	inBothProfiles(t, atToken)
}

// unproven fails unless the token endpoint refuses the assertion, and only for it.
func (h fapi) unproven(t *testing.T, assertion string) {
	t.Helper()
	u := h.redeems(h.code())
	good := u.assertion
	u.assertion = assertion
	h.denies(t, u, "invalid_client", "invalid_request")
	u.assertion, u.proof = good, h.proves(h.dpop, nil)
	h.gives(u)
}

// unpushed fails unless PAR refuses the proof of the client.
func (h fapi) unpushed(t *testing.T, label, kind, assertion string) {
	t.Helper()
	status, answer := h.pushBy(h.asks(), kind, assertion, nil, nil)
	if status != http.StatusBadRequest && status != http.StatusUnauthorized || !slices.Contains([]string{"invalid_client", "invalid_request"}, text(answer["error"])) {
		t.Errorf("%s: pushing answers %d %v", label, status, answer)
	}
}

// moduleInvalidAssertions sends assertions that are wrong in one way each, and then
// good ones, so that it was for them that the requests were refused.
func moduleInvalidAssertions(t *testing.T, h fapi) {
	now, par := h.Now(), webtest.PublicURL+"/oauth2/par"
	h.unpushed(t, "none", "", "")
	h.unpushed(t, "client_assertion_type missing", "", h.asserts(nil))
	h.unpushed(t, "client_assertion_type wrong", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", h.asserts(nil))
	for label, change := range map[string]func(header, claims map[string]any){
		"without sub": member("sub", nil), "wrong sub": member("sub", "fapi2"), "without iss": member("iss", nil), "wrong iss": member("iss", "fapi2"),
		"without aud": member("aud", nil), "unrelated aud": member("aud", "https://other.example.test/"),
		"PAR endpoint as aud": member("aud", par), "token endpoint as aud": member("aud", webtest.PublicURL+"/oauth2/token"),
		"array as aud": member("aud", []string{webtest.PublicURL, "https://other.example.test/"}), "exp in the past": member("exp", now.Add(-5*time.Minute).Unix()),
		"iat and nbf over 60 seconds ahead": func(_, claims map[string]any) {
			claims["iat"], claims["nbf"], claims["exp"] = now.Add(70*time.Second).Unix(), now.Add(70*time.Second).Unix(), now.Add(2*time.Minute).Unix()
		},
	} {
		h.unpushed(t, label, assertionType, h.asserts(change))
	}
	h.unpushed(t, "signed with RS256", assertionType, h.rs.Assertion(t, "fapi", webtest.PublicURL, now, nil))
	h.unpushed(t, "alg none", assertionType, unsignedObject(t, map[string]any{
		"iss": "fapi", "sub": "fapi", "aud": webtest.PublicURL, "jti": "j1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}))
	h.unpushed(t, "invalid signature", assertionType, spoiled(h.asserts(nil)))
	ahead := func(_, claims map[string]any) {
		claims["iat"], claims["nbf"] = now.Add(8*time.Second).Unix(), now.Add(8*time.Second).Unix()
	}
	for label, assertion := range map[string]string{"8 seconds ahead": h.asserts(ahead), "valid": h.asserts(nil)} {
		if status, answer := h.pushBy(h.asks(), assertionType, assertion, nil, nil); status != http.StatusCreated {
			t.Errorf("%s: pushing answers %d %v", label, status, answer)
		}
	}
}

func TestConformanceOfFAPIProofs(t *testing.T) {
	inBothProfiles(t, map[string]func(*testing.T, fapi){
		"fapi2-security-profile-final-dpop-negative-tests": func(t *testing.T, h fapi) {
			token := h.gives(h.redeems(h.code()))["access_token"].(string)
			for name, proofs := range h.badProofs(token) {
				if got := h.Do(h.infoWith("DPoP", token, proofs...)); got.StatusCode != http.StatusUnauthorized && got.StatusCode != http.StatusBadRequest {
					t.Errorf("%s answers %d", name, got.StatusCode)
				}
			}
			if status := h.info("Bearer", token, nil); status != http.StatusUnauthorized {
				t.Errorf("under Bearer answers %d", status)
			}
			for name, change := range map[string]func(header, claims map[string]any){
				"htu with query and fragment": member("htu", webtest.PublicURL+"/oauth2/userInfo?a=b#c"),
				"further members":             func(header, claims map[string]any) { header["x"], claims["x"] = "y", "y" },
				"host in another case":        member("htu", "https://LOGIN.example.test/oauth2/userInfo"),
				"the scheme's own port":       member("htu", "https://login.example.test:443/oauth2/userInfo"),
			} {
				if status := h.info("DPoP", token, change); status != http.StatusOK {
					t.Errorf("%s answers %d", name, status)
				}
			}
			once := h.shows(h.dpop, token, nil)
			first, second := h.Do(h.infoWith("DPoP", token, once)).StatusCode, h.Do(h.infoWith("DPoP", token, once)).StatusCode
			if first != http.StatusOK || second != http.StatusUnauthorized {
				t.Errorf("a proof that comes twice answers %d, then %d", first, second)
			}
		},
	})
}

// badProofs are proofs for userinfo that are wrong in one way each.
func (h fapi) badProofs(token string) map[string][]string {
	header := func(name string, value any) func(header, claims map[string]any) {
		return func(header, _ map[string]any) { header[name] = value }
	}
	good := func() string { return h.shows(h.dpop, token, nil) }
	unsigned := strings.Split(h.shows(h.dpop, token, header("alg", "none")), ".")
	bad := map[string][]string{
		"none": {}, "two": {good(), good()}, "no JWT": {strings.Replace(good(), ".", "", 1)}, "another signature": {spoiled(good())},
		"alg none, unsigned": {unsigned[0] + "." + unsigned[1] + "."}, "another key": {h.shows(oauthtest.NewKey(h.T, "ES256"), token, nil)},
		"RS256": {h.shows(h.rs, token, nil)},
	}
	for name, change := range map[string]func(header, claims map[string]any){
		"no typ": header("typ", nil), "wrong typ": header("typ", "JWT"), "no alg": header("alg", nil), "alg none": header("alg", "none"), "no jwk": header("jwk", nil),
		"a private jwk": header("jwk", jose.JSONWebKey{Key: h.dpop.Private}),
		"no jti":        member("jti", nil), "no htm": member("htm", nil), "no htu": member("htu", nil), "no iat": member("iat", nil), "no ath": member("ath", nil),
		"wrong htm": member("htm", "PUT"), "wrong htu": member("htu", webtest.PublicURL), "wrong ath": member("ath", oauthtest.Hash("x")),
	} {
		bad[name] = []string{h.shows(h.dpop, token, change)}
	}
	return bad
}

// claimForms are the ways to ask for a claim (OpenID Connect Core §5.5.1).
var claimForms = []any{nil, map[string]any{"essential": true}, map[string]any{"essential": false}, map[string]any{"unknown": "member"}}

func TestConformanceOfFAPIClaims(t *testing.T) {
	inBothProfiles(t, map[string]func(*testing.T, fapi){
		"fapi2-security-profile-final-test-claims-parameter-identity-claims": func(t *testing.T, h fapi) {
			document := discovered(t, h.House)
			var wanted []string
			for _, name := range document["claims_supported"].([]any) {
				if slices.Contains(append(standard(), "sub"), text(name)) {
					wanted = append(wanted, text(name))
				}
			}
			if document["claims_parameter_supported"] != true || len(wanted) != len(standard())+1 {
				t.Fatalf("the document offers %v of %v", wanted, standard())
			}
			asked := map[string]any{}
			for i, name := range wanted {
				asked[name] = claimForms[i%len(claimForms)]
			}
			strange := maps.Clone(asked)
			strange["x8Jk2Lm90q"] = nil
			claims, err := json.Marshal(map[string]any{"id_token": asked, "userinfo": strange, "Zp41mQx7Ua": map[string]any{"Tt8sWq3Lo1": nil}})
			if err != nil {
				t.Fatal(err)
			}
			landed := h.signIn(h.handle(h.asks("claims", string(claims))))
			answer := h.gives(h.redeems(landed.Get("code")))
			id, info := h.verified(text(answer["id_token"])), h.userInfo(text(answer["access_token"]))
			if id["sub"] != info["sub"] || info["x8Jk2Lm90q"] != nil {
				t.Errorf("ID token of %v, userinfo %v", id["sub"], info)
			}
			for _, name := range wanted {
				if id[name] == nil && info[name] == nil {
					t.Errorf("%s is told nowhere", name)
				}
			}
			for name := range id {
				if !slices.Contains(wanted, name) && !slices.Contains(idClaims, name) {
					t.Errorf("%s is in the ID token, unasked", name)
				}
			}
		},
	})
}

// idClaims are those that ID tokens have of themselves. Of the last four, which are
// Cognito's, the suite warns that it does not know them.
var idClaims = []string{
	"iss", "aud", "exp", "iat", "nbf", "jti", "nonce", "auth_time", "acr", "amr", "azp", "at_hash", "sid",
	"token_use", "event_id", "origin_jti", "cognito:username",
}
