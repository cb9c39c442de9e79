package hosted

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/newpassword"
	"poolhouse.dev/views/reset"
	"poolhouse.dev/web"
)

const resetPath = "/resetPassword"

// byRecovery says that a recovery code is typed in the place of one that was sent.
const byRecovery = "recovery"

// showReset asks for the code and the new password, or stands behind a mailed link.
func showReset(r *web.Request) error {
	if r.Arg("link") != "" {
		return keepLink(r, resetPath)
	}
	if r.Arg("mailed") != "" {
		return showResetLink(r, http.StatusOK, nil)
	}
	return resetPage(r, http.StatusOK, nil)
}

func showResetAgain(r *web.Request) error { return resetAgain(r, nil) }

func resetAgain(r *web.Request, errs []layout.FieldError) error {
	if r.Form.Get("link") != "" {
		return showResetLink(r, web.Unprocessable, errs)
	}
	return resetPage(r, web.Unprocessable, errs)
}

// resetPage asks for the code. Without a code that was sent there is nothing
// to ask; the page before it is the place to begin.
func resetPage(r *web.Request, status int, errs []layout.FieldError) error {
	var sent sentReset
	if !r.OpenState("reset", r.Arg("sent"), &sent) {
		return r.See(r.To("/forgotPassword", "username", r.Arg("username")))
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	page := r.Layout()
	page.Errors = errs
	return r.HTML(status, reset.View(reset.Props{
		Page: page, Action: r.To(resetPath, "sent", r.Arg("sent"), "by", r.Arg("by")), Identifier: sent.Username,
		ByRecovery: r.Arg("by") == byRecovery, OtherURL: otherReset(r),
		Destination: sent.Destination, Medium: sent.Medium, Rules: r.Rules(),
		WrongURL:     r.To("/forgotPassword", "sent", r.Arg("sent")),
		ResendAction: r.To("/forgotPassword", "again", "1"), ResendWait: sent.wait(r.Now()), Resent: sent.Again,
		SignInURL: r.To("/login"),
	}))
}

// otherReset is the same page by the other kind of code. Where there are no
// second factors nobody has recovery codes.
func otherReset(r *web.Request) string {
	switch {
	case r.Pool.MFAConfiguration == "" || r.Pool.MFAConfiguration == "OFF":
		return ""
	case r.Arg("by") == byRecovery:
		return r.To(resetPath, "sent", r.Arg("sent"))
	}
	return r.To(resetPath, "sent", r.Arg("sent"), "by", byRecovery)
}

// showResetLink asks for the new password behind a mailed link.
func showResetLink(r *web.Request, status int, errs []layout.FieldError) error {
	link := keptLink(r, resetPath)
	if link == "" {
		return r.CookiesBlocked()
	}
	info, err := accounts(r).LinkOf(r.Ctx(), r.Pool.ID, link)
	if err != nil {
		return err
	}
	if info.State != identity.LinkGood {
		return showLink(r, resetPath, link, info)
	}
	page := r.Layout()
	page.Errors = errs
	return r.HTML(status, reset.View(reset.Props{
		Page: page, Action: r.Path(resetPath), Link: link, Destination: info.Masked, Rules: r.Rules(), SignInURL: r.Path("/login"),
	}))
}

// setReset sets the new password by code or link.
func setReset(r *web.Request) error {
	client, err := clientOf(r)
	if err != nil {
		return err
	}
	link, needed := r.Form.Get("link"), []string{"new_password"}
	if link == "" {
		needed = []string{"username", "code", "new_password"}
	}
	if missing := r.Required(needed...); missing != nil {
		return resetAgain(r, missing)
	}
	in := identity.Reset{
		Pool: r.Pool.ID, Client: client, Identifier: r.Form.Get("username"), Code: r.Form.Get("code"), Link: link,
		Password: r.Form.Get("new_password"), Origin: r.Origin(),
	}
	if r.Arg("by") == byRecovery {
		in.Code, in.Recovery = "", in.Code
	}
	err = accounts(r).Reset(r.Ctx(), in)
	if err != nil {
		return resetRefused(r, err)
	}
	r.DropCookie(web.LinkCookie)
	return r.See(r.To("/login", "notice", "reset", "username", r.Form.Get("username")))
}

func resetRefused(r *web.Request, err error) error {
	errs, err := r.Complaints(err, map[identity.Code]string{
		identity.CodeMismatch: "code", identity.CodeExpired: "code", identity.PasswordRefused: "new_password",
	})
	if err != nil {
		return err
	}
	return resetAgain(r, errs)
}

// showNewPassword asks for the password that replaces a temporary one.
func showNewPassword(r *web.Request) error { return newPasswordPage(r, http.StatusOK, nil) }

func newPasswordPage(r *web.Request, status int, errs []layout.FieldError) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	step, ok, err := look(r, identity.AskNewPassword)
	if err != nil || !ok {
		return err
	}
	page := r.Layout()
	page.Errors = errs
	props := newpassword.Props{
		Page: page, Action: stepURL(r, "/newPassword", step.Attempt), Identifier: step.Challenge.Identifier,
		Rules: r.Rules(), CancelURL: cancelURL(r),
	}
	for _, name := range step.Challenge.Missing {
		a := web.FormAttribute(web.AttributeOf(&r.Pool, name), r.Form.Get(name))
		a.Required = true
		props.Missing = append(props.Missing, a)
	}
	return r.HTML(status, newpassword.View(props))
}

func showNewPasswordAgain(r *web.Request) error { return newPasswordPage(r, web.Unprocessable, nil) }

// setNewPassword replaces the temporary password and fills what is missing.
func setNewPassword(r *web.Request) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	step, ok, err := look(r, identity.AskNewPassword)
	if err != nil || !ok {
		return err
	}
	if missing := r.Required(append(step.Challenge.Missing, "new_password")...); missing != nil {
		return newPasswordPage(r, web.Unprocessable, missing)
	}
	given := map[string]string{}
	for _, name := range step.Challenge.Missing {
		given[name] = r.Form.Get(name)
	}
	step, err = answer(r, identity.NewPasswordAnswer{Password: r.Form.Get("new_password"), Attributes: given})
	if over(err) {
		return startOver(r)
	}
	if err == nil {
		return proceed(r, step)
	}
	errs, err := r.Complaints(err, map[identity.Code]string{identity.PasswordRefused: "new_password"})
	if err != nil {
		return err
	}
	return newPasswordPage(r, web.Unprocessable, errs)
}
