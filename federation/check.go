package federation

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Checker gathers Problems of one provider's details.
type Checker struct {
	Problems Problems
	details  map[string]string
}

// CheckDetails begins a check of s, with what holds for every provider of the
// code flow: a client id, addresses that can be asked, scopes, trust_email.
func CheckDetails(s Settings) *Checker {
	c := &Checker{details: s.Details}
	c.Need("client_id")
	for _, key := range []string{"authorize_url", "token_url", "attributes_url", "jwks_uri", "oidc_issuer", "end_session_url"} {
		c.Address(key)
	}
	c.OneOf("attributes_request_method", "GET", "POST")
	c.OneOf("trust_email", "true", "false")
	for name, value := range s.Details {
		if len(value) > 8192 {
			c.Add(Plain(name, 64), "is longer than 8,192 bytes")
		}
	}
	if strings.ContainsFunc(s.Details["authorize_scopes"], func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }) {
		c.Add("authorize_scopes", "holds a character that no scope may have") // RFC 6749 §3.3
	}
	return c
}

// Add notes a problem of field.
func (c *Checker) Add(field, text string) {
	c.Problems = append(c.Problems, Problem{Field: field, Text: text})
}

// Need notes each of the keys that is missing.
func (c *Checker) Need(keys ...string) {
	for _, key := range keys {
		if strings.TrimSpace(c.details[key]) == "" {
			c.Add(key, "is missing")
		}
	}
}

// OneOf notes a value that is set and none of those allowed.
func (c *Checker) OneOf(key string, allowed ...string) {
	if value, set := c.details[key]; set && value != "" && !slices.Contains(allowed, value) {
		c.Add(key, "must be one of "+strings.Join(allowed, ", "))
	}
}

// Address notes a value that is set and no address to ask over TLS; without TLS
// this machine and hosts without a dot are allowed, which no stranger owns.
func (c *Checker) Address(key string) {
	value := c.details[key]
	if value != "" && !Reachable(value) {
		c.Add(key, "must be an https address without fragment, user or password (http for this machine or a host without a dot)")
	}
}

// Reachable says whether address may be an endpoint of a provider; see Address.
func Reachable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || strings.HasSuffix(address, "#") || len(address) > 2048 {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && local(u.Hostname())
}

func local(host string) bool {
	if literal, err := netip.ParseAddr(host); err == nil {
		return literal.IsLoopback()
	}
	return host != "" && !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost")
}

// Scopes answers authorize_scopes, or usual where none are set.
func (s Settings) Scopes(usual ...string) []string {
	if set := strings.Fields(s.Details["authorize_scopes"]); len(set) > 0 {
		return set
	}
	return usual
}

// Endpoints answers usual with what the details override: authorize_url,
// token_url, attributes_url and jwks_uri, which Cognito has for OIDC alone, and
// end_session_url, which is ours.
func (s Settings) Endpoints(usual Endpoints) Endpoints {
	for key, at := range map[string]*string{
		"authorize_url": &usual.Authorize, "token_url": &usual.Token, "attributes_url": &usual.UserInfo, "jwks_uri": &usual.Keys,
		"end_session_url": &usual.EndSession,
	} {
		if set := s.Details[key]; set != "" {
			*at = set
		}
	}
	return usual
}

// Issuer answers oidc_issuer, or usual where it is not set.
func (s Settings) Issuer(usual string) string {
	if set := s.Details["oidc_issuer"]; set != "" {
		return set
	}
	return usual
}

// Auth reads how the client proves itself: token_endpoint_auth_method (ours),
// client_secret, or private_key and key_id (ours). What is missing is noted.
func (c *Checker) Auth() ClientAuth {
	auth := ClientAuth{Method: c.details["token_endpoint_auth_method"], Secret: c.details["client_secret"]}
	c.OneOf("token_endpoint_auth_method", SecretPost, SecretBasic, PrivateKeyJWT, NoSecret)
	switch auth.Method {
	case NoSecret:
	case PrivateKeyJWT:
		var err error
		if auth.Key, err = ParseKey(c.details["private_key"], c.details["key_id"]); err != nil {
			c.Add("private_key", err.Error())
		}
	default:
		c.Need("client_secret")
	}
	return auth
}
