// Package webtest is the kit of the front ends' tests: a whole server over the
// memory store, browsers that fill in its forms, and a reader of its mail.
package webtest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/oauth"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
	"poolhouse.dev/web"
	"poolhouse.dev/web/account"
	"poolhouse.dev/web/hosted"
	"poolhouse.dev/web/oidc"
)

// The names that tests use.
const (
	PublicURL = "https://login.example.test"
	PoolID    = identity.PoolID("local_main")
	Callback  = "https://app.example.test/callback"
	AfterOut  = "https://app.example.test/bye"
	Password  = "correct horse battery"
	Secret    = "the-secret-of-the-app"
)

// House is a server with its store, a clock that stands still, and its log.
type House struct {
	*testing.T
	Core   *identity.Core
	OAuth  *oauth.Provider
	Server *web.Server
	Log    *Log
	clock  *clock
}

// Option changes the server or its pool before the start.
type Option func(*web.Deps, *identity.Pool)

// Start makes a server with one pool, in which people sign in with their
// address, and one app client, "app".
func Start(t *testing.T, options ...Option) *House {
	t.Helper()
	h := &House{T: t, Log: &Log{}, clock: &clock{at: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)}}
	sealer, err := storage.NewSealer(make([]byte, 32))
	h.must(err)
	store := memory.Open()
	t.Cleanup(func() { _ = store.Close() })
	h.Core = &identity.Core{
		Store: store, Sealer: sealer, Now: h.clock.Now, RateLimits: true,
		Passwords: password.NewHasher(password.Options{Params: password.Params{Memory: 8, Time: 1, Threads: 1}}),
	}
	ring := &keys.Ring{Store: store, Sealer: sealer, Now: h.clock.Now}
	h.OAuth = &oauth.Provider{Identity: h.Core, Keys: ring, Now: h.clock.Now}
	h.OAuth.ClientKeys = keyset.New(fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), h.clock.Now)
	h.Core.SessionEnded, h.Core.SessionExpired, h.Core.SignedOut = h.OAuth.EndSession, h.OAuth.ExpireSession, h.OAuth.EndPerson
	h.Core.ClientDeleted = h.OAuth.EndClient
	deps := web.Deps{
		Identity: h.Core, OAuth: h.OAuth, DefaultPool: PoolID, PublicURL: PublicURL,
		Log: slog.New(slog.NewTextHandler(h.Log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: h.clock.Now,
	}
	pool := identity.Pool{
		ID: PoolID, Name: "Acme", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"},
	}
	for _, option := range options {
		option(&deps, &pool)
	}
	h.Core.PublicURL = deps.PublicURL
	h.open(deps, pool)
	return h
}

func (h *House) open(deps web.Deps, pool identity.Pool) {
	h.Helper()
	settings := &identity.Settings{Core: h.Core}
	_, err := settings.PutPool(h.Context(), pool)
	h.must(err)
	h.Server, err = web.New(deps)
	h.must(err)
	h.OAuth.Issuer = func(pool identity.PoolID) string { return h.Server.URL(pool, "") }
	h.Server.Add(hosted.Routes()...)
	h.Server.Add(oidc.Routes()...)
	h.Server.Add(account.Routes()...)
	h.Client(identity.Client{ID: "app", Name: "Notes"}, Secret)
}

// Client makes an app client; secret "" makes a public one.
func (h *House) Client(c identity.Client, secret string) {
	h.Helper()
	settings := &identity.Settings{Core: h.Core}
	if c.PoolID == "" {
		c.PoolID = PoolID
	}
	if c.CallbackURLs == nil {
		c.CallbackURLs, c.LogoutURLs = []string{Callback}, []string{AfterOut}
	}
	if secret != "" {
		var err error
		c, err = settings.WithSecret(c, secret)
		h.must(err)
	}
	_, err := settings.PutClient(h.Context(), c)
	h.must(err)
}

// Pool stores another pool.
func (h *House) Pool(p identity.Pool) {
	h.Helper()
	settings := &identity.Settings{Core: h.Core}
	_, err := settings.PutPool(h.Context(), p)
	h.must(err)
}

// Domain gives a pool a domain.
func (h *House) Domain(pool identity.PoolID, name string) {
	h.Helper()
	settings := &identity.Settings{Core: h.Core}
	_, err := settings.CreateDomain(h.Context(), identity.Domain{PoolID: pool, Name: name})
	h.must(err)
}

// User makes a confirmed user with the password of this package.
func (h *House) User(email string) identity.User {
	h.Helper()
	return h.Import(identity.ImportUser{
		Pool: PoolID, Username: email, Password: Password, Attributes: map[string]string{"email": email, "email_verified": "true"},
	})
}

// Import makes a user as the configuration file describes one.
func (h *House) Import(u identity.ImportUser) identity.User {
	h.Helper()
	admin := &identity.Admin{Core: h.Core}
	made, _, err := admin.ImportUser(h.Context(), u)
	h.must(err)
	return made
}

// Admin answers what administrators can do.
func (h *House) Admin() *identity.Admin { return &identity.Admin{Core: h.Core} }

// After moves the clock.
func (h *House) After(d time.Duration) { h.clock.move(d) }

// Now answers the server's time.
func (h *House) Now() time.Time { return h.clock.Now() }

// Mail is one message of the outbox, with its secrets opened.
type Mail struct {
	message.Message
	Secrets map[string]string
}

// Mail answers the newest message to an address.
func (h *House) Mail(to string) Mail {
	h.Helper()
	all := h.AllMail(to)
	if len(all) == 0 {
		h.Fatalf("no message to %s", to)
	}
	return all[len(all)-1]
}

// AllMail answers all messages to an address, oldest first.
func (h *House) AllMail(to string) []Mail {
	h.Helper()
	sender := &message.Sender{Store: h.Core.Store, Sealer: h.Core.Sealer, Now: h.clock.Now}
	all, err := sender.List(h.Context(), message.Waiting)
	h.must(err)
	slices.SortFunc(all, func(a, b message.Message) int { return a.CreatedAt.Compare(b.CreatedAt) })
	var found []Mail
	for _, m := range all {
		if m.To != to {
			continue
		}
		mail := Mail{Message: m}
		if len(m.Secret) > 0 {
			plain, err := h.Core.Sealer.Open(m.Secret, "message", m.ID)
			h.must(err)
			h.must(json.Unmarshal(plain, &mail.Secrets))
		}
		found = append(found, mail)
	}
	return found
}

// Do sends one request as it is.
func (h *House) Do(req *http.Request) *http.Response {
	h.Helper()
	rec := httptest.NewRecorder()
	h.Server.ServeHTTP(rec, req)
	return rec.Result()
}

func (h *House) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// AuthorizeURL answers a good authorization request, with further parameters.
func AuthorizeURL(pairs ...string) string {
	query := url.Values{
		"client_id": {"app"}, "redirect_uri": {Callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s1"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return "/oauth2/authorize?" + query.Encode()
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

// Now moves on by a moment each time, as clocks do.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(10 * time.Microsecond)
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Log keeps what was logged.
type Log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
