package account

import (
	"encoding/json"
	"net/http"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/account"
)

// exported is the file that people download.
type exported struct {
	identity.Export
	Apps []exportedApp `json:"connected_apps,omitempty"`
}

// exportedApp is one connected app.
type exportedApp struct {
	Client   identity.ClientID `json:"client_id"`
	Name     string            `json:"client_name"`
	Scopes   []string          `json:"scopes"`
	Since    time.Time         `json:"since"`
	LastUsed time.Time         `json:"last_used,omitzero"`
	Claims   []string          `json:"claims,omitempty"`
	Details  []json.RawMessage `json:"authorization_details,omitempty"`
	Allowed  time.Time         `json:"allowed_at,omitzero"` // when the person was last asked
}

func showData(v *visit) error {
	if err := v.fresh(identity.ExportData); err != nil {
		return err
	}
	return v.HTML(http.StatusOK, account.Data(account.DataProps{Frame: v.frame(account.PageData, nil), Action: v.Path("/account/data")}))
}

// download answers the file. It is a post, because it takes a recent sign-in
// and is written down; nothing of it may be kept on the way.
func download(v *visit) error {
	export, err := accounts(v.Request).Export(v.Ctx(), v.auth, v.Origin())
	if err != nil {
		return err
	}
	file := exported{Export: export}
	apps, err := v.Server().OAuth.Connections(v.Ctx(), v.Pool.ID, v.me.ID)
	if err != nil {
		return err
	}
	for _, c := range apps {
		file.Apps = append(file.Apps, exportApp(c))
	}
	v.Header().Set("Content-Disposition", `attachment; filename="account.json"`)
	return v.JSON(http.StatusOK, file)
}

func exportApp(c oauth.Connected) exportedApp {
	app := exportedApp{Client: c.Client, Name: c.Name, Since: c.Since, LastUsed: c.LastUsed, Claims: c.Claims, Details: c.Details, Allowed: c.AllowedAt}
	for _, s := range c.Scopes {
		app.Scopes = append(app.Scopes, s.Scope)
	}
	return app
}
