package hosted

import (
	"errors"
	"net/http"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/signin"
	"poolhouse.dev/web"
)

// showSignIn is the sign-in page. Whoever is signed in already goes on.
func showSignIn(r *web.Request) error {
	if led, err := adopt(r, "/oauth2/authorize"); led || err != nil {
		return err
	}
	asking, err := r.Asking()
	if err != nil {
		return err
	}
	if led, err := leadOn(r); led || err != nil {
		return err
	}
	if r.Arg("choose") != "" {
		return choose(r)
	}
	hint := r.Arg("username")
	if hint == "" && asking != nil {
		hint = asking.LoginHint
	}
	return signInPage(r, http.StatusOK, hint, nil)
}

// adopt takes an authorization request that stands open in the query, as
// Cognito's /login and /signup links carry it, and leads on with it.
func adopt(r *web.Request, to string) (bool, error) {
	if r.Arg("client_id") == "" || r.ForApp() {
		return false, nil
	}
	query, err := r.Query()
	if err != nil {
		return true, err
	}
	if to == "/oauth2/authorize" {
		return true, r.See(r.Path(to) + "?" + query.Encode())
	}
	r.Ask = &web.Asked{Query: query.Values} // brought for the first time
	if asking, err := r.Asking(); err != nil || asking == nil {
		// The authorize endpoint says what is wrong with it.
		return true, errors.Join(err, r.See(r.Path("/oauth2/authorize")+"?"+query.Encode()))
	}
	r.Ask.At = r.Now()
	return true, r.See(r.To(to))
}

// choose offers to go on as the person signed in, for prompt=select_account.
func choose(r *web.Request) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	if !auth.Valid() {
		return r.See(r.To("/login"))
	}
	me, _, err := accounts(r).Me(r.Ctx(), auth)
	if err != nil {
		return err
	}
	page := r.Layout()
	return r.HTML(http.StatusOK, signin.Choose(signin.ChooseProps{
		Page: page, Action: r.To("/login/continue"), Name: web.NameOf(&me), OtherURL: r.To("/login"), CancelURL: cancelURL(r),
	}))
}

// goOn continues as the person signed in.
func goOn(r *web.Request) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	if !auth.Valid() {
		return r.See(r.To("/login"))
	}
	return r.See(r.BackChosen())
}

func backToSignIn(r *web.Request) error { return r.See(r.To("/login", "choose", "1")) }

// signIn checks name and password, or takes the name alone where more than a
// password may follow it.
func signIn(r *web.Request) error {
	client, err := clientOf(r)
	if err != nil {
		return err
	}
	if led, err := leadOn(r); led || err != nil {
		return err
	}
	ways, err := waysIn(r)
	if err != nil {
		return err
	}
	elsewhere, err := r.Providers()
	if err != nil {
		return err
	}
	name := r.Form.Get("username")
	if led, err := leadElsewhere(r, elsewhere, name); led || err != nil {
		return err
	}
	needed, whole := []string{"username"}, !nameFirst(ways) && !routes(r, elsewhere) && !byPasskey(r)
	if whole {
		needed = append(needed, "password")
	}
	if missing := r.Required(needed...); missing != nil {
		return signInPage(r, web.Unprocessable, name, missing)
	}
	start := identity.Start{Pool: r.Pool.ID, Client: client, Channel: r.Channel(), Identifier: name, Twice: twice(r), Levels: levels(r), Puzzle: puzzleAnswer(r), Origin: r.Origin()}
	switch {
	case byPasskey(r):
		start.Prefer = identity.FactorPasskey
	case !nameFirst(ways):
		start.Prefer = identity.FactorPassword
	}
	step, err := begin(r, start, whole)
	if err != nil {
		return signInRefused(r, name, err)
	}
	return proceed(r, step)
}

// begin begins a sign-in, and answers with the password where it came along.
func begin(r *web.Request, start identity.Start, whole bool) (identity.Step, error) {
	step, err := signIns(r).Begin(r.Ctx(), start)
	if err != nil || !whole || step.Challenge == nil || step.Challenge.Name != identity.AskPassword {
		return step, err
	}
	return signIns(r).Respond(r.Ctx(), identity.Reply{
		Attempt: step.Attempt, Channel: r.Channel(), Origin: r.Origin(),
		Answer: identity.PasswordAnswer{Password: r.Form.Get("password")},
	})
}

