package hosted

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/enrol"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// showSetUp sets a second factor up in the middle of a sign-in.
func showSetUp(r *web.Request) error { return setUpPage(r, http.StatusOK, nil) }

func setUpPage(r *web.Request, status int, errs []layout.FieldError) error {
	step, ok, err := look(r, identity.AskSetUp)
	if err != nil || !ok {
		return err
	}
	up := step.Challenge.SetUp
	if up == nil {
		return proceed(r, step) // what to set up is still to be chosen
	}
	props := enrol.Props{
		Step: stepOf(r, step, errs), Factor: string(up.Factor), Secret: up.Secret, URI: up.URI, Options: string(up.Passkey),
		NeedsAddress: up.NeedsAddress, Address: r.Form.Get(addressField(up.Factor)), Destination: up.Delivery.Destination,
	}
	if up.Delivery.Destination != "" {
		props.AddressURL = stepURL(r, choicePath, step.Attempt)
		props.ResendAction, props.ResendWait, props.Resent = stepURL(r, "/login/resend", step.Attempt), resendWait, r.Arg("resent") != ""
	}
	return r.HTML(status, enrol.View(props))
}

// addressField is the field for the address that a factor sends its codes to.
func addressField(f identity.Factor) string {
	switch f {
	case identity.FactorSMS:
		return "phone_number"
	case identity.FactorEmail:
		return "email"
	}
	return ""
}

// setUp takes the address to send codes to, or the first use of the new factor.
func setUp(r *web.Request) error {
	step, ok, err := look(r, identity.AskSetUp)
	if err != nil || !ok {
		return err
	}
	up := step.Challenge.SetUp
	if up == nil {
		return proceed(r, step)
	}
	again := func(errs []layout.FieldError) error { return setUpPage(r, web.Unprocessable, errs) }
	if missing := r.Required(setUpFields(up)...); missing != nil {
		return again(missing)
	}
	if up.NeedsAddress {
		step, err = signIns(r).Choose(r.Ctx(), identity.Choice{
			Attempt: step.Attempt, Channel: r.Channel(), Factor: up.Factor, Address: r.Form.Get(addressField(up.Factor)), Origin: r.Origin(),
		})
	} else {
		step, err = answer(r, identity.SetUpAnswer{
			Factor: identity.Factor(r.Form.Get("factor")), Code: r.Form.Get("code"), Credential: []byte(r.Form.Get("credential")),
		})
	}
	if err != nil {
		return stepRefused(r, err, codeFields, again)
	}
	return proceed(r, step)
}

// setUpFields are the fields without which there is nothing to check.
func setUpFields(up *identity.SetUp) []string {
	switch {
	case up.NeedsAddress:
		return []string{addressField(up.Factor)}
	case up.Factor == identity.FactorPasskey:
		return nil // an empty answer is refused like a broken one
	}
	return []string{"code"}
}
