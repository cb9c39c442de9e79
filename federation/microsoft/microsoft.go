// Package microsoft describes accounts of Microsoft: Entra ID, and personal ones.
package microsoft

import (
	"cmp"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"poolhouse.dev/federation"
)

const (
	login = "https://login.microsoftonline.com"
	// personal is the tenant of all personal accounts.
	personal = "9188040d-6c67-4c5b-b112-36a304b66dad"
)

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Profile is the type Microsoft, which is ours. The details are client_id,
// client_secret and authorize_scopes, as Cognito has them for others, and
//
//	tenant           common (any account; the default), organizations, consumers, or one tenant's id
//	allowed_tenants  ids of tenants, separated by spaces, whose people alone may come
//	login_url        https://login.microsoftonline.com, or that of a national cloud
//	token_endpoint_auth_method, private_key, key_id  for private_key_jwt
//	trust_email      true or false, in place of the rule below; true only where the tenants are named
//
// The person's key is tenant and object id (tid.oid). The e-mail address is no
// key and counts as verified only with xms_edov: whoever runs a tenant writes
// into it what they like.
func Profile(s federation.Settings) (federation.Profile, error) {
	c := federation.CheckDetails(s)
	auth := c.Auth()
	c.Address("login_url")
	rule := rule{tenant: strings.ToLower(cmp.Or(s.Details["tenant"], "common")), login: strings.TrimSuffix(cmp.Or(s.Details["login_url"], login), "/")}
	if !slices.Contains([]string{"common", "organizations", "consumers"}, rule.tenant) && !guid.MatchString(rule.tenant) {
		c.Add("tenant", "must be common, organizations, consumers or a tenant's id (a GUID, not a domain)")
	}
	rule.allowed = strings.Fields(strings.ToLower(s.Details["allowed_tenants"]))
	if slices.ContainsFunc(rule.allowed, func(id string) bool { return !guid.MatchString(id) }) {
		c.Add("allowed_tenants", "must be tenants' ids (GUIDs), separated by spaces")
	}
	if s.Details["trust_email"] == "true" && !guid.MatchString(rule.tenant) && len(rule.allowed) == 0 {
		c.Add("trust_email", "is for named tenants alone: anybody can make a tenant that claims any address")
	}
	if err := c.Problems.Found(); err != nil {
		return federation.Profile{}, err
	}
	base := rule.login + "/" + rule.tenant
	return federation.Profile{
		ClientID: s.Details["client_id"],
		Auth:     auth,
		Issuer:   base + "/v2.0",
		IssuerOf: rule.issuer,
		Endpoints: s.Endpoints(federation.Endpoints{
			Authorize: base + "/oauth2/v2.0/authorize", Token: base + "/oauth2/v2.0/token", Keys: base + "/discovery/v2.0/keys",
		}),
		Scopes:  with(s.Scopes("openid", "profile", "email"), "openid", "profile"), // profile brings oid
		Hint:    "login_hint",
		Locale:  "ui_locales",
		Fresh:   &federation.Freshness{Parameters: url.Values{"prompt": {"login"}}, Timed: true}, // auth_time is an optional claim there
		Subject: subject,
		Vouches: s.Vouched(func(claims map[string]any) bool { return federation.Vouched(claims["xms_edov"]) }),
	}, nil
}

func with(scopes []string, needed ...string) []string {
	for _, one := range needed {
		if !slices.Contains(scopes, one) {
			scopes = append(scopes, one)
		}
	}
	return scopes
}

// rule says whose tokens are taken.
type rule struct {
	tenant, login string
	allowed       []string
}

// issuer answers who must have issued a token with these claims.
func (r rule) issuer(claims map[string]any) (string, error) {
	tenant, _ := claims["tid"].(string)
	if !guid.MatchString(tenant) {
		return "", errors.New("the ID token names no tenant (tid)")
	}
	isPersonal := tenant == personal
	switch {
	case r.tenant == "organizations" && isPersonal, r.tenant == "consumers" && !isPersonal, guid.MatchString(r.tenant) && tenant != r.tenant:
		return "", errors.New("the account is of another tenant than the settings allow (tid)")
	case len(r.allowed) > 0 && !slices.Contains(r.allowed, tenant):
		return "", errors.New("the account is of none of the tenants in allowed_tenants (tid)")
	}
	return r.login + "/" + tenant + "/v2.0", nil
}

// subject: sub differs from app to app of the same owner, and an address moves
// on; tid and oid stay.
func subject(claims map[string]any) string {
	tenant, _ := claims["tid"].(string)
	object, _ := claims["oid"].(string)
	if !guid.MatchString(tenant) || !guid.MatchString(object) {
		return ""
	}
	return tenant + "." + object
}
