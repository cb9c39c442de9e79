package identity

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// oidcScopes are the scopes every pool has.
var oidcScopes = []string{"openid", "email", "phone", "profile", "address", "offline_access", "aws.cognito.signin.user.admin"}

var authFlows = []string{
	"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH",
	"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH", FlowClientToken, FlowImpersonation, FlowDelegation,
	// The names before 2019, which Cognito still takes.
	"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH",
}

// ValidateClient holds an app client against its pool, Cognito's bounds and the
// house's rules. It answers InvalidParameter with the field, named as in the file; several are joined.
func ValidateClient(p *Pool, c *Client) error {
	const op = "ValidateClient"
	rules := []setting{
		{"client_id", len(c.ID) <= 128 && clientIDPattern.MatchString(string(c.ID)), "must have 1-128 letters, digits, _ + or -"},
		{"client_name", isLabel(c.Name), "must have 1-128 letters, digits, spaces or _ + = , . @ -"},
		{"callback_urls", len(c.CallbackURLs) <= 100, "at most 100"},
		{"logout_urls", len(c.LogoutURLs) <= 100, "at most 100"},
		{"default_redirect_uri", c.DefaultRedirectURI == "" || slices.Contains(c.CallbackURLs, c.DefaultRedirectURI), "must be one of callback_urls"},
		among("allowed_oauth_flows", c.AllowedOAuthFlows, "takes code, implicit and client_credentials", "code", "implicit", "client_credentials"),
		{"allowed_oauth_flows", !c.Public() || !slices.Contains(c.AllowedOAuthFlows, "client_credentials"), "client_credentials needs a client secret"},
		{"allowed_oauth_scopes", len(c.AllowedOAuthScopes) <= 50, "at most 50"},
		among("allowed_oauth_scopes", c.AllowedOAuthScopes, "takes openid, email, phone, profile, address, offline_access, aws.cognito.signin.user.admin and identifier/scope_name of the pool's resource servers", p.scopes()...),
		among("explicit_auth_flows", c.ExplicitAuthFlows, "takes ALLOW_USER_PASSWORD_AUTH, ALLOW_USER_SRP_AUTH, ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_CUSTOM_AUTH, ALLOW_USER_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_CLIENT_TOKEN_AUTH, ALLOW_TOKEN_EXCHANGE_IMPERSONATION and ALLOW_TOKEN_EXCHANGE_DELEGATION", authFlows...),
		{"supported_identity_providers", areProviders(c.IdentityProviders), "takes COGNITO and names of identity providers, 1-32 characters"},
		among("read_attributes", c.ReadAttributes, "takes attributes of the pool", p.readable()...),
		among("write_attributes", c.WriteAttributes, "takes attributes of the pool that people may write", p.writable()...),
		{"auth_session_validity", c.AuthSessionValidity == 0 || within(c.AuthSessionValidity, 3, 15), "must be 3-15 minutes"},
		{"prevent_user_existence_errors", oneOf(c.PreventExistence, "ENABLED", "LEGACY"), "takes ENABLED and LEGACY"},
		{"id_token_signed_response_alg", oneOf(c.SigningAlg, signingAlgs...), "takes RS256, ES256 and EdDSA"},
		{"refresh_token_rotation.feature", oneOf(c.Rotation.Feature, "ENABLED", "DISABLED"), "takes ENABLED and DISABLED"},
		{"mfa_configuration", oneOf(c.MFAConfiguration, mfaOn), onOnly},
		demandRule(p, c.MFAConfiguration),
		amongFirstFactors("allowed_first_auth_factors", c.AllowedFirstFactors),
		{"allowed_first_auth_factors", !slices.Equal(c.AllowedFirstFactors, []Factor{FactorPasskey}) || len(p.recoveryOrder()) > 0,
			"WEB_AUTHN alone needs a pool whose account_recovery_setting is not admin_only: nobody could come to a first passkey"},
		{"refresh_token_rotation.retry_grace_period_seconds", c.Rotation.GracePeriodSeconds == nil || within(*c.Rotation.GracePeriodSeconds, 0, 60), "must be 0-60"},
	}
	return errors.Join(
		allBroken(op, slices.Concat(rules, clientAPIRules(c))), validateURLs(op, "callback_urls", c.CallbackURLs), validateURLs(op, "logout_urls", c.LogoutURLs),
		requiredAreWritable(op, p, c), validateValidity(op, c), validateClientTheme(c.Theme), validateClientOAuth(op, c),
	)
}

func validateClientTheme(t *Theme) error {
	if t == nil {
		return nil
	}
	return ValidateTheme(t)
}

