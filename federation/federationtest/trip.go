package federationtest

import (
	"errors"
	"net/url"
	"testing"

	"poolhouse.dev/federation"
)

// State is what the tests send out.
const State = "state-of-this-browser"

// Begin sends a person out, without any wish.
func Begin(t testing.TB, p federation.Provider) federation.Trip {
	t.Helper()
	trip, err := p.Begin(t.Context(), federation.Start{State: State})
	if err != nil {
		t.Fatal(err)
	}
	return trip
}

// Finish takes what came back by a GET.
func Finish(t testing.TB, p federation.Provider, trip federation.Trip, back url.Values) (federation.Answer, error) {
	t.Helper()
	return p.Finish(t.Context(), trip.Pending, federation.Return{Method: "GET", Values: back})
}

// SignIn is a whole trip of a person with these claims in the ID token.
func (u *Upstream) SignIn(p federation.Provider, claims map[string]any) (federation.Answer, error) {
	u.t.Helper()
	trip := Begin(u.t, p)
	return Finish(u.t, p, trip, u.Approve(trip.URL, claims))
}

// Refused demands that err is a failed trip with this code, and answers it.
func Refused(t testing.TB, err error, code federation.Code) *federation.Error {
	t.Helper()
	var e *federation.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("want %s, got %v", code, err)
		return &federation.Error{}
	}
	if e.Provider != "Up" {
		t.Errorf("the failure does not name its provider: %v", e)
	}
	return e
}
