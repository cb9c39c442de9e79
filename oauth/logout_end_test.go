package oauth

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

const farewell = "https://app.example.test/backchannel"

// waiting answers the calls in the outbox, oldest first.
func (k *kit) waiting() []message.Message {
	k.Helper()
	s := &message.Sender{Store: k.Identity.Store, Now: k.clock}
	all, err := s.List(context.Background(), message.Waiting)
	k.must(err)
	var found []message.Message
	for i := range all {
		if m := all[len(all)-1-i]; m.Channel == message.App {
			found = append(found, m)
		}
	}
	return found
}

// listens makes clients of the kit want logout tokens.
func (k *kit) listens(ids ...identity.ClientID) {
	k.Helper()
	for _, id := range ids {
		k.change(id, func(c *identity.Client) { c.BackchannelLogoutURI = farewell })
	}
}

// visits signs somebody who is signed in in to a client, and answers the ID token's claims.
func (k *kit) visits(auth identity.Authentication, client identity.ClientID, changes ...string) (TokenResponse, map[string]any) {
	k.Helper()
	got, err := k.redeemAs(client, k.code(auth, request(client, changes...)))
	k.must(err)
	if got.IDToken == "" {
		return got, nil
	}
	return got, claimsOf(k, got.IDToken)
}

func (k *kit) compose(m message.Message) (message.Content, error) {
	return Calls{k.Provider}.Compose(context.Background(), m, nil)
}