// scopes answers all scopes a client of the pool may be given.
func (p *Pool) scopes() []string {
	all := slices.Clone(oidcScopes)
	for _, server := range p.ResourceServers {
		for _, scope := range server.Scopes {
			all = append(all, server.Identifier+"/"+scope.Name)
		}
	}
	return all
}

func (p *Pool) writable() []string {
	all := slices.Clone(standardAttributes)
	for _, a := range p.Schema {
		if !slices.Contains(all, a.Name) {
			all = append(all, a.Name)
		}
	}
	return all
}

func (p *Pool) readable() []string {
	return append(p.writable(), attrSub, attrEmailVerified, attrPhoneVerified)
}

// requiredAreWritable: people could not sign up through a client that may not
// write what the pool requires.
func requiredAreWritable(op string, p *Pool, c *Client) error {
	for _, a := range p.Schema {
		if a.Required && !writable(c, a.Name) && !slices.Contains(p.UsernameAttributes, a.Name) {
			return firstBroken(op, []setting{{"write_attributes", false, "must hold the required attribute " + a.Name}})
		}
	}
	return nil
}

func areProviders(names []string) bool {
	for i, name := range names {
		if n := utf8.RuneCountInString(name); !within(n, 1, 32) || !namePattern.MatchString(name) || slices.Contains(names[:i], name) {
			return false
		}
	}
	return true
}

// validateValidity: Cognito's bounds are a day for access and ID tokens, ten
// years for refresh tokens.
func validateValidity(op string, c *Client) error {
	const year = 365 * 24 * time.Hour
	access, accessOK := validity(c.AccessTokenValidity, c.Units.AccessToken, time.Hour)
	id, idOK := validity(c.IDTokenValidity, c.Units.IDToken, time.Hour)
	refresh, refreshOK := validity(c.RefreshValidity, c.Units.RefreshToken, 24*time.Hour)
	return firstBroken(op, []setting{
		{"token_validity_units", accessOK && idOK && refreshOK, "take seconds, minutes, hours and days"},
		{"access_token_validity", c.AccessTokenValidity >= 0 && access <= 24*time.Hour, "must be at most a day"},
		{"id_token_validity", c.IDTokenValidity >= 0 && id <= 24*time.Hour, "must be at most a day"},
		{"refresh_token_validity", within(c.RefreshValidity, 0, 315360000) && refresh <= 10*year, "must be at most ten years"},
	})
}

var validityUnits = map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}

func validity(n int, unit string, fallback time.Duration) (time.Duration, bool) {
	each, known := validityUnits[unit]
	if unit == "" {
		each, known = fallback, true
	}
	return time.Duration(min(n, 315360000)) * each, known
}

func validateURLs(op, field string, urls []string) error {
	for i, each := range urls {
		why := urlRefusal(each)
		if why == "" && slices.Contains(urls[:i], each) {
			why = "stands there twice"
		}
		if why != "" {
			return firstBroken(op, []setting{{fmt.Sprintf("%s[%d]", field, i), false, each + ": " + why}})
		}
	}
	return nil
}

// forbiddenSchemes run code or read files in a browser.
var forbiddenSchemes = []string{"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}

// urlRefusal says why a callback or logout URL is refused; "" is fine. URLs are
// compared as strings later (RFC 9700 §2.1), so that nothing may be open here.
func urlRefusal(text string) string {
	at, err := url.Parse(text)
	switch {
	case len(text) > 1024:
		return "longer than 1024 characters"
	case err != nil || at.Scheme == "" || strings.ContainsFunc(text, notInURL):
		return "not an absolute URL"
	case at.Fragment != "" || strings.Contains(text, "#"):
		return "must not hold a fragment (RFC 6749 §3.1.2)"
	case at.User != nil:
		return "must not hold a user name"
	case strings.Contains(text, "*"):
		return "must not hold a wildcard"
	case slices.Contains(forbiddenSchemes, at.Scheme):
		return "this scheme is not allowed"
	case at.Scheme == "https" && at.Host != "" && at.Hostname() != "":
		return ""
	case at.Scheme == "http" && isLoopback(at.Hostname()):
		return ""
	case at.Scheme == "https" || at.Scheme == "http":
		return "must be https, or http on localhost, 127.0.0.1 or [::1]"
	case strings.Contains(at.Scheme, ".") || strings.Contains(text, "://"):
		return "" // RFC 8252 §7.1: an app's own scheme
	}
	return "an app's own scheme has a dot or goes on with ://"
}

func notInURL(r rune) bool {
	return r <= ' ' || r >= 0x7F || strings.ContainsRune(`"<>\^`+"`{|}", r)
}

// isLoopback: names and addresses that never leave the machine (RFC 6761 §6.3, RFC 8252 §7.3).
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
