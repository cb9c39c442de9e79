package web_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web/internal/webtest"
)

// The modules of FAPI-CIBA ID1 for “plain FAPI”. Each runs for poll and for ping, and
// for private_key_jwt and certificates, but for those that are about one of them.

const (
	byKey  = identity.AuthPrivateKeyJWT
	byCert = identity.AuthSelfSignedTLS
)

// cibaModules runs modules in the modes and with the authentications.
func cibaModules(t *testing.T, modes, auths []string, modules map[string]func(*testing.T, ciba)) {
	for name, run := range modules {
		t.Run(name, func(t *testing.T) {
			for _, mode := range modes {
				for _, auth := range auths {
					t.Run(mode+" "+auth, func(t *testing.T) { run(t, startCIBA(t, mode, auth)) })
				}
			}
		})
	}
}

var (
	bothModes = []string{"poll", "ping"}
	bothAuths = []string{byKey, byCert}
)

// unlikelyMessage is long, and of several scripts.
const unlikelyMessage = "1234 \U0001F44D\U0001F3FF 品川 Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt"

func TestConformanceCIBA(t *testing.T) {
	cibaModules(t, bothModes, bothAuths, map[string]func(*testing.T, ciba){
		"fapi-ciba-id1-discovery-end-point-verification": moduleCIBADiscovery,
		"fapi-ciba-id1":                                    moduleCIBATwoClients,
		"fapi-ciba-id1-refresh-token":                      moduleCIBARefresh,
		"fapi-ciba-id1-ensure-mtls-holder-of-key-required": moduleCIBAHolder,
		"fapi-ciba-id1-ensure-authorization-request-with-binding-message-succeeds": moduleCIBABinding,
		"fapi-ciba-id1-user-rejects-authentication": func(t *testing.T, h ciba) {
			begun := h.begins(bankOne)
			h.waits(t, bankOne, begun)
			h.answers("deny")
			h.told(begun, notificationToken)
			status, answer := h.polls(bankOne, begun)
			if status != http.StatusBadRequest || answer["error"] != "access_denied" {
				t.Errorf("polling answers %d %v", status, answer)
			}
		},
		"fapi-ciba-id1-multiple-call-to-token-endpoint": func(t *testing.T, h ciba) {
			begun := h.begins(bankOne)
			for range 20 {
				status, answer := h.polls(bankOne, begun)
				h.refusal(t, "polling at once", status, answer, "authorization_pending", "slow_down", "invalid_request")
			}
		},
		"fapi-ciba-id1-auth-req-id-expired": func(t *testing.T, h ciba) {
			begun := h.begins(bankOne, "requested_expiry", 30)
			h.waits(t, bankOne, begun)
			h.After(time.Duration(begun["expires_in"].(float64)) * time.Second)
			status, answer := h.polls(bankOne, begun)
			h.refusal(t, "polling late", status, answer, "expired_token")
		},
		"fapi-ciba-id1-ensure-other-scope-order-succeeds": func(t *testing.T, h ciba) {
			h.completes(t, bankOne, h.begins(bankOne, "scope", "email openid"))
		},
		"fapi-ciba-id1-ensure-requested-expiry-as-string-succeeds": func(t *testing.T, h ciba) {
			begun := h.begins(bankOne, "requested_expiry", "30")
			if begun["expires_in"] != 30.0 {
				t.Errorf("answers %v", begun)
			}
			h.completes(t, bankOne, begun)
		},
		"fapi-ciba-id1-ensure-authorization-request-with-potentially-bad-binding-message": func(t *testing.T, h ciba) {
			begun := h.begins(bankOne, "binding_message", unlikelyMessage)
			h.answers("allow").Says(unlikelyMessage)
			h.told(begun, notificationToken)
			h.gets(t, bankOne, begun)
			h.refuses(t, "a longer one", h.signs(bankOne, "binding_message", unlikelyMessage+unlikelyMessage), "invalid_binding_message")
		},
		"fapi-ciba-id1-ensure-authorization-request-with-multiple-hints-fails": func(t *testing.T, h ciba) {
			h.refuses(t, "two hints", h.signs(bankOne, "id_token_hint", "x"), "invalid_request")
		},
		"fapi-ciba-id1-ensure-unsigned-backchannel-authorization-request-fails": func(t *testing.T, h ciba) {
			form := url.Values{}
			for name, value := range h.object(bankOne, "iat", nil, "nbf", nil, "exp", nil) {
				form.Set(name, text(value))
			}
			h.refuses(t, "unsigned", form, "invalid_request")
		},
		"fapi-ciba-id1-ensure-wrong-auth-req-id-in-token-endpoint-request": func(t *testing.T, h ciba) {
			begun := h.begins(bankOne)
			status, answer := h.polls(bankTwo, begun)
			h.refusal(t, "another client's", status, answer, "invalid_grant")
			h.completes(t, bankOne, begun)
		},
	})
}

