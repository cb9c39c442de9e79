package hosted

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/factor"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
	"poolhouse.dev/web"
)

// providerPath leads to a provider.
const providerPath = web.ProviderPath

// buttons answers the providers as a page shows them. The address that was typed
// or hinted goes along.
func buttons(r *web.Request, all web.Providers, hint string) []provider.Button {
	var list []provider.Button
	for _, p := range all.List {
		list = append(list, provider.Button{Type: p.Type, Name: p.Name, URL: r.To(providerPath, "name", p.Name, "hint", hint)})
	}
	return list
}

// setOut leads to the provider that was chosen.
func setOut(r *web.Request) error {
	all, err := r.Providers()
	if err != nil {
		return err
	}
	p, ok := all.Named(r.Arg("name"))
	if !ok {
		return r.See(r.To("/login"))
	}
	r.Prove(identity.AttemptID(r.Arg("attempt")))
	return leadTo(r, p, hintOf(r))
}

// awayTo answers where a trip to a provider begins, for what the one at hand is for.
func awayTo(r *web.Request, name, hint string) string {
	return r.To(providerPath, "name", name, "hint", hint, "attempt", string(r.Proving()))
}

// otherWay answers where people go on without this provider: to the step that
// asked them to prove themselves, or to where they sign in.
func otherWay(r *web.Request, p identity.IdentityProvider, hint string) (string, error) {
	if r.Proving() == "" {
		return r.OtherWay(p.Name, hint)
	}
	step, err := signIns(r).Look(r.Ctx(), r.Proving(), r.Channel())
	if over(err) || err == nil && step.Challenge == nil {
		return r.To("/login"), nil
	}
	if err != nil {
		return "", err
	}
	return stepURL(r, pageOf(step.Challenge), step.Attempt), nil
}

// hintOf answers the name that the provider may fill in.
func hintOf(r *web.Request) string {
	if hint := r.Arg("hint"); hint != "" {
		return hint
	}
	if asking, err := r.Asking(); err == nil && asking != nil {
		return asking.LoginHint
	}
	return ""
}

// leadTo sets out, or says why that cannot be.
func leadTo(r *web.Request, p identity.IdentityProvider, hint string) error {
	err := r.SetOut(p.Name, hint, "")
	switch {
	case err == nil:
		return nil
	case errors.Is(err, web.ErrWithinApp):
		return notWithinApp(r, p, hint)
	}
	return tripFailed(r, p, hint, err)
}

func notWithinApp(r *web.Request, p identity.IdentityProvider, hint string) error {
	other, err := otherWay(r, p, hint)
	if err != nil {
		return err
	}
	page := r.Layout()
	name := shown(p)
	return r.HTML(http.StatusOK, provider.Failed(provider.FailedProps{
		Page: page, Heading: page.T("provider.app_title", "Name", name), Text: page.T("provider.app_text", "Name", name, "Host", r.HTTP().Host),
		OtherURL: other, Provider: p.Name,
	}))
}

func shown(p identity.IdentityProvider) string { return provider.Shown(p.Type, p.Name) }

// byDomain answers the provider that the typed address's domain leads to, of
// those that the page offers.
func byDomain(r *web.Request, all web.Providers, typed string) (identity.IdentityProvider, bool, error) {
	if !strings.Contains(typed, "@") || !routes(r, all) {
		return identity.IdentityProvider{}, false, nil
	}
	settings := identity.Settings{Core: r.Server().Identity}
	p, ok, err := settings.ProviderFor(r.Ctx(), r.Pool.ID, strings.TrimSpace(typed))
	if err != nil || !ok {
		return p, false, err
	}
	p, ok = all.Named(p.Name)
	return p, ok && p.Name != r.Arg(web.FromParam), nil
}

// routes says that a name's domain may lead to a provider, so that the page
// asks for the name first. The one that the person turned away from is none of them.
func routes(r *web.Request, all web.Providers) bool {
	from := r.Arg(web.FromParam)
	return slices.ContainsFunc(all.List, func(p identity.IdentityProvider) bool {
		return p.Name != from && slices.ContainsFunc(p.Identifiers, func(id string) bool { return strings.Contains(id, ".") })
	})
}

// tripFailed answers a trip that came to nothing. Whoever merely went back is
// led to the sign-in page; anything else is told in our words, and kept for the
// administrator.
func tripFailed(r *web.Request, p identity.IdentityProvider, hint string, err error) error {
	var elsewhere *federation.Error
	if !errors.As(err, &elsewhere) {
		return tripRefused(r, p, err)
	}
	if err := r.TripFailed(p.Name, elsewhere); err != nil {
		return err
	}
	if r.Joining() {
		return notJoined(r, p, elsewhere.Code == federation.Denied)
	}
	other, err := otherWay(r, p, hint)
	switch {
	case err != nil:
		return err
	case elsewhere.Code == federation.Denied && r.Proving() != "":
		return r.See(other)
	case elsewhere.Code == federation.Denied:
		return r.See(r.To("/login", "notice", "came_back", web.FromParam, p.Name))
	}
	page := r.Layout()
	return failed(r, provider.FailedProps{
		Page: page, Heading: page.T("provider.failed_title", "Name", shown(p)),
		Text:     page.T("provider."+string(elsewhere.Code), "Name", shown(p), "App", page.AppName),
		RetryURL: awayTo(r, p.Name, hint), OtherURL: other, Provider: p.Name,
	})
}

