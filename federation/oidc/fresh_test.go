package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

func again(t *testing.T, p federation.Provider) federation.Trip {
	t.Helper()
	trip, err := p.Begin(t.Context(), federation.Start{State: federationtest.State, SelectAccount: true, Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	return trip
}

// OpenID Connect Core §2 and §3.1.2.1: auth_time is there when max_age was sent,
// and a person can take both prompt and max_age out of the address.
func TestANewSignInIsAskedForAndProven(t *testing.T) {
	for name, row := range map[string]struct {
		at   func(now time.Time) any
		want federation.Code
	}{
		"just now":           {func(now time.Time) any { return now.Unix() }, ""},
		"a clock behind":     {func(now time.Time) any { return now.Add(-59 * time.Second).Unix() }, ""},
		"a session of there": {func(now time.Time) any { return now.Add(-61 * time.Second).Unix() }, federation.Stale},
		"the future":         {func(now time.Time) any { return now.Add(2 * time.Minute).Unix() }, federation.Stale},
		"text":               {func(now time.Time) any { return "now" }, federation.Stale},
		"nothing":            {func(now time.Time) any { return nil }, federation.Stale},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			p := open(t, u, nil)
			trip := again(t, p)
			if q := federationtest.Query(t, trip.URL); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
				t.Errorf("asked %v", q)
			}
			answer, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, map[string]any{"auth_time": row.at(u.Now)}))
			if code, _ := federation.CodeOf(err); code != row.want || (answer.Subject == "") != (row.want != "") {
				t.Errorf("%+v %v", answer, err)
			}
		})
	}
}

func TestALongTripIsStillANewSignIn(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	trip := again(t, p)
	at := u.Now.Add(time.Second).Unix()
	u.Now = u.Now.Add(9 * time.Minute) // consent took its time
	if _, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, map[string]any{"auth_time": at})); err != nil {
		t.Error(err)
	}
}

func TestWithoutTheWishAnOlderSignInIsEnough(t *testing.T) {
	u := federationtest.Start(t)
	p := open(t, u, nil)
	trip := federationtest.Begin(t, p)
	if q := federationtest.Query(t, trip.URL); q.Has("prompt") || q.Has("max_age") {
		t.Errorf("asked %v", q)
	}
	if _, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, map[string]any{"auth_time": u.Now.Add(-time.Hour).Unix()})); err != nil {
		t.Error(err)
	}
}

// reauthentication is for providers that are further from the standard.
func TestReauthenticationIsAsTheSettingsSay(t *testing.T) {
	old, fresh := map[string]any{"auth_time": 1}, map[string]any{}
	for _, row := range []struct {
		set, prompt, maxAge string
		claims              map[string]any
		taken               bool
	}{
		{"proven", "login", "0", fresh, false}, {"proven", "login", "0", old, false},
		{"asked", "login", "", fresh, true}, {"asked", "login", "", old, false},
		{"none", "", "", fresh, true}, {"none", "", "", old, true},
	} {
		u := federationtest.Start(t)
		p := open(t, u, map[string]string{"reauthentication": row.set})
		trip := again(t, p)
		if q := federationtest.Query(t, trip.URL); q.Get("prompt") != row.prompt || q.Get("max_age") != row.maxAge {
			t.Errorf("%s: asked %v", row.set, q)
		}
		if _, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, row.claims)); (err == nil) != row.taken {
			t.Errorf("%s with %v: %v", row.set, row.claims, err)
		}
	}
	s := federation.Settings{Details: map[string]string{"client_id": "a", "client_secret": "b", "oidc_issuer": "https://x.example", "reauthentication": "maybe"}}
	if err := Type(Profile).Check(s); err == nil {
		t.Error("any word is taken")
	}
}

// A provider may have a way of its own, which is told apart by a value that is
// never the same.
func TestAProvidersOwnProofOfANewSignIn(t *testing.T) {
	u := federationtest.Start(t)
	var asked []string
	var result error
	profile, err := Profile(u.Settings(federation.OIDC, map[string]string{"oidc_issuer": u.Issuer}))
	if err != nil {
		t.Fatal(err)
	}
	profile.Fresh = &federation.Freshness{
		Parameters: url.Values{"auth_type": {"again"}}, Nonce: "proof",
		Proven: func(_ context.Context, _ federation.Get, access, nonce string) error {
			asked = append(asked, access, nonce)
			return result
		},
	}
	p := New(u.Settings(federation.OIDC, nil), profile, u.Deps())
	for _, row := range []struct {
		result error
		want   federation.Code
	}{
		{nil, ""}, {errors.New("it was not"), federation.Stale}, {&federation.Error{Code: federation.Unreachable, Provider: "Up"}, federation.Unreachable},
	} {
		asked, result = nil, row.result
		trip := again(t, p)
		q := federationtest.Query(t, trip.URL)
		_, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, nil))
		if code, _ := federation.CodeOf(err); code != row.want {
			t.Errorf("want %q, got %v", row.want, err)
		}
		var kept pending
		if err := json.Unmarshal(trip.Pending, &kept); err != nil {
			t.Fatal(err)
		}
		if len(asked) != 2 || asked[0] != "access-4711" || asked[1] != kept.Proof || q.Get("proof") != kept.Proof || len(kept.Proof) < 20 || q.Get("auth_type") != "again" || q.Has("prompt") {
			t.Errorf("asked with %v, sent %v", asked, q)
		}
	}
	if _, err := u.SignIn(p, nil); err != nil || len(asked) != 2 {
		t.Error("a proof is asked for that nobody wanted:", err)
	}
}
