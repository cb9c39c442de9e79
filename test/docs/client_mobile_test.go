package docs

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// TestMobileApp sends what AppAuth for Android sends with the settings of the page,
// to the app's own scheme and to its claimed address.
func TestMobileApp(t *testing.T) {
	p := read(t, "mobile")
	p.serve(t)
	p.ann(t)
	text := p.take(t, "auth_config.json")
	for _, own := range []string{"test.acme.walks:/", "https://walks.acme.test/"} {
		t.Run(own, func(t *testing.T) {
			a := newAppAuth(t, strings.ReplaceAll(text, "test.acme.walks:/", own))
			tokens := a.authorize(t)
			if tokens.RefreshToken == "" {
				t.Error("no refresh token")
			}
			fresh := a.post(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.RefreshToken}})
			a.check(t, fresh.IDToken, "")
			a.end(t, fresh.IDToken)
		})
	}
	t.Run("http://127.0.0.1", func(t *testing.T) {
		p.write(t, "walks.mjs")
		program := p.run(t, "")
		page, err := kit.NewClient().SignIn(program.Says(t, "Open (http.*)"), ann, kit.AnnPassword)
		if err != nil {
			t.Fatal(err)
		}
		page.Want(t, http.StatusOK, "You are signed in.")
		if said := program.Done(t); !strings.Contains(said, "Hello, "+ann) {
			t.Errorf("the program said %q", said)
		}
	})
	p.warns(t, "authorize?client_id=walks&response_type=code&redirect_uri=http://localhost:8000/callback", "redirect_uri is missing, given twice or not registered for this client.")
	p.warns(t, "authorize?client_id=walks&response_type=code&redirect_uri=http://127.0.0.1:8000/callback", "This client needs PKCE: send code_challenge with method S256.")
}
