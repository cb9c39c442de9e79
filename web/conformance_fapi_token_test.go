package web_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web/internal/webtest"
)

const fapiVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of the challenge in fapi.asks (RFC 7636 Appendix B)

// ask is one request at the token endpoint, as a client of a FAPI profile sends it.
type ask struct {
	form      url.Values
	assertion string
	proof     string // "" sends none
}

// redeems is a good use of a code.
func (h fapi) redeems(code string) ask {
	return ask{
		form: url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {webtest.Callback}, "code_verifier": {fapiVerifier},
		},
		assertion: h.asserts(nil), proof: h.proves(h.dpop, nil),
	}
}

func (h fapi) refreshes(token string, key *oauthtest.Key) ask {
	return ask{form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, assertion: h.asserts(nil), proof: h.proves(key, nil)}
}

// asserts is an assertion of the client with one change.
func (h fapi) asserts(change func(header, claims map[string]any)) string {
	return h.key.Assertion(h.T, "fapi", webtest.PublicURL, h.Now(), change)
}

// proves is a proof for the token endpoint with one change.
func (h fapi) proves(key *oauthtest.Key, change func(header, claims map[string]any)) string {
	return key.Proof(h.T, http.MethodPost, webtest.PublicURL+"/oauth2/token", h.Now(), func(header, claims map[string]any) {
		claims["nonce"] = h.OAuth.DPoPNonce(webtest.PoolID)
		if change != nil {
			change(header, claims)
		}
	})
}

// token sends a request to the token endpoint.
func (h fapi) token(u ask) (int, map[string]any) {
	h.Helper()
	if u.assertion != "" {
		u.form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		u.form.Set("client_assertion", u.assertion)
	}
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/token", strings.NewReader(u.form.Encode()))
	req.Header.Set("Content-Type", formType)
	if u.proof != "" {
		req.Header.Set("DPoP", u.proof)
	}
	got := h.Do(req)
	return got.StatusCode, decode(h.House, got)
}

func (h fapi) gives(u ask) map[string]any {
	h.Helper()
	status, answer := h.token(u)
	if status != http.StatusOK || answer["token_type"] != "DPoP" {
		h.Fatalf("answers %d %v", status, answer)
	}
	return answer
}

// denies fails the test unless the request is refused with one of the codes.
func (h fapi) denies(t *testing.T, u ask, codes ...string) {
	t.Helper()
	status, answer := h.token(u)
	for _, code := range codes {
		if answer["error"] == code && (status == http.StatusBadRequest || status == http.StatusUnauthorized) {
			return
		}
	}
	t.Errorf("answers %d %v, want one of %v", status, answer, codes)
}

func (h fapi) code(changes ...string) string {
	h.Helper()
	code := h.signIn(h.handle(h.asks(changes...))).Get("code")
	if len(code) < 22 { // 128 bits in base64url
		h.Fatalf("the code is %q", code)
	}
	return code
}

// info asks for userinfo with a proof that may be changed.
func (h fapi) info(scheme, token string, change func(header, claims map[string]any)) int {
	h.Helper()
	req := infoRequest(scheme, token)
	req.Header.Set("DPoP", h.dpop.Proof(h.T, http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", h.Now(), func(header, claims map[string]any) {
		claims["ath"], claims["nonce"] = oauthtest.Hash(token), h.OAuth.DPoPNonce(webtest.PoolID)
		if change != nil {
			change(header, claims)
		}
	}))
	return h.Do(req).StatusCode
}

func member(name string, value any) func(header, claims map[string]any) {
	return func(_, claims map[string]any) { claims[name] = value }
}

