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

// No is one way of a provider to say no, as its documentation has it: with the
// browser (Query, to which the state is added), or at the token endpoint.
type No struct {
	Query  string
	Status int
	Body   string
	Code   federation.Code
	Reason string
}

// SaysNo holds what becomes of each refusal against what it should be. p is
// called back by method.
func (u *Upstream) SaysNo(p federation.Provider, method string, all ...No) {
	u.t.Helper()
	for _, no := range all {
		trip := Begin(u.t, p)
		back := u.Approve(trip.URL, nil)
		if no.Query != "" {
			var err error
			if back, err = url.ParseQuery(no.Query); err != nil {
				u.t.Fatal(err)
			}
			back.Set("state", State)
		}
		u.Refuse = func(url.Values) (int, string) { return no.Status, no.Body }
		answer, err := p.Finish(u.t.Context(), trip.Pending, federation.Return{Method: method, Values: back})
		u.Refuse = nil
		if e := Refused(u.t, err, no.Code); e.Reason != no.Reason || answer.Subject != "" {
			u.t.Errorf("%+v became %+v", no, e)
		}
	}
}

// Bound demands that a request is bound to its answer: a state, PKCE by SHA-256
// unless the provider does not know it, and a nonce where an ID token will come.
func Bound(t testing.TB, q url.Values, pkce, nonce bool) {
	t.Helper()
	if q.Get("state") != State || q.Get("response_type") != "code" {
		t.Errorf("no state, or no code is asked for: %v", q)
	}
	if q.Has("code_challenge") != pkce || pkce && (q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43) {
		t.Errorf("PKCE: %v", q)
	}
	if q.Has("nonce") != nonce || nonce && len(q.Get("nonce")) < 32 {
		t.Errorf("nonce: %v", q)
	}
}
