package oidc

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

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
	another := decision.Session != "" && decision.Session != auth.Session()
	foreign := decision.Linked && !r.SentBy(slices.Concat(decision.Client.CallbackURLs, decision.Client.LogoutURLs))
	if auth.Valid() && (decision.Confirm || another || foreign) {
		return askFirst(r, auth, query, decision)
	}
	return leave(r, decision)
}

// logoutByPost repeats the request as a GET, for which browsers send our
// cookies from another site, too.
func logoutByPost(r *web.Request) error {
	return r.See(r.Path("/logout") + "?" + r.Form.Encode())
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
	if led, err := r.SignOutTo(after(r, decision)); led || err != nil {
		return err
	}
	if decision.SignIn == nil && decision.Redirect != "" {
		return r.Leave(decision.Redirect)
	}
	if decision.SignIn != nil && r.Server().Federation != nil {
		return r.GoTo("", federation.Trip{URL: after(r, decision)}) // it may go straight on to a provider
	}
	return r.See(after(r, decision))
}

// after answers where the browser goes once nobody is signed in.
func after(r *web.Request, decision oauth.LogoutDecision) string {
	switch {
	case decision.SignIn != nil:
		return r.Path("/oauth2/authorize") + "?" + signInAgain(decision.SignIn).Encode()
	case decision.Redirect != "":
		return decision.Redirect
	}
	return r.Path("/signedout")
}

// signInAgain leaves out what belongs to /logout alone.
func signInAgain(query url.Values) url.Values {
	own := maps.Clone(query)
	delete(own, "logout_uri")
	return own
}

func askFirst(r *web.Request, auth identity.Authentication, query url.Values, decision oauth.LogoutDecision) error {
	accounts := identity.Accounts{Core: r.Server().Identity}
	me, _, err := accounts.Me(r.Ctx(), auth)
	if err != nil {
		return err
	}
	r.MayPostTo(decision.Redirect)
	if decision.SignIn != nil {
		r.MayPostTo(decision.SignIn.Get("redirect_uri")) // decide has validated it
	}
	props := signoutconfirm.Props{
		Page: r.Layout(), Action: r.Path("/logout/confirm"), Name: web.NameOf(&me), StayURL: r.Path("/account"),
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