func TestALogoutTokenSaysWhoLeft(t *testing.T) {
	k := start(t)
	k.listens(web)
	auth, cookie := k.browser("ann@example.test")
	_, id := k.visits(auth, web)
	k.must((&identity.Sessions{Core: k.Identity}).End(context.Background(), testPool, cookie))
	calls := k.waiting()
	if len(calls) != 1 || calls[0].To != farewell || calls[0].Kind != message.BackchannelLogout {
		t.Fatalf("waiting %+v", calls)
	}
	k.wait(time.Hour) // it is signed when it is sent
	content, err := k.compose(calls[0])
	k.must(err)
	form, err := url.ParseQuery(content.Text)
	if err != nil || len(form) != 1 || content.To != farewell || content.Header["Content-Type"] != "application/x-www-form-urlencoded" {
		t.Fatalf("%+v", content)
	}
	token := form.Get("logout_token")
	claims := claimsOf(t, token)
	now := float64(k.clock().Unix())
	for name, want := range map[string]any{
		"iss": id["iss"], "aud": "web", "sub": id["sub"], "sid": id["sid"], "iat": now, "exp": now + 120,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	events, _ := claims["events"].(map[string]any)
	if event, ok := events[logoutEvent].(map[string]any); len(events) != 1 || !ok || len(event) != 0 {
		t.Errorf("events %v", claims["events"])
	}
	if _, there := claims["nonce"]; there || claims["jti"] == "" || len(claims) != 8 {
		t.Errorf("claims %v", claims)
	}
	head, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	if !strings.Contains(string(head), `"typ":"logout+jwt"`) || !strings.Contains(string(head), `"alg":"ES256"`) {
		t.Errorf("header %s", head)
	}
	again, err := k.compose(calls[0])
	k.must(err)
	if other := claimsOf(t, strings.TrimPrefix(again.Text, "logout_token=")); other["jti"] == claims["jti"] {
		t.Error("two tries have one jti")
	}
	t.Run("and is no ID token", func(t *testing.T) {
		if d := k.leave("id_token_hint", token); !d.Confirm || d.Session != "" {
			t.Errorf("as a hint it is worth %+v", d)
		}
		refusal := k.ask(request(web, "id_token_hint", token, "prompt", "none"), AuthorizeState{Auth: k.signIn("ann@example.test")})
		if decision(refusal) != "error login_required" {
			t.Errorf("as a hint it gives %s", decision(refusal))
		}
	})
	t.Run("pairwise, where the client is", func(t *testing.T) {
		k := start(t)
		k.listens(web)
		sector := k.sector(callback, "http://127.0.0.1/cb", "http://[::1]:8080/cb", "com.example.app:/done")
		k.change(web, func(c *identity.Client) { c.SubjectType, c.SectorIdentifier = "pairwise", sector })
		auth, cookie := k.browser("ann@example.test")
		k.visits(auth, web)
		k.must((&identity.Sessions{Core: k.Identity}).End(context.Background(), testPool, cookie))
		client, err := k.settings().Client(context.Background(), testPool, web)
		k.must(err)
		if got := k.waiting()[0].Data["sub"]; got != k.subjectOf(&client, auth.User()) || got == string(auth.User()) {
			t.Errorf("sub %s", got)
		}
	})
}

func TestEveryWayOutIsTold(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		leave func(k *kit, auth identity.Authentication, cookie string) error
		want  int // calls, of two sessions with two clients each
	}{
		"sign-out here": {func(k *kit, _ identity.Authentication, cookie string) error {
			return (&identity.Sessions{Core: k.Identity}).End(ctx, testPool, cookie)
		}, 2},
		"the session ended elsewhere": {func(k *kit, auth identity.Authentication, _ string) error {
			return (&identity.Sessions{Core: k.Identity}).Revoke(ctx, testPool, auth.User(), auth.Session())
		}, 2},
		"signed out everywhere": {func(k *kit, auth identity.Authentication, _ string) error {
			return (&identity.Accounts{Core: k.Identity}).SignOutEverywhere(ctx, auth)
		}, 4},
		"signed out by the administrator": {func(k *kit, _ identity.Authentication, _ string) error {
			return k.admin().SignOut(ctx, testPool, "ann@example.test")
		}, 4},
		"another password": {func(k *kit, auth identity.Authentication, _ string) error {
			return (&identity.Accounts{Core: k.Identity}).ChangePassword(ctx, auth, goodWord, "fig-harbour-9-candle", identity.Origin{})
		}, 2},
		"the account deleted": {func(k *kit, auth identity.Authentication, _ string) error {
			return (&identity.Accounts{Core: k.Identity}).Delete(ctx, auth, goodWord, identity.Origin{})
		}, 4},
		"the account deleted by the administrator": {func(k *kit, _ identity.Authentication, _ string) error {
			return k.admin().Delete(ctx, testPool, "ann@example.test")
		}, 4},
		"the sessions run out": {func(k *kit, _ identity.Authentication, _ string) error {
			k.wait(25 * time.Hour)
			_, err := k.Identity.Sweep(ctx)
			return err
		}, 4},
		"one app disconnected": {func(k *kit, auth identity.Authentication, _ string) error {
			return k.Disconnect(ctx, testPool, auth.User(), web, identity.Origin{})
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			k := start(t)
			k.listens(web, spa)
			woken := 0
			k.Identity.Wake = func() { woken++ }
			var auth identity.Authentication
			var cookie string
			for range 2 {
				auth, cookie = k.browser("ann@example.test")
				for range 2 { // two lineages of a client are told as one
					k.visits(auth, web)
					k.visits(auth, spa)
				}
				k.visits(auth, web2) // asks for no token
			}
			woken = 0
			k.must(c.leave(k, auth, cookie))
			if got := k.waiting(); len(got) != c.want || woken == 0 {
				t.Errorf("%d calls, want %d; the outbox was woken %d times", len(got), c.want, woken)
			}
			_ = (&identity.Sessions{Core: k.Identity}).End(ctx, testPool, cookie)
			_ = k.admin().SignOut(ctx, testPool, "ann@example.test")
			k.wait(25 * time.Hour)
			_, err := k.Identity.Sweep(ctx)
			k.must(err)
			seen := map[string]bool{}
			for _, m := range k.waiting() {
				if seen[m.Client+m.Data["sid"]] {
					t.Errorf("%s is told twice of %s", m.Client, m.Data["sid"])
				}
				seen[m.Client+m.Data["sid"]] = true
			}
		})
	}
}

