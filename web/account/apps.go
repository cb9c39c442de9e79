package account

import (
	"net/http"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
)

func showApps(v *visit) error {
	all, err := v.Server().OAuth.Connections(v.Ctx(), v.Pool.ID, v.me.ID)
	if err != nil {
		return err
	}
	props := account.AppsProps{Frame: v.frame(account.PageApps, nil), Action: v.Path("/account/apps/disconnect")}
	props.Styles = append(props.Styles, gets.Styles)
	for _, c := range all {
		props.Apps = append(props.Apps, account.App{
			Client: string(c.Client), Name: c.Name, Gets: v.Gets(c.Gets),
			Since: v.Moment(c.Since), LastUsed: v.ever(c.LastUsed), Allowed: v.ever(c.AllowedAt),
		})
	}
	return v.HTML(http.StatusOK, account.Apps(props))
}

// ever is Moment for a time that may not be.
func (v *visit) ever(at time.Time) layout.Moment {
	if at.IsZero() {
		return layout.Moment{}
	}
	return v.Moment(at)
}

// disconnect ends what an app was given.
func disconnect(v *visit) error {
	if err := v.Server().OAuth.Disconnect(v.Ctx(), v.Pool.ID, v.me.ID, identity.ClientID(v.Form.Get("client")), v.Origin()); err != nil {
		return err
	}
	return v.See(v.Path("/account/apps") + "?notice=disconnected")
}