// failed leads whoever came from their account back to it.
func failed(r *web.Request, props provider.FailedProps) error {
	if r.Joining() {
		props.OtherURL, props.Account, props.Provider = r.Back(), true, ""
	}
	props.ReturnURL = cancelURL(r)
	return r.HTML(web.Unprocessable, provider.Failed(props))
}

// refusals are the core's refusals of somebody whom a provider vouches for, by
// what the page says.
var refusals = map[identity.Code]string{
	identity.NotAllowed: "provider.off", identity.SignUpClosed: "provider.closed", identity.IncorrectPassword: "provider.shut",
	identity.AliasExists: "provider.address_taken", identity.AlreadyExists: "provider.joined_elsewhere",
	identity.IssuerChanged: "provider.issuer_changed", identity.OtherAccount: "provider.other_account", identity.TooManyIdentities: "provider.full",
	identity.AttributeRequired: "provider.incomplete", identity.AttributeRefused: "provider.incomplete",
}

// tripRefused answers what the core refused: nothing that another try changes.
func tripRefused(r *web.Request, p identity.IdentityProvider, err error) error {
	code, ok := identity.CodeOf(err)
	if !ok || code == identity.TooManyAttempts || code == identity.Busy || code == identity.PoolNotFound || code == identity.ClientNotFound {
		return err
	}
	if code == identity.AttemptExpired {
		return tripOver(r)
	}
	if r.Joining() && refusals[code] == "" {
		return notJoined(r, p, false)
	}
	other, err := otherWay(r, p, "")
	if err != nil {
		return err
	}
	page := r.Layout()
	text, known := refusals[code]
	if !known {
		text = "error." + string(code)
	}
	props := provider.FailedProps{
		Page: page, Heading: page.T("provider.refused_title", "Name", shown(p)),
		Text: page.T(text, "Name", shown(p), "App", page.AppName), OtherURL: other, Provider: p.Name,
	}
	switch {
	case r.Joining():
		props.Heading = page.T("provider.not_joined_title", "Name", shown(p))
	case code == identity.OtherAccount:
		props.RetryURL = awayTo(r, p.Name, "")
	}
	return failed(r, props)
}

// tripOver is for an answer that belongs to no trip of this browser: it took too
// long, was used before, or began elsewhere. It leads to what this browser asked
// for last, and to nobody else's.
func tripOver(r *web.Request) error {
	r.TakeAsked()
	if _, err := r.Asking(); err != nil {
		return err
	}
	page := r.Layout()
	return failed(r, provider.FailedProps{
		Page: page, Heading: page.T("provider.over_title"), Text: page.T("provider.over_text"), OtherURL: r.To("/login"), Again: true,
	})
}

// leadElsewhere sends the typed name to the provider of its domain, and turns
// away names where nobody signs in by this page's form.
func leadElsewhere(r *web.Request, all web.Providers, typed string) (bool, error) {
	p, ok, err := byDomain(r, all, typed)
	switch {
	case err != nil:
		return true, err
	case ok:
		return true, leadTo(r, p, typed)
	case !all.Here:
		return true, r.See(r.To("/login"))
	}
	return false, nil
}

// cameFrom answers the name of the provider that somebody turns away from, and
// says so where they came back without signing in. Only a provider's own name
// gets onto the page.
func cameFrom(r *web.Request, all web.Providers, page *layout.Page) string {
	p, ok := all.Named(r.Arg(web.FromParam))
	if ok && r.Arg("notice") == "came_back" && page.Notice == "" && len(page.Errors) == 0 {
		page.Notice, page.Warn = page.T("provider.came_back", "Name", shown(p)), true
	}
	return p.Name
}

// linking says on the steps of a sign-in what it is for: the account that has
// the address is somebody's, and they connect the provider by signing in to it.
func linking(r *web.Request, s *factor.Step, ch *identity.Challenge, attempt identity.AttemptID) {
	name := ch.Linking
	if all, err := r.Providers(); err == nil { // without it the provider's own name does
		if p, ok := all.Named(name); ok {
			name = shown(p)
		}
		s.Providers = owners(r, all, ch, attempt)
	}
	if s.Notice == "" {
		s.Notice = s.T("provider.link", "Address", ch.Identifier, "Name", name)
	}
	s.NotYouURL, s.CancelURL, s.BackURL = "", "", r.To("/login")
}

// owners leads to the providers that the account is connected to already: whose
// account it is may come back from one of them, and have nothing else.
func owners(r *web.Request, all web.Providers, ch *identity.Challenge, attempt identity.AttemptID) []provider.Button {
	var list []provider.Button
	for _, name := range ch.Joined {
		if p, ok := all.Named(name); ok {
			list = append(list, provider.Button{
				Type: p.Type, Name: p.Name, URL: r.To(providerPath, "name", p.Name, "hint", ch.Identifier, "attempt", string(attempt)),
			})
		}
	}
	return list
}