// objectCIBA are the changes that make a signed request bad.
func objectCIBA(h ciba) map[string][]any {
	at := func(d time.Duration) int64 { return h.Now().Add(d).Unix() }
	return map[string][]any{
		"fapi-ciba-id1-ensure-request-object-missing-aud-fails":                 {"aud", nil},
		"fapi-ciba-id1-ensure-request-object-bad-aud-fails":                     {"aud", "https://other.example.test"},
		"fapi-ciba-id1-ensure-request-object-missing-iss-fails":                 {"iss", nil},
		"fapi-ciba-id1-ensure-request-object-bad-iss-fails":                     {"iss", bankTwo},
		"fapi-ciba-id1-ensure-request-object-missing-exp-fails":                 {"exp", nil},
		"fapi-ciba-id1-ensure-request-object-expired-exp-fails":                 {"exp", at(-5 * time.Minute)},
		"fapi-ciba-id1-ensure-request-object-exp-is-70-minutes-in-future-fails": {"exp", at(70 * time.Minute)},
		"fapi-ciba-id1-ensure-request-object-missing-iat-fails":                 {"iat", nil},
		"fapi-ciba-id1-ensure-request-object-missing-nbf-fails":                 {"nbf", nil},
		"fapi-ciba-id1-ensure-request-object-nbf-is-10-minutes-in-future-fails": {"nbf", at(10 * time.Minute)},
		"fapi-ciba-id1-ensure-request-object-nbf-is-70-minutes-in-past-fails":   {"nbf", at(-70 * time.Minute)},
		"fapi-ciba-id1-ensure-request-object-missing-jti-fails":                 {"jti", nil},
	}
}

func TestConformanceCIBARequests(t *testing.T) {
	modules := map[string]func(*testing.T, ciba){
		"fapi-ciba-id1-ensure-request-object-signature-algorithm-is-none-fails": func(t *testing.T, h ciba) {
			h.refuses(t, "unsigned", url.Values{"request": {unsignedObject(t, h.object(bankOne))}}, "invalid_request")
		},
		"fapi-ciba-id1-ensure-request-object-signature-algorithm-is-bad-fails": func(t *testing.T, h ciba) {
			h.refuses(t, "spoiled", url.Values{"request": {spoiled(h.signs(bankOne).Get("request"))}}, "invalid_request")
		},
		"fapi-ciba-id1-ensure-request-object-signature-algorithm-is-RS256-fails": func(t *testing.T, h ciba) {
			h.refuses(t, "RS256", url.Values{"request": {weak(h.keys[bankOne]).Sign(t, map[string]any{"kid": h.keys[bankOne].ID}, h.object(bankOne))}}, "invalid_request")
		},
		"fapi-ciba-id1-ensure-request-object-signed-by-other-client-fails": func(t *testing.T, h ciba) {
			h.refuses(t, "the other's key", url.Values{"request": {h.keys[bankTwo].Sign(t, nil, h.object(bankOne))}}, "invalid_request")
		},
	}
	for name := range objectCIBA(ciba{House: webtest.Start(t)}) {
		modules[name] = func(t *testing.T, h ciba) {
			h.refuses(t, name, h.signs(bankOne, objectCIBA(h)[name]...), "invalid_request")
			h.begins(bankOne)
		}
	}
	cibaModules(t, bothModes, bothAuths, modules)
}

// weak is the same key, signing as FAPI forbids.
func weak(k *oauthtest.Key) *oauthtest.Key {
	return &oauthtest.Key{Algorithm: "RS256", ID: k.ID, Private: k.Private}
}

