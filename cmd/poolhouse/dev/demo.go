package dev

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"poolhouse.dev/views/demo"
	"poolhouse.dev/web"
)

// cookie holds which visitor of the demo app this is.
const cookie = "demo"

// App is the demo app: a public client that signs in with the authorization
// code flow and PKCE (RFC 7636), checks state, nonce and iss (RFC 9207), and
// shows what it was given.
type App struct {
	Issuer     string
	URL        string // its own, without a slash at the end
	ClientID   string
	MailboxURL string
	Users      []demo.User

	mu       sync.Mutex
	provider *oidc.Provider
	pending  map[string]pending
	visitors map[string]*visitor
}

// pending is a sign-in on its way; it belongs to the browser that began it.
type pending struct {
	browser, verifier, nonce string
	at                       time.Time
}

// visitor is somebody signed in to the demo.
type visitor struct {
	token *oauth2.Token
	id    string // the raw ID token
	name  string
}

// forgetAfter bounds what unfinished sign-ins cost.
const forgetAfter = time.Hour

// Routes lists the app's pages.
func (a *App) Routes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/", Handle: a.home},
		{Method: http.MethodGet, Path: "/start", Handle: a.start},
		{Method: http.MethodGet, Path: "/callback", Handle: a.callback},
		{Method: http.MethodPost, Path: "/refresh", Handle: a.refresh},
		{Method: http.MethodGet, Path: "/sign-out", Handle: a.signOut},
	}
}

// discover asks the issuer once; until it answers, every visit tries again.
func (a *App) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.provider == nil {
		// The provider keeps its context to fetch keys with, so it must outlive the request.
		found, err := oidc.NewProvider(context.WithoutCancel(ctx), a.Issuer)
		if err != nil {
			return nil, nil, err
		}
		a.provider = found
	}
	return a.provider, &oauth2.Config{
		ClientID: a.ClientID, Endpoint: a.provider.Endpoint(), RedirectURL: a.URL + "/callback",
		Scopes: []string{oidc.ScopeOpenID, "email", "phone", "profile"},
	}, nil
}

func (a *App) home(r *web.Request) error {
	v := a.visitor(r)
	if v == nil {
		return r.HTML(http.StatusOK, demo.Home(demo.HomeProps{
			Page: r.Layout(), SignInURL: "/start", SignUpURL: "/start?sign_up=1", MailboxURL: a.MailboxURL, Users: a.Users,
		}))
	}
	return r.HTML(http.StatusOK, demo.SignedIn(demo.SignedInProps{
		Page: r.Layout(), Name: v.name, Tokens: tokens(v), UserInfo: a.userInfo(r.Ctx(), v), AccountURL: a.Issuer + "/account",
		MailboxURL: a.MailboxURL, RefreshURL: "/refresh", SignOutURL: "/sign-out",
	}))
}

func (a *App) start(r *web.Request) error {
	_, config, err := a.discover(r.Ctx())
	if err != nil {
		return a.failed(r, "server_error", err.Error())
	}
	state := secret()
	p := pending{browser: a.browser(r), verifier: oauth2.GenerateVerifier(), nonce: secret(), at: time.Now()}
	a.remember(state, p)
	to := config.AuthCodeURL(state, oauth2.S256ChallengeOption(p.verifier), oidc.Nonce(p.nonce))
	if r.Arg("sign_up") != "" {
		to = strings.Replace(to, "/oauth2/authorize?", "/signup?", 1) // takes the same request, as Cognito's does
	}
	return r.Leave(to)
}

func (a *App) remember(state string, p pending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending == nil {
		a.pending = map[string]pending{}
	}
	for old, other := range a.pending {
		if p.at.Sub(other.at) > forgetAfter {
			delete(a.pending, old)
		}
	}
	a.pending[state] = p
}

// take answers the sign-in that a state began, once.
func (a *App) take(state string) (pending, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, ok := a.pending[state]
	delete(a.pending, state)
	return p, ok
}

