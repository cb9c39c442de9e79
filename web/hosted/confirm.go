package hosted

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/confirm"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// resendWait is how long the page asks to wait before another code, in seconds.
// The limit that counts is the core's.
const resendWait = 30

// showConfirm asks for the code of a sign-up, or stands behind a mailed link.
func showConfirm(r *web.Request) error {
	if r.Arg("link") != "" {
		return keepLink(r, "/confirm")
	}
	if r.Arg("mailed") != "" {
		return linkPage(r, "/confirm")
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	return askCode(r, http.StatusOK, nil)
}

// showConfirmAgain shows the step once more; a mailed link's button again, too.
func showConfirmAgain(r *web.Request) error {
	if r.Form.Get("link") != "" {
		return linkPage(r, "/confirm")
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	return askCode(r, web.Unprocessable, nil)
}

// confirmSignUp checks the code, within the attempt that asked for it, or spends a mailed link.
func confirmSignUp(r *web.Request) error {
	if r.Form.Get("link") != "" {
		return spendConfirmLink(r)
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	byLink := r.Form.Get("code") == "" && r.Pool.Verification.DefaultEmailOption == identity.ByLink
	if missing := r.Required("code"); missing != nil && !byLink {
		return askCode(r, web.Unprocessable, missing)
	}
	step, err := answer(r, identity.ConfirmAnswer{Code: r.Form.Get("code")})
	if err == nil {
		return proceed(r, step)
	}
	if over(err) {
		return startOver(r)
	}
	if code, _ := identity.CodeOf(err); byLink && code == identity.CodeMismatch {
		return r.See(r.To("/confirm", "attempt", r.Arg("attempt"), "notice", "link_waits"))
	}
	errs, err := r.Complaints(err, codeFields)
	if err != nil {
		return err
	}
	return askCode(r, web.Unprocessable, errs)
}

// codeFields puts what is wrong with a code beside its field.
var codeFields = map[identity.Code]string{identity.CodeMismatch: "code", identity.CodeExpired: "code"}

// askCode shows the page for the code, or leads to where the attempt is by now.
func askCode(r *web.Request, status int, errs []layout.FieldError) error {
	step, ok, err := look(r, identity.AskConfirmSignUp)
	if err != nil || !ok {
		return err
	}
	return confirmPage(r, status, step, errs)
}

func confirmPage(r *web.Request, status int, step identity.Step, errs []layout.FieldError) error {
	page, sent := r.Layout(), step.Challenge.Delivery
	page.Errors = errs
	notice(r, &page)
	return r.HTML(status, confirm.View(confirm.Props{
		Page: page, Action: stepURL(r, "/confirm", step.Attempt),
		Destination: sent.Destination, Medium: sent.Medium,
		WrongURL: r.To("/signup", "username", step.Challenge.Identifier), CancelURL: cancelURL(r),
		ResendAction: r.To("/resend", "attempt", string(step.Attempt)), ResendWait: resendWait, Resent: r.Arg("resent") != "",
		ByLink: sent.Medium == "EMAIL" && r.Pool.Verification.DefaultEmailOption == identity.ByLink,
	}))
}

// resend sends the code of a sign-up again.
func resend(r *web.Request) error {
	attempt := identity.AttemptID(r.Arg("attempt"))
	_, err := signIns(r).Resend(r.Ctx(), attempt, r.Channel(), r.Origin())
	if over(err) {
		return startOver(r)
	}
	if err != nil {
		return err
	}
	return r.See(r.To("/confirm", "attempt", string(attempt), "resent", "1"))
}
