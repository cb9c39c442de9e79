// Package google describes Sign in with Google.
package google

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/federation"
)

const issuer = "https://accounts.google.com"

// endpoints are those of Google's discovery document.
var endpoints = federation.Endpoints{
	Authorize: "https://accounts.google.com/o/oauth2/v2/auth",
	Token:     "https://oauth2.googleapis.com/token",
	Keys:      "https://www.googleapis.com/oauth2/v3/certs",
}

// Profile is the type Google. The details are Cognito's (client_id,
// client_secret, authorize_scopes), and ours:
//
//	hosted_domain  Google Workspace domains, separated by spaces, whose people alone may come; * for any Workspace
//	trust_email    true or false, in place of the rule below
//
// An address counts as verified when Google says so and is in charge of it: an
// address at Gmail, or of a Workspace (hd). Another address was verified when the
// account was made, and may have changed hands since.
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	c.Need("client_secret")
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	domains := strings.Fields(strings.ToLower(s.Details["hosted_domain"]))
	return federation.Profile{
		ClientID:   s.Details["client_id"],
		Auth:       federation.ClientAuth{Method: federation.SecretPost, Secret: s.Details["client_secret"]},
		Issuer:     s.Issuer(issuer),
		Aliases:    []string{"accounts.google.com"},
		Endpoints:  places(s),
		Scopes:     withOpenID(s.Scopes("openid", "email", "profile")),
		Parameters: parameters(domains),
		Hint:       "login_hint",
		Locale:     "hl",
		Fresh:      &federation.Freshness{Parameters: url.Values{"prompt": {"select_account"}}}, // all that Google knows
		Accept:     func(claims map[string]any) error { return hosted(domains, claims) },
		Vouches:    s.Vouched(vouches),
	}, nil
}

// places leaves attributes_url out, which Cognito shows for Google and people copy
// into their settings: the ID token says everything.
func places(s federation.Settings) federation.Endpoints {
	at := s.Endpoints(endpoints)
	at.UserInfo = ""
	return at
}

func withOpenID(scopes []string) []string {
	if slices.Contains(scopes, "openid") {
		return scopes
	}
	return append([]string{"openid"}, scopes...)
}

// parameters: hd shortens the choice of accounts, and is no check.
func parameters(domains []string) url.Values {
	if len(domains) != 1 {
		return nil
	}
	return url.Values{"hd": {domains[0]}}
}

func hosted(domains []string, claims map[string]any) error {
	if len(domains) == 0 {
		return nil
	}
	hd, _ := claims["hd"].(string)
	if hd != "" && (slices.Contains(domains, "*") || slices.Contains(domains, strings.ToLower(hd))) {
		return nil
	}
	return errors.New("the account is of none of the domains in hosted_domain (hd)")
}

func vouches(claims map[string]any) bool {
	if !federation.Vouched(claims["email_verified"]) {
		return false
	}
	email, _ := claims["email"].(string)
	hd, _ := claims["hd"].(string)
	_, domain, _ := strings.Cut(strings.ToLower(email), "@")
	return hd != "" || domain == "gmail.com" || domain == "googlemail.com"
}
