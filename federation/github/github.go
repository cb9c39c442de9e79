// Package github describes sign-in with GitHub, and with GitHub Enterprise.
package github

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"poolhouse.dev/federation"
)

var endpoints = federation.Endpoints{
	Authorize: "https://github.com/login/oauth/authorize",
	Token:     "https://github.com/login/oauth/access_token",
	UserInfo:  "https://api.github.com/user",
}

// Profile is the type GitHub, which is ours. The details are client_id,
// client_secret and authorize_scopes, as Cognito has them for others; for GitHub
// Enterprise authorize_url, token_url and attributes_url (…/api/v3/user); and
// trust_email.
//
// The e-mail address is the account's primary one, and only when GitHub has
// verified it: the one on the public profile is what somebody wrote there.
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	c.Need("client_secret")
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	at := s.Endpoints(endpoints)
	return federation.Profile{
		ClientID:  s.Details["client_id"],
		Auth:      federation.ClientAuth{Method: federation.SecretPost, Secret: s.Details["client_secret"]},
		Issuer:    s.Issuer("https://github.com/login/oauth"),
		NoIDToken: true,
		Realm:     federation.Site(at.UserInfo), // GitHub Enterprise counts its people anew
		Endpoints: at,
		Scopes:    s.Scopes("read:user", "user:email"),
		Hint:      "login",
		Fresh:     &federation.Freshness{Parameters: url.Values{"prompt": {"select_account"}}}, // all that GitHub knows
		Gather: func(ctx context.Context, get federation.Get, access string) (map[string]any, error) {
			return gather(ctx, get, at.UserInfo, access)
		},
		Vouches: s.Vouched(nil),
	}, nil
}

func gather(ctx context.Context, get federation.Get, user, access string) (map[string]any, error) {
	answer, err := get(ctx, user, access)
	if err != nil {
		return nil, err
	}
	claims, ok := answer.(map[string]any)
	if !ok {
		return nil, errors.New("no user came from GitHub")
	}
	number, _ := claims["id"].(json.Number)
	claims["sub"] = number.String() // login can be given up, and taken by somebody else
	delete(claims, "email")
	delete(claims, "email_verified")
	addresses, err := get(ctx, user+"/emails", access)
	if refused(err) {
		return claims, nil // without the scope user:email
	}
	if err != nil {
		return nil, err
	}
	if email := primary(addresses); email != "" {
		claims["email"], claims["email_verified"] = email, true
	}
	return claims, nil
}

func refused(err error) bool {
	var e *federation.Error
	return errors.As(err, &e) && e.Code == federation.Refused && (e.Reason == "403" || e.Reason == "404")
}

func primary(value any) string {
	all, _ := value.([]any)
	for _, one := range all {
		address, _ := one.(map[string]any)
		if address["primary"] == true && address["verified"] == true {
			email, _ := address["email"].(string)
			return email
		}
	}
	return ""
}
