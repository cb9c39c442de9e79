package hosted

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/factor"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// showChoice lists what may be chosen in place of what is asked. It is shown for
// any challenge, so that Back from a step leads to it.
func showChoice(r *web.Request) error { return choicePage(r, http.StatusOK, nil) }

func choicePage(r *web.Request, status int, errs []layout.FieldError) error {
	step, ok, err := look(r)
	if err != nil || !ok {
		return err
	}
	ch := step.Challenge
	if len(ch.Options) == 0 && pageOf(ch) == choicePath {
		return startOver(r) // what was to be chosen from is gone: the pool's settings have changed
	}
	if len(ch.Options) == 0 {
		return proceed(r, step)
	}
	props := factor.ChooseProps{Step: stepOf(r, step, errs)}
	props.Action, props.OtherURL = stepURL(r, choicePath, step.Attempt), ""
	switch {
	case ch.Name == identity.AskSetUp:
		props.Kind = factor.SetUp
	case ch.Second:
		props.Kind = factor.Second
	}
	for _, o := range ch.Options {
		props.Options = append(props.Options, factor.Option{Factor: string(o.Factor), Destination: o.Delivery.Destination})
	}
	return r.HTML(status, factor.Choose(props))
}

// chooseFactor goes the way that was chosen.
func chooseFactor(r *web.Request) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	step, err := signIns(r).Choose(r.Ctx(), identity.Choice{
		Attempt: identity.AttemptID(r.Arg("attempt")), Channel: r.Channel(), Factor: identity.Factor(r.Form.Get("factor")), Origin: r.Origin(),
	})
	if err != nil {
		return stepRefused(r, err, nil, func(errs []layout.FieldError) error { return choicePage(r, web.Unprocessable, errs) })
	}
	return proceed(r, step)
}

// showPassword asks for the password by itself.
func showPassword(r *web.Request) error { return passwordPage(r, http.StatusOK, nil) }

func passwordPage(r *web.Request, status int, errs []layout.FieldError) error {
	step, ok, err := look(r, identity.AskPassword)
	if err != nil || !ok {
		return err
	}
	if step.Challenge.Bare {
		if s := stepOf(r, step, errs); len(s.Providers) > 0 {
			return r.HTML(status, factor.Choose(factor.ChooseProps{Step: s})) // a password that nobody has is not asked for
		}
	}
	return r.HTML(status, factor.AskPassword(factor.PasswordProps{
		Step: stepOf(r, step, errs), ForgotURL: r.To("/forgotPassword", "username", step.Challenge.Identifier),
	}))
}

func checkPassword(r *web.Request) error {
	again := func(errs []layout.FieldError) error { return passwordPage(r, web.Unprocessable, errs) }
	if _, err := r.Asking(); err != nil {
		return err
	}
	if missing := r.Required("password"); missing != nil {
		return again(missing)
	}
	step, err := answer(r, identity.PasswordAnswer{Password: r.Form.Get("password")})
	if err != nil {
		return stepRefused(r, err, map[identity.Code]string{identity.IncorrectPassword: "password"}, again)
	}
	return proceed(r, step)
}

// codeSteps are the challenges that a code answers.
var codeSteps = []identity.ChallengeName{
	identity.AskEmailCode, identity.AskSMSCode, identity.AskEmail, identity.AskSMS, identity.AskTOTP, identity.AskRecovery,
}

// showCode asks for a code, of whatever factor.
func showCode(r *web.Request) error { return codePage(r, http.StatusOK, nil) }

func codePage(r *web.Request, status int, errs []layout.FieldError) error {
	step, ok, err := look(r, codeSteps...)
	if err != nil || !ok {
		return err
	}
	ch := step.Challenge
	props := factor.CodeProps{
		Step: stepOf(r, step, errs), Factor: string(ch.Name), Destination: ch.Delivery.Destination, Left: ch.Codes,
		ResendAction: stepURL(r, "/login/resend", step.Attempt), ResendWait: resendWait, Resent: r.Arg("resent") != "",
	}
	if ch.Match != "" {
		r.KeepAsked() // the link may be opened in this browser
		props.Match = ch.Match
		props.StateURL, props.LinkAction = stepURL(r, "/login/state", step.Attempt), stepURL(r, "/login/continue-link", step.Attempt)
	}
	return r.HTML(status, factor.Code(props))
}

func checkCode(r *web.Request) error {
	again := func(errs []layout.FieldError) error { return codePage(r, web.Unprocessable, errs) }
	if _, err := r.Asking(); err != nil {
		return err
	}
	if missing := r.Required("code"); missing != nil {
		return again(missing)
	}
	step, err := answer(r, identity.CodeAnswer{Factor: identity.Factor(r.Form.Get("factor")), Code: r.Form.Get("code")})
	if err != nil {
		return stepRefused(r, err, codeFields, again)
	}
	return proceed(r, step)
}

// resendCode sends the code of the present step again.
func resendCode(r *web.Request) error {
	step, err := signIns(r).Resend(r.Ctx(), identity.AttemptID(r.Arg("attempt")), r.Channel(), r.Origin())
	if err != nil {
		return stepRefused(r, err, codeFields, func([]layout.FieldError) error { return whereItIs(r) })
	}
	return r.See(stepURL(r, pageOf(step.Challenge), step.Attempt, "resent", "1"))
}

// showPasskey asks for a passkey of the person who is signing in.
func showPasskey(r *web.Request) error { return askPasskeyPage(r, http.StatusOK, nil) }

func askPasskeyPage(r *web.Request, status int, errs []layout.FieldError) error {
	step, ok, err := look(r, identity.AskPasskey)
	if err != nil || !ok {
		return err
	}
	return r.HTML(status, factor.AskPasskey(factor.PasskeyProps{Step: stepOf(r, step, errs), Options: string(step.Challenge.Passkey)}))
}

func checkPasskey(r *web.Request) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	step, err := answer(r, identity.PasskeyAnswer{Credential: []byte(r.Form.Get("credential"))})
	if err != nil {
		return stepRefused(r, err, nil, func(errs []layout.FieldError) error { return askPasskeyPage(r, web.Unprocessable, errs) })
	}
	return proceed(r, step)
}
