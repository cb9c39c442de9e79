package oidc

import (
	"net/url"
	"slices"

	"poolhouse.dev/federation"
)

// Profile is the type OIDC: any provider of OpenID Connect, by its issuer. The
// details are Cognito's (client_id, client_secret, oidc_issuer, authorize_scopes,
// attributes_request_method, and authorize_url, token_url, attributes_url,
// jwks_uri, which together take the place of discovery), and ours:
//
//	token_endpoint_auth_method  client_secret_post, client_secret_basic, private_key_jwt or none
//	private_key, key_id         what signs private_key_jwt
//	IDPSignout                  true ends the session there when somebody signs out here
//	end_session_url             where, in place of what discovery says
//	trust_email                 true or false, in place of what email_verified says
//	reauthentication            how a new sign-in is asked for: proven (or left out) wants auth_time in the ID token,
//	                            asked takes a token without it, none asks for nothing
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	c.Need("oidc_issuer")
	auth := c.Auth()
	c.OneOf("reauthentication", "proven", "asked", "none")
	c.OneOf("IDPSignout", "true", "false")
	scopes := s.Scopes("openid", "email", "profile")
	if !slices.Contains(scopes, "openid") {
		c.Add("authorize_scopes", "must hold openid")
	}
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	return federation.Profile{
		ClientID:     s.Details["client_id"],
		Auth:         auth,
		Issuer:       s.Details["oidc_issuer"],
		Discover:     true,
		Endpoints:    s.Endpoints(federation.Endpoints{}),
		Scopes:       scopes,
		PostUserInfo: s.Details["attributes_request_method"] == "POST",
		Hint:         "login_hint",
		Locale:       "ui_locales",
		Signout:      s.Details["IDPSignout"] == "true",
		Fresh:        reauthentication[s.Details["reauthentication"]],
		Vouches:      s.Vouched(nil),
	}, nil
}

// reauthentication is for providers that are further from the standard: some say
// no auth_time, some refuse prompt=login.
var reauthentication = map[string]*federation.Freshness{
	"asked": {Parameters: url.Values{"prompt": {"login"}}, Timed: true}, "none": {},
}
