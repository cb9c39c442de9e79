package web_test

import (
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// again are the claims of somebody who just signed in at the provider.
func (h house) again(age time.Duration) map[string]any {
	claims := vouched("s-1", ann)
	claims["auth_time"] = h.Now().Add(-age).Unix()
	return claims
}

// newest answers when the person's newest session here began.
func (h house) newest(u identity.User) (newest time.Time) {
	h.Helper()
	sessions := identity.Sessions{Core: h.Core}
	all, err := sessions.List(h.Context(), webtest.PoolID, u.ID)
	if err != nil {
		h.Fatal(err)
	}
	for _, s := range all {
		if s.AuthTime.After(newest) {
			newest = s.AuthTime
		}
	}
	return newest
}

// OpenID Connect Core §3.1.2.1, prompt and max_age.
func TestANewSignInIsOneAtTheProviderToo(t *testing.T) {
	for name, asks := range map[string][]string{"prompt=login": {"prompt", "login"}, "max_age": {"max_age", "300"}} {
		t.Run(name, func(t *testing.T) {
			h := withUp(t, nil)
			b := h.Browser()
			h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
			h.After(10 * time.Minute)
			h.up.Now = h.Now()
			b.Get(webtest.AuthorizeURL()).Lands(webtest.Callback) // the session here is enough for others
			out := b.Get(webtest.AuthorizeURL(asks...)).At("/login").Follow("Continue with Up")
			if q := out.Lands(h.up.At("/authorize")); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
				t.Errorf("asked %v", q)
			}
			page := b.ComesBack(out.Approve(h.up, h.again(9*time.Minute))).Is(web.Unprocessable)
			page.Says("A new sign-in is needed here").SaysNot("auth_time")
			if e := h.events("sign_in_elsewhere"); len(e) != 1 || e[0].Reason != "stale" || e[0].Detail["claim.auth_time"] == "" {
				t.Errorf("%+v", e)
			}
			back := page.Follow("Try again")
			if q := back.Lands(h.up.At("/authorize")); q.Get("prompt") != "login" {
				t.Errorf("the second time asked %v", q)
			}
			b.ComesBack(back.Approve(h.up, h.again(0))).Lands(webtest.Callback)
			if at := h.newest(h.user(ann)); h.Now().Sub(at) > time.Second {
				t.Errorf("the newest sign-in is of %v", at)
			}
		})
	}
}

func TestAnAppWithoutThatWishAsksForNone(t *testing.T) {
	h := withUp(t, nil)
	q := h.Browser().Get(webtest.AuthorizeURL()).Follow("Continue with Up").Lands(h.up.At("/authorize"))
	if q.Has("prompt") || q.Has("max_age") {
		t.Errorf("asked %v", q)
	}
}

func TestANewSignInIsForcedAtASAMLProvider(t *testing.T) {
	h, idp := withIDP(t, nil)
	for ask, want := range map[string]bool{"": false, "login": true} {
		var pairs []string
		if ask != "" {
			pairs = []string{"prompt", ask}
		}
		q := h.Browser().Get(webtest.AuthorizeURL(pairs...)).Follow("Continue with Corp").Lands(webtest.IDPURL + "/SingleSignOnService")
		if _, text := idp.Asked(q, "SAMLRequest"); strings.Contains(text, `ForceAuthn="true"`) != want {
			t.Errorf("prompt=%q asks %s", ask, text)
		}
	}
}

// The account pages ask for a new sign-in before something that opens the
// account: whoever finds the browser unlocked must not get past that with the
// session that its owner has elsewhere.
func TestTheAccountPagesWantANewSignInElsewhere(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Lands(webtest.Callback)
	h.After(20 * time.Minute)
	h.up.Now = h.Now()
	out := b.Get("/account/delete").At("/login").Follow("Continue with Up")
	if q := out.Lands(h.up.At("/authorize")); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("asked %v", q)
	}
	b.ComesBack(out.Approve(h.up, h.again(time.Hour))).Is(web.Unprocessable).Says("A new sign-in is needed here")
	out = b.Get("/account/delete").At("/login").Follow("Continue with Up")
	b.ComesBack(out.Approve(h.up, h.again(0))).At("/account/delete")
	fresh := h.Browser().Get("/account").At("/login").Follow("Continue with Up")
	if q := fresh.Lands(h.up.At("/authorize")); q.Has("prompt") {
		t.Errorf("whoever is not signed in yet is asked %v", q)
	}
}
