package account

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/passkey"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// The pages of sign-in methods.
const (
	factorsPage    = "/account/factors"
	factorsApp     = factorsPage + "/app"
	factorsPasskey = factorsPage + "/passkey"
	factorsCode    = factorsPage + "/code"
	factorsCodes   = factorsPage + "/codes"
)

func factorRoutes() []web.Route {
	all := []web.Route{
		{Method: get, Path: factorsPage, Handle: signedIn(showFactors)},
		{Method: get, Path: factorsApp, Handle: signedIn(showApp)},
		{Method: post, Path: factorsApp, Handle: signedIn(setUpApp), Again: signedIn(showApp)},
		{Method: get, Path: factorsPasskey, Handle: signedIn(showPasskey)},
		{Method: post, Path: factorsPasskey, Handle: signedIn(addPasskey), Again: signedIn(showPasskey)},
		{Method: get, Path: factorsCode, Handle: signedIn(showCode)},
		{Method: post, Path: factorsCode, Handle: signedIn(turnOnByCode), Again: signedIn(showCode)},
		{Method: get, Path: factorsCodes, Handle: signedIn(showCodes)},
		{Method: post, Path: factorsCodes, Handle: signedIn(makeCodes), Again: signedIn(showCodes)},
	}
	for path, handle := range map[string]func(*visit) error{
		"/rename": renamePasskey, "/remove": removePasskey, "/on": turnOn, "/off": turnOff, "/prefer": prefer,
	} {
		all = append(all, web.Route{
			Method: post, Path: factorsPage + path, Page: factorsPage, Handle: signedIn(handle), Again: signedIn(backTo(factorsPage)),
		})
	}
	return all
}

func showFactors(v *visit) error { return v.factorsPage(http.StatusOK, nil) }

func (v *visit) factorsPage(status int, errs []layout.FieldError) error {
	fixed, err := factors(v.Request).Fixed(v.Ctx(), v.auth)
	if err != nil {
		return err
	}
	props := account.FactorsProps{
		Frame: v.frame(account.PageFactors, errs), Signals: v.signals(), Password: v.has.Password, MustHave: v.has.Required,
		RenameAction: v.Path(factorsPage + "/rename"), RemoveAction: v.Path(factorsPage + "/remove"), PreferAction: v.Path(factorsPage + "/prefer"),
		EnableAction: v.Path(factorsPage + "/on"), DisableAction: v.Path(factorsPage + "/off"),
		Passkeys: v.passkeys(fixed), Seconds: v.seconds(fixed),
	}
	if v.passwords() {
		props.PasswordURL = v.Path("/account/password")
	}
	if v.has.Site != "" && (v.allowed(identity.FactorPasskey) || slices.Contains(v.has.Kinds, identity.FactorPasskey)) {
		props.AddPasskeyURL = v.Path(factorsPasskey)
	}
	if names := v.elsewhereNames(); len(names) > 0 {
		props.Elsewhere = &account.Elsewhere{Names: strings.Join(names, v.T("history.and")), Alone: v.joined.Alone, URL: v.Path(connectionsPage)}
	}
	if len(v.has.Kinds) > 0 {
		props.Recovery = &account.Recovery{Left: v.has.Recovery.Left, Total: v.has.Recovery.Of, URL: v.Path(factorsCodes)}
	}
	return v.HTML(status, account.Factors(props))
}

func (v *visit) passkeys(fixed []identity.Fixed) []account.Passkey {
	var all []account.Passkey
	for _, k := range v.has.Passkeys {
		shown := account.Passkey{
			ID: k.ID, Name: k.Name, Provider: passkey.Name(k.Record.AAGUID), Created: v.Moment(k.CreatedAt),
			Last: slices.Contains(fixed, identity.Fixed{Kind: identity.FactorPasskey, ID: k.ID}),
		}
		if !k.LastUsedAt.IsZero() {
			shown.LastUsed = v.Moment(k.LastUsedAt)
		}
		if shown.Provider == shown.Name {
			shown.Provider = ""
		}
		all = append(all, shown)
	}
	return all
}

// seconds are the rows of the pool's second factors.
func (v *visit) seconds(fixed []identity.Fixed) []account.Second {
	var all []account.Second
	on := 0
	for _, kind := range v.has.Kinds {
		row := v.second(kind)
		if kind == identity.FactorPasskey && len(v.has.Passkeys) == 0 {
			continue // it is added above
		}
		row.Last = slices.Contains(fixed, identity.Fixed{Kind: kind})
		row.Preferred = row.On && kind == v.has.Preferred
		if row.On {
			on++
		}
		all = append(all, row)
	}
	for i := range all {
		all[i].MayPrefer = all[i].On && !all[i].Preferred && on > 1
		all[i].Preferred = all[i].Preferred && on > 1
	}
	return all
}