func (a *App) callback(r *web.Request) error {
	if code := r.Arg("error"); code != "" {
		return a.failed(r, code, r.Arg("error_description"))
	}
	p, ok := a.take(r.Arg("state"))
	if !ok || p.browser != r.Cookie(cookie) {
		return a.failed(r, "invalid_state", "This answer belongs to no sign-in that this browser began.")
	}
	if iss := r.Arg("iss"); iss != "" && iss != a.Issuer {
		return a.failed(r, "invalid_issuer", "The answer comes from another issuer.")
	}
	v, err := a.redeem(r.Ctx(), r.Arg("code"), p)
	if err != nil {
		return a.failed(r, oauthCode(err), err.Error())
	}
	a.welcome(r, v)
	return r.See("/")
}

// redeem exchanges the code and checks the ID token (OpenID Connect Core §3.1.3.7).
func (a *App) redeem(ctx context.Context, code string, p pending) (*visitor, error) {
	provider, config, err := a.discover(ctx)
	if err != nil {
		return nil, err
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(p.verifier))
	if err != nil {
		return nil, err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: a.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if id.Nonce != p.nonce {
		return nil, errors.New("the nonce is not the one that was sent")
	}
	return &visitor{token: token, id: raw, name: nameIn(id)}, nil
}

func nameIn(id *oidc.IDToken) string {
	var claims struct {
		Name     string `json:"name"`
		Email    string `json:"email"`
		Username string `json:"cognito:username"`
	}
	_ = id.Claims(&claims)
	for _, name := range []string{claims.Name, claims.Email, claims.Username} {
		if name != "" {
			return name
		}
	}
	return id.Subject
}

func (a *App) refresh(r *web.Request) error {
	v := a.visitor(r)
	if v == nil {
		return r.See("/")
	}
	_, config, err := a.discover(r.Ctx())
	if err != nil {
		return a.failed(r, "server_error", err.Error())
	}
	fresh, err := config.TokenSource(r.Ctx(), &oauth2.Token{RefreshToken: v.token.RefreshToken}).Token()
	if err != nil {
		a.forget(r)
		return a.failed(r, oauthCode(err), err.Error())
	}
	next := &visitor{token: fresh, id: v.id, name: v.name}
	if raw, ok := fresh.Extra("id_token").(string); ok {
		next.id = raw
	}
	a.welcome(r, next)
	return r.See("/")
}

// signOut ends the demo's session and then the server's (OpenID Connect
// RP-Initiated Logout 1.0 §2).
func (a *App) signOut(r *web.Request) error {
	v := a.visitor(r)
	a.forget(r)
	if v == nil {
		return r.See("/")
	}
	provider, _, err := a.discover(r.Ctx())
	if err != nil {
		return a.failed(r, "server_error", err.Error())
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil || metadata.EndSession == "" {
		return r.See("/")
	}
	query := url.Values{"id_token_hint": {v.id}, "client_id": {a.ClientID}, "post_logout_redirect_uri": {a.URL + "/"}}
	return r.Leave(metadata.EndSession + "?" + query.Encode())
}

func (a *App) failed(r *web.Request, code, description string) error {
	return r.HTML(http.StatusBadRequest, demo.Failure(demo.FailureProps{Page: r.Layout(), Code: code, Description: description, RetryURL: "/start"}))
}

func oauthCode(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.ErrorCode != "" {
		return refused.ErrorCode
	}
	return "server_error"
}

// browser answers which browser this is, and marks a new one.
func (a *App) browser(r *web.Request) string {
	if known := r.Cookie(cookie); known != "" {
		return known
	}
	fresh := secret()
	r.SetCookie(cookie, fresh, 0)
	return fresh
}

func (a *App) visitor(r *web.Request) *visitor {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.visitors[r.Cookie(cookie)]
}

func (a *App) welcome(r *web.Request, v *visitor) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.visitors == nil {
		a.visitors = map[string]*visitor{}
	}
	a.visitors[r.Cookie(cookie)] = v
}

func (a *App) forget(r *web.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.visitors, r.Cookie(cookie))
}

func secret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(raw)
}
