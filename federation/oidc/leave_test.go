package oidc

import (
	"strings"
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

// leaver is a provider found by discovery, with the settings given, and what it
// says of a person who has signed in.
func leaver(t *testing.T, u *federationtest.Upstream, more map[string]string) (*Provider, federation.Answer) {
	t.Helper()
	details := map[string]string{"oidc_issuer": u.At("")}
	for key, value := range more {
		details[key] = value
	}
	s := u.Settings(federation.OIDC, details)
	s.Base = "https://auth.example.test/"
	p := openAt(t, u, s, u.Deps()).(*Provider)
	answer, err := u.SignIn(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, answer
}

func TestTheSessionThereEndsWhereTheProviderHasAnAddressForIt(t *testing.T) {
	for _, row := range []struct {
		name, discovered string
		details          map[string]string
		leads            string // "" stays
	}{
		{"discovered", "/bye", map[string]string{"IDPSignout": "true"}, "/bye?"},
		{"given", "/bye", map[string]string{"IDPSignout": "true", "end_session_url": "/own?a=b"}, "/own?a=b&"},
		{"no address", "", map[string]string{"IDPSignout": "true"}, ""},
		{"off", "/bye", map[string]string{"IDPSignout": "false"}, ""},
		{"left out", "/bye", nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := federationtest.Start(t)
			if row.discovered != "" {
				u.Document["end_session_endpoint"] = u.At(row.discovered)
			}
			if given := row.details["end_session_url"]; given != "" {
				row.details["end_session_url"] = u.At(given)
			}
			p, answer := leaver(t, u, row.details)
			login, stays := p.Stay(answer)
			if stays != (row.details["IDPSignout"] == "true") || stays && string(login.Ticket) != answer.Tokens.ID {
				t.Fatalf("keeps %v, %v", stays, login)
			}
			trip, goes, err := p.Leave(t.Context(), "the-state", login.Ticket)
			if err != nil || goes != (row.leads != "") || !strings.HasPrefix(trip.URL, at(u, row.leads)) {
				t.Fatalf("%v %s %v", goes, trip.URL, err)
			}
			if !goes {
				return
			}
			q := federationtest.Query(t, trip.URL)
			if q.Get("id_token_hint") != answer.Tokens.ID || q.Get("state") != "the-state" || q.Get("client_id") != federationtest.Client ||
				q.Get("post_logout_redirect_uri") != "https://auth.example.test/oauth2/idplogout" {
				t.Errorf("%v", q)
			}
		})
	}
}

func at(u *federationtest.Upstream, path string) string {
	if path == "" {
		return ""
	}
	return u.At(path)
}

func TestALongIDTokenIsPosted(t *testing.T) {
	u := federationtest.Start(t)
	u.Document["end_session_endpoint"] = u.At("/bye")
	p, _ := leaver(t, u, map[string]string{"IDPSignout": "true"})
	ticket := strings.Repeat("t", longestHint+1)
	trip, goes, err := p.Leave(t.Context(), "s", []byte(ticket))
	if err != nil || !goes || trip.URL != "" || trip.Post != u.At("/bye") || trip.Fields.Get("id_token_hint") != ticket || trip.Fields.Get("state") != "s" {
		t.Errorf("%v %+v %v", goes, trip, err)
	}
}
