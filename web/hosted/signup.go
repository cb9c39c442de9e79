package hosted

import (
	"net/http"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/signup"
	"poolhouse.dev/web"
)

// showSignUp is the page to create an account on.
func showSignUp(r *web.Request) error {
	if led, err := adopt(r, "/signup"); led || err != nil {
		return err
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	elsewhere, err := r.Providers()
	if err != nil {
		return err
	}
	if closed(r) || !elsewhere.Here {
		return r.See(r.To("/login"))
	}
	return signUpPage(r, http.StatusOK, nil)
}

func closed(r *web.Request) bool { return r.Pool.AdminCreateUserConfig.AllowAdminCreateUserOnly }

func showSignUpAgain(r *web.Request) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	return signUpPage(r, web.Unprocessable, nil)
}

// signUp creates the account and leads to the page that asks for the mailed
// code; where people confirm accounts there is none, and the sign-in page says so.
func signUp(r *web.Request) error {
	client, err := clientOf(r)
	if err != nil {
		return err
	}
	password, err := takesPassword(r)
	if err != nil {
		return err
	}
	if missing := r.Required(requiredFields(r, password)...); missing != nil {
		return signUpPage(r, web.Unprocessable, missing)
	}
	step, err := accounts(r).SignUp(r.Ctx(), identity.SignUp{
		Pool: r.Pool.ID, Client: client, Channel: r.Channel(), Username: r.Form.Get("username"),
		Password: r.Form.Get("password"), Attributes: attributes(r), Twice: twice(r), Puzzle: puzzleAnswer(r), Origin: r.Origin(),
	})
	if err == nil {
		return proceed(r, step)
	}
	if code, _ := identity.CodeOf(err); code == identity.UserNotConfirmed {
		return r.See(r.To("/login", "notice", "waits", "username", r.Form.Get("username")))
	}
	errs, err := r.Complaints(err, map[identity.Code]string{
		identity.PasswordRefused: "password", identity.UsernameExists: "username", identity.InvalidUsername: "username",
	})
	if err != nil {
		return err
	}
	return signUpPage(r, web.Unprocessable, errs)
}

// takesPassword says that a new account gets a password: elsewhere the code that
// proves its address is the first sign-in.
func takesPassword(r *web.Request) (bool, error) {
	ways, err := waysIn(r)
	return slices.Contains(ways, identity.FactorPassword), err
}

func signUpPage(r *web.Request, status int, errs []layout.FieldError) error {
	password, err := takesPassword(r)
	if err != nil {
		return err
	}
	elsewhere, err := r.Providers()
	if err != nil {
		return err
	}
	page, name := r.Layout(), r.Form.Get("username")
	if name == "" && len(errs) == 0 {
		if name, err = suggested(r); err != nil {
			return err
		}
	}
	page.Errors = errs
	if err := guard(r, &page, identity.DoorSignUp); err != nil {
		return err
	}
	return r.HTML(status, signup.View(signup.Props{
		Page: page, Action: r.To("/signup"), Identifier: name, Names: signUpNames(&r.Pool),
		Attributes: signUpAttributes(r), Rules: r.Rules(), SignInURL: r.To("/login"), CancelURL: cancelURL(r),
		NoPassword: !password, Providers: buttons(r, elsewhere, ""),
	}))
}

// suggested is the name that a person need not type again: back from the code page
// ("wrong address?"), or the one that the app knows them by.
func suggested(r *web.Request) (string, error) {
	if name := r.Arg("username"); name != "" {
		return name, nil
	}
	asking, err := r.Asking()
	if err != nil || asking == nil {
		return "", err
	}
	return asking.LoginHint, nil
}

// signUpNames says what the new name must be: in pools with username_attributes
// an address, else a username.
func signUpNames(p *identity.Pool) form.Names {
	return form.Names{
		Username: len(p.UsernameAttributes) == 0,
		Email:    slices.Contains(p.UsernameAttributes, "email"), Phone: slices.Contains(p.UsernameAttributes, "phone_number"),
	}
}

// signUpAttributes are the fields beside name and password: what the schema
// requires, and the addresses that get a code.
func signUpAttributes(r *web.Request) []form.Attribute {
	var all []form.Attribute
	add := func(a identity.Attribute, required bool) {
		if slices.ContainsFunc(all, func(has form.Attribute) bool { return has.Name == a.Name }) {
			return
		}
		one := web.FormAttribute(a, r.Form.Get(a.Name))
		one.Required = required
		all = append(all, one)
	}
	for _, a := range r.Pool.Schema {
		if a.Required && !isOnlyName(&r.Pool, a.Name) {
			add(a, true)
		}
	}
	for _, name := range r.Pool.AutoVerifiedAttributes {
		if len(r.Pool.UsernameAttributes) == 0 {
			add(identity.Attribute{Name: name}, true)
		}
	}
	return all
}

// isOnlyName says that the name field already asks for this attribute.
func isOnlyName(p *identity.Pool, attribute string) bool {
	return len(p.UsernameAttributes) == 1 && p.UsernameAttributes[0] == attribute
}

func requiredFields(r *web.Request, password bool) []string {
	names := []string{"username"}
	for _, a := range signUpAttributes(r) {
		if a.Required {
			names = append(names, a.Name)
		}
	}
	if password {
		names = append(names, "password")
	}
	return names // as they stand on the page
}

// attributes takes from the form what the page asks and has a value; any other
// field is ignored, so that nobody adds what the page does not offer.
func attributes(r *web.Request) map[string]string {
	given := map[string]string{}
	for _, a := range signUpAttributes(r) {
		if value := r.Form.Get(a.Name); value != "" {
			given[a.Name] = value
		}
	}
	return given
}