func TestConformanceOfFAPITokens(t *testing.T) {
	for name, run := range map[string]func(*testing.T, fapi){
		"fapi2-security-profile-final-happy-flow": func(t *testing.T, h fapi) {
			answer := h.gives(h.redeems(h.code()))
			token, _ := answer["access_token"].(string)
			if status := h.info("DPoP", token, nil); status != http.StatusOK {
				t.Errorf("userinfo answers %d", status)
			}
			id, _ := answer["id_token"].(string)
			head, err := base64.RawURLEncoding.DecodeString(strings.Split(id, ".")[0])
			if err != nil || !strings.Contains(string(head), `"alg":"ES256"`) || !strings.Contains(string(head), `"kid":"`) {
				t.Errorf("the ID token is signed as %s, %v", head, err)
			}
			inQuery := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo?access_token="+url.QueryEscape(token), nil)
			if got := h.Do(inQuery); got.StatusCode != http.StatusUnauthorized {
				t.Errorf("a token in the query answers %d", got.StatusCode)
			}
		},
		"fapi2-security-profile-final-access-token-type-header-case-sensitivity": func(t *testing.T, h fapi) {
			token := h.gives(h.redeems(h.code()))["access_token"].(string)
			for _, scheme := range []string{"DPoP", "dpop"} {
				if status := h.info(scheme, token, nil); status != http.StatusOK {
					t.Errorf("%s answers %d", scheme, status)
				}
			}
		},
		"fapi2-security-profile-final-check-dpop-proof-nbf-exp": func(t *testing.T, h fapi) {
			within := func(_, claims map[string]any) {
				claims["nbf"], claims["exp"] = h.Now().Unix(), h.Now().Add(5*time.Minute).Unix()
			}
			u := h.redeems(h.code())
			u.proof = h.proves(h.dpop, within)
			if status := h.info("DPoP", h.gives(u)["access_token"].(string), within); status != http.StatusOK {
				t.Errorf("userinfo answers %d", status)
			}
		},
		"fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds": func(t *testing.T, h fapi) { h.iat(t, -10*time.Second) },
		"fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds":  func(t *testing.T, h fapi) { h.iat(t, 10*time.Second) },
		"fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt": func(t *testing.T, h fapi) {
			_, answer := h.push(h.asks(), h.dpop)
			address := "/oauth2/authorize?" + url.Values{"client_id": {"fapi"}, "request_uri": {answer["request_uri"].(string)}}.Encode()
			u := h.redeems(h.signIn(address).Get("code"))
			u.proof = h.proves(oauthtest.NewKey(t, "ES256"), nil)
			h.denies(t, u, "invalid_grant", "invalid_dpop_proof")
		},
		"fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt": func(t *testing.T, h fapi) {
			u := h.redeems(h.code("dpop_jkt", h.dpop.Thumbprint(t)))
			u.proof = h.proves(oauthtest.NewKey(t, "ES256"), nil)
			h.denies(t, u, "invalid_grant", "invalid_dpop_proof")
		},
		"fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success": func(t *testing.T, h fapi) {
			_, answer := h.push(h.asks(), h.dpop)
			address := "/oauth2/authorize?" + url.Values{"client_id": {"fapi"}, "request_uri": {answer["request_uri"].(string)}}.Encode()
			h.gives(h.redeems(h.signIn(address).Get("code")))
		},
		"fapi2-security-profile-final-ensure-dpop-auth-code-binding-success": func(t *testing.T, h fapi) {
			h.gives(h.redeems(h.code("dpop_jkt", h.dpop.Thumbprint(t))))
		},
		"fapi2-security-profile-final-ensure-client-id-in-token-endpoint": func(t *testing.T, h fapi) {
			u := h.redeems(h.code())
			u.form.Set("client_id", "fapi2")
			h.denies(t, u, "invalid_client")
		},
		"fapi2-security-profile-final-ensure-holder-of-key-required": func(t *testing.T, h fapi) {
			u := h.redeems(h.code())
			u.proof = ""
			h.denies(t, u, "invalid_request", "invalid_grant", "invalid_dpop_proof")
		},
		"fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client": func(t *testing.T, h fapi) {
			u := h.redeems(h.code())
			u.assertion = h.key.Assertion(t, "fapi2", webtest.PublicURL, h.Now(), nil)
			h.denies(t, u, "invalid_grant")
		},
		"fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second": func(t *testing.T, h fapi) {
			code := h.code()
			token := h.gives(h.redeems(code))["access_token"].(string)
			h.After(time.Second)
			h.denies(t, h.redeems(code), "invalid_grant")
			if status := h.info("DPoP", token, nil); status != http.StatusUnauthorized {
				t.Errorf("the access token of a code that came twice answers %d", status)
			}
		},
		"fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code": func(t *testing.T, h fapi) {
			code := h.code()
			h.After(62 * time.Second)
			h.denies(t, h.redeems(code), "invalid_grant")
		},
		"fapi2-security-profile-final-ensure-pkce-code-verifier-required": func(t *testing.T, h fapi) {
			u := h.redeems(h.code())
			u.form.Del("code_verifier")
			h.denies(t, u, "invalid_grant")
		},
		"fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected": func(t *testing.T, h fapi) {
			u := h.redeems(h.code())
			u.form.Set("code_verifier", strings.Repeat("x", 43))
			h.denies(t, u, "invalid_grant")
		},
		"fapi2-security-profile-final-refresh-token": func(t *testing.T, h fapi) {
			first := h.gives(h.redeems(h.code()))
			refresh, _ := first["refresh_token"].(string)
			other := h.refreshes(refresh, h.dpop)
			other.assertion = h.key.Assertion(t, "fapi2", webtest.PublicURL, h.Now(), nil)
			h.denies(t, other, "invalid_grant")
			unknown := h.refreshes(refresh, h.dpop)
			unknown.assertion = ""
			h.denies(t, unknown, "invalid_client")
			bare := h.refreshes(refresh, h.dpop)
			bare.proof = ""
			h.denies(t, bare, "invalid_request", "invalid_dpop_proof")
			if again := h.gives(h.refreshes(refresh, oauthtest.NewKey(t, "ES256"))); again["access_token"] == first["access_token"] {
				t.Error("the same access token again")
			}
		},
	} {
		t.Run(name, func(t *testing.T) { run(t, startFAPI(t, identity.FAPISecurity)) })
	}
}

