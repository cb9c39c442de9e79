package oauth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// publisher serves the metadata of clients whose ids are its addresses.
type publisher struct {
	*httptest.Server
	mu     sync.Mutex
	asked  int
	said   map[string]any // beside client_id
	answer func(w http.ResponseWriter, r *http.Request) bool
}

func publish(t *testing.T) *publisher {
	p := &publisher{said: map[string]any{}}
	p.Server = httptest.NewTLSServer(p)
	t.Cleanup(p.Close)
	p.said["redirect_uris"], p.said["client_name"] = []string{p.URL + "/cb", "http://127.0.0.1/cb"}, "Notes"
	return p
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	w.Header().Set("Content-Type", "application/json")
	if p.answer != nil && p.answer(w, r) {
		return
	}
	all := map[string]any{"client_id": p.URL + r.URL.Path}
	for name, value := range p.said {
		all[name] = value
	}
	_ = json.NewEncoder(w).Encode(all)
}

func (p *publisher) id() identity.ClientID { return identity.ClientID(p.URL + "/client.json") }

// documents is a kit whose pool takes clients by their documents.
func documents(t *testing.T, p *publisher) *kit {
	k := start(t)
	k.open(func(pool *identity.Pool) {
		pool.ClientRegistration = identity.ClientRegistration{Documents: identity.MetadataDocuments{Enabled: true}}
	})
	k.reach(p.Server)
	return k
}

func (k *kit) brings(id identity.ClientID, redirect string, changes ...string) Decision {
	k.Helper()
	d, err := k.Authorize(k.Context(), testPool, request(id, append([]string{"redirect_uri", redirect}, changes...)...), AuthorizeState{})
	k.must(err)
	return d
}

func TestAClientIsKnownByTheAddressOfItsMetadata(t *testing.T) {
	p := publish(t)
	k := documents(t, p)
	d := k.brings(p.id(), p.URL+"/cb")
	if d.Login == nil || d.Login.Client.Name != "Notes" || d.Login.Client.ID != p.id() || d.Login.Client.Consent != "ask" || !d.Login.Client.Public() {
		t.Fatalf("%+v", d)
	}
	if d := k.brings(p.id(), "http://127.0.0.1:7777/cb"); d.Login == nil {
		t.Errorf("%+v", d)
	}
	if d := k.brings(p.id(), "https://evil.example.test/cb"); d.Page == nil {
		t.Errorf("%+v", d)
	}
	if p.asked != 1 {
		t.Errorf("asked %d times", p.asked)
	}
	auth := k.signIn("ann@example.test")
	granted, err := k.Authorize(t.Context(), testPool, request(p.id(), "redirect_uri", p.URL+"/cb"), AuthorizeState{Auth: auth})
	k.must(err)
	if granted.Answer == nil && granted.Login != nil {
		t.Errorf("%+v", granted)
	}
	// Off again, it is nobody.
	k.open(func(pool *identity.Pool) { pool.ClientRegistration = identity.ClientRegistration{} })
	if d := k.brings(p.id(), p.URL+"/cb"); d.Page == nil {
		t.Errorf("%+v", d)
	}
}

func TestADocumentIsKeptAsItsServerSays(t *testing.T) {
	p := publish(t)
	control := "max-age=7200"
	p.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Cache-Control", control)
		return false
	}
	k := documents(t, p)
	k.brings(p.id(), p.URL+"/cb")
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{119 * time.Minute, 1}, {2 * time.Minute, 2}} {
		k.wait(step.wait)
		if k.brings(p.id(), p.URL+"/cb"); p.asked != step.want {
			t.Errorf("asked %d times, want %d", p.asked, step.want)
		}
	}
	p.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Cache-Control", "no-store")
		return false
	}
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{2 * time.Hour, 3}, {minDocumentLife - time.Second, 3}, {2 * time.Second, 4}} {
		k.wait(step.wait)
		if k.brings(p.id(), p.URL+"/cb"); p.asked != step.want {
			t.Errorf("asked %d times, want %d", p.asked, step.want)
		}
	}
}

func TestADocumentThatChangesChangesTheClient(t *testing.T) {
	p := publish(t)
	k := documents(t, p)
	k.brings(p.id(), p.URL+"/cb")
	p.said["client_name"], p.said["redirect_uris"] = "Bank", []string{p.URL + "/other"}
	k.wait(2 * time.Hour)
	if d := k.brings(p.id(), p.URL+"/cb"); d.Page == nil {
		t.Errorf("%+v", d)
	}
	after := k.brings(p.id(), p.URL+"/other").Login.Client
	if after.Name != "Bank" {
		t.Errorf("%+v", after)
	}
	// Its server is away: the last one serves, for a day.
	p.answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
	k.wait(2 * time.Hour)
	if d := k.brings(p.id(), p.URL+"/other"); d.Login == nil {
		t.Errorf("%+v", d)
	}
	k.wait(24 * time.Hour)
	if d := k.brings(p.id(), p.URL+"/other"); d.Page == nil {
		t.Errorf("%+v", d)
	}
}

