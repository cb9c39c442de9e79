package docs

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// TestMCPServer lets the SDK's client find its way to the server of the page: it
// registers itself, or is known by its own document.
func TestMCPServer(t *testing.T) {
	p := read(t, "mcp")
	p.serve(t)
	p.ann(t)
	p.write(t, "server.mjs", "client.mjs", "client.json")
	p.run(t, p.App+"/.well-known/oauth-protected-resource/mcp")
	told := p.run(t, "").Done(t)
	for _, want := range []string{"401 Unauthorized", `resource_metadata="` + p.App + `/.well-known/oauth-protected-resource/mcp"`,
		`"resource":"` + p.App + `/mcp"`, `"authorization_servers":["` + p.Server.URL + `"]`} {
		if !strings.Contains(told, want) {
			t.Errorf("without a token %q is missing:\n%s", want, told)
		}
	}
	p.consents(t, p.run(t, ""))
}

// consents brings Ann through the sign-in that the client asks for, and sees the
// client call the tool.
func (p *clientPage) consents(t *testing.T, client *kit.Program) {
	t.Helper()
	page, err := kit.NewClient().SignIn(client.Says(t, "Open (http.*)"), ann, kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, http.StatusOK, "Desk", "Read your notes").Submit(t, kit.Fields{"answer": "allow"}).Want(t, http.StatusOK, "You may close this window.")
	if said := client.Done(t); !strings.Contains(said, "The notes of ") {
		t.Errorf("the client said %q", said)
	}
}

// TestMCPClientIsKnownByItsDocument is the same for a pool where nobody registers:
// the client's id is the address of client.json.
func TestMCPClientIsKnownByItsDocument(t *testing.T) {
	var document string
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/client.json" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, document)
		}
	}))
	t.Cleanup(site.Close)
	p := read(t, "mcp", "SSL_CERT_FILE="+certificateOf(t, site), "CLIENT_ID="+site.URL+"/client.json")
	document = strings.ReplaceAll(p.take(t, "client.json"), "https://desk.acme.test", site.URL)
	p.files["poolhouse.yaml"] = strings.Replace(p.files["poolhouse.yaml"], "policy: open", "policy: closed", 1) +
		"outgoing: {allow_networks: [127.0.0.0/8]}\n" // the document is on this machine
	p.serve(t)
	p.ann(t)
	p.write(t, "server.mjs", "client.mjs")
	p.run(t, p.App+"/.well-known/oauth-protected-resource/mcp")
	p.skip()
	client := p.run(t, "")
	if to := client.Says(t, "Open (http.*)"); !strings.Contains(to, url.QueryEscape(site.URL+"/client.json")) {
		t.Errorf("the client calls itself otherwise: %s", to)
	}
	p.consents(t, client)
	p.warns(t, "authorize?response_type=code&client_id="+site.URL+"/nobody.json", "The client_id is missing, given twice or unknown.")
}

// certificateOf writes the site's certificate to a file that makes it trusted.
func certificateOf(t *testing.T, site *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "site.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMCPGoesWrong brings about what the page says of requests that go wrong.
func TestMCPGoesWrong(t *testing.T) {
	p := read(t, "mcp")
	p.serve(t)
	p.ann(t)
	p.take(t, "client.mjs")
	p.take(t, "client.json")
	p.write(t, "server.mjs")
	p.run(t, p.App+"/.well-known/oauth-protected-resource/mcp")
	p.skip()
	p.skip()
	id := p.register(t)
	begin := "authorize?response_type=code&redirect_uri=http://127.0.0.1/callback&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&client_id=" + id
	p.warns(t, begin+"&resource="+p.App+"/mcp/", "invalid_target")
	p.warns(t, begin+"&scope="+p.App+"/mcp/write", "invalid_scope")
	a := newAppAuth(t, fmt.Sprintf(`{"client_id": %q, "redirect_uri": "http://127.0.0.1/callback", "end_session_redirect_uri": "http://127.0.0.1/bye", "authorization_scope": "openid %s/mcp/read", "discovery_uri": "%s/.well-known/openid-configuration"}`, id, p.App, p.Server.URL))
	tokens := a.authorize(t)
	if tokens.RefreshToken != "" {
		t.Error("a refresh token for who registered without that grant type")
	}
	status, why := get(t, p.App+"/mcp", tokens.AccessToken)
	if status != http.StatusUnauthorized {
		t.Errorf("a token for no server in particular: %d", status)
	}
	p.says(t, why, `missing required "aud" claim`)
}

// register is what an assistant does that has no document.
func (p *clientPage) register(t *testing.T) string {
	t.Helper()
	res, err := http.Post(p.Server.URL+"/oauth2/register", "application/json", strings.NewReader(`{"client_name": "Desk", "redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "none"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var made struct {
		ID string `json:"client_id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || made.ID == "" {
		t.Fatalf("no client was made: %d %v", res.StatusCode, err)
	}
	return made.ID
}
