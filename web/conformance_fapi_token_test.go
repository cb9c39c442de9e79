package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

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

// asOther has the second client send a request.
func (h fapi) asOther(u ask) ask {
	u.assertion = h.other.Assertion(h.T, "fapi2", webtest.PublicURL, h.Now(), nil)
	return u
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
	return key.Proof(h.T, http.MethodPost, webtest.PublicURL+"/oauth2/token", h.Now(), h.nonced(change))
}

// token sends a request to the token endpoint.
func (h fapi) token(u ask) (int, map[string]any) {
	h.Helper()
	if u.assertion != "" {
		u.form.Set("client_assertion_type", assertionType)
		u.form.Set("client_assertion", u.assertion)
	} else {
		u.form.Set("client_id", "fapi")
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
	module{T: h.T}.entropy(text(answer["access_token"]))
	claims := h.verified(text(answer["id_token"]))
	if expires, _ := claims["exp"].(float64); claims["iss"] != webtest.PublicURL || claims["aud"] != "fapi" || text(claims["sub"]) == "" || expires <= float64(h.Now().Unix()) {
		h.Errorf("ID token %v", claims)
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
	return h.Do(h.infoWith(scheme, token, h.shows(h.dpop, token, change))).StatusCode
}

// shows is a proof for userinfo.
func (h fapi) shows(key *oauthtest.Key, token string, change func(header, claims map[string]any)) string {
	return key.Proof(h.T, http.MethodGet, webtest.PublicURL+"/oauth2/userInfo", h.Now(), h.nonced(func(header, claims map[string]any) {
		claims["ath"] = oauthtest.Hash(token)
		if change != nil {
			change(header, claims)
		}
	}))
}

// infoWith asks for userinfo with proofs as they are.
func (h fapi) infoWith(scheme, token string, proofs ...string) *http.Request {
	req := infoRequest(scheme, token)
	for _, proof := range proofs {
		req.Header.Add("DPoP", proof)
	}
	return req
}

// userInfo is what userinfo answers, checked.
func (h fapi) userInfo(token string) map[string]any {
	h.Helper()
	return module{T: h.T, suite: suite{House: h.House}}.userInfoBy(h.infoWith("DPoP", token, h.shows(h.dpop, token, nil)))
}

func member(name string, value any) func(header, claims map[string]any) {
	return func(_, claims map[string]any) { claims[name] = value }
}

func TestConformanceOfFAPITokens(t *testing.T) {
	inBothProfiles(t, map[string]func(*testing.T, fapi){
		"fapi2-security-profile-final-happy-flow": func(t *testing.T, h fapi) {
			answer := h.gives(h.redeems(h.code()))
			token, _ := answer["access_token"].(string)
			if status := h.info("DPoP", token, nil); status != http.StatusOK {
				t.Errorf("userinfo answers %d", status)
			}
			inQuery := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo?access_token="+url.QueryEscape(token), nil)
			if got := h.Do(inQuery); got.StatusCode != http.StatusUnauthorized {
				t.Errorf("a token in the query answers %d", got.StatusCode)
			}
			u := h.asOther(h.redeems(h.signIn(h.handle(h.asks("client_id", "fapi2"))).Get("code")))
			if status, answer := h.token(u); status != http.StatusOK {
				t.Errorf("the second client is answered %d %v", status, answer)
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
			q := h.asks()
			status, answer := h.pushBy(q, assertionType, h.asserts(nil), h.dpop, within)
			u := h.redeems(h.signIn(h.handleOf(q, status, answer)).Get("code"))
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
			h.denies(t, h.asOther(h.redeems(h.code())), "invalid_grant")
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
			h.denies(t, h.asOther(h.refreshes(refresh, h.dpop)), "invalid_grant")
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
	})
}

// iat makes proofs so much off our clock, at PAR, the token and the userinfo endpoint.
func (h fapi) iat(t *testing.T, off time.Duration) {
	t.Helper()
	change := member("iat", h.Now().Add(off).Unix())
	q := h.asks()
	status, answer := h.pushBy(q, assertionType, h.asserts(nil), h.dpop, change)
	u := h.redeems(h.signIn(h.handleOf(q, status, answer)).Get("code"))
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
	inBothProfiles(t, map[string]func(*testing.T, fapi){"fapi2-security-profile-final-discovery-end-point-verification": func(t *testing.T, h fapi) {
		document := discovered(t, h.House)
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
		if h.signed {
			lists(t, document, "request_object_signing_alg_values_supported", "PS256", "ES256", "EdDSA")
			lists(t, document, "authorization_signing_alg_values_supported", "PS256", "ES256", "EdDSA")
			lists(t, document, "response_modes_supported", "jwt")
		}
	}})
}
