// Package oauth2 describes providers of OAuth 2.0 that answer a person's
// attributes as JSON, and issue no ID tokens.
package oauth2

import (
	"cmp"
	"strings"

	"poolhouse.dev/federation"
)

// Profile is the type OAuth2, which is ours. The details are client_id,
// client_secret, authorize_scopes, authorize_url, token_url, attributes_url and
// attributes_request_method, as Cognito has them for OIDC, and
//
//	subject_attribute           the path to the person's key, sub when left out; the provider must never give it to another person
//	oidc_issuer                 what the provider calls itself in iss, where it does (RFC 9207)
//	token_endpoint_auth_method  client_secret_post, client_secret_basic, private_key_jwt or none
//	private_key, key_id         what signs private_key_jwt
//	trust_email                 true or false, in place of what an email_verified says
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	c.Need("authorize_url", "token_url", "attributes_url")
	auth := c.Auth()
	path := cmp.Or(s.Details["subject_attribute"], "sub")
	if federation.CheckMapping(map[string]string{"key": path}) != nil || strings.HasPrefix(path, "=") {
		c.Add("subject_attribute", "must be the path to a claim")
	}
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	realm, _, _ := strings.Cut(s.Details["attributes_url"], "?") // oidc_issuer may be added later
	return federation.Profile{
		ClientID:     s.Details["client_id"],
		Auth:         auth,
		Issuer:       s.Details["oidc_issuer"],
		NoIDToken:    true,
		Realm:        realm,
		Endpoints:    s.Endpoints(federation.Endpoints{}),
		Scopes:       s.Scopes(),
		PostUserInfo: s.Details["attributes_request_method"] == "POST",
		NoPrompt:     true,
		Fresh:        &federation.Freshness{}, // OAuth 2.0 has no word for it
		Subject: func(claims map[string]any) string {
			found, _ := federation.Map(claims, map[string]string{"key": path})
			return found["key"]
		},
		Vouches: s.Vouched(nil),
	}, nil
}