// TestConformanceCIBACertificates: clients that a certificate proves.
func TestConformanceCIBACertificates(t *testing.T) {
	cibaModules(t, bothModes, []string{byCert}, map[string]func(*testing.T, ciba){
		"fapi-ciba-id1-ensure-different-client-id-and-issuer-in-backchannel-authorization-request": func(t *testing.T, h ciba) {
			form := h.signs(bankOne)
			form.Set("client_id", bankTwo)
			status, answer := h.sendBy(h.certs[bankOne], "/oauth2/bc-authorize", form)
			if status != http.StatusUnauthorized || answer["error"] != "invalid_client" {
				t.Errorf("answers %d %v", status, answer)
			}
		},
		"fapi-ciba-id1-ensure-wrong-client-id-in-backchannel-authorization-request": func(t *testing.T, h ciba) {
			form := url.Values{"client_id": {bankTwo}, "request": {h.keys[bankOne].Sign(t, nil, h.object(bankTwo))}}
			status, answer := h.sendBy(h.certs[bankOne], "/oauth2/bc-authorize", form)
			h.refusal(t, "another's client_id", status, answer, "access_denied", "invalid_request", "invalid_client")
		},
		"fapi-ciba-id1-ensure-wrong-client-id-in-token-endpoint-request": func(t *testing.T, h ciba) {
			form := url.Values{"client_id": {bankTwo}, "grant_type": {identity.GrantCIBA}, "auth_req_id": {text(h.begins(bankOne)["auth_req_id"])}}
			status, answer := h.sendBy(h.certs[bankOne], "/oauth2/token", form)
			h.refusal(t, "another's client_id", status, answer, "invalid_client")
		},
	})
}

