package oauth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

const (
	testPool  identity.PoolID   = "local_test"
	otherPool identity.PoolID   = "local_other"
	web       identity.ClientID = "web"     // confidential
	web2      identity.ClientID = "web2"    // confidential
	spa       identity.ClientID = "spa"     // public
	machine   identity.ClientID = "machine" // client_credentials alone

	goodWord = "plum-orchard-7-lantern"
	callback = "https://app.example.test/callback"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 Appendix B
)

// kit is a provider over a store in memory, with a clock that moves when told to.
type kit struct {
	testing.TB
	*Provider
	mu  sync.Mutex
	now time.Time
}

func start(t testing.TB) *kit {
	t.Helper()
	return startOn(t, memory.Open())
}

func startOn(t testing.TB, store storage.Store) *kit {
	t.Helper()
	sealer, err := storage.NewSealer(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{TB: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	core := &identity.Core{
		Store: store, Sealer: sealer, Now: k.clock, Wake: func() {},
		Passwords: password.NewHasher(password.Options{Params: password.Params{Memory: 64, Time: 1, Threads: 1}}),
	}
	k.Provider = &Provider{
		Identity: core, Keys: &keys.Ring{Store: store, Sealer: sealer, Now: k.clock}, Now: k.clock,
		Issuer: func(p identity.PoolID) string { return "https://login.example.test/" + string(p) },
	}
	k.ClientKeys = keyset.New(fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), k.clock)
	core.SessionEnded, core.SessionExpired, core.SignedOut = k.EndSession, k.ExpireSession, k.EndPerson
	core.ClientDeleted = k.EndClient
	k.settle()
	return k
}

// settle makes two pools, their clients and a person.
func (k *kit) settle() {
	k.Helper()
	k.makePool(testPool)
	k.makePool(otherPool)
	scopes := append([]string{"api/read", "api/write", scopeSelf}, defaultScopes...)
	common := identity.Client{
		PoolID: testPool, CallbackURLs: []string{callback, "http://127.0.0.1/cb", "http://[::1]:8080/cb", "com.example.app:/done"},
		LogoutURLs: []string{"https://app.example.test/"}, AllowedOAuthFlows: []string{flowCode, flowClientCredentials},
		AllowedOAuthScopes: scopes, SigningAlg: keys.ES256,
	}
	for _, id := range []identity.ClientID{web, web2, spa, machine} {
		c := common
		c.ID, c.Name = id, string(id)
		switch id {
		case spa:
			c.AllowedOAuthFlows = []string{flowCode}
		case machine:
			c.AllowedOAuthFlows, c.CallbackURLs = []string{flowClientCredentials}, nil
		}
		k.client(c, secretOf(id))
	}
	common.PoolID, common.ID, common.Name = otherPool, web, "web"
	k.client(common, secretOf(web))
	k.user("ann@example.test")
}

func secretOf(id identity.ClientID) string {
	if id == spa {
		return ""
	}
	return "secret-of-" + string(id) + "-0123456789abcdef"
}

func (k *kit) clock() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *kit) wait(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
}

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kit) makePool(id identity.PoolID) {
	k.Helper()
	_, err := k.settings().PutPool(context.Background(), identity.Pool{
		ID: id, Name: "Test", UsernameAttributes: []string{"email"}, AutoVerifiedAttributes: []string{"email"},
		Schema: []identity.Attribute{{Name: "custom:team", DataType: "String"}},
		ResourceServers: []identity.ResourceServer{{
			Identifier: "api", Name: "API", Scopes: []identity.Scope{{Name: "read", Description: "Read things"}, {Name: "write"}},
		}},
	})
	k.must(err)
}

func (k *kit) client(c identity.Client, secret string) {
	k.Helper()
	c, err := k.settings().WithSecret(c, secret)
	k.must(err)
	_, err = k.settings().PutClient(context.Background(), c)
	k.must(err)
}

// change alters a client of the kit.
func (k *kit) change(id identity.ClientID, alter func(*identity.Client)) {
	k.Helper()
	c, err := k.settings().Client(context.Background(), testPool, id)
	k.must(err)
	alter(&c)
	_, err = k.settings().PutClient(context.Background(), c)
	k.must(err)
}

func (k *kit) admin() *identity.Admin { return &identity.Admin{Core: k.Identity} }

// user makes a person whose password is goodWord.
func (k *kit) user(email string) identity.User {
	k.Helper()
	ctx := context.Background()
	u, _, err := k.admin().CreateUser(ctx, identity.NewUser{Pool: testPool, Username: email, Suppress: true, Attributes: map[string]string{
		"email": email, "email_verified": "true", "name": "Ann Example", "phone_number": "+4915112345678", "custom:team": `"admin":true`,
	}})
	k.must(err)
	k.must(k.admin().SetPassword(ctx, testPool, email, goodWord, true))
	return u
}

