package web_test

import (
	"encoding/base64"
	"encoding/json"
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

// Tests that bear the names of the certification suite's modules, as far as they
// are about how an app asks.

// lands brings a request in a browser whose person is signed in, and answers what
// the app is told.
func lands(b *webtest.Browser, pairs ...string) url.Values {
	return b.Get(webtest.AuthorizeURL(pairs...)).Lands(webtest.Callback)
}

// idToken answers the claims of the ID token that a code gives.
func idToken(h *webtest.House, landed url.Values) map[string]any {
	h.Helper()
	parts := strings.Split(redeem(h, landed.Get("code"))["id_token"].(string), ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		h.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		h.Fatal(err)
	}
	return claims
}

// told fails unless the app is told of an error, with its state and our issuer.
func told(t *testing.T, landed url.Values, codes ...string) {
	t.Helper()
	for _, code := range codes {
		if landed.Get("error") == code && landed.Get("iss") == webtest.PublicURL && !landed.Has("code") {
			return
		}
	}
	t.Errorf("the app is told %v, want one of %v", landed, codes)
}

func TestConformanceOfRequests(t *testing.T) {
	long := strings.Repeat("s", 128)
	for name, run := range map[string]func(*testing.T, *webtest.House, *webtest.Browser){
		"oidcc-response-type-missing": func(t *testing.T, _ *webtest.House, b *webtest.Browser) {
			told(t, lands(b, "response_type", ""), "invalid_request", "unsupported_response_type")
		},
		"oidcc-display-page":  func(t *testing.T, h *webtest.House, b *webtest.Browser) { idToken(h, lands(b, "display", "page")) },
		"oidcc-display-popup": func(t *testing.T, h *webtest.House, b *webtest.Browser) { idToken(h, lands(b, "display", "popup")) },
		"oidcc-ensure-request-with-unknown-parameter-succeeds": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			idToken(h, lands(b, "extra", "foobar"))
		},
		"oidcc-ui-locales":     func(t *testing.T, h *webtest.House, b *webtest.Browser) { idToken(h, lands(b, "ui_locales", "se")) },
		"oidcc-claims-locales": func(t *testing.T, h *webtest.House, b *webtest.Browser) { idToken(h, lands(b, "claims_locales", "se")) },
		"oidcc-login-hint": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			idToken(h, lands(b, "login_hint", "buffy@example.test"))
			fields, _ := h.Browser().Get(webtest.AuthorizeURL("login_hint", "buffy@example.test")).Form("username")
			if fields.Get("username") != "buffy@example.test" {
				t.Errorf("the page has %v", fields)
			}
		},
		"oidcc-prompt-login": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			first := idToken(h, lands(b))
			h.After(time.Second)
			second := b.Get(webtest.AuthorizeURL("prompt", "login")).At("/login").Submit("username", ann, "password", webtest.Password)
			if again := idToken(h, second.Lands(webtest.Callback)); again["auth_time"].(float64) <= first["auth_time"].(float64) {
				t.Errorf("auth_time %v, then %v", first["auth_time"], again["auth_time"])
			}
		},
		"oidcc-prompt-none-not-logged-in": func(t *testing.T, h *webtest.House, _ *webtest.Browser) {
			landed := lands(h.Browser(), "prompt", "none", "state", long)
			if told(t, landed, "login_required"); landed.Get("state") != long {
				t.Errorf("state %q", landed.Get("state"))
			}
		},
		"oidcc-prompt-none-logged-in": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			first, second := idToken(h, lands(b)), idToken(h, lands(b, "prompt", "none"))
			if first["sub"] != second["sub"] || first["auth_time"] != second["auth_time"] {
				t.Errorf("%v, then %v", first, second)
			}
		},
		"oidcc-max-age-1": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			first := idToken(h, lands(b))
			h.After(2 * time.Second)
			second := b.Get(webtest.AuthorizeURL("max_age", "1")).At("/login").Submit("username", ann, "password", webtest.Password)
			if again := idToken(h, second.Lands(webtest.Callback)); again["auth_time"].(float64) <= first["auth_time"].(float64) {
				t.Errorf("auth_time %v, then %v", first["auth_time"], again["auth_time"])
			}
		},
		"oidcc-max-age-10000": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			first := idToken(h, lands(b, "max_age", "15000"))
			h.After(time.Second)
			if again := idToken(h, lands(b, "max_age", "10000")); again["auth_time"] != first["auth_time"] || again["sub"] != first["sub"] {
				t.Errorf("%v, then %v", first, again)
			}
		},
		"oidcc-id-token-hint": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			tokens := redeem(h, lands(b).Get("code"))
			if landed := lands(b, "prompt", "none", "id_token_hint", tokens["id_token"].(string)); !landed.Has("code") {
				t.Errorf("told %v", landed)
			}
		},
		"oidcc-ensure-request-with-acr-values-succeeds": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			if acr := idToken(h, lands(b, "acr_values", "1 2"))["acr"]; acr != "1" {
				t.Errorf("acr %v", acr)
			}
		},
		"oidcc-ensure-registered-redirect-uri": func(t *testing.T, _ *webtest.House, b *webtest.Browser) {
			if page := b.Get(webtest.AuthorizeURL("redirect_uri", webtest.Callback+"/random")).Is(http.StatusBadRequest); page.Header.Get("Location") != "" {
				t.Error("redirected")
			}
		},
		"oidcc-ensure-redirect-uri-in-authorization-request": func(t *testing.T, _ *webtest.House, b *webtest.Browser) {
			if page := b.Get(webtest.AuthorizeURL("redirect_uri", "")).Is(http.StatusBadRequest); page.Header.Get("Location") != "" {
				t.Error("redirected")
			}
		},
		"oidcc-ensure-post-request-succeeds": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			query, err := url.ParseQuery(mustQuery(t, webtest.AuthorizeURL()))
			if err != nil {
				t.Fatal(err)
			}
			b.Send.Set("Sec-Fetch-Site", "cross-site")
			idToken(h, b.Post("/oauth2/authorize", query).Lands(webtest.Callback))
		},
		"oidcc-claims-essential": func(t *testing.T, h *webtest.House, b *webtest.Browser) {
			idToken(h, lands(b, "claims", `{"userinfo":{"name":{"essential":true}}}`))
		},
		"oidcc-ensure-request-with-valid-pkce-succeeds": func(t *testing.T, _ *webtest.House, b *webtest.Browser) {
			if landed := lands(b, "code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method", "S256"); !landed.Has("code") {
				t.Errorf("told %v", landed)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := webtest.Start(t)
			h.User(ann)
			b := h.Browser()
			b.SignIn(ann, webtest.Password)
			run(t, h, b)
		})
	}
}

