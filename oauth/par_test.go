package oauth

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// push pushes a request, and answers what the browser brings.
func (k *kit) push(client identity.ClientID, q url.Values) url.Values {
	k.Helper()
	got, err := k.Push(context.Background(), testPool, TokenRequest{Form: q, Auth: as(client)})
	k.must(err)
	return url.Values{"client_id": {string(client)}, "request_uri": {got.RequestURI}}
}

func (k *kit) pushing(client identity.ClientID, q url.Values) error {
	_, err := k.Push(context.Background(), testPool, TokenRequest{Form: q, Auth: as(client)})
	return err
}

func TestAPushedRequest(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	t.Run("gives a handle for ninety seconds", func(t *testing.T) {
		got, err := k.Push(context.Background(), testPool, TokenRequest{Form: request(web), Auth: as(web)})
		k.must(err)
		if !strings.HasPrefix(got.RequestURI, "urn:ietf:params:oauth:request_uri:") || len(got.RequestURI) < 70 || got.ExpiresIn != 90 {
			t.Errorf("answered %+v", got)
		}
	})
	t.Run("is answered once", func(t *testing.T) {
		handle := k.push(web, request(web))
		if d := k.ask(handle, AuthorizeState{}); decision(d) != "login none" {
			t.Errorf("answered %s", decision(d))
		}
		d := k.ask(handle, AuthorizeState{Auth: ann})
		if decision(d) != "code" || d.Answer.Params.Get("state") != "a state" || d.Answer.RedirectURI != callback {
			t.Errorf("answered %s", decision(d))
		}
		if d := k.ask(handle, AuthorizeState{Auth: ann}); decision(d) != "page invalid_request_uri" {
			t.Errorf("the second time answered %s", decision(d))
		}
	})
	t.Run("is over once its person went back", func(t *testing.T) {
		handle := k.push(web, request(web))
		got, err := k.Cancel(context.Background(), testPool, handle, time.Time{})
		k.must(err)
		if got.Params.Get("error") != AccessDenied || got.Params.Get("state") != "a state" {
			t.Errorf("answered %+v", got)
		}
		if d := k.ask(handle, AuthorizeState{Auth: ann}); decision(d) != "page invalid_request_uri" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("is over once the app was told that somebody must sign in", func(t *testing.T) {
		handle := k.push(web, request(web, "prompt", "none"))
		if d := k.ask(handle, AuthorizeState{}); decision(d) != "error login_required" {
			t.Errorf("answered %s", decision(d))
		}
		if d := k.ask(handle, AuthorizeState{Auth: ann}); decision(d) != "page invalid_request_uri" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("may be opened again before its answer", func(t *testing.T) {
		handle := k.push(web, request(web))
		for range 3 {
			if d := k.ask(handle, AuthorizeState{}); decision(d) != "login none" {
				t.Errorf("answered %s", decision(d))
			}
		}
	})
	t.Run("takes its client from the header", func(t *testing.T) {
		handle := k.push(web, request(web, "client_id", ""))
		if d := k.ask(handle, AuthorizeState{Auth: ann}); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("of a public client needs no secret", func(t *testing.T) {
		if d := k.ask(k.push(spa, request(spa)), AuthorizeState{Auth: ann}); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("keeps no secret of the client", func(t *testing.T) {
		q := request(web, "client_secret", "s", "client_assertion", "a", "client_assertion_type", "t")
		q.Set("client_id", string(web))
		handle := k.push(web, q)
		found, err := k.CheckRequest(context.Background(), testPool, handle, time.Time{})
		k.must(err)
		if found.form.get("client_secret")+found.form.get("client_assertion") != "" {
			t.Error("a secret was kept")
		}
	})
}

func TestAPushedRequestRunsOut(t *testing.T) {
	for name, c := range map[string]struct {
		begun  bool
		asked  time.Duration // how long ago the browser brought it; 0 is now
		wait   time.Duration
		answer string
	}{
		"not begun":                        {false, 0, 89 * time.Second, "code"},
		"not begun in time":                {false, 0, 90 * time.Second, "page invalid_request_uri"},
		"begun elsewhere, then too late":   {true, 0, 90 * time.Second, "page invalid_request_uri"},
		"never begun, whatever is said":    {false, time.Minute, 90 * time.Second, "page invalid_request_uri"},
		"begun, and brought back later":    {true, 23 * time.Hour, 23 * time.Hour, "code"},
		"begun, and brought back too late": {true, 24 * time.Hour, 24 * time.Hour, "page invalid_request_uri"},
	} {
		t.Run(name, func(t *testing.T) {
			k := start(t)
			handle := k.push(web, request(web))
			if c.begun {
				k.ask(handle, AuthorizeState{})
			}
			k.wait(c.wait)
			browser := AuthorizeState{Auth: k.signIn("ann@example.test")}
			if c.asked > 0 {
				browser.AskedAt = k.now.Add(-c.asked)
			}
			_, err := k.Sweep(context.Background())
			k.must(err)
			if d := k.ask(handle, browser); decision(d) != c.answer {
				t.Errorf("answered %s, want %s", decision(d), c.answer)
			}
		})
	}
}

func TestPushIsRefused(t *testing.T) {
	k := start(t)
	for name, c := range map[string]struct {
		q    url.Values
		code string
	}{
		"a request_uri":               {request(web, "request_uri", "https://app.example.test/r"), InvalidRequest},
		"a redirect_uri unregistered": {request(web, "redirect_uri", "https://app.example.test/other"), InvalidRequest},
		"no redirect_uri":             {request(web, "redirect_uri", ""), InvalidRequest},
		"another client":              {request(web2), InvalidRequest},
		"a scope that is not its own": {request(web, "scope", "openid bogus"), InvalidScope},
		"plain PKCE":                  {request(web, "code_challenge_method", "plain"), InvalidRequest},
		"a parameter twice":           {twiceExtra(), InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) { refused(t, k.pushing(web, c.q), c.code) })
	}
	t.Run("with the wrong secret", func(t *testing.T) {
		_, err := k.Push(context.Background(), testPool, TokenRequest{Form: request(web), Auth: ClientAuth{ID: web, Secret: "wrong", Method: identity.AuthBasic}})
		refused(t, err, InvalidClient)
	})
}

func TestAttackPushedRequests(t *testing.T) {
	k := start(t)
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	t.Run("the handle of another client", func(t *testing.T) {
		handle := k.push(web, request(web))
		handle.Set("client_id", string(web2))
		if d := k.ask(handle, ann); decision(d) != "page invalid_request_uri" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("the handle in another pool", func(t *testing.T) {
		d, err := k.Authorize(context.Background(), otherPool, k.push(web, request(web)), ann)
		k.must(err)
		if decision(d) != "page invalid_request_uri" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("a handle that was made up", func(t *testing.T) {
		q := url.Values{"client_id": {string(web)}, "request_uri": {pushedPrefix + "made-up"}}
		if d := k.ask(q, ann); decision(d) != "page invalid_request_uri" {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("parameters outside the pushed request", func(t *testing.T) {
		handle := k.push(web, request(web, "nonce", "inside"))
		for name, value := range map[string]string{"state": "outside", "nonce": "outside", "redirect_uri": "https://evil.test/", "scope": "openid api/write", "prompt": "login"} {
			handle.Set(name, value)
		}
		d := k.ask(handle, ann)
		if decision(d) != "code" || d.Answer.RedirectURI != callback || d.Answer.Params.Get("state") != "a state" {
			t.Fatalf("answered %s %+v", decision(d), d.Answer)
		}
		got, err := k.redeemAs(web, d.Answer.Params.Get("code"))
		k.must(err)
		if got.Scope != "openid email" || claimsOf(t, got.IDToken)["nonce"] != "inside" {
			t.Errorf("gave %+v", got)
		}
	})
	t.Run("a state outside alone", func(t *testing.T) {
		handle := k.push(web, request(web, "state", ""))
		handle.Set("state", "outside")
		if d := k.ask(handle, ann); decision(d) != "code" || d.Answer.Params.Has("state") {
			t.Errorf("answered %s %+v", decision(d), d.Answer)
		}
	})
	t.Run("the handle twice", func(t *testing.T) {
		handle := k.push(web, request(web))
		handle.Add("request_uri", handle.Get("request_uri"))
		if d := k.ask(handle, ann); d.Page == nil {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("a client that must push does not", func(t *testing.T) {
		k.change(web2, func(c *identity.Client) { c.RequirePAR = true })
		if d := k.ask(request(web2), ann); decision(d) != "error invalid_request" {
			t.Errorf("answered %s", decision(d))
		}
		if d := k.ask(k.push(web2, request(web2)), ann); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
}

// Ten browsers bring one handle: one is given a code.
func TestPushedRace(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k := startOn(t, open(t))
			ann, handle := k.signIn("ann@example.test"), k.push(web, request(web))
			var mu sync.Mutex
			var wg sync.WaitGroup
			got, errs := map[string]int{}, error(nil)
			for range 10 {
				wg.Go(func() {
					d, err := k.Authorize(context.Background(), testPool, handle, AuthorizeState{Auth: ann})
					mu.Lock()
					defer mu.Unlock()
					if errs = errors.Join(errs, err); err == nil {
						got[decision(d)]++
					}
				})
			}
			wg.Wait()
			if errs != nil || got["code"] != 1 || got["page invalid_request_uri"] != 9 {
				t.Errorf("answered %v, %v", got, errs)
			}
		})
	}
}