func TestWhoIsToldOfALogout(t *testing.T) {
	end := func(k *kit, cookie string) {
		k.must((&identity.Sessions{Core: k.Identity}).End(context.Background(), testPool, cookie))
	}
	t.Run("no client that was given no ID token", func(t *testing.T) {
		k := start(t)
		k.listens(web)
		auth, cookie := k.browser("ann@example.test")
		k.visits(auth, web, "scope", "api/read")
		k.code(auth, request(web)) // not redeemed
		end(k, cookie)
		if got := k.waiting(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a client that gave its tokens back", func(t *testing.T) {
		k := start(t)
		k.listens(web)
		auth, cookie := k.browser("ann@example.test")
		tokens, _ := k.visits(auth, web)
		k.must(k.Revoke(context.Background(), testPool, url.Values{"token": {tokens.RefreshToken}}, as(web)))
		if got := k.waiting(); len(got) != 0 {
			t.Fatalf("it is told what it did itself: %+v", got)
		}
		end(k, cookie)
		if got := k.waiting(); len(got) != 1 {
			t.Errorf("%d calls", len(got))
		}
	})
	t.Run("where the client is by then", func(t *testing.T) {
		k := start(t)
		k.listens(web)
		auth, cookie := k.browser("ann@example.test")
		k.visits(auth, web)
		end(k, cookie)
		k.change(web, func(c *identity.Client) { c.BackchannelLogoutURI = farewell + "/new" })
		if content, err := k.compose(k.waiting()[0]); err != nil || content.To != farewell+"/new" {
			t.Errorf("%+v, %v", content, err)
		}
		k.change(web, func(c *identity.Client) { c.BackchannelLogoutURI = "" })
		if _, err := k.compose(k.waiting()[0]); err == nil {
			t.Error("a client that wants none is told")
		}
	})
	t.Run("a session kept by a change of password is not over", func(t *testing.T) {
		k := start(t)
		k.listens(web)
		auth, _ := k.browser("ann@example.test")
		_, id := k.visits(auth, web)
		other, _ := k.browser("ann@example.test")
		k.visits(other, web)
		k.must((&identity.Accounts{Core: k.Identity}).ChangePassword(context.Background(), other, goodWord, "fig-harbour-9-candle", identity.Origin{}))
		if got := k.waiting(); len(got) != 1 || got[0].Data["sid"] != id["sid"] {
			t.Errorf("%+v", got)
		}
	})
}

func TestASessionThatRunsOutLeavesTheTokensAlive(t *testing.T) {
	k := start(t)
	k.listens(web)
	auth := k.signIn("ann@example.test")
	tokens, _ := k.visits(auth, web)
	k.wait(25 * time.Hour)
	_, err := k.Identity.Sweep(context.Background())
	k.must(err)
	if got := k.waiting(); len(got) != 1 {
		t.Errorf("%d calls", len(got))
	}
	if _, err := k.refreshAs(web, tokens.RefreshToken); err != nil {
		t.Errorf("the refresh token: %v", err)
	}
}

func TestOfflineAccessOutlastsTheSession(t *testing.T) {
	k := start(t)
	k.listens(web)
	auth, cookie := k.browser("ann@example.test")
	grant, err := newGrant(auth, &identity.Client{PoolID: testPool, ID: web}, []string{scopeOpenID, scopeOffline}, k.clock())
	k.must(err)
	grant.newRefreshToken()
	k.must(k.Identity.Store.Update(context.Background(), func(w storage.Writer) error { return grants.Insert(w, grant) }))
	k.must((&identity.Sessions{Core: k.Identity}).End(context.Background(), testPool, cookie))
	left, err := k.GrantsOf(context.Background(), testPool, auth.User())
	k.must(err)
	if len(left) != 1 || len(k.waiting()) != 1 {
		t.Errorf("%d lineages, %d calls", len(left), len(k.waiting()))
	}
	k.must(k.admin().SignOut(context.Background(), testPool, "ann@example.test"))
	left, err = k.GrantsOf(context.Background(), testPool, auth.User())
	k.must(err)
	if len(left) != 0 || len(k.waiting()) != 1 {
		t.Errorf("signed out everywhere: %d lineages, %d calls", len(left), len(k.waiting()))
	}
}

func TestALineageIsKeptForItsSession(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	k.listens(web)
	k.change(web, func(c *identity.Client) { c.RefreshValidity, c.Units.RefreshToken = 60, "minutes" })
	pool, err := k.settings().Pool(ctx, testPool)
	k.must(err)
	pool.SessionLifetime.AbsoluteMinutes = 7 * 24 * 60
	_, err = k.settings().PutPool(ctx, pool)
	k.must(err)
	sessions := &identity.Sessions{Core: k.Identity}
	auth, cookie := k.browser("ann@example.test")
	k.visits(auth, web)
	k.wait(10 * time.Hour)
	other, cookie2 := k.browser("ann@example.test")
	k.visits(other, web)
	k.must(sessions.End(ctx, testPool, cookie2))
	_, err = k.Sweep(ctx) // codes
	k.must(err)
	for _, c := range []struct {
		wait time.Duration
		want int
	}{
		{16 * time.Hour, 1}, // a code; the first lineage is kept
		{10 * time.Hour, 1}, // and holds up no other
		{26 * time.Hour, 0},
		{26 * time.Hour, 0},
	} {
		k.wait(c.wait)
		if n, err := k.Sweep(ctx); err != nil || n != c.want {
			t.Errorf("%d swept, want %d, %v", n, c.want, err)
		}
	}
	k.must(sessions.End(ctx, testPool, cookie))
	if got := k.waiting(); len(got) != 2 {
		t.Errorf("%d calls", len(got))
	}
	k.wait(26 * time.Hour)
	if n, err := k.Sweep(ctx); err != nil || n != 1 {
		t.Errorf("%d swept, %v", n, err)
	}
}
