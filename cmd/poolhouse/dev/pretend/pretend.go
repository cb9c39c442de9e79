// Package pretend is identity providers for trying out: one of OpenID Connect
// and one of SAML 2.0, which let anybody be anybody. `poolhouse dev` runs them
// beside the server; nothing else may, which a test of the program holds.
package pretend

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"sync"
	"time"

	crewjam "github.com/crewjam/saml"
)

// Who the server is at the OpenID provider. Nothing is kept behind this secret.
const (
	ClientID     = "poolhouse-dev"
	ClientSecret = "a-pretend-secret"
)

// Person is somebody who can be chosen.
type Person struct {
	Subject         string // the key, at both providers
	Name            string
	Given, Family   string
	Email           string // "" for none
	EmailIsVerified bool
}

// people are the cases that an app meets: the address of an account that is
// there, a new one, none, and one that nobody vouches for.
var people = []Person{
	{"100000000000000000001", "Ann Example", "Ann", "Example", "ann@example.test", true},
	{"100000000000000000002", "Bob Example", "Bob", "Example", "bob@example.test", true},
	{"100000000000000000003", "Cleo Example", "Cleo", "Example", "", false},
	{"100000000000000000004", "Dora Example", "Dora", "Example", "dora@example.test", false},
}

// Providers are both of them. URL, Callback and Metadata are set before they are
// asked; the zero values of the rest are ready to use.
type Providers struct {
	URL      string // where they answer, without a slash at the end
	Callback string // the server's redirect URI: no other is answered
	Metadata string // where the server describes itself to SAML providers
	Now      func() time.Time

	mu     sync.Mutex
	trips  map[string]trip
	grants map[string]grant

	signing func() (signing, error)
}

// trip is a request that waits for somebody to choose who they are.
type trip struct {
	oidc url.Values
	saml *crewjam.IdpAuthnRequest
	at   time.Time
}

// most is how many trips and codes are kept; above it all begin anew.
const most = 1000

// New answers providers at url, for a server whose redirect URI and SAML
// metadata are at these addresses.
func New(url, callback, metadata string) *Providers {
	return &Providers{
		URL: url, Callback: callback, Metadata: metadata, Now: time.Now,
		trips: map[string]trip{}, grants: map[string]grant{}, signing: sync.OnceValues(newSigning),
	}
}

// Issuer is the OpenID provider's.
func (p *Providers) Issuer() string { return p.URL + "/oidc" }

// SAMLMetadata is where the SAML provider describes itself.
func (p *Providers) SAMLMetadata() string { return p.URL + "/saml/metadata" }

// Handler answers every page of both.
func (p *Providers) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.home)
	mux.HandleFunc("GET /pretend.css", serveText("text/css; charset=utf-8", css))
	mux.HandleFunc("GET /pretend.js", serveText("text/javascript; charset=utf-8", script))
	mux.HandleFunc("POST /choose", p.choose)
	mux.HandleFunc("GET /oidc/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /oidc/keys", p.keys)
	mux.HandleFunc("GET /oidc/authorize", p.authorize)
	mux.HandleFunc("POST /oidc/token", p.token)
	mux.HandleFunc("GET /oidc/userinfo", p.userInfo)
	mux.HandleFunc("GET /saml/metadata", p.describe)
	mux.HandleFunc("GET /saml/sso", p.signOn)
	mux.HandleFunc("POST /saml/sso", p.signOn)
	return marked(mux)
}

// marked gives every answer the headers of a page that loads nothing from
// elsewhere and is never kept.
func marked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		req.Body = http.MaxBytesReader(w, req.Body, 1<<20)
		next.ServeHTTP(w, req)
	})
}

// remember keeps a trip and answers its key.
func (p *Providers) remember(t trip) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.trips) >= most {
		clear(p.trips)
	}
	key := rand.Text()
	t.at = p.Now()
	p.trips[key] = t
	return key
}

// take answers a trip, once.
func (p *Providers) take(key string) (trip, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, ok := p.trips[key]
	delete(p.trips, key)
	return t, ok && p.Now().Sub(t.at) < time.Hour
}

// choose sends the browser back with whoever was chosen, or with nobody.
func (p *Providers) choose(w http.ResponseWriter, req *http.Request) {
	t, ok := p.take(req.PostFormValue("trip"))
	if !ok {
		p.refuse(w, "This sign-in is over. Begin again at the app.")
		return
	}
	who := personOf(req.PostFormValue("person"))
	how := req.PostFormValue("answer")
	if t.saml != nil {
		p.answerSAML(w, t.saml, who, how)
		return
	}
	p.answerOIDC(w, req, t.oidc, who, how)
}

// The answers that are nobody.
const (
	cancel = "cancel"
	broken = "error"
)

func personOf(subject string) *Person {
	for i := range people {
		if people[i].Subject == subject {
			return &people[i]
		}
	}
	return nil
}
