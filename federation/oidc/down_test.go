package oidc

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/identity/fetch"
)

// stuck answers nothing until the test ends.
func stuck(t *testing.T, u *federationtest.Upstream, path string) string {
	t.Helper()
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	u.Handle(path, func(http.ResponseWriter, *http.Request) { <-over })
	return u.At(path)
}

func TestAProviderThatDoesNotAnswerIsUnreachable(t *testing.T) {
	for _, key := range []string{"token_url", "attributes_url", "jwks_uri", "oidc_issuer"} {
		t.Run(key, func(t *testing.T) {
			u := federationtest.Start(t)
			d := u.Deps()
			d.Client = fetch.New(fetch.Options{Allow: federationtest.Loopback, Timeout: 50 * time.Millisecond})
			details := map[string]string{"oidc_issuer": u.At("")}
			details[key] = stuck(t, u, "/stuck/")
			p := openAt(t, u, u.Settings(federation.OIDC, details), d)
			trip, err := p.Begin(t.Context(), federation.Start{State: federationtest.State})
			if key != "oidc_issuer" && err == nil {
				_, err = federationtest.Finish(t, p, trip, u.Approve(trip.URL, nil))
			}
			federationtest.Refused(t, err, federation.Unreachable)
		})
	}
}

func TestAPersonWhoGivesUpIsNoFailureOfTheProvider(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, map[string]string{"token_url": stuck(t, u, "/stuck")})
	trip := federationtest.Begin(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		_, err := p.Finish(ctx, trip.Pending, federation.Return{Method: "GET", Values: u.Approve(trip.URL, nil)})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	cancel()
	waiting.Wait()
}

func TestManySignInsShareOneFetch(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			trip, err := p.Begin(t.Context(), federation.Start{State: federationtest.State})
			if err != nil {
				t.Error(err)
				return
			}
			back := u.Approve(trip.URL, nil)
			if _, err := p.Finish(t.Context(), trip.Pending, federation.Return{Method: "GET", Values: back}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(u.Requests("/keys")) + len(u.Requests("/.well-known/openid-configuration")); n != 2 {
		t.Errorf("%d fetches of what all share", n)
	}
}
