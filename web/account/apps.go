package account

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/account"
)

func showApps(v *visit) error {
	all, err := v.Server().OAuth.Connections(v.Ctx(), v.Pool.ID, v.me.ID)
	if err != nil {
		return err
	}
	props := account.AppsProps{Frame: v.frame(account.PageApps, nil), Action: v.Path("/account/apps/disconnect")}
	for _, c := range all {
		app := account.App{Client: string(c.Client), Name: c.Name, Since: v.Moment(c.Since), LastUsed: v.Moment(c.LastUsed)}
		for _, s := range c.Scopes {
			app.Scopes = append(app.Scopes, v.scope(s))
		}
		props.Apps = append(props.Apps, app)
	}
	return v.HTML(http.StatusOK, account.Apps(props))
}

// scopes names the permissions of OpenID Connect.
var scopes = map[string]string{
	"openid": "account.scope_openid", "email": "account.scope_email", "phone": "account.scope_phone",
	"profile": "account.scope_profile", "aws.cognito.signin.user.admin": "account.scope_self",
}

// scope says in words what a permission is; in the resource server's own words
// where it has some.
func (v *visit) scope(s oauth.ScopeInWords) string {
	message, ours := scopes[s.Scope]
	switch {
	case ours:
		return v.T(message)
	case s.Description != "" && s.Server != "":
		return v.T("account.scope_of", "Server", s.Server, "Description", s.Description)
	case s.Description != "":
		return s.Description
	}
	return s.Scope
}

// disconnect ends what an app was given.
func disconnect(v *visit) error {
	if err := v.Server().OAuth.Disconnect(v.Ctx(), v.Pool.ID, v.me.ID, identity.ClientID(v.Form.Get("client"))); err != nil {
		return err
	}
	return v.See(v.Path("/account/apps") + "?notice=disconnected")
}
