package web

import "poolhouse.dev/oauth"

// scopes names the permissions of OpenID Connect.
var scopes = map[string]string{
	"openid": "account.scope_openid", "email": "account.scope_email", "phone": "account.scope_phone",
	"profile": "account.scope_profile", "address": "account.scope_address", "offline_access": "account.scope_offline",
	"aws.cognito.signin.user.admin": "account.scope_self",
}

// ScopeInWords says what a permission is; in the resource server's own words where
// it has some.
func (r *Request) ScopeInWords(s oauth.ScopeInWords) string {
	message, ours := scopes[s.Scope]
	switch {
	case ours:
		return r.T(message)
	case s.Description != "" && s.Server != "":
		return r.T("account.scope_of", "Server", s.Server, "Description", s.Description)
	case s.Description != "":
		return s.Description
	}
	return s.Scope
}
