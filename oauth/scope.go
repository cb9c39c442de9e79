package oauth

import (
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// The scopes that are not of a resource server.
const (
	scopeOpenID  = "openid"
	scopeEmail   = "email"
	scopePhone   = "phone"
	scopeProfile = "profile"
	scopeAddress = "address"
	// scopeSelf allows the Cognito API's calls on the signed-in user.
	scopeSelf = "aws.cognito.signin.user.admin"
)

var defaultScopes = []string{scopeOpenID, scopeEmail, scopePhone, scopeProfile}

// personScopes are all that speak of a person, in the order of their documents.
var personScopes = append(slices.Clone(defaultScopes), scopeAddress, scopeOffline, scopeSelf)

// clientScopes answers what a client may ask for. Cognito knows neither address nor
// offline_access: a client whose settings name no scopes has them where it goes by
// OpenID's rules.
func clientScopes(c *identity.Client) []string {
	if len(c.AllowedOAuthScopes) > 0 {
		return c.AllowedOAuthScopes
	}
	scopes := slices.Clone(defaultScopes)
	if oidcClaims(c) {
		scopes = append(scopes, scopeAddress)
	}
	if c.RefreshIssuance == scopeOffline {
		scopes = append(scopes, scopeOffline)
	}
	return scopes
}

// ofResourceServer says whether the pool has a resource server with this scope.
func ofResourceServer(p *identity.Pool, scope string) bool {
	return slices.ContainsFunc(p.ResourceServers, func(s identity.ResourceServer) bool {
		name, found := strings.CutPrefix(scope, s.Identifier+"/")
		return found && slices.ContainsFunc(s.Scopes, func(each identity.Scope) bool { return each.Name == name })
	})
}

// userScopes decides the scopes of a request on behalf of a person. None asked
// for means all the client has (RFC 6749 §3.3 lets the server choose; so does
// Cognito), unless its settings want them named.
func userScopes(p *identity.Pool, c *identity.Client, asked string) ([]string, *Error) {
	if c.DefaultScopes == "none" && strings.Trim(asked, " ") == "" {
		return nil, refuse(InvalidScope, "The scope is missing.")
	}
	may := slices.DeleteFunc(slices.Clone(clientScopes(c)), func(s string) bool {
		return !slices.Contains(personScopes, s) && !ofResourceServer(p, s)
	})
	if oidcClaims(c) && !slices.Contains(may, scopeOffline) { // OpenID Connect Core §11: ignored
		asked = joined(without(strings.Split(asked, " "), scopeOffline))
	}
	scopes, err := pick(may, asked)
	if err != nil {
		return nil, err
	}
	return scopes, needsOpenID(scopes)
}

// machineScopes decides the scopes of a client on its own behalf: those of
// resource servers alone, for the others speak of a person.
func machineScopes(p *identity.Pool, c *identity.Client, asked string) ([]string, *Error) {
	may := slices.DeleteFunc(slices.Clone(clientScopes(c)), func(s string) bool { return !ofResourceServer(p, s) })
	if len(may) == 0 {
		return nil, refuse(InvalidScope, "The client has no scope of a resource server.")
	}
	return pick(may, asked)
}

// pick answers the asked scopes in the order asked, once each.
func pick(may []string, asked string) ([]string, *Error) {
	var scopes []string
	for _, s := range strings.Split(asked, " ") {
		switch {
		case s == "" || slices.Contains(scopes, s):
		case !slices.Contains(may, s): // RFC 6749 §3.3
			return nil, refuse(InvalidScope, "A scope is unknown or not allowed for this client.")
		default:
			scopes = append(scopes, s)
		}
	}
	if len(scopes) == 0 {
		return may, nil
	}
	return scopes, nil
}

// needsOpenID: email, phone, profile and address say what openid gives (Cognito; OpenID
// Connect Core §5.4 defines them for OpenID requests only).
func needsOpenID(scopes []string) *Error {
	if slices.Contains(scopes, scopeOpenID) {
		return nil
	}
	for _, s := range []string{scopeEmail, scopePhone, scopeProfile, scopeAddress} {
		if slices.Contains(scopes, s) {
			return refuse(InvalidScope, "The scopes email, phone, profile and address need openid.")
		}
	}
	return nil
}

// narrow answers the asked part of what was granted. RFC 6749 §6: a refresh
// asks for no scope that was not granted. What the client has lost since is left out.
func narrow(granted, may []string, asked string) ([]string, *Error) {
	left := slices.DeleteFunc(slices.Clone(granted), func(s string) bool { return !slices.Contains(may, s) })
	if len(left) == 0 {
		return nil, refuse(InvalidScope, "The client no longer has any of the granted scopes.")
	}
	scopes, err := pick(left, asked)
	if err != nil {
		return nil, err
	}
	return scopes, needsOpenID(scopes)
}
