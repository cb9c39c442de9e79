package account

import (
	"net/http"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
)

func showApps(v *visit) error {
	all, err := v.Server().OAuth.Connections(v.Ctx(), v.Pool.ID, v.me.ID)
	if err != nil {
		return err
	}
	props := account.AppsProps{Frame: v.frame(account.PageApps, nil), Action: v.Path("/account/apps/disconnect")}
	for _, c := range all {
		props.Apps = append(props.Apps, account.App{
			Client: string(c.Client), Name: c.Name, Scopes: v.inLines(c.Gets),
			Since: v.Moment(c.Since), LastUsed: v.ever(c.LastUsed), Allowed: v.ever(c.AllowedAt),
		})
	}
	return v.HTML(http.StatusOK, account.Apps(props))
}

// inLines says what an app gets, a line each.
func (v *visit) inLines(in oauth.Gets) []string {
	lines := v.ScopesInWords(in.Scopes)
	all := v.Gets(oauth.Gets{Claims: in.Claims, Details: in.Details})
	for _, group := range all.Groups {
		for _, one := range group.Permissions {
			lines = append(lines, one.Text)
		}
	}
	for _, d := range all.Details {
		line := d.Type
		for _, f := range d.Facts {
			line += " · " + f.Name + ": " + strings.Join(f.Values, v.T("gets.comma"))
		}
		lines = append(lines, line)
	}
	return lines
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
