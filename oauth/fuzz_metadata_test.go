package oauth

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// FuzzClientMetadata holds what a stranger says of a client: whatever it is, what
// becomes a client of it leads nobody astray, and says the same when it is told back.
func FuzzClientMetadata(f *testing.F) {
	const id = "https://app.example.test/client.json"
	pool := identity.Pool{ID: testPool, Name: "Test", ClientRegistration: identity.ClientRegistration{
		Policy: identity.RegistrationOpen, AllowedGrants: []string{identity.GrantCode, identity.GrantRefresh, identity.GrantImplicit},
		Documents: identity.MetadataDocuments{Enabled: true, RedirectURIs: identity.RedirectsSameOrigin},
	}}
	f.Fuzz(func(t *testing.T, said []byte) {
		if c, refused := readDocument(&pool, id, said); refused == nil {
			holdClient(t, &c)
			for _, uri := range c.CallbackURLs {
				if at, err := url.Parse(uri); err != nil || at.Hostname() != "app.example.test" {
					t.Errorf("a document leads to %q", uri)
				}
			}
			if c.ID != id || needsSecret(&c) {
				t.Errorf("a document makes %+v", c)
			}
		}
		m, _, refused := readMetadata(said)
		if refused != nil {
			return
		}
		if m.AuthMethod == "" {
			m.AuthMethod = identity.AuthBasic
		}
		c, refused := m.client(&pool)
		if refused == nil {
			refused = checkRegistered(&pool, &c)
		}
		if refused != nil {
			return
		}
		holdClient(t, &c)
		first, err := told(&c)
		if err != nil {
			t.Fatal(err)
		}
		again, _, refused := readMetadata(body(first))
		if refused != nil || !slices.Equal(again.RedirectURIs, c.CallbackURLs) || again.Name != c.Name || again.AuthMethod != c.AuthMethod {
			t.Errorf("%v is read back as %+v, %v", first, again, refused)
		}
	})
}

// holdClient holds what is true of every client that a stranger made.
func holdClient(t *testing.T, c *identity.Client) {
	t.Helper()
	for _, uri := range slices.Concat(c.CallbackURLs, c.LogoutURLs) {
		at, err := url.Parse(uri)
		if err != nil || strings.Contains(uri, "#") || at.User != nil || slices.Contains([]string{"", "javascript", "data", "file"}, at.Scheme) {
			t.Errorf("leads to %q", uri)
		}
		if at.Scheme == "http" && !onThisMachine(at.Hostname()) {
			t.Errorf("leads to %q in the clear", uri)
		}
	}
	if c.Consent != "ask" || c.FAPIProfile != "" || c.TokenExchange != nil || len(c.JWTBearer) > 0 || len(c.Resources) > 0 || slices.Contains(c.AllowedOAuthScopes, scopeSelf) {
		t.Errorf("a stranger made %+v", c)
	}
	if strings.ContainsAny(c.Name, "\x00\n\u202e\u200b") || c.Name == "" {
		t.Errorf("the name %q", c.Name)
	}
}