// iat makes proofs so much off our clock, at the token and the userinfo endpoint.
func (h fapi) iat(t *testing.T, off time.Duration) {
	t.Helper()
	change := member("iat", h.Now().Add(off).Unix())
	u := h.redeems(h.code())
	u.proof = h.proves(h.dpop, change)
	if status := h.info("DPoP", h.gives(u)["access_token"].(string), change); status != http.StatusOK {
		t.Errorf("userinfo answers %d", status)
	}
}

// lists fails unless the document's member holds one of the values.
func lists(t *testing.T, document map[string]any, member string, oneOf ...string) {
	t.Helper()
	all, _ := document[member].([]any)
	if !slices.ContainsFunc(all, func(v any) bool { return slices.Contains(oneOf, v.(string)) }) {
		t.Errorf("%s is %v", member, document[member])
	}
}

func TestConformanceOfFAPIDiscovery(t *testing.T) {
	t.Run("fapi2-security-profile-final-discovery-end-point-verification", func(t *testing.T) {
		document := discovered(t, startFAPI(t, identity.FAPISecurity).House)
		if document["pushed_authorization_request_endpoint"] != webtest.PublicURL+"/oauth2/par" || document["authorization_response_iss_parameter_supported"] != true {
			t.Errorf("%v", document)
		}
		if _, ok := document["require_pushed_authorization_requests"].(bool); !ok {
			t.Errorf("require_pushed_authorization_requests is %v", document["require_pushed_authorization_requests"])
		}
		lists(t, document, "response_types_supported", "code")
		lists(t, document, "code_challenge_methods_supported", "S256")
		lists(t, document, "token_endpoint_auth_methods_supported", "private_key_jwt")
		for _, member := range []string{"id_token_signing_alg_values_supported", "dpop_signing_alg_values_supported", "token_endpoint_auth_signing_alg_values_supported"} {
			lists(t, document, member, "PS256", "ES256", "EdDSA")
		}
	})
}

