package oidc

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"poolhouse.dev/test/kit"
)

// spa is a single-page app with npm's oidc-client-ts, at an address of its own.
func spa(t *testing.T) (app *httptest.Server, settings kit.Map) {
	t.Helper()
	settings = kit.Map{}
	mux := http.NewServeMux()
	here := filepath.Join(kit.Root(t), "test", "oidc", "testdata")
	file := func(pattern, path string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) })
	}
	file("GET /{$}", filepath.Join(here, "spa.html"))
	file("GET /callback", filepath.Join(here, "spa.html"))
	file("GET /spa.js", filepath.Join(here, "spa.js"))
	file("GET /oidc-client-ts.js", filepath.Join(kit.Root(t), "test", "node_modules", "oidc-client-ts", "dist", "browser", "oidc-client-ts.min.js"))
	mux.HandleFunc("GET /settings", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(settings)
	})
	app = httptest.NewServer(mux)
	t.Cleanup(app.Close)
	return app, settings
}

// state is what the app shows of itself.
type state struct {
	Signed, Sub, Email, Type, Token, Refresh string
	Renewed                                  int
}

// shows waits until the app shows the words, and answers what it shows with them.
func shows(t *testing.T, b *kit.Browser, words string) (s state) {
	t.Helper()
	b.See(t, words) // pages may come and go meanwhile
	if err := json.Unmarshal([]byte(b.TextOf(t, "#state")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOIDCClientTSInABrowser signs in, renews and signs out in Chromium, from
// another origin than the provider's, with bearer tokens and with tokens bound by DPoP.
func TestOIDCClientTSInABrowser(t *testing.T) {
	for name, bound := range map[string]bool{"Bearer": false, "DPoP": true} {
		t.Run(name, func(t *testing.T) {
			app, settings := spa(t)
			s := start(t, kit.Map{"client_id": "reader", "client_name": "Reader", "token_endpoint_auth_method": "none",
				"callback_urls": kit.List{app.URL + "/callback"}, "logout_urls": kit.List{app.URL + "/"}, "dpop_bound_access_tokens": bound})
			settings["authority"], settings["client_id"], settings["scope"] = s.URL, "reader", "openid email"
			b := kit.NewBrowser(t, app.URL, s.URL)
			if bound {
				settings["dpop"] = kit.Map{"bind_authorization_code": true}
				b.Expect("the server responded with a status of 40") // the first proof of each endpoint lacks its nonce
			}
			b.Open(t, app.URL+"/")
			shows(t, b, `"signed":"out"`)
			b.Press(t, "Sign in")
			b.Type(t, "username", ann)
			b.Enter(t, "password", kit.AnnPassword)
			first := shows(t, b, `"signed":"in"`)
			if first.Type != name || (!bound && first.Email != ann) {
				t.Errorf("signed in as %+v", first)
			}
			b.Press(t, "Renew")
			next := shows(t, b, `"renewed":1`)
			if next.Sub != first.Sub || next.Token == first.Token || next.Refresh == first.Refresh {
				t.Errorf("renewed %+v from %+v", next, first)
			}
			b.Press(t, "Sign out")
			shows(t, b, `"signed":"out"`)
			b.Press(t, "Sign in")
			b.Field(t, "password") // the session has ended, too
		})
	}
}
