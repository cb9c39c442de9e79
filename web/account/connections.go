package account

import (
	"errors"
	"net/http"
	"slices"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
	"poolhouse.dev/web"
)

// connectionsPage lists the identities that the account is joined to.
const connectionsPage = "/account/connections"

func identities(v *visit) *identity.Identities {
	return &identity.Identities{Core: v.Server().Identity}
}

func showConnections(v *visit) error { return v.connections(http.StatusOK, nil) }

func (v *visit) connections(status int, errs []layout.FieldError) error {
	props := account.ConnectionsProps{
		Frame: v.frame(account.PageConnections, errs), Full: v.joined.Full,
		ConnectAction: v.Path(connectionsPage + "/connect"), DisconnectAction: v.Path(connectionsPage + "/disconnect"),
	}
	for _, one := range v.joined.List {
		props.Connections = append(props.Connections, v.connection(one))
	}
	for _, p := range v.offers() {
		props.Offers = append(props.Offers, account.Offer{Provider: p.Name, Type: p.Type})
	}
	return v.HTML(status, account.Connections(props))
}

func (v *visit) connection(one identity.JoinedIdentity) account.Connection {
	shown := account.Connection{
		Provider: one.Provider, Subject: one.Subject, Type: one.Type, Who: one.Shown, Since: v.Moment(one.CreatedAt), Last: one.Fixed, Off: one.Off,
	}
	if !one.LastUsedAt.IsZero() {
		shown.LastUsed = v.Moment(one.LastUsedAt)
	}
	return shown
}

// offers are the providers that the account is not joined to.
func (v *visit) offers() []identity.IdentityProvider {
	return slices.DeleteFunc(slices.Clone(v.elsewhere.List), func(p identity.IdentityProvider) bool {
		return slices.ContainsFunc(v.joined.List, func(one identity.JoinedIdentity) bool { return one.Provider == p.Name })
	})
}

// connect sends the person to a provider, whose answer is joined to the account
// of this very session (see the callback in package hosted). It is a post with
// our token: a link that did it would join whatever account the browser is
// signed in with there.
func connect(v *visit) error {
	if err := v.fresh(identity.ChangeFactors); err != nil {
		return err
	}
	p, ok := v.elsewhere.Named(v.Form.Get("provider"))
	if !ok {
		return v.See(v.Path(connectionsPage)) // it was switched off meanwhile
	}
	// The page to come back to counts as asked for by who is signed in: an answer
	// that comes too late leads there, and not to another sign-in.
	v.Ask = &web.Asked{Page: connectionsPage, At: v.auth.At()}
	err := v.SetOut(p.Name, "", v.auth.Session())
	name := provider.Shown(p.Type, p.Name)
	text := v.T("connections.away", "Name", name)
	var elsewhere *federation.Error
	switch {
	case errors.Is(err, web.ErrWithinApp):
		text = v.T("connections.within_app", "Name", name, "Host", v.HTTP().Host)
	case !errors.As(err, &elsewhere):
		return err
	default:
		if err := v.TripFailed(p.Name, elsewhere); err != nil {
			return err
		}
	}
	v.Ask = nil
	return v.connections(web.Unprocessable, []layout.FieldError{{Text: text}})
}

// disconnectProvider takes an identity off the account; another's is unknown here.
func disconnectProvider(v *visit) error {
	err := identities(v).Unlink(v.Ctx(), v.auth, v.Form.Get("provider"), v.Form.Get("subject"), v.Origin())
	code, ok := identity.CodeOf(err)
	switch {
	case err == nil:
		return v.See(v.Path(connectionsPage) + "?notice=cut")
	case code == identity.ResourceNotFound:
		return v.See(v.Path(connectionsPage)) // it is gone, which is what was asked for
	case ok && code == identity.LastWayIn:
		return v.connections(web.Unprocessable, []layout.FieldError{{Text: v.T("factors.last_way")}})
	}
	return err
}

// providerName is what people call a provider of this name.
func (v *visit) providerName(name string) string {
	if p, ok := v.elsewhere.Named(name); ok {
		return provider.Shown(p.Type, p.Name)
	}
	return provider.Shown(name, name) // it is gone; Cognito names those of a brand by their type
}

// elsewhereNames names the providers that sign the person in now.
func (v *visit) elsewhereNames() []string {
	var names []string
	for _, one := range v.joined.List {
		if name := provider.Shown(one.Type, one.Provider); !one.Off && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
