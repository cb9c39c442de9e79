// Package apple describes Sign in with Apple.
package apple

import (
	"encoding/json"
	"net/url"
	"regexp"
	"time"

	"poolhouse.dev/federation"
)

const (
	issuer = "https://appleid.apple.com"
	// secretLife is how long a client secret holds. Apple takes up to six months;
	// ours is made for one request and never needs to be renewed.
	secretLife = 5 * time.Minute
	maxName    = 100
)

var endpoints = federation.Endpoints{Authorize: issuer + "/auth/authorize", Token: issuer + "/auth/token", Keys: issuer + "/auth/keys"}

// identifier is what Apple calls a team and a key by.
var identifier = regexp.MustCompile(`^[A-Z0-9]{10}$`)

// Profile is the type SignInWithApple. The details are Cognito's: client_id (the
// Services ID), team_id, key_id, private_key (the .p8 file, or its base64 lines
// alone), authorize_scopes; and ours: trust_email.
//
// A person's name comes with the first sign-in alone, posted by the browser and
// signed by nobody; an address that came so is not read. Apple's relay addresses
// are verified addresses.
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	for _, key := range []string{"team_id", "key_id"} {
		if !identifier.MatchString(s.Details[key]) {
			c.Add(key, "must be ten capital letters and digits")
		}
	}
	key, err := federation.ParseKey(s.Details["private_key"], s.Details["key_id"])
	if err != nil || key.Algorithm() != "ES256" {
		c.Add("private_key", "must be the key Apple made (P-256), in PEM or base64")
	}
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	clientID, team := s.Details["client_id"], s.Details["team_id"]
	return federation.Profile{
		ClientID: clientID,
		Auth: federation.ClientAuth{Method: federation.SecretPost, MakeSecret: func(now time.Time) (string, error) {
			return key.Sign(map[string]any{"iss": team, "sub": clientID, "aud": issuer, "iat": now.Unix(), "exp": now.Add(secretLife).Unix()})
		}},
		Issuer:    s.Issuer(issuer),
		Endpoints: s.Endpoints(endpoints),
		Scopes:    s.Scopes("name", "email"),
		FormPost:  true, // Apple demands it where a scope is asked for
		NoPKCE:    true, // not among Apple's parameters; the nonce binds the code to this browser
		NoPrompt:  true,
		Fresh:     &federation.Freshness{}, // Apple has each sign-in on the web confirmed, and knows no parameter for it
		Returned:  name,
		Vouches:   s.Vouched(nil),
	}, nil
}

// name takes the person's name from the field user.
func name(values url.Values, claims map[string]any) {
	var user struct {
		Name struct {
			First string `json:"firstName"`
			Last  string `json:"lastName"`
		} `json:"name"`
	}
	if json.Unmarshal([]byte(values.Get("user")), &user) != nil {
		return
	}
	first, last := federation.Plain(user.Name.First, maxName), federation.Plain(user.Name.Last, maxName)
	whole := first + " " + last
	if first == "" || last == "" {
		whole = first + last
	}
	for claim, text := range map[string]string{"given_name": first, "family_name": last, "name": whole} {
		if _, signed := claims[claim]; !signed && text != "" {
			claims[claim] = text
		}
	}
}