func signInRefused(r *web.Request, name string, err error) error {
	code, _ := identity.CodeOf(err)
	errs, fault := r.Complaints(err, map[identity.Code]string{identity.InvalidUsername: "username"})
	if fault != nil {
		return fault
	}
	if code == identity.PasswordResetNeeded {
		return forgotPage(r, web.Unprocessable, name, errs)
	}
	props, fault := signInProps(r, name, errs)
	if fault != nil {
		return fault
	}
	if props.Passkey != nil {
		props.Passkey.Unknown = unknownPasskey(r, props.Passkey, err)
	}
	return r.HTML(web.Unprocessable, signin.View(props))
}

// showSignInAgain answers a form that did not prove itself, mostly because it
// waited too long. Whoever signed in meanwhile in another tab goes on; anybody
// else gets a fresh form with the name kept.
func showSignInAgain(r *web.Request) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	if led, err := leadOn(r); led || err != nil {
		return err
	}
	return signInPage(r, web.Unprocessable, r.Form.Get("username"), nil)
}

func signInPage(r *web.Request, status int, name string, errs []layout.FieldError) error {
	props, err := signInProps(r, name, errs)
	if err != nil {
		return err
	}
	return r.HTML(status, signin.View(props))
}

func signInProps(r *web.Request, name string, errs []layout.FieldError) (signin.Props, error) {
	ways, err := waysIn(r)
	if err != nil {
		return signin.Props{}, err
	}
	elsewhere, err := r.Providers()
	if err != nil {
		return signin.Props{}, err
	}
	var passkey *signin.Passkey
	if elsewhere.Here {
		if passkey, err = pagePasskey(r); err != nil {
			return signin.Props{}, err
		}
	}
	page := r.Layout()
	page.Errors = errs
	notice(r, &page)
	from := cameFrom(r, elsewhere, &page)
	if err := guard(r, &page, identity.DoorSignIn); err != nil {
		return signin.Props{}, err
	}
	props := signin.Props{
		Page: page, Action: r.To("/login", web.FromParam, from), Identifier: name, Names: namesOf(&r.Pool),
		ForgotURL: r.To("/forgotPassword"), CancelURL: cancelURL(r),
		NameOnly: nameFirst(ways) || routes(r, elsewhere) || byPasskey(r), Passkey: passkey, Upgrade: passkey != nil,
		Providers: buttons(r, elsewhere, name), Elsewhere: !elsewhere.Here, Turned: from,
	}
	if !closed(r) && elsewhere.Here {
		props.SignUpURL = r.To("/signup")
	}
	return props, nil
}

// notices are the lines a page may be asked to show by its URL.
var notices = map[string]struct {
	message string
	warn    bool
}{
	"sign_in":   {"notice.sign_in_first", false},
	"expired":   {"notice.start_again", true},
	"verified":  {"notice.address_verified", false},
	"confirmed": {"notice.confirmed", false},
	"waits":     {"notice.waits_for_approval", false},
	"reset":     {"notice.password_changed", false},
	"deleted":   {"notice.account_deleted", false},
	"ended":     {"notice.session_ended", true},

	"link_waits": {"notice.link_waits", true},
}

func notice(r *web.Request, page *layout.Page) {
	if n, ok := notices[r.Arg("notice")]; ok && page.Notice == "" && len(page.Errors) == 0 {
		page.Notice, page.Warn = page.T(n.message), n.warn
	}
}

// namesOf says what people of the pool sign in with.
func namesOf(p *identity.Pool) form.Names {
	byName := len(p.UsernameAttributes) == 0
	has := func(attribute string) bool {
		return slices.Contains(p.UsernameAttributes, attribute) || slices.Contains(p.AliasAttributes, attribute)
	}
	return form.Names{Username: byName, Email: has("email"), Phone: has("phone_number")}
}

func cancelURL(r *web.Request) string {
	if !r.ForApp() {
		return ""
	}
	return r.To("/cancel")
}

// cancel sends the browser back to the app with access_denied (RFC 6749 §4.1.2.1).
func cancel(r *web.Request) error {
	if !r.ForApp() {
		return r.See(r.Path("/"))
	}
	a, err := r.Server().OAuth.Cancel(r.Ctx(), r.Pool.ID, r.Ask.Query, r.Ask.At)
	var refused *oauth.Error
	if errors.As(err, &refused) {
		return r.See(r.Path("/"))
	}
	if err != nil {
		return err
	}
	return r.Answer(a)
}
