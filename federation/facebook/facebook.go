// Package facebook describes Facebook Login.
package facebook

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"poolhouse.dev/federation"
)

const (
	issuer         = "https://www.facebook.com"
	keys           = issuer + "/.well-known/oauth/openid/jwks/"
	limitedKeys    = "https://limited.facebook.com/.well-known/oauth/openid/jwks/"
	defaultVersion = "v23.0"
	defaultFields  = "id,name,first_name,middle_name,last_name,email,picture"
)

var (
	versions = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]$`)
	lists    = regexp.MustCompile(`^[a-z_]+(,[a-z_]+)*$`)
)

// Profile is the type Facebook. The details are Cognito's (client_id,
// client_secret, authorize_scopes, which Facebook separates by commas,
// api_version), and ours:
//
//	fields       what is asked of a person, separated by commas
//	trust_email  true or false
//
// With openid among the scopes Facebook issues an ID token, which then must hold.
// Those of Limited Login are of the same issuer and have keys of their own, unless
// jwks_uri names the place of both. Facebook does not say that an
// address is verified, so that none is unless trust_email says so.
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	c.Need("client_secret")
	version, fields := cmp.Or(s.Details["api_version"], defaultVersion), cmp.Or(s.Details["fields"], defaultFields)
	if !versions.MatchString(version) {
		c.Add("api_version", "must be a version of the Graph API, such as "+defaultVersion)
	}
	if !lists.MatchString(fields) || !slices.Contains(strings.Split(fields, ","), "id") {
		c.Add("fields", "must be names of fields, separated by commas, id among them")
	}
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	at := s.Endpoints(federation.Endpoints{
		Authorize: "https://www.facebook.com/" + version + "/dialog/oauth",
		Token:     "https://graph.facebook.com/" + version + "/oauth/access_token",
		UserInfo:  "https://graph.facebook.com/" + version + "/me",
		Keys:      keys,
	})
	scopes := scopes(s)
	secret := s.Details["client_secret"]
	return federation.Profile{
		ClientID:  s.Details["client_id"],
		Auth:      federation.ClientAuth{Method: federation.SecretPost, Secret: secret},
		Issuer:    s.Issuer(issuer),
		NoIDToken: !slices.Contains(scopes, "openid"),
		Realm:     federation.Site(at.UserInfo), // not its path, which has the version
		Endpoints: at,
		AppKeys:   cmp.Or(s.Details["jwks_uri"], limitedKeys),
		Scopes:    scopes,
		NoPrompt:  true,
		Fresh:     again(s.Details["client_id"], secret, at.UserInfo),
		Gather: func(ctx context.Context, get federation.Get, access string) (map[string]any, error) {
			return me(ctx, get, at.UserInfo, fields, secret, access)
		},
		Vouches: s.Vouched(func(map[string]any) bool { return false }),
	}, nil
}

func scopes(s federation.Settings) []string {
	set := strings.FieldsFunc(s.Details["authorize_scopes"], func(r rune) bool { return r == ',' || r == ' ' })
	if len(set) == 0 {
		return []string{"public_profile", "email"}
	}
	return set
}

// me asks the Graph API for the person. appsecret_proof shows that the token is
// used by the app it was issued to.
func me(ctx context.Context, get federation.Get, address, fields, secret, access string) (map[string]any, error) {
	proof := hmac.New(sha256.New, []byte(secret))
	proof.Write([]byte(access))
	query := url.Values{"fields": {fields}, "appsecret_proof": {hex.EncodeToString(proof.Sum(nil))}}
	address, _, _ = strings.Cut(address, "?") // Cognito shows, and people copy, …/me?fields=
	answer, err := get(ctx, address+"?"+query.Encode(), access)
	if err != nil {
		return nil, err
	}
	claims, ok := answer.(map[string]any)
	if !ok {
		return nil, errors.New("no object came from the Graph API")
	}
	claims["sub"] = claims["id"]
	delete(claims, "email_verified") // not a field of Facebook's
	return claims, nil
}
