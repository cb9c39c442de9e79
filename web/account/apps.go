package account

import (
	"net/http"

	"poolhouse.dev/identity"
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
			app.Scopes = append(app.Scopes, v.ScopeInWords(s))
		}
		props.Apps = append(props.Apps, app)
	}
	return v.HTML(http.StatusOK, account.Apps(props))
}

// disconnect ends what an app was given.
func disconnect(v *visit) error {
	if err := v.Server().OAuth.Disconnect(v.Ctx(), v.Pool.ID, v.me.ID, identity.ClientID(v.Form.Get("client")), v.Origin()); err != nil {
		return err
	}
	return v.See(v.Path("/account/apps") + "?notice=disconnected")
}
