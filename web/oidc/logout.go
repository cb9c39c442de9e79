package oidc

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/signedout"
	"poolhouse.dev/views/signoutconfirm"
	"poolhouse.dev/web"
)

// logout ends the browser's session, after asking where nobody has shown that
// the request comes from an app the person is signed in to (OpenID Connect
// RP-Initiated Logout §2).
func logout(r *web.Request) error {
	query, err := url.ParseQuery(r.HTTP().URL.RawQuery)
	if err != nil {
		return &oauth.Error{Code: oauth.InvalidRequest, Description: "The query is malformed."}
	}
	decision, err := decide(r, query)
	if err != nil {
		return err
	}
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	if !auth.Valid() {
		if stranger := decision.Client.RegisteredBy != ""; stranger && (decision.Linked || decision.Confirm) {
			decision.Redirect = "" // RFC 9700 §4.11.2: nobody has shown that a person of the app is behind it
		}
		return leave(r, decision)
	}
	accounts := identity.Accounts{Core: r.Server().Identity}
	me, _, err := accounts.Me(r.Ctx(), auth)
	if err != nil {
		return err
	}
	subject, session := r.Server().OAuth.KnownAs(&decision.Client, auth)
	another := decision.Session != "" && decision.Session != session
	foreign := decision.Linked && !r.SentBy(slices.Concat(decision.Client.CallbackURLs, decision.Client.LogoutURLs))
	if decision.Confirm || another || foreign || !means(decision.Hint, &me, subject, session) {
		return askFirst(r, &me, query, decision)
	}
	return leave(r, decision)
}

// means says that an app's hint at who signs out fits whoever is signed in
// (OpenID Connect RP-Initiated Logout §2 logout_hint). What it may hold is left to
// us: a name, an address, a sub, a sid.
func means(hint string, me *identity.User, subject, session string) bool {
	known := []string{"", me.Username, subject, session}
	for _, attribute := range []string{"email", "phone_number", "preferred_username"} {
		known = append(known, me.Attributes[attribute])
	}
	return slices.ContainsFunc(known, func(name string) bool { return strings.EqualFold(hint, name) })
}

// logoutByPost repeats the request as a GET, for which browsers send our cookies
// from another site, too. The ID token stays out of its URL.
func logoutByPost(r *web.Request) error {
	query := maps.Clone(r.Form.Values)
	for i, hint := range query["id_token_hint"] {
		short, err := r.Server().OAuth.ShortHint(r.Ctx(), r.Pool.ID, hint)
		if err != nil {
			return err
		}
		query["id_token_hint"] = slices.Replace(slices.Clone(query["id_token_hint"]), i, i+1, short)
	}
	return r.See(r.Path("/logout") + "?" + query.Encode())
}

// logoutConfirmed is the button of the page that asks first.
func logoutConfirmed(r *web.Request) error {
	decision, err := decide(r, carried(r.Form.Values))
	if err != nil {
		return err
	}
	return leave(r, decision)
}

// askAgain asks once more when the button's form did not prove itself.
func askAgain(r *web.Request) error {
	return r.See(r.Path("/logout") + "?" + carried(r.Form.Values).Encode())
}

func decide(r *web.Request, query url.Values) (oauth.LogoutDecision, error) {
	decision, err := r.Server().OAuth.Logout(r.Ctx(), r.Pool.ID, query)
	if err == nil && decision.Page != nil {
		err = decision.Page
	}
	return decision, err
}

// carried are the parameters of the logout request among the fields of our form.
func carried(form url.Values) url.Values {
	own := maps.Clone(form)
	delete(own, web.FormField)
	delete(own, web.RequestField)
	return own
}

// leave ends the session and goes where the request asks.
func leave(r *web.Request, decision oauth.LogoutDecision) error {
	on := after(r, decision)
	to, err := r.ToApps(on)
	if err != nil {
		return err
	}
	led, err := r.SignOutTo(to)
	switch {
	case led || err != nil:
		return err
	case to != on:
		return r.See(to)
	case decision.SignIn == nil && decision.Redirect != "":
		return r.Leave(on)
	case decision.SignIn != nil && r.Server().Federation != nil:
		return r.GoTo("", federation.Trip{URL: on}) // it may go straight on to a provider
	}
	return r.See(on)
}

// after answers where the browser goes once nobody is signed in.
func after(r *web.Request, decision oauth.LogoutDecision) string {
	switch {
	case decision.SignIn != nil:
		return r.Path("/oauth2/authorize") + "?" + signInAgain(decision.SignIn).Encode()
	case decision.Redirect != "":
		return decision.Redirect
	}
	if decision.Locales != "" {
		return r.Path("/signedout") + "?" + url.Values{"ui_locales": {decision.Locales}}.Encode()
	}
	return r.Path("/signedout")
}

// signInAgain leaves out what belongs to /logout alone.
func signInAgain(query url.Values) url.Values {
	own := maps.Clone(query)
	delete(own, "logout_uri")
	return own
}

func askFirst(r *web.Request, me *identity.User, query url.Values, decision oauth.LogoutDecision) error {
	r.MayPostTo(decision.Redirect)
	if decision.SignIn != nil {
		r.MayPostTo(decision.SignIn.Get("redirect_uri")) // decide has validated it
	}
	props := signoutconfirm.Props{
		Page: r.Layout(), Action: r.Path("/logout/confirm"), Name: web.NameOf(me), StayURL: r.Path("/account"),
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		props.Fields = append(props.Fields, signoutconfirm.Field{Name: name, Value: query.Get(name)})
	}
	return r.HTML(http.StatusOK, signoutconfirm.View(props))
}

// signedOut is our own page afterwards.
func signedOut(r *web.Request) error {
	return r.HTML(http.StatusOK, signedout.View(signedout.Props{Page: r.Layout(), SignInURL: r.Path("/login")}))
}

// framesTime is how long apps have, in seconds, before the page goes on.
const framesTime = "3"

// signedOutApps is the page after signing out of apps that want theirs loaded
// (OpenID Connect Front-Channel Logout §2). It goes on by itself: by script once
// they are loaded, by its header after a while.
func signedOutApps(r *web.Request) error {
	frames, to, ok, err := r.TakeApps()
	if err != nil {
		return err
	}
	if !ok {
		return r.See(r.Path("/signedout"))
	}
	props := signedout.Props{}
	for _, f := range frames {
		if r.MayFrame(f.URL) {
			props.Frames = append(props.Frames, signedout.Frame(f))
		}
	}
	if here, _, _ := strings.Cut(to, "?"); here == r.Path("/signedout") {
		props.SignInURL = r.Path("/login")
	} else {
		props.NextURL = to
		r.Header().Set("Refresh", framesTime+"; url="+to)
	}
	props.Page = r.Layout()
	props.Scripts = append(props.Scripts, "signedout.js")
	return r.HTML(http.StatusOK, signedout.View(props))
}
