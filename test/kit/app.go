package kit

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// App is a real relying party: go-oidc and x/oauth2, the authorization code
// flow with PKCE, a state and a nonce. It serves /start, which begins a sign-in,
// /callback, which finishes one, and /, where a sign-out ends.
type App struct {
	URL    string
	Client string // client id; the secret goes with WebClient
	Scopes []string
	Thinks time.Duration // before its callback answers

	mux      *http.ServeMux
	mu       sync.Mutex
	issuer   string
	provider *oidc.Provider
	pending  map[string]pending // by state
	arrivals []Arrival
}

// pending is one sign-in under way.
type pending struct{ verifier, nonce string }

// Arrival is what one sign-in brought the app.
type Arrival struct {
	Query  url.Values // what the redirect carried
	Token  *oauth2.Token
	ID     *oidc.IDToken
	Claims map[string]any
	Err    error
}

// NewApp starts an app on a free port.
func NewApp(t testing.TB) *App {
	t.Helper()
	a := &App{Client: WebClient, pending: map[string]pending{}, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
	mux := http.NewServeMux()
	a.mux = mux
	mux.HandleFunc("GET /start", a.start)
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { reply(w, "Notes", "You are signed out.") })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// Handle serves a further path of the app.
func (a *App) Handle(pattern string, h http.HandlerFunc) { a.mux.HandleFunc(pattern, h) }

// At tells the app its issuer. Discovery waits until it is first needed.
func (a *App) At(issuer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.issuer, a.provider = issuer, nil
}

// Provider answers the discovered provider.
func (a *App) Provider() (*oidc.Provider, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.provider == nil {
		p, err := oidc.NewProvider(context.Background(), a.issuer)
		if err != nil {
			return nil, err
		}
		a.provider = p
	}
	return a.provider, nil
}

// OAuth answers the x/oauth2 configuration.
func (a *App) OAuth() (*oauth2.Config, error) {
	p, err := a.Provider()
	if err != nil {
		return nil, err
	}
	c := &oauth2.Config{ClientID: a.Client, Endpoint: p.Endpoint(), RedirectURL: a.URL + "/callback", Scopes: a.Scopes}
	if a.Client == WebClient {
		c.ClientSecret = WebSecret
	}
	return c, nil
}

// Begin answers a URL at the provider that begins a sign-in.
func (a *App) Begin(extra ...oauth2.AuthCodeOption) (string, error) {
	c, err := a.OAuth()
	if err != nil {
		return "", err
	}
	p := pending{verifier: oauth2.GenerateVerifier(), nonce: oauth2.GenerateVerifier()}
	state := oauth2.GenerateVerifier()
	a.mu.Lock()
	a.pending[state] = p
	a.mu.Unlock()
	return c.AuthCodeURL(state, append(extra, oauth2.S256ChallengeOption(p.verifier), oidc.Nonce(p.nonce))...), nil
}

func (a *App) start(w http.ResponseWriter, r *http.Request) {
	to, err := a.Begin()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, to, http.StatusFound)
}

func (a *App) callback(w http.ResponseWriter, r *http.Request) {
	arrival := a.redeem(r.Context(), r.URL.Query())
	time.Sleep(a.Thinks)
	a.mu.Lock()
	a.arrivals = append(a.arrivals, arrival)
	a.mu.Unlock()
	if arrival.Err != nil {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, "Not signed in", arrival.Err.Error())
		return
	}
	reply(w, "Signed in", fmt.Sprint("Hello, ", arrival.Claims["email"]))
}

func (a *App) redeem(ctx context.Context, query url.Values) Arrival {
	got := Arrival{Query: query}
	a.mu.Lock()
	p, known := a.pending[query.Get("state")]
	delete(a.pending, query.Get("state"))
	a.mu.Unlock()
	switch {
	case query.Get("error") != "":
		got.Err = fmt.Errorf("%s: %s", query.Get("error"), query.Get("error_description"))
	case !known:
		got.Err = errors.New("the state is not one of mine")
	default:
		got.Err = a.exchange(ctx, &got, p)
	}
	return got
}

// exchange redeems the code and checks the ID token as OIDC Core §3.1.3.7 asks.
func (a *App) exchange(ctx context.Context, got *Arrival, p pending) error {
	c, err := a.OAuth()
	if err != nil {
		return err
	}
	if got.Token, err = c.Exchange(ctx, got.Query.Get("code"), oauth2.VerifierOption(p.verifier)); err != nil {
		return err
	}
	raw, _ := got.Token.Extra("id_token").(string)
	if got.ID, err = a.Verify(ctx, raw); err != nil {
		return err
	}
	if got.ID.Nonce != p.nonce {
		return errors.New("the nonce is another one")
	}
	return got.ID.Claims(&got.Claims)
}

// Verify checks an ID token with go-oidc.
func (a *App) Verify(ctx context.Context, raw string) (*oidc.IDToken, error) {
	p, err := a.Provider()
	if err != nil {
		return nil, err
	}
	return p.Verifier(&oidc.Config{ClientID: a.Client, SupportedSigningAlgs: []string{"RS256", "ES256", "EdDSA"}}).Verify(ctx, raw)
}

// Arrivals answers the sign-ins that have come back so far.
func (a *App) Arrivals() []Arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Arrival(nil), a.arrivals...)
}

// Last answers the newest sign-in that came back, and wants it to have gone well.
func (a *App) Last(t testing.TB) Arrival {
	t.Helper()
	all := a.Arrivals()
	if len(all) == 0 {
		t.Fatal("nobody came back to the app")
	}
	last := all[len(all)-1]
	if last.Err != nil {
		t.Fatalf("the sign-in did not end well: %v (%v)", last.Err, last.Query)
	}
	return last
}

func reply(w http.ResponseWriter, title, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><html lang=en><title>%[1]s</title><link rel=icon href=data:,><h1>%[1]s</h1><p id=text>%[2]s</p>",
		html.EscapeString(title), html.EscapeString(text))
}
