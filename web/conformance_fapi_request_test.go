package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

func TestConformanceOfFAPIRequests(t *testing.T) {
	long := strings.Repeat("x", 384)
	inBothProfiles(t, map[string]func(*testing.T, fapi){
		"fapi2-security-profile-final-happy-flow": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks())); !landed.Has("code") || landed.Get("state") != "s1" || landed.Get("iss") != webtest.PublicURL {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-par-without-duplicate-parameters": func(_ *testing.T, h fapi) {
			h.gives(h.redeems(h.code())) // handle brings client_id and request_uri alone
		},
		"fapi2-security-profile-final-user-rejects-authentication": func(t *testing.T, h fapi) {
			page := h.b.Get(h.handle(h.asks())).At("/login")
			if landed := h.told(page.Follow("Cancel and go back").Lands(webtest.Callback)); landed.Get("error") != "access_denied" || landed.Get("state") != "s1" {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-authorization-request-without-state-success": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("state", ""))); !landed.Has("code") || landed.Has("state") {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-authorization-request-without-nonce-success":       func(t *testing.T, h fapi) { h.nonce(t, "", "") },
		"fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success":  func(t *testing.T, h fapi) { h.nonce(t, long[:64], "") },
		"fapi2-security-profile-final-ensure-authorization-request-with-long-nonce":             func(t *testing.T, h fapi) { h.nonce(t, long, "") },
		"fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object": func(t *testing.T, h fapi) { h.nonce(t, "n1", "&nonce=outside") },
		"fapi2-security-profile-final-ensure-authorization-request-with-long-state": func(t *testing.T, h fapi) {
			if landed := h.signIn(h.handle(h.asks("state", long))); !landed.Has("code") || landed.Get("state") != long {
				t.Errorf("landed with %v", landed)
			}
		},
		"fapi2-security-profile-final-ensure-other-scope-order-succeeds": func(t *testing.T, h fapi) {
			answer := h.gives(h.redeems(h.code("scope", "email openid")))
			if info := h.userInfo(answer["access_token"].(string)); info["email"] != ann {
				t.Errorf("userinfo is %v", info)
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
			q := h.asks("dpop_jkt", h.dpop.Thumbprint(t))
			status, answer := h.push(q, h.dpop)
			h.gives(h.redeems(h.signIn(h.handleOf(q, status, answer)).Get("code")))
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
			told(t, h.told(h.b.Get("/oauth2/authorize?"+h.asks().Encode()).Lands(webtest.Callback)), "invalid_request")
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
			if landed := h.told(h.b.SignInTo(handle, ann, webtest.Password).Lands(webtest.Callback)); !landed.Has("code") {
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
	})
}

// nonce signs in with a nonce, and holds the ID token's against it; more stands beside
// the handle.
func (h fapi) nonce(t *testing.T, nonce, more string) {
	t.Helper()
	landed := h.signIn(h.handle(h.asks("nonce", nonce)) + more)
	claims := h.verified(text(h.gives(h.redeems(landed.Get("code")))["id_token"]))
	if got, there := claims["nonce"]; there != (nonce != "") || there && got != nonce {
		t.Errorf("the ID token has nonce %v", got)
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
			h.gives(h.redeems(h.signIn(h.handle(pushed(object))).Get("code")))
		})
	}
	for name, object := range map[string]string{
		"fapi2-security-profile-final-ensure-request-object-without-exp-fails":               sign("exp", nil),
		"fapi2-security-profile-final-ensure-request-object-without-nbf-fails":               sign("nbf", nil),
		"fapi2-security-profile-final-ensure-expired-request-object-fails":                   sign("exp", now.Add(-5*time.Minute).Unix()),
		"fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails":          sign("exp", now.Add(70*time.Minute).Unix()),
		"fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails":          sign("nbf", now.Add(-70*time.Minute).Unix()),
		"fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails":              sign("aud", webtest.PublicURL+"/other"),
		"fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails":         h.rs.Sign(t, map[string]any{"kid": h.rs.ID}, h.object()),
		"fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none": unsignedObject(t, h.object()),
		"fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails":    spoiled(sign()),
		"fapi2-security-profile-final-ensure-matching-key-in-authorization-request":          h.other.Sign(t, nil, h.object()),
		"fapi2-security-profile-final-par-authorization-request-containing-request_uri":      sign("request_uri", "urn:ietf:params:oauth:request_uri:x"),
	} {
		t.Run(name, func(t *testing.T) { h.refused(t, pushed(object), nil, "invalid_request_object") })
	}
	t.Run("fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails", func(t *testing.T) {
		plain := h
		plain.signed = false
		plain.refused(t, h.asks(), nil, "invalid_request")
	})
}

// spoiled is a token with another signature of the same length.
func spoiled(token string) string {
	at := strings.LastIndex(token, ".") + 9
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}