// TestConformanceCIBAAssertions: clients that an assertion proves.
func TestConformanceCIBAAssertions(t *testing.T) {
	const bc, token = "/oauth2/bc-authorize", "/oauth2/token"
	polled := func(h ciba, assertion string) (int, map[string]any) {
		form := url.Values{"grant_type": {identity.GrantCIBA}, "auth_req_id": {text(h.begins(bankOne)["auth_req_id"])}, "client_id": {bankOne}}
		if assertion != "" {
			form.Set("client_assertion_type", assertionType)
			form.Set("client_assertion", assertion)
		}
		return h.sendBy(h.certs[bankOne], token, form)
	}
	cibaModules(t, bothModes, []string{byKey}, map[string]func(*testing.T, ciba){
		"fapi-ciba-id1-ensure-without-client-assertion-in-token-endpoint-request": func(t *testing.T, h ciba) {
			status, answer := polled(h, "")
			h.refusal(t, "no assertion", status, answer, "invalid_client", "invalid_request")
		},
		"fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails": func(t *testing.T, h ciba) {
			status, answer := polled(h, weak(h.keys[bankOne]).Assertion(t, bankOne, webtest.PublicURL+token, h.Now(), nil))
			h.refusal(t, "RS256", status, answer, "invalid_client")
		},
		"fapi-ciba-id1-ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds": func(t *testing.T, h ciba) {
			status, answer := polled(h, h.keys[bankOne].Assertion(t, bankOne, webtest.PublicURL, h.Now(), nil))
			h.refusal(t, "the issuer as aud", status, answer, "authorization_pending", "slow_down")
		},
		"fapi-ciba-id1-ensure-without-client-assertion-in-backchannel-authorization-request": func(t *testing.T, h ciba) {
			h.unproven(t, "none", "", "")
		},
		"fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails": func(t *testing.T, h ciba) {
			h.unproven(t, "RS256", assertionType, weak(h.keys[bankOne]).Assertion(t, bankOne, webtest.PublicURL+bc, h.Now(), nil))
		},
		"fapi-ciba-id1-ensure-invalid-client-assertions-in-backchannel-authorization-request-fail": func(t *testing.T, h ciba) {
			key, now, aud := h.keys[bankOne], h.Now(), webtest.PublicURL+bc
			h.unproven(t, "none", "", "")
			h.unproven(t, "no client_assertion_type", "", key.Assertion(t, bankOne, aud, now, nil))
			h.unproven(t, "another client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", key.Assertion(t, bankOne, aud, now, nil))
			for label, change := range map[string]func(header, claims map[string]any){
				"no sub": member("sub", nil), "another sub": member("sub", bankTwo), "no iss": member("iss", nil), "another iss": member("iss", bankTwo),
				"no aud": member("aud", nil), "another aud": member("aud", "https://other.example.test/"), "expired": member("exp", now.Add(-5*time.Minute).Unix()),
			} {
				h.unproven(t, label, assertionType, key.Assertion(t, bankOne, aud, now, change))
			}
			h.unproven(t, "RS256", assertionType, weak(key).Assertion(t, bankOne, aud, now, nil))
			h.unproven(t, "alg none", assertionType, unsignedObject(t, map[string]any{"iss": bankOne, "sub": bankOne, "aud": aud, "jti": "j1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}))
			h.unproven(t, "spoiled", assertionType, spoiled(key.Assertion(t, bankOne, aud, now, nil)))
			h.completes(t, bankOne, h.begins(bankOne))
		},
	})
}

// unproven fails unless the authentication endpoint refuses the client.
func (h ciba) unproven(t *testing.T, label, kind, assertion string) {
	t.Helper()
	form := h.signs(bankOne)
	form.Set("client_id", bankOne)
	for name, value := range map[string]string{"client_assertion_type": kind, "client_assertion": assertion} {
		if value != "" {
			form.Set(name, value)
		}
	}
	status, answer := h.sendBy(nil, "/oauth2/bc-authorize", form)
	h.refusal(t, label, status, answer, "access_denied", "invalid_request", "invalid_client")
}

// TestConformanceCIBAPing: what the notification endpoint answers changes nothing for the flow.
func TestConformanceCIBAPing(t *testing.T) {
	says := func(status int, body string) func(*testing.T, ciba) {
		return func(t *testing.T, h ciba) {
			*h.answer = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, status) }
			h.completes(t, bankOne, h.begins(bankOne))
		}
	}
	cibaModules(t, []string{"ping"}, bothAuths, map[string]func(*testing.T, ciba){
		"fapi-ciba-id1-ping-backchannel-notification-endpoint-response-has-body": says(http.StatusOK, "A body."),
		"fapi-ciba-id1-ping-backchannel-notification-endpoint-response-401":      says(http.StatusUnauthorized, "The token is valid."),
		"fapi-ciba-id1-ping-backchannel-notification-endpoint-response-403":      says(http.StatusForbidden, "The token is valid."),
		"fapi-ciba-id1-ping-with-mtls-ciba-notification-endpoint-response-401-and-require-server-does-not-retry": func(t *testing.T, h ciba) {
			says(http.StatusUnauthorized, "The token is valid.")(t, h)
			h.After(24 * time.Hour)
			h.completes(t, bankOne, h.begins(bankOne)) // told: the next ping is this one's
		},
		"fapi-ciba-id1-ping-backchannel-notification-endpoint-return-redirect-request": func(t *testing.T, h ciba) {
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
			defer elsewhere.Close()
			*h.answer = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL, http.StatusMovedPermanently)
			}
			h.completes(t, bankOne, h.begins(bankOne))
			h.called(t)
		},
	})
}

// called waits until a call to the notification endpoint is over, whatever came of it.
func (h ciba) called(t *testing.T) {
	t.Helper()
	sender := &message.Sender{Store: h.Core.Store, Now: h.Core.Now}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		all, err := sender.List(t.Context(), message.Waiting)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(all, func(m message.Message) bool { return m.Kind == message.CIBAPing && m.Attempts > 0 && m.Claim == "" }) {
			return
		}
	}
	t.Fatal("the call is never over")
}

func moduleCIBADiscovery(t *testing.T, h ciba) {
	document := discovered(t, h.House)
	lists(t, document, "backchannel_token_delivery_modes_supported", h.mode)
	lists(t, document, "backchannel_authentication_request_signing_alg_values_supported", "PS256", "ES256")
	lists(t, document, "grant_types_supported", identity.GrantCIBA)
	lists(t, document, "token_endpoint_auth_methods_supported", h.auth)
	if document["backchannel_authentication_endpoint"] != webtest.PublicURL+"/oauth2/bc-authorize" || document["backchannel_user_code_parameter_supported"] == true {
		t.Errorf("%v", document)
	}
	if document["tls_client_certificate_bound_access_tokens"] != true {
		t.Errorf("tls_client_certificate_bound_access_tokens is %v", document["tls_client_certificate_bound_access_tokens"])
	}
}