func TestConformanceOfRedirectURIs(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Client(identity.Client{ID: "query", Name: "Query", CallbackURLs: []string{webtest.Callback + "?foo=bar"}}, webtest.Secret)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	for name, c := range map[string]struct {
		uri  string
		good bool
	}{
		"oidcc-redirect-uri-query-OK":       {webtest.Callback + "?foo=bar", true},
		"oidcc-redirect-uri-query-mismatch": {webtest.Callback + "?foo=notbar", false},
		"oidcc-redirect-uri-query-added":    {webtest.Callback + "?foo=bar&baz=1", false},
	} {
		t.Run(name, func(t *testing.T) {
			page := b.Get(webtest.AuthorizeURL("client_id", "query", "redirect_uri", c.uri))
			if !c.good {
				page.Is(http.StatusBadRequest)
				return
			}
			if landed := page.Lands(c.uri + "&"); landed.Get("foo") != "bar" || !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
		})
	}
}

// objectOf is a request object with a state of its own.
func objectOf(pairs ...string) map[string]any {
	query, _ := url.ParseQuery(strings.TrimPrefix(webtest.AuthorizeURL(append([]string{"state", "inside"}, pairs...)...), "/oauth2/authorize?"))
	object := map[string]any{}
	for name, values := range query {
		object[name] = values[0]
	}
	return object
}

func unsignedObject(t *testing.T, claims map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return oauthtest.Base64(`{"alg":"none"}`) + "." + oauthtest.Base64(string(raw)) + "."
}

func keysOf(t *testing.T, keys ...*oauthtest.Key) *identity.JWKSet {
	t.Helper()
	var set identity.JWKSet
	if err := json.Unmarshal(oauthtest.Set(t, keys...), &set); err != nil {
		t.Fatal(err)
	}
	return &set
}

func TestConformanceOfRequestObjects(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b, rsa := h.Browser(), oauthtest.NewKey(t, "RS256")
	b.SignIn(ann, webtest.Password)
	var served string
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(served)) }))
	defer host.Close()
	plain := identity.ClientOAuth{RequestSigningAlg: "none", RequestURIs: []string{host.URL + "/unsigned"}}
	h.Client(identity.Client{ID: "plain", Name: "Plain", ClientOAuth: plain}, webtest.Secret)
	signed := identity.ClientOAuth{RequestSigningAlg: "RS256", RequestURIs: []string{host.URL + "/signed"}, JWKS: keysOf(t, rsa)}
	h.Client(identity.Client{ID: "signed", Name: "Signed", ClientOAuth: signed}, webtest.Secret)
	t.Run("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", func(t *testing.T) {
		if landed := lands(b, "client_id", "plain", "request", unsignedObject(t, objectOf("client_id", "plain"))); landed.Get("state") != "inside" || !landed.Has("code") {
			t.Errorf("landed with %v", landed)
		}
		told(t, lands(b, "request", unsignedObject(t, objectOf())), "request_not_supported")
	})
	for _, name := range []string{"oidcc-request-uri-unsigned", "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported"} {
		t.Run(name, func(t *testing.T) {
			served = unsignedObject(t, objectOf("client_id", "plain"))
			if landed := lands(b, "client_id", "plain", "request_uri", host.URL+"/unsigned"); landed.Get("state") != "inside" || !landed.Has("code") {
				t.Errorf("landed with %v", landed)
			}
			told(t, lands(b, "request_uri", host.URL+"/unsigned"), "request_uri_not_supported")
		})
	}
	t.Run("oidcc-request-uri-signed-rs256", func(t *testing.T) {
		served = rsa.Sign(t, map[string]any{"kid": rsa.ID}, objectOf("client_id", "signed"))
		if landed := lands(b, "client_id", "signed", "request_uri", host.URL+"/signed"); landed.Get("state") != "inside" || !landed.Has("code") {
			t.Errorf("landed with %v", landed)
		}
	})
	t.Run("oidcc-ensure-request-object-with-redirect-uri", func(t *testing.T) {
		landed := lands(b, "client_id", "plain", "redirect_uri", "https://app.example.test/bad", "request", unsignedObject(t, objectOf("client_id", "plain")))
		if !landed.Has("code") {
			t.Errorf("landed with %v", landed)
		}
		page := b.Get(webtest.AuthorizeURL("redirect_uri", "https://app.example.test/bad", "request", unsignedObject(t, objectOf()))).Is(http.StatusBadRequest)
		if page.Header.Get("Location") != "" {
			t.Error("redirected to an address that is not registered")
		}
	})
}