func TestConformanceOfFAPIAssertions(t *testing.T) {
	h := startFAPI(t, identity.FAPISecurity)
	code, now := h.code(), h.Now()
	rsa := oauthtest.NewKey(t, "RS256")
	h.Client(identity.Client{ID: "fapi", Name: "Bank", AuthMethod: identity.AuthPrivateKeyJWT, ClientOAuth: identity.ClientOAuth{
		FAPIProfile: identity.FAPISecurity, JWKS: keysOf(t, h.key, rsa),
	}}, "")
	for name, assertion := range map[string]string{
		"fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails":               rsa.Assertion(t, "fapi", webtest.PublicURL, now, nil),
		"fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint":                     "",
		"fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails":   h.asserts(member("exp", now.Add(-5*time.Minute).Unix())),
		"fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails":                  h.asserts(member("aud", "https://other.example.test/")),
		"fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails":                     h.asserts(member("sub", nil)),
		"fapi2-security-profile-final-par-test-array-as-audience-fails":                              h.asserts(member("aud", []string{webtest.PublicURL})),
		"fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails":                   h.asserts(member("aud", webtest.PublicURL+"/oauth2/par")),
		"fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails":                 h.asserts(member("aud", webtest.PublicURL+"/oauth2/token")),
		"fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-is-fails": h.asserts(member("nbf", now.Add(70*time.Second).Unix())),
	} {
		t.Run(name, func(t *testing.T) {
			u := h.redeems(code)
			u.assertion = assertion
			h.denies(t, u, "invalid_client")
		})
	}
	t.Run("fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted", func(t *testing.T) {
		u := h.redeems(code)
		u.assertion = h.asserts(member("nbf", now.Add(8*time.Second).Unix()))
		h.gives(u)
	})
}

func TestConformanceOfFAPIProofs(t *testing.T) {
	t.Run("fapi2-security-profile-final-dpop-negative-tests", func(t *testing.T) {
		h := startFAPI(t, identity.FAPISecurity)
		token := h.gives(h.redeems(h.code()))["access_token"].(string)
		header := func(name string, value any) func(header, claims map[string]any) {
			return func(header, _ map[string]any) { header[name] = value }
		}
		for name, change := range map[string]func(header, claims map[string]any){
			"no typ": header("typ", nil), "wrong typ": header("typ", "JWT"), "no alg": header("alg", nil), "alg none": header("alg", "none"), "no jwk": header("jwk", nil),
			"no jti": member("jti", nil), "no htm": member("htm", nil), "no htu": member("htu", nil), "no iat": member("iat", nil), "no ath": member("ath", nil),
			"wrong htm": member("htm", "POST"), "wrong htu": member("htu", webtest.PublicURL), "wrong ath": member("ath", oauthtest.Hash("x")),
		} {
			t.Run(name, func(t *testing.T) {
				if status := h.info("DPoP", token, change); status != http.StatusUnauthorized {
					t.Errorf("answers %d", status)
				}
			})
		}
		if status := h.info("Bearer", token, nil); status != http.StatusUnauthorized {
			t.Errorf("under Bearer answers %d", status)
		}
		for name, change := range map[string]func(header, claims map[string]any){
			"htu with a query": member("htu", webtest.PublicURL+"/oauth2/userInfo?a=b"), "further claims": member("x", "y"),
			"host in another case": member("htu", "https://LOGIN.example.test/oauth2/userInfo"), "the scheme's own port": member("htu", "https://login.example.test:443/oauth2/userInfo"),
		} {
			t.Run("accepted: "+name, func(t *testing.T) {
				if status := h.info("DPoP", token, change); status != http.StatusOK {
					t.Errorf("answers %d", status)
				}
			})
		}
	})
}
