package oidc

import (
	"net/http"
	"net/url"
	"testing"

	"poolhouse.dev/test/kit"
)

// TestModAuthOpenIDC lets Apache's module sign a browser in and out, and hear by
// back channel of a sign-out elsewhere.
func TestModAuthOpenIDC(t *testing.T) {
	a := kit.NewApache(t)
	s := start(t, kit.Map{"client_id": "apache", "client_name": "Intranet", "client_secret": secret,
		"callback_urls": kit.List{a.URL + "/private/callback"}, "logout_urls": kit.List{a.URL + "/"},
		"backchannel_logout_uri": a.URL + "/private/callback?logout=backchannel"})
	a.Run(t, s.URL, "apache", secret, "OIDCPKCEMethod S256\nOIDCDefaultLoggedOutURL "+a.URL+"/")
	c := kit.NewClient()
	page, err := c.SignIn(a.URL+"/private/", ann, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, http.StatusOK, "You are "+ann)
	c.Open(t, a.URL+"/private/").Want(t, http.StatusOK, "You are "+ann)
	out := c.Open(t, a.URL+"/private/callback?logout="+url.QueryEscape(a.URL+"/"))
	out.Want(t, http.StatusOK, "You are signed out")
	again := c.Open(t, a.URL+"/private/")
	if !again.Has("password") {
		t.Fatalf("after signing out at %s: %s", again.URL, again.Text())
	}
	again.Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword}).Want(t, http.StatusOK, "You are "+ann)
	c.Open(t, s.URL+"/logout?"+url.Values{"client_id": {"apache"}, "logout_uri": {a.URL + "/"}}.Encode())
	kit.Eventually(t, "Apache to hear of the sign-out", func() bool { return c.Open(t, a.URL+"/private/").Has("password") })
}
