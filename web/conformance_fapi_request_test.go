package web_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web/internal/webtest"
)

// fapi is a house with a client of a FAPI profile.
type fapi struct {
	*webtest.House
	key, dpop *oauthtest.Key
	b         *webtest.Browser
}

func startFAPI(t *testing.T, profile string) fapi {
	t.Helper()
	h := fapi{House: webtest.Start(t), key: oauthtest.NewKey(t, "ES256"), dpop: oauthtest.NewKey(t, "ES256")}
	for _, id := range []identity.ClientID{"fapi", "fapi2"} {
		h.Client(identity.Client{ID: id, Name: "Bank", AuthMethod: identity.AuthPrivateKeyJWT, ClientOAuth: identity.ClientOAuth{
			FAPIProfile: profile, JWKS: keysOf(t, h.key),
		}}, "")
	}
	h.User(ann)
	h.b = h.House.Browser()
	return h
}

// asks are good parameters with changes; "" takes one away.
func (h fapi) asks(changes ...string) url.Values {
	q := url.Values{
		"client_id": {"fapi"}, "redirect_uri": {webtest.Callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s1"}, "nonce": {"n1"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		if q.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

// push pushes parameters, with a DPoP proof where key is one.
func (h fapi) push(q url.Values, key *oauthtest.Key) (int, map[string]any) {
	h.Helper()
	body := maps.Clone(q)
	body.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	body.Set("client_assertion", h.key.Assertion(h.T, q.Get("client_id"), webtest.PublicURL, h.Now(), nil))
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/par", strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	if key != nil {
		req.Header.Set("DPoP", key.Proof(h.T, http.MethodPost, webtest.PublicURL+"/oauth2/par", h.Now(), func(_, claims map[string]any) {
			claims["nonce"] = h.OAuth.DPoPNonce(webtest.PoolID)
		}))
	}
	got := h.Do(req)
	if got.Header.Get("Cache-Control") != "no-store" {
		h.Errorf("Cache-Control %q", got.Header.Get("Cache-Control"))
	}
	return got.StatusCode, decode(h.House, got)
}

// handle pushes parameters that are good, and answers what the browser brings.
func (h fapi) handle(q url.Values) string {
	h.Helper()
	status, answer := h.push(q, nil)
	if status != http.StatusCreated || len(answer) != 2 || answer["expires_in"].(float64) < 5 {
		h.Fatalf("pushing answers %d %v", status, answer)
	}
	return "/oauth2/authorize?" + url.Values{"client_id": {q.Get("client_id")}, "request_uri": {answer["request_uri"].(string)}}.Encode()
}

func (h fapi) refused(t *testing.T, q url.Values, key *oauthtest.Key, codes ...string) {
	t.Helper()
	status, answer := h.push(q, key)
	for _, code := range codes {
		if status == http.StatusBadRequest && answer["error"] == code {
			return
		}
	}
	t.Errorf("pushing answers %d %v, want one of %v", status, answer, codes)
}

// signIn goes through the pages, and answers what the app is told.
func (h fapi) signIn(address string) url.Values {
	h.Helper()
	return h.House.Browser().SignInTo(address, ann, webtest.Password).Lands(webtest.Callback)
}

func TestConformanceOfFAPIRequests(t *testing.T) {
	long := strings.Repeat("x", 384)
	for name, run := range map[string]func(*testing.T, fapi){
		"fapi2-security-profile-final-happy-flow": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks())); !landed.Has("code") || landed.Get("state") != "s1" || landed.Get("iss") != webtest.PublicURL {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-par-without-duplicate-parameters": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks())); !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-user-rejects-authentication": func(t *testing.T, h fapi) {
			page := h.b.Get(h.handle(h.asks())).At("/login")
			if landed := page.Follow("Cancel and go back").Lands(webtest.Callback); landed.Get("error") != "access_denied" || landed.Get("state") != "s1" {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-authorization-request-without-state-success": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("state", ""))); !landed.Has("code") || landed.Has("state") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-authorization-request-without-nonce-success": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("nonce", ""))); !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("nonce", long[:64]))); !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-authorization-request-with-long-nonce": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("nonce", long))); !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-authorization-request-with-long-state": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("state", long))); !landed.Has("code") || landed.Get("state") != long {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-other-scope-order-succeeds": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("scope", "email openid"))); !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks()) + "&nonce=outside"); !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks()) + "&state=outside"); landed.Get("state") != "s1" {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-state-only-outside-request-object-not-used": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("state", "")) + "&state=outside"); !landed.Has("code") || landed.Has("state") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("dpop_jkt", h.key.Thumbprint(t)), h.dpop, "invalid_request", "invalid_dpop_proof")
		},
		"fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success": func(t *testing.T, h fapi) {
			if status, answer := h.push(h.asks("dpop_jkt", h.dpop.Thumbprint(t)), h.dpop); status != http.StatusCreated {
				t.Errorf("pushing answers %d %v", status, answer)
			}
		},
		"fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("redirect_uri", webtest.Callback+"/other"), nil, "invalid_request")
		},
		"fapi2-security-profile-final-ensure-registered-redirect-uri": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("redirect_uri", "https://evil.test/"), nil, "invalid_request")
		},
		"fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("redirect_uri", ""), nil, "invalid_request")
		},
		"fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("redirect_uri", ""), nil, "invalid_request")
		},
		"fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails": func(t *testing.T, h fapi) {
			told(t, h.b.Get("/oauth2/authorize?"+h.asks().Encode()).Lands(webtest.Callback), "invalid_request")
		},
		"fapi2-security-profile-final-ensure-response-type-code-idtoken-fails": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("response_type", "code id_token"), nil, "unsupported_response_type", "unauthorized_client", "invalid_request")
		},
		"fapi2-security-profile-final-ensure-response-type-token-fails": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("response_type", "token"), nil, "unsupported_response_type", "unauthorized_client", "invalid_request")
		},
		"fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": func(t *testing.T, h fapi) {
			handle := h.handle(h.asks())
			h.b.Get(handle).At("/login")
			if landed := h.b.SignInTo(handle, ann, webtest.Password).Lands(webtest.Callback); !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-par-attempt-reuse-request_uri": func(t *testing.T, h fapi) {
			handle := h.handle(h.asks())
			h.b.SignInTo(handle, ann, webtest.Password).Lands(webtest.Callback)
			if page := h.b.Get(handle).Is(http.StatusBadRequest).Says("The request_uri is unknown, expired, used"); page.Header.Get("Location") != "" {
				t.Error("redirected")
			}
		},
		"fapi2-security-profile-final-par-attempt-to-use-expired-request_uri": func(_ *testing.T, h fapi) {
			handle := h.handle(h.asks())
			h.After(91 * time.Second)
			h.b.Get(handle).Is(http.StatusBadRequest).Says("The request_uri is unknown, expired, used")
		},
		"fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client": func(_ *testing.T, h fapi) {
			h.b.Get(strings.Replace(h.handle(h.asks()), "client_id=fapi&", "client_id=fapi2&", 1)).Is(http.StatusBadRequest).Says("The request_uri is unknown, expired, used")
		},
		"fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("request_uri", "urn:ietf:params:oauth:request_uri:x"), nil, "invalid_request")
		},
		"fapi2-security-profile-final-par-attempt-invalid-http-method": func(_ *testing.T, h fapi) {
			h.b.Get("/oauth2/par").Is(http.StatusMethodNotAllowed)
		},
		"fapi2-security-profile-final-par-ensure-pkce-required": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("code_challenge", "", "code_challenge_method", ""), nil, "invalid_request")
		},
		"fapi2-security-profile-final-par-plain-pkce-rejected": func(t *testing.T, h fapi) {
			h.refused(t, h.asks("code_challenge_method", "plain"), nil, "invalid_request")
		},
	} {
		t.Run(name, func(t *testing.T) { run(t, startFAPI(t, identity.FAPISecurity)) })
	}
}