func (v *visit) second(kind identity.Factor) account.Second {
	row := account.Second{Factor: string(kind)}
	switch kind {
	case identity.FactorTOTP:
		row.SetUpURL = v.Path(factorsApp)
		if row.On = v.has.App != nil; row.On {
			row.Since = v.Moment(v.has.App.Since)
		}
	case identity.FactorPasskey:
		row.On = slices.Contains(v.me.MFA.Enabled, kind)
	case identity.FactorSMS:
		row.On, row.Destination = v.has.SMS.Factor != "", v.has.SMS.Delivery.Destination
	case identity.FactorEmail:
		row.On, row.Destination = v.has.Email.Factor != "", v.has.Email.Delivery.Destination
	}
	if addressed := kind == identity.FactorSMS || kind == identity.FactorEmail; addressed && row.Destination == "" {
		row.SetUpURL = v.Path("/account") // there is no confirmed address yet
	}
	return row
}

// signals tell the browser's password manager what is true now. nil leaves it
// alone: where there are no passkeys, and for somebody who never had one.
func (v *visit) signals() *account.Signals {
	if v.has.Site == "" || len(v.has.Handle) == 0 {
		return nil
	}
	ids := []string{}
	for _, k := range v.has.Passkeys {
		ids = append(ids, k.ID)
	}
	accepted, err := json.Marshal(ids)
	if err != nil {
		return nil // a list of strings always marshals
	}
	s := &account.Signals{Site: v.has.Site, User: base64.RawURLEncoding.EncodeToString(v.has.Handle), Accepted: string(accepted)}
	s.Name, s.Display = v.me.PasskeyName()
	return s
}

// factorRefused shows the page of sign-in methods with what was refused. What
// needs a fresh sign-in leads there.
func (v *visit) factorRefused(err error, field string) error {
	code, ok := identity.CodeOf(err)
	switch {
	case code == identity.FreshSignInNeeded:
		return err
	case code == identity.FactorNotFound:
		return v.See(v.Path(factorsPage)) // it is gone, or was never theirs
	case ok && code == identity.InvalidParameter:
		return v.factorsPage(web.Unprocessable, []layout.FieldError{{Field: field, Text: v.T("account.name_wrong")}})
	}
	errs, err := v.Complaints(err, nil)
	if err != nil {
		return err
	}
	return v.factorsPage(web.Unprocessable, errs)
}

func (v *visit) factorDone(err error, notice string) error {
	if err != nil {
		return v.factorRefused(err, "")
	}
	return v.See(v.Path(factorsPage) + "?notice=" + notice)
}

func renamePasskey(v *visit) error {
	id := v.Form.Get("passkey")
	if err := factors(v.Request).RenamePasskey(v.Ctx(), v.auth, id, v.nameTyped()); err != nil {
		return v.factorRefused(err, "name-"+id)
	}
	return v.See(v.Path(factorsPage) + "?notice=renamed")
}

func removePasskey(v *visit) error {
	err := factors(v.Request).Remove(v.Ctx(), v.auth, identity.FactorPasskey, v.Form.Get("passkey"), v.Origin())
	return v.factorDone(err, "passkey_removed")
}

// nameTyped is what a person calls one thing in a list.
func (v *visit) nameTyped() string { return strings.TrimSpace(v.Form.Get("name")) }

// factorTyped is the second factor a form names.
func (v *visit) factorTyped() identity.Factor { return identity.Factor(v.Form.Get("factor")) }

func turnOff(v *visit) error {
	if v.factorTyped() == identity.FactorPasskey {
		return v.See(v.Path(factorsPage)) // each passkey is removed by itself
	}
	return v.factorDone(factors(v.Request).Remove(v.Ctx(), v.auth, v.factorTyped(), "", v.Origin()), "off")
}

func prefer(v *visit) error {
	return v.factorDone(factors(v.Request).Prefer(v.Ctx(), v.auth, v.factorTyped(), v.Origin()), "preferred")
}

// turnOn begins with a code to the confirmed address; a passkey that is there
// already only needs to be asked for.
func turnOn(v *visit) error {
	if v.factorTyped() == identity.FactorPasskey {
		return v.factorDone(factors(v.Request).Prefer(v.Ctx(), v.auth, identity.FactorPasskey, v.Origin()), "on")
	}
	start, err := factors(v.Request).Begin(v.Ctx(), v.auth, v.factorTyped(), v.Origin())
	if err != nil {
		return v.factorRefused(err, "")
	}
	if start.NeedsAddress {
		return v.See(v.Path("/account"))
	}
	return v.See(v.Path(factorsCode) + "?" + url.Values{"state": {start.State}}.Encode())
}
