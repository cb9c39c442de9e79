// Package amazon describes Login with Amazon.
package amazon

import (
	"cmp"
	"context"
	"errors"
	"net/url"

	"poolhouse.dev/federation"
)

var endpoints = federation.Endpoints{
	Authorize: "https://www.amazon.com/ap/oa",
	Token:     "https://api.amazon.com/auth/o2/token",
	UserInfo:  "https://api.amazon.com/user/profile",
}

// Profile is the type LoginWithAmazon. The details are Cognito's (client_id,
// client_secret, authorize_scopes, authorize_url, token_url, attributes_url), and
// ours:
//
//	tokeninfo_url  where Amazon says to whom it issued a token
//	trust_email    true or false
//
// Amazon does not say that an address is verified, so that none is unless
// trust_email says so.
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	c.Need("client_secret")
	c.Address("tokeninfo_url")
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	at := s.Endpoints(endpoints)
	p := person{
		client: s.Details["client_id"], profile: at.UserInfo,
		tokenInfo: cmp.Or(s.Details["tokeninfo_url"], "https://api.amazon.com/auth/o2/tokeninfo"),
	}
	return federation.Profile{
		ClientID:  p.client,
		Auth:      federation.ClientAuth{Method: federation.SecretPost, Secret: s.Details["client_secret"]},
		Issuer:    s.Issuer("https://www.amazon.com"),
		NoIDToken: true,
		Realm:     federation.Site(at.UserInfo),
		Endpoints: at,
		Scopes:    s.Scopes("profile"),
		NoPrompt:  true,
		Fresh:     &federation.Freshness{}, // Amazon knows no parameter for it
		Gather:    p.gather,
		Vouches:   s.Vouched(func(map[string]any) bool { return false }),
	}, nil
}

type person struct{ client, profile, tokenInfo string }

// gather reads the profile, after Amazon has said that the token is of this
// client: a token of another would open the same profile.
func (p person) gather(ctx context.Context, get federation.Get, access string) (map[string]any, error) {
	info, err := object(get(ctx, p.tokenInfo+"?"+url.Values{"access_token": {access}}.Encode(), ""))
	if err != nil {
		return nil, err
	}
	if info["aud"] != p.client {
		return nil, errors.New("the access token was issued to another client (aud)")
	}
	claims, err := object(get(ctx, p.profile, access))
	if err != nil {
		return nil, err
	}
	user, _ := info["user_id"].(string)
	if user == "" || claims["user_id"] != user {
		return nil, errors.New("the profile is of another person than the access token (user_id)")
	}
	claims["sub"] = claims["user_id"]
	delete(claims, "email_verified") // not a field of Amazon's
	return claims, nil
}

func object(value any, err error) (map[string]any, error) {
	if err != nil {
		return nil, err
	}
	claims, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("no object came from Amazon")
	}
	return claims, nil
}