// signIn is the person's sign-in, as the pages do it.
func (k *kit) signIn(email string) identity.Authentication {
	k.Helper()
	auth, _ := k.browser(email)
	return auth
}

// browser signs in and answers the session's cookie too.
func (k *kit) browser(email string) (identity.Authentication, string) {
	k.Helper()
	return k.browserOf(web, email)
}

// signInTo is signIn by way of another client.
func (k *kit) signInTo(client identity.ClientID, email string) identity.Authentication {
	k.Helper()
	auth, _ := k.browserOf(client, email)
	return auth
}

func (k *kit) browserOf(client identity.ClientID, email string) (identity.Authentication, string) {
	k.Helper()
	s, ctx := identity.SignIn{Core: k.Identity}, context.Background()
	origin := identity.Origin{Address: netip.MustParseAddr("192.0.2.1")}
	step, err := s.Begin(ctx, identity.Start{Pool: testPool, Client: client, Channel: "browser", Identifier: email, Origin: origin})
	k.must(err)
	step, err = s.Respond(ctx, identity.Reply{
		Attempt: step.Attempt, Channel: "browser", Origin: origin, Answer: identity.PasswordAnswer{Password: goodWord},
	})
	k.must(err)
	if step.Done == nil {
		k.Fatalf("not signed in, but asked for %+v", step.Challenge)
	}
	return step.Done.Auth, step.Done.Cookie
}

// request is a good authorization request of a client, with changes: a name,
// its value, and so on. An empty value takes the parameter away.
func request(client identity.ClientID, changes ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {string(client)}, "redirect_uri": {callback}, "scope": {"openid email"},
		"state": {"a state"}, "nonce": {"n-1"}, "code_challenge": {S256(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

func (k *kit) ask(q url.Values, browser AuthorizeState) Decision {
	k.Helper()
	d, err := k.Authorize(context.Background(), testPool, q, browser)
	k.must(err)
	return d
}

// code is a new code for the person.
func (k *kit) code(auth identity.Authentication, q url.Values) string {
	k.Helper()
	d := k.ask(q, AuthorizeState{Auth: auth})
	if d.Answer == nil || d.Answer.Params.Get("code") == "" {
		k.Fatalf("no code but %s", decision(d))
	}
	return d.Answer.Params.Get("code")
}

// as is how a client of the kit authenticates.
func as(id identity.ClientID) ClientAuth {
	if id == spa {
		return ClientAuth{ID: id, Method: identity.AuthNone}
	}
	return ClientAuth{ID: id, Secret: secretOf(id), Method: identity.AuthBasic}
}

func (k *kit) token(client identity.ClientID, pairs ...string) (TokenResponse, error) {
	body := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		body.Set(pairs[i], pairs[i+1])
	}
	return k.Token(context.Background(), testPool, TokenRequest{Form: body, Auth: as(client)})
}

func (k *kit) redeemAs(client identity.ClientID, code string) (TokenResponse, error) {
	return k.token(client, "grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
}

func (k *kit) refreshAs(client identity.ClientID, token string) (TokenResponse, error) {
	return k.token(client, "grant_type", "refresh_token", "refresh_token", token)
}

// tokens signs Ann in to a client and answers her tokens.
func (k *kit) tokens(client identity.ClientID, changes ...string) TokenResponse {
	k.Helper()
	got, err := k.redeemAs(client, k.code(k.signIn("ann@example.test"), request(client, changes...)))
	k.must(err)
	return got
}

// refused fails the test unless the error has the code.
func refused(t testing.TB, err error, code string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("answered %v, want %s", err, code)
	}
}

func decision(d Decision) string {
	switch {
	case d.Page != nil:
		return "page " + d.Page.Code
	case d.Login != nil:
		return "login " + d.Login.Reason
	case d.Consent:
		return "consent"
	case d.Answer.Params.Has("error"):
		return "error " + d.Answer.Params.Get("error")
	}
	return "code"
}

func claimsOf(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// info is what the userinfo endpoint answers as JSON.
func (k *kit) info(access string) (map[string]any, error) {
	got, err := k.UserInfo(context.Background(), testPool, Presented{Token: access})
	return got.Claims, err
}

func (k *kit) good(access string) bool {
	k.Helper()
	_, err := k.Verify(context.Background(), testPool, access)
	if _, refused := CodeOf(err); err != nil && !refused {
		k.Fatal(err)
	}
	return err == nil
}

func split(scopes string) []string { return strings.Fields(scopes) }
