// Package account is the front end of a signed-in person's own pages: profile,
// addresses, password, sessions, and deleting the account. Every page needs a
// session; without one it leads to the sign-in page, which leads back here.
package account

import (
	"net/http"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// Routes lists the pages.
func Routes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	return []web.Route{
		{Method: get, Path: "/account", Handle: signedIn(showProfile)},
		{Method: post, Path: "/account", Handle: signedIn(saveProfile), Again: signedIn(showProfileAgain)},
		{Method: post, Path: "/account/address", Page: "/account", Handle: signedIn(changeAddress), Again: signedIn(showProfileAgain)},
		{Method: post, Path: "/account/verify", Page: "/account", Handle: signedIn(verifyAddress), Again: signedIn(showProfileAgain)},
		{Method: post, Path: "/account/code", Page: "/account", Handle: signedIn(sendCode), Again: signedIn(showProfileAgain)},
		{Method: post, Path: "/account/keep", Page: "/account", Handle: signedIn(keepAddress), Again: signedIn(showProfileAgain)},
		{Method: get, Path: "/account/password", Handle: signedIn(showPassword)},
		{Method: post, Path: "/account/password", Handle: signedIn(changePassword), Again: signedIn(showPasswordAgain)},
		{Method: get, Path: "/account/sessions", Handle: signedIn(showSessions)},
		{Method: post, Path: "/account/sessions/end", Page: "/account/sessions", Handle: signedIn(endSession), Again: signedIn(backToSessions)},
		{Method: post, Path: "/account/sessions/endall", Page: "/account/sessions", Handle: signedIn(endAll), Again: signedIn(backToSessions)},
		{Method: get, Path: "/account/delete", Handle: signedIn(showDelete)},
		{Method: post, Path: "/account/delete", Handle: signedIn(deleteAccount), Again: signedIn(showDeleteAgain)},
		{Method: post, Path: "/account/signout", Page: "/account", Handle: signedIn(signOut), Again: signedIn(backToProfile)},
	}
}

// visit is a request with the person who makes it.
type visit struct {
	*web.Request
	auth   identity.Authentication
	me     identity.User
	writes func(attribute string) bool
}

// signedIn lets in who has a session; anybody else signs in first and comes
// back, and so does whoever's sign-in is too old for what they want to change.
func signedIn(handle func(*visit) error) web.Handler {
	return func(r *web.Request) error {
		r.Ask = nil // the account pages serve no app
		err := enter(r, handle)
		code, _ := identity.CodeOf(err)
		if code != identity.SessionEnded && code != identity.FreshSignInNeeded {
			return err
		}
		r.Ask = &web.Asked{Page: pageOf(r), At: r.Now()}
		return r.See(r.To("/login", "notice", "sign_in"))
	}
}

func enter(r *web.Request, handle func(*visit) error) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	if !auth.Valid() {
		return &identity.Error{Code: identity.SessionEnded, Op: "account"}
	}
	me, _, err := accounts(r).Me(r.Ctx(), auth)
	if err != nil {
		return err
	}
	writes, err := accounts(r).Writes(r.Ctx(), auth)
	if err != nil {
		return err
	}
	return handle(&visit{Request: r, auth: auth, me: me, writes: writes})
}

// pageOf is the page a path belongs to.
func pageOf(r *web.Request) string {
	for _, page := range []string{"password", "sessions", "delete"} {
		if strings.Contains(r.HTTP().URL.Path, "/account/"+page) {
			return "/account/" + page
		}
	}
	return "/account"
}

func accounts(r *web.Request) *identity.Accounts {
	return &identity.Accounts{Core: r.Server().Identity}
}

// frame is what all account pages share.
func (v *visit) frame(current string, errs []layout.FieldError) account.Frame {
	page := v.Layout()
	page.Errors = errs
	if message, ok := notices[v.Arg("notice")]; ok && page.Notice == "" && len(errs) == 0 {
		page.Notice = page.T(message)
	}
	return account.Frame{
		Page: page, Name: web.NameOf(&v.me), Current: current, ProfileURL: v.Path("/account"),
		PasswordURL: v.Path("/account/password"), SessionsURL: v.Path("/account/sessions"),
		DeleteURL: v.Path("/account/delete"), SignOutAction: v.Path("/account/signout"),
	}
}

// notices are the lines a page may be asked to show by its URL.
var notices = map[string]string{
	"saved":    "notice.saved",
	"sent":     "notice.code_sent",
	"kept":     "notice.address_kept",
	"verified": "notice.address_verified",
	"password": "notice.password_saved",
	"ended":    "notice.browser_signed_out",
}

func signOut(v *visit) error {
	if err := v.SignOut(); err != nil {
		return err
	}
	return v.See(v.Path("/signedout"))
}

func backToProfile(v *visit) error { return v.See(v.Path("/account")) }