func TestAttackDocumentsThatAreNone(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"another client_id": func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(`{"client_id":"https://app.example.test/c","redirect_uris":["http://127.0.0.1/cb"]}`))
			return true
		},
		"HTML": func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "text/html")
			return false
		},
		"not found":  func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); return false },
		"a redirect": redirected,
		"a huge one": func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(strings.Repeat(" ", maxDocument)))
			return false
		},
		"broken JSON":    func(w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write([]byte("{")); return true },
		"nothing at all": func(http.ResponseWriter, *http.Request) bool { return true },
	} {
		p := publish(t)
		p.answer = answer
		if d := documents(t, p).brings(p.id(), "http://127.0.0.1/cb"); d.Page == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	for name, said := range map[string]map[string]any{
		"a secret":               {"client_secret": "x"},
		"the end of a secret":    {"client_secret_expires_at": 0},
		"a method with secret":   {"token_endpoint_auth_method": "client_secret_basic"},
		"an assertion by secret": {"token_endpoint_auth_method": "client_secret_jwt"},
		"another host":           {"redirect_uris": []string{"https://evil.example.test/cb", "http://127.0.0.1/cb"}},
		"a scheme":               {"redirect_uris": []string{"com.example.app:/cb", "http://127.0.0.1/cb"}},
		"a private key":          {"jwks": map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}}}},
		"a statement":            {"software_statement": "e30.e30."},
	} {
		p := publish(t)
		for member, value := range said {
			p.said[member] = value
		}
		if d := documents(t, p).brings(p.id(), "http://127.0.0.1/cb"); d.Page == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// redirected answers the right document, but somewhere else.
func redirected(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path == "/client.json" {
		http.Redirect(w, r, "/elsewhere.json", http.StatusFound)
		return true
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"client_id": "https://" + r.Host + "/client.json", "redirect_uris": []string{"http://127.0.0.1/cb"}})
	return true
}

func TestAttackDocumentAddressesThatConfuse(t *testing.T) {
	for id, want := range map[identity.ClientID]bool{
		"https://app.example.test/c": true, "https://app.example.test/": true, "https://app.example.test:8443/c": true, "https://app.example.test/C": true, "https://app.example.test/c/": true,
		"https://app.example.test": false, "http://app.example.test/c": false, "HTTPS://app.example.test/c": false, "https://APP.example.test/c": false,
		"https://app.example.test./c": false, "https://app.example.test:443/c": false, "https://app.example.test:/c": false, "https://app.example.test:08443/c": false,
		"https://app.example.test/c#x": false, "https://app.example.test/c#": false, "https://app.example.test/c?": false, "https://app.example.test/c?x=1": false,
		"https://user@app.example.test/c": false, "https://app.example.test/a/../c": false, "https://app.example.test/./c": false, "https://app.example.test/a/..": false,
		"https://app.example.test/%63": false, "https://app.example.test/%2e%2e/c": false, "https://app.example.test\\c": false, "https://app.example.test/c ": false,
		"https://äpp.example.test/c": false, "https:///c": false, "https:app.example.test/c": false, "//app.example.test/c": false, "web": false, "": false,
		identity.ClientID("https://app.example.test/" + strings.Repeat("c", maxDocumentID)): false,
	} {
		if _, ok := documentAddress(id); ok != want {
			t.Errorf("%q: %v", id, ok)
		}
	}
}

func TestAttackDocumentsWithin(t *testing.T) {
	p := publish(t)
	k := documents(t, p)
	k.ClientKeys = guarded(k)
	for _, id := range []identity.ClientID{p.id(), "https://127.0.0.1/c", "https://[::1]/c", "https://169.254.169.254/latest/", "https://localhost/c", "https://10.0.0.1/c", "https://2130706433/c"} {
		if d := k.brings(id, "http://127.0.0.1/cb"); d.Page == nil {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if p.asked != 0 {
		t.Errorf("asked %d times", p.asked)
	}
}

func TestAttackFloodOfDocuments(t *testing.T) {
	p := publish(t)
	k := documents(t, p)
	k.Identity.RateLimits = true
	k.open(func(pool *identity.Pool) {
		pool.ClientRegistration = identity.ClientRegistration{MaxClients: 3, Documents: identity.MetadataDocuments{Enabled: true}}
	})
	refused := false
	for i := range 70 {
		id := identity.ClientID(p.URL + "/" + strings.Repeat("c", i+1))
		_, err := k.Authorize(t.Context(), testPool, request(id, "redirect_uri", "http://127.0.0.1/cb"), AuthorizeState{})
		code, _ := identity.CodeOf(err)
		refused = refused || code == identity.TooManyAttempts
	}
	all, err := k.settings().Clients(t.Context(), testPool)
	k.must(err)
	count := 0
	for _, c := range all {
		if c.RegisteredBy == identity.ByDocument {
			count++
		}
	}
	if count > 3 || !refused || p.asked > 61 {
		t.Errorf("%d clients, asked %d times, refused %v", count, p.asked, refused)
	}
}

func TestAPoolNamesTheHostsOfDocuments(t *testing.T) {
	p := publish(t)
	k := documents(t, p)
	k.open(func(pool *identity.Pool) {
		pool.ClientRegistration = identity.ClientRegistration{Documents: identity.MetadataDocuments{Enabled: true, AllowedHosts: []string{"app.example.test"}}}
	})
	if d := k.brings(p.id(), "http://127.0.0.1/cb"); d.Page == nil || p.asked != 0 {
		t.Errorf("%+v, asked %d times", d, p.asked)
	}
	k.open(func(pool *identity.Pool) {
		pool.ClientRegistration = identity.ClientRegistration{Documents: identity.MetadataDocuments{Enabled: true, RedirectURIs: identity.RedirectsSameOrigin}}
	})
	if d := k.brings(p.id(), "http://127.0.0.1/cb"); d.Page == nil {
		t.Errorf("%+v", d)
	}
}
