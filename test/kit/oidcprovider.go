package kit

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// OIDCProvider is npm's oidc-provider: an OpenID provider that nobody here wrote.
type OIDCProvider struct {
	process

	URL string // the issuer
	// Clients are its clients, by its own names of their settings.
	Clients List
	// Accounts are the claims of its people, by the name they sign in with, which
	// is their subject as well.
	Accounts Map
	// InIDToken puts the claims into the ID token, as Google does; else they are
	// at the userinfo endpoint alone.
	InIDToken bool
	// ClockAhead is by how much its clock is wrong.
	ClockAhead time.Duration
}

// Asked is one request that the provider was asked.
type Asked struct {
	Path   string            `json:"path"`
	Method string            `json:"method"` // how the client proved itself
	Params map[string]string `json:"params"`
}

// NewOIDCProvider answers one with an address, that does not run yet.
func NewOIDCProvider(t testing.TB) *OIDCProvider {
	t.Helper()
	return &OIDCProvider{process: process{name: "oidc-provider"}, URL: "http://" + FreeAddress(t), Accounts: Map{}}
}

// Run starts it. It may be killed and run again.
func (p *OIDCProvider) Run(t testing.TB) {
	t.Helper()
	settings, err := json.Marshal(Map{"issuer": p.URL, "clients": p.Clients, "accounts": p.Accounts, "claims_in_id_token": p.InIDToken, "clock_ahead": p.ClockAhead.Seconds()})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "upstream.json")
	if err := os.WriteFile(file, settings, 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(Root(t), "test", "federation", "testdata", "upstream.mjs")
	p.run(t, exec.Command("node", script, file), p.URL+"/.well-known/openid-configuration")
}

// Asked answers what the provider was asked at the path, oldest first.
func (p *OIDCProvider) Asked(t testing.TB, path string) []Asked {
	t.Helper()
	res, err := http.Get(p.URL + "/seen")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var all, found []Asked
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Path == path {
			found = append(found, a)
		}
	}
	return found
}

// At waits until the browser is at the provider's sign-in page, and answers what
// it is asked for: login or select_account.
func (p *OIDCProvider) At(t testing.TB, b *Browser) string {
	t.Helper()
	b.See(t, "Sign in at the upstream")
	return b.TextOf(t, "#prompt")
}

// SignIn signs in on the provider's page.
func (p *OIDCProvider) SignIn(t testing.TB, b *Browser, name string) {
	t.Helper()
	p.At(t, b)
	b.Type(t, "login", name)
	p.Press(t, b, "go")
}

// Meets repeats press until the browser is at the provider: a provider that was
// down is not asked again at once.
func (p *OIDCProvider) Meets(t testing.TB, b *Browser, press func()) {
	t.Helper()
	Eventually(t, "the provider that is up again", func() bool {
		press()
		b.Wait(t, "h1")
		return strings.HasPrefix(b.Location(t), p.URL)
	})
}

// Press presses a button of the provider's page: go, cancel or fail.
func (p *OIDCProvider) Press(t testing.TB, b *Browser, button string) {
	t.Helper()
	p.At(t, b)
	b.Do(t, chromedp.Click(chromedp.CSS(`button[value="`+button+`"]`)))
}
