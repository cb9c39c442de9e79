package account

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/qr"
	"poolhouse.dev/web"
)

// showApp begins to set an authenticator app up. Nothing is stored until its
// first code came back.
func showApp(v *visit) error {
	start, err := factors(v.Request).Begin(v.Ctx(), v.auth, identity.FactorTOTP, v.Origin())
	if err != nil {
		return v.factorRefused(err, "")
	}
	return v.appPage(http.StatusOK, start.SetUp, start.State, nil)
}

func (v *visit) appPage(status int, up identity.SetUp, state string, errs []layout.FieldError) error {
	return v.HTML(status, account.SetUpApp(account.AppSetUpProps{
		Frame: v.frame(account.PageFactors, errs), Action: v.Path(factorsApp), BackURL: v.Path(factorsPage), State: state,
		Secret: up.Secret, QR: qr.SVG(up.URI, v.T("factors.app_picture")), Replace: v.has.App != nil,
	}))
}

// finish gives a set-up its answer. again shows the page once more after a
// wrong one, with the same secret.
func (v *visit) finish(a identity.SetUpAnswer, notice string, again func(identity.SetUp, []layout.FieldError) error) error {
	state := v.Form.Get("state")
	err := factors(v.Request).Finish(v.Ctx(), v.auth, state, a, v.Origin())
	if err == nil {
		return v.See(v.Path(factorsPage) + "?notice=" + notice)
	}
	code, _ := identity.CodeOf(err)
	if code == identity.FreshSignInNeeded {
		return err
	}
	up, gone := factors(v.Request).Show(v.Ctx(), v.auth, state)
	if over(err) || over(gone) {
		return v.See(v.HTTP().URL.Path) // it waited too long; a new one begins
	}
	if gone != nil {
		return gone
	}
	errs, err := v.Complaints(err, map[identity.Code]string{
		identity.CodeMismatch: "code", identity.CodeExpired: "code", identity.PasskeyRefused: "",
	})
	if err != nil {
		return err
	}
	return again(up, errs)
}

func over(err error) bool {
	code, _ := identity.CodeOf(err)
	return code == identity.AttemptExpired || code == identity.WrongAnswer || code == identity.FactorNotFound
}

func setUpApp(v *visit) error {
	again := func(up identity.SetUp, errs []layout.FieldError) error {
		return v.appPage(web.Unprocessable, up, v.Form.Get("state"), errs)
	}
	if missing := v.Required("code"); missing != nil {
		up, err := factors(v.Request).Show(v.Ctx(), v.auth, v.Form.Get("state"))
		if over(err) {
			return v.See(v.Path(factorsApp))
		}
		if err != nil {
			return err
		}
		return again(up, missing)
	}
	return v.finish(identity.SetUpAnswer{Factor: identity.FactorTOTP, Code: v.Form.Get("code")}, "app_added", again)
}

// showPasskey begins to make a passkey.
func showPasskey(v *visit) error {
	start, err := factors(v.Request).Begin(v.Ctx(), v.auth, identity.FactorPasskey, v.Origin())
	if err != nil {
		return v.factorRefused(err, "")
	}
	return v.passkeyPage(http.StatusOK, start.SetUp, start.State, nil)
}

func (v *visit) passkeyPage(status int, up identity.SetUp, state string, errs []layout.FieldError) error {
	return v.HTML(status, account.SetUpPasskey(account.PasskeySetUpProps{
		Frame: v.frame(account.PageFactors, errs), Action: v.Path(factorsPasskey), BackURL: v.Path(factorsPage), State: state, Options: string(up.Passkey),
	}))
}

func addPasskey(v *visit) error {
	answer := identity.SetUpAnswer{Factor: identity.FactorPasskey, Credential: []byte(v.Form.Get("credential"))}
	return v.finish(answer, "passkey_added", func(identity.SetUp, []layout.FieldError) error {
		// A challenge is answered once: whoever tries again is given a new one.
		start, err := factors(v.Request).Begin(v.Ctx(), v.auth, identity.FactorPasskey, v.Origin())
		if err != nil {
			return v.factorRefused(err, "")
		}
		return v.passkeyPage(web.Unprocessable, start.SetUp, start.State, []layout.FieldError{{Text: v.T("error.passkey_refused")}})
	})
}

// showCode asks for the code that turns text messages or mails on.
func showCode(v *visit) error { return v.codePage(http.StatusOK, v.Arg("state"), nil) }

func (v *visit) codePage(status int, state string, errs []layout.FieldError) error {
	up, err := factors(v.Request).Show(v.Ctx(), v.auth, state)
	if over(err) {
		return v.See(v.Path(factorsPage))
	}
	if err != nil {
		return err
	}
	return v.HTML(status, account.SetUpCode(account.CodeSetUpProps{
		Frame: v.frame(account.PageFactors, errs), Action: v.Path(factorsCode), BackURL: v.Path(factorsPage), State: state,
		Factor: string(up.Factor), Destination: up.Delivery.Destination, ResendAction: v.Path(factorsPage + "/on"), ResendWait: resendWait,
	}))
}

func turnOnByCode(v *visit) error {
	state := v.Form.Get("state")
	if missing := v.Required("code"); missing != nil {
		return v.codePage(web.Unprocessable, state, missing)
	}
	up, err := factors(v.Request).Show(v.Ctx(), v.auth, state)
	if over(err) {
		return v.See(v.Path(factorsPage))
	}
	if err != nil {
		return err
	}
	return v.finish(identity.SetUpAnswer{Factor: up.Factor, Code: v.Form.Get("code")}, "on", func(_ identity.SetUp, errs []layout.FieldError) error {
		return v.codePage(web.Unprocessable, state, errs)
	})
}

// showCodes asks before it makes recovery codes: the ones before end.
func showCodes(v *visit) error {
	if err := v.fresh(identity.RevealCodes); err != nil {
		return err
	}
	return v.codesPage(nil)
}

// makeCodes shows new recovery codes. It answers the page itself instead of
// leading to one: nobody keeps them but the person.
func makeCodes(v *visit) error {
	made, err := factors(v.Request).NewRecoveryCodes(v.Ctx(), v.auth, v.Origin())
	if err != nil {
		return v.factorRefused(err, "")
	}
	return v.codesPage(made)
}

func (v *visit) codesPage(made []string) error {
	return v.HTML(http.StatusOK, account.Codes(account.CodesProps{
		Frame: v.frame(account.PageFactors, nil), Action: v.Path(factorsCodes), BackURL: v.Path(factorsPage), Left: v.has.Recovery.Left, Codes: made,
	}))
}