// object is a request object for good parameters; changes are names and values,
// nil taking one away.
func (h fapi) object(changes ...any) map[string]any {
	now := h.Now()
	claims := map[string]any{
		"iss": "fapi", "aud": webtest.PublicURL, "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	for name, values := range h.asks() {
		claims[name] = values[0]
	}
	for i := 0; i < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1]
	}
	return claims
}

func TestConformanceOfMessageSigningRequests(t *testing.T) {
	h := startFAPI(t, identity.FAPIMessageSigning)
	now := h.Now()
	sign := func(changes ...any) string {
		return h.key.Sign(t, map[string]any{"typ": "oauth-authz-req+jwt"}, h.object(changes...))
	}
	pushed := func(object string) url.Values { return url.Values{"client_id": {"fapi"}, "request": {object}} }
	for name, object := range map[string]string{
		"fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds":                   sign("aud", []string{webtest.PublicURL, "https://other.example.test/"}),
		"fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted": sign("nbf", now.Add(8*time.Second).Unix()),
	} {
		t.Run(name, func(t *testing.T) {
			if page := h.b.Get(h.handle(pushed(object))); page.URL.Path != "/login" {
				t.Errorf("at %s", page.URL)
			}
		})
	}
	for name, object := range map[string]string{
		"fapi2-security-profile-final-ensure-request-object-without-exp-fails":               sign("exp", nil),
		"fapi2-security-profile-final-ensure-request-object-without-nbf-fails":               sign("nbf", nil),
		"fapi2-security-profile-final-ensure-expired-request-object-fails":                   sign("exp", now.Add(-5*time.Minute).Unix()),
		"fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails":          sign("exp", now.Add(70*time.Minute).Unix()),
		"fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails":          sign("nbf", now.Add(-70*time.Minute).Unix()),
		"fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails":              sign("aud", webtest.PublicURL+"/other"),
		"fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails":         oauthtest.NewKey(t, "RS256").Sign(t, nil, h.object()),
		"fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none": unsignedObject(t, h.object()),
		"fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails":    sign() + "AAAA",
		"fapi2-security-profile-final-ensure-matching-key-in-authorization-request":          h.dpop.Sign(t, nil, h.object()),
		"fapi2-security-profile-final-par-authorization-request-containing-request_uri":      sign("request_uri", "urn:ietf:params:oauth:request_uri:x"),
	} {
		t.Run(name, func(t *testing.T) { h.refused(t, pushed(object), nil, "invalid_request_object") })
	}
	t.Run("fapi2-security-profile-final-happy-flow", func(t *testing.T) {
		if landed := h.signIn(h.handle(pushed(sign()))); len(landed) != 1 || strings.Count(landed.Get("response"), ".") != 2 {
			t.Errorf("landed with %v", landed)
		}
	})
	t.Run("fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails", func(t *testing.T) {
		h.refused(t, h.asks(), nil, "invalid_request")
	})
}
