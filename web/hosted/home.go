package hosted

import (
	"net/http"
	"net/url"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/home"
	"poolhouse.dev/views/setup"
	"poolhouse.dev/web"
)

// showHome is what a bookmark without a request leads to.
func showHome(r *web.Request) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	props := home.Props{Page: r.Layout(), AccountURL: r.Path("/account")}
	if !auth.Valid() {
		props.SignInURL = r.Path("/login")
		return r.HTML(http.StatusOK, home.View(props))
	}
	me, _, err := accounts(r).Me(r.Ctx(), auth)
	if err != nil {
		return err
	}
	props.Name = web.NameOf(&me)
	return r.HTML(http.StatusOK, home.View(props))
}

// showSetup is the page of the one-time URL that a new server prints.
func showSetup(r *web.Request) error {
	if r.Arg("done") != "" {
		return r.HTML(http.StatusOK, setup.View(setup.Props{Page: r.Layout(), State: setup.Done, SignInURL: r.Path("/login")}))
	}
	if r.Server().Setup == nil || !r.Server().Setup.Valid(r.Arg("token")) {
		return setupGone(r)
	}
	return setupPage(r, http.StatusOK, r.Arg("token"), setup.Props{Page: r.Layout()})
}

func showSetupAgain(r *web.Request) error {
	return setupPage(r, web.Unprocessable, r.Form.Get("setup"), setup.Props{Page: r.Layout(), Identifier: r.Form.Get("username")})
}

func setupPage(r *web.Request, status int, token string, props setup.Props) error {
	props.Action, props.Token = r.Path("/setup")+"?"+url.Values{"token": {token}}.Encode(), token
	props.Names, props.Rules, props.SignInURL = namesOf(&r.Pool), r.Rules(), r.Path("/login")
	props.Attributes = signUpAttributes(r)
	return r.HTML(status, setup.View(props))
}

func setupGone(r *web.Request) error {
	return r.HTML(http.StatusGone, setup.View(setup.Props{Page: r.Layout(), State: setup.Gone, SignInURL: r.Path("/login")}))
}

// createFirst makes the first user.
func createFirst(r *web.Request) error {
	token := r.Form.Get("setup")
	if r.Server().Setup == nil || !r.Server().Setup.Valid(token) {
		return setupGone(r)
	}
	page := r.Layout()
	if page.Errors = r.Required("username", "password"); page.Errors != nil {
		return setupPage(r, web.Unprocessable, token, setup.Props{Page: page, Identifier: r.Form.Get("username")})
	}
	err := r.Server().Setup.Create(r.Ctx(), web.SetupForm{
		Token: token, Username: r.Form.Get("username"), Password: r.Form.Get("password"), Attributes: attributes(r),
	})
	if err == nil {
		return r.See(r.Path("/setup") + "?done=1")
	}
	if page.Errors, err = r.Complaints(err, map[identity.Code]string{identity.PasswordRefused: "password", identity.InvalidUsername: "username"}); err != nil {
		return err
	}
	return setupPage(r, web.Unprocessable, token, setup.Props{Page: page, Identifier: r.Form.Get("username")})
}
