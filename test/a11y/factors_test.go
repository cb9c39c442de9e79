package a11y

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// everything lets people in by any way and with any second factor.
func everything(mfa string) func(kit.Map) {
	return func(m kit.Map) {
		p := kit.PoolOf(m)
		p["mfa_configuration"] = mfa
		p["sms_mfa_configuration"] = kit.Map{"enabled": true}
		p["email_mfa_configuration"] = kit.Map{"enabled": true}
		p["device_configuration"] = kit.Map{"challenge_required_on_new_device": true, "device_only_remembered_on_user_prompt": true}
		p["account_deletion"] = kit.Map{"grace_days": 7}
		p["policies"] = kit.Map{"sign_in_policy": kit.Map{"allowed_first_auth_factors": kit.List{"PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}}}
		ann := p["users"].(kit.List)[0].(kit.Map)["user_attributes"].(kit.Map)
		ann["phone_number"], ann["phone_number_verified"] = "+4915112345678", "true"
	}
}

// named goes from the app to the page after the name.
func (a auditor) named(s *kit.Server) {
	a.t.Helper()
	a.Open(a.t, s.App.URL+"/start")
	a.Enter(a.t, "username", ann)
	a.See(a.t, "How would you like to sign in?")
}

func TestPagesOfTheWaysIn(t *testing.T) {
	s, a := start(t, kit.AtLocalhost, everything("OPTIONAL"))
	a.Open(t, s.App.URL+"/start")
	a.Wait(t, "#passkey")
	a.both("sign-in by name")
	a.named(s)
	a.both("ways in")
	a.Press(t, "Password")
	a.See(t, "Enter your password")
	a.both("password")
	a.sent("password, empty", "There is a problem")
	a.named(s)
	a.Press(t, "Passkey")
	a.See(t, "Use your passkey")
	a.both("passkey")
	a.named(s)
	a.Press(t, "Code by text message")
	a.See(t, "Check your phone")
	a.both("code by text message")
	a.named(s)
	a.Press(t, "Code by email")
	a.See(t, "Check your email")
	a.both("code by email")
	a.sent("code by email, empty", "There is a problem")

	link := s.MailAbout(t, ann, "Your code to sign in", 1).Link(t)
	other := audited(t, s)
	other.Open(t, link)
	other.See(t, "shows this number:")
	other.both("sign-in link elsewhere")
	other.Press(t, "Continue as")
	other.See(t, "Go back to your other window")
	other.check("sign-in link, approved")
	other.opened("sign-in link, used", link)
	other.opened("sign-in link, unknown", s.URL+"/login/link?link=nonsense")
	other.opened("not me, unknown", s.URL+"/notMe?link=nonsense")
}

func TestPagesOfSettingUp(t *testing.T) {
	s, a := start(t, kit.AtLocalhost, everything("ON"))
	a.Open(t, s.App.URL+"/start")
	a.Follow(t, "/signup")
	a.Wait(t, "#password-rules")
	a.both("sign-up")
	a.Type(t, "username", eve)
	a.Enter(t, "password", kit.AnnPassword)
	a.Field(t, "code")
	a.Enter(t, "code", s.MailAbout(t, eve, "Confirm your account", 1).Code(t))
	a.See(t, "Set up")
	a.both("what to set up")
	a.Press(t, "Code by text message")
	a.Field(t, "phone_number")
	a.both("number to send codes to")
	a.sent("number, empty", "There is a problem")
	a.Enter(t, "phone_number", "+4915100000001")
	a.Field(t, "code")
	a.both("code to the new number")
	a.Press(t, "Try another way")
	a.Press(t, "Passkey")
	a.See(t, "Create a passkey")
	a.both("passkey to create")
	a.Press(t, "Try another way")
	a.Press(t, "Authenticator app")
	a.Wait(t, "svg")
	a.both("authenticator app to set up")
	app := &kit.TOTPApp{Secret: a.TextOf(t, "#key")}
	a.sent("authenticator app, empty", "There is a problem")
	a.Enter(t, "code", app.Code(t))
	a.See(t, "Have a spare way in")
	a.both("spare way in")
	a.Press(t, "Get recovery codes")
	a.See(t, "Your recovery codes")
	a.check("recovery codes")
	a.Press(t, "I have saved them")
	a.See(t, "Hello, "+eve)
}

func TestPagesOfFactors(t *testing.T) {
	s, a := start(t, kit.AtLocalhost, everything("OPTIONAL"))
	a.Authenticator(t, kit.AuthenticatorOptions{})
	a.Open(t, s.URL+"/login")
	a.Before(t, `PublicKeyCredential.isConditionalMediationAvailable = async () => false;`)
	a.Enter(t, "username", ann)
	a.Press(t, "Password")
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "About you")
	a.Open(t, s.URL+"/account/factors")
	a.both("sign-in methods, none")
	a.Open(t, s.URL+"/account/factors/passkey")
	a.Wait(t, "#passkey")
	a.both("passkey to add")
	a.Press(t, "Create a passkey")
	a.See(t, "The passkey is added.")
	a.Open(t, s.URL+"/account/factors/app")
	a.both("app to add")
	a.sent("app to add, empty", "There is a problem")
	app := &kit.TOTPApp{Secret: a.TextOf(t, "#key")}
	a.Enter(t, "code", app.Code(t))
	a.See(t, "The authenticator app is set up.")
	a.Open(t, s.URL+"/account/factors/codes")
	a.both("recovery codes to make")
	a.sent("recovery codes made", "not shown again")
	a.Open(t, s.URL+"/account/factors")
	a.Do(t, chromedp.Click(chromedp.Search(`//form[.//input[@value="EMAIL_MFA"]]//button`)))
	a.Field(t, "code")
	a.both("code to turn mails on")
	a.Enter(t, "code", s.MailAbout(t, ann, "Your code for", 1).Code(t))
	a.See(t, "It is on now.")
	a.Do(t, chromedp.Click(chromedp.CSS("details.rename summary")))
	a.both("sign-in methods, many")

	a.Forget(t)
	a.named(s)
	a.Press(t, "Password")
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Confirm it is you")
	a.both("second factors to choose")
	a.Press(t, "Recovery code")
	a.See(t, "Enter a recovery code")
	a.both("recovery code")
	a.Press(t, "Try another way")
	a.Press(t, "Authenticator app")
	a.See(t, "Enter the code from your app")
	a.both("code of an app")

	a.Open(t, s.URL+"/forgotPassword")
	a.Enter(t, "username", ann)
	a.Press(t, "Use a recovery code instead")
	a.See(t, "Enter one of the recovery codes of")
	a.both("reset by recovery code")
}

func TestPagesOfTheAccount(t *testing.T) {
	s, a := start(t, kit.AtLocalhost, kit.WithPlaces(t), everything("OPTIONAL"))
	far := kit.NewClientFrom("127.0.0.2") // two sign-ins that are worth a remark
	far.Open(t, s.App.URL+"/start").Submit(t, kit.Fields{"username": ann}).SubmitIn(t, "form.ways", kit.Fields{"factor": "PASSWORD"}).
		Submit(t, kit.Fields{"password": kit.AnnPassword}).Want(t, http.StatusOK, "Hello, "+ann)
	far.Travel("127.0.0.3")
	far.ForgetSession(t, s.URL)
	far.Open(t, s.App.URL+"/start").Submit(t, kit.Fields{"username": ann}).SubmitIn(t, "form.ways", kit.Fields{"factor": "PASSWORD"}).
		Submit(t, kit.Fields{"password": kit.AnnPassword}).Want(t, http.StatusOK, "Hello, "+ann)

	a.named(s)
	a.Press(t, "Password")
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Hello, "+ann)
	for _, page := range []string{"", "/password", "/devices", "/sessions", "/history", "/apps", "/data", "/delete"} {
		a.Open(t, s.URL+"/account"+page)
		a.both("account" + page)
	}
	a.Open(t, s.URL+"/account/delete")
	a.sent("delete, empty", "There is a problem")
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Your account will be deleted")
	a.both("goodbye")
	a.named(s)
	a.Press(t, "Password")
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Keep your account?")
	a.both("leaving")
}