// moduleCIBATwoClients: the second client signs with a typ, asks for acr_values and a
// lifetime, and has a long notification token.
func moduleCIBATwoClients(t *testing.T, h ciba) {
	first := h.completes(t, bankOne, h.begins(bankOne))
	inQuery := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/oauth2/userInfo?access_token="+url.QueryEscape(text(first["access_token"])), nil)
	if got := h.Do(presents(inQuery, h.certs[bankOne])); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token in the query answers %d", got.StatusCode)
	}
	changes := []any{"acr_values", "1 2", "requested_expiry", 300}
	token := strings.Repeat("aZ9-._~+/", 113) + "=" // 1,018 of the 1,024 that it may have
	if h.mode == "ping" {
		changes = append(changes, "client_notification_token", token)
	}
	key := h.keys[bankTwo]
	object := key.Sign(t, map[string]any{"kid": key.ID, "typ": "oauth-authz-req+jwt"}, h.object(bankTwo, changes...))
	begun := h.begun(h.send(bankTwo, "/oauth2/bc-authorize", url.Values{"request": {object}}))
	h.waits(t, bankTwo, begun)
	h.answers("allow")
	h.told(begun, token)
	second := h.gets(t, bankTwo, begun)
	if acr := text(fapi{House: h.House}.verified(text(second["id_token"]))["acr"]); !slices.Contains([]string{"1", "2"}, acr) {
		t.Errorf("acr %q", acr)
	}
	if got := h.Do(presents(infoRequest("Bearer", text(second["access_token"])), h.certs[bankOne])); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("with the first client's certificate the second's token answers %d", got.StatusCode)
	}
	status, answer := h.polls(bankTwo, begun)
	h.refusal(t, "the second time", status, answer, "invalid_grant")
}

func moduleCIBABinding(t *testing.T, h ciba) {
	begun := h.begins(bankOne, "binding_message", "1234")
	h.answers("allow").Says("1234")
	h.told(begun, notificationToken)
	h.gets(t, bankOne, begun)
}

func moduleCIBARefresh(t *testing.T, h ciba) {
	refreshes := func(client, token string) (int, map[string]any) {
		return h.send(client, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	}
	var last string
	for _, client := range []string{bankOne, bankTwo} {
		first := h.completes(t, client, h.begins(client))
		last = text(first["refresh_token"])
		module{T: h.T}.entropy(last)
		h.After(time.Second)
		status, again := refreshes(client, last)
		if status != http.StatusOK || again["access_token"] == first["access_token"] {
			t.Fatalf("refreshing answers %d %v", status, again)
		}
		h.holds(t, client, again)
		before, after := fapi{House: h.House}.verified(text(first["id_token"])), fapi{House: h.House}.verified(text(again["id_token"]))
		for _, name := range []string{"iss", "sub", "aud", "auth_time"} {
			if after[name] != before[name] {
				t.Errorf("%s changes from %v to %v", name, before[name], after[name])
			}
		}
		if rotated := text(again["refresh_token"]); rotated != "" {
			last = rotated
		}
	}
	status, answer := refreshes(bankOne, last)
	h.refusal(t, "another client's refresh token", status, answer, "invalid_grant")
}

// moduleCIBAHolder: the token endpoint wants the certificate, before anybody has
// answered. The versions and ciphers of TLS are the tests' of the listener.
func moduleCIBAHolder(t *testing.T, h ciba) {
	begun := h.begins(bankOne)
	form := url.Values{"client_id": {bankOne}, "grant_type": {identity.GrantCIBA}, "auth_req_id": {text(begun["auth_req_id"])}}
	bare := maps.Clone(form)
	if h.auth == byKey {
		bare.Set("client_assertion_type", assertionType)
		bare.Set("client_assertion", h.keys[bankOne].Assertion(t, bankOne, webtest.PublicURL+"/oauth2/token", h.Now(), nil))
	}
	status, answer := h.sendBy(nil, "/oauth2/token", bare)
	h.refusal(t, "without a certificate", status, answer, "invalid_client", "invalid_request", "invalid_grant")
	h.completes(t, bankOne, begun)
}
