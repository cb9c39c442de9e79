package cognito

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func choice(params m) m {
	params["USERNAME"] = ann
	return m{"ClientId": mobile, "AuthFlow": "USER_AUTH", "AuthParameters": params}
}

func available(out m) []string {
	list, _ := out["AvailableChallenges"].([]any)
	var names []string
	for _, one := range list {
		names = append(names, one.(string))
	}
	return names
}

func TestUserAuthLetsThePersonChoose(t *testing.T) {
	a := withApps(t)
	a.ann()
	select_ := func() m { return a.challenged(a.ok("InitiateAuth", choice(m{})), "SELECT_CHALLENGE") }
	if got := available(select_()); !slices.Equal(got, []string{"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "WEB_AUTHN"}) {
		t.Errorf("available are %v", got)
	}
	a.signedIn(a.ok("RespondToAuthChallenge", answer(select_(), m{"ANSWER": "PASSWORD", "PASSWORD": annWord})))
	out := a.challenged(a.ok("RespondToAuthChallenge", answer(select_(), m{"ANSWER": "PASSWORD"})), "PASSWORD")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"PASSWORD": annWord})))
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(select_(), m{"ANSWER": "PASSWORD_SRP", "SRP_A": srpPublic.Text(16)})), "PASSWORD_VERIFIER")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, a.proof(out, "main", text(out, "ChallengeParameters", "USER_ID_FOR_SRP"), annWord))))
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(select_(), m{"ANSWER": "PASSWORD_SRP"})), "PASSWORD_SRP")
	a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"SRP_A": srpPublic.Text(16)})), "PASSWORD_VERIFIER")
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(select_(), m{"ANSWER": "EMAIL_OTP"})), "EMAIL_OTP")
	if text(out, "ChallengeParameters", "CODE_DELIVERY_DELIVERY_MEDIUM") != "EMAIL" || text(out, "ChallengeParameters", "CODE_DELIVERY_DESTINATION") != "a***@e***.test" {
		t.Errorf("got %v", out)
	}
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"EMAIL_OTP_CODE": a.mailed(ann, "code")})))
	a.fails("RespondToAuthChallenge", answer(select_(), m{"ANSWER": "SMS_OTP"}), "InvalidParameterException", "not available")
	a.fails("RespondToAuthChallenge", answer(select_(), m{"ANSWER": "SOFTWARE_TOKEN"}), "InvalidParameterException", "not available")
	a.fails("RespondToAuthChallenge", answer(select_(), m{}), "InvalidParameterException", "Missing required parameter ANSWER")
}

func TestUserAuthBeginsWithWhatIsPreferred(t *testing.T) {
	a := withApps(t)
	a.ann()
	a.challenged(a.ok("InitiateAuth", choice(m{"PREFERRED_CHALLENGE": "EMAIL_OTP"})), "EMAIL_OTP")
	a.challenged(a.ok("InitiateAuth", choice(m{"PREFERRED_CHALLENGE": "PASSWORD"})), "PASSWORD")
	a.challenged(a.ok("InitiateAuth", choice(m{"PREFERRED_CHALLENGE": "SMS_OTP"})), "SELECT_CHALLENGE")
	a.signedIn(a.ok("InitiateAuth", choice(m{"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": annWord})))
	a.challenged(a.ok("InitiateAuth", choice(m{"PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": srpPublic.Text(16)})), "PASSWORD_VERIFIER")
	a.fails("InitiateAuth", choice(m{"PREFERRED_CHALLENGE": "SOFTWARE_TOKEN"}), "InvalidParameterException", "preferred challenge")
}

func TestASignUpGoesOnToSignIn(t *testing.T) {
	a := withApps(t)
	made := a.ok("SignUp", m{"ClientId": mobile, "Username": ann, "Password": annWord})
	resume := func(session any) m {
		in := choice(m{})
		in["Session"] = session
		return in
	}
	a.fails("InitiateAuth", resume(made["Session"]), "UserNotConfirmedException", "User is not confirmed.")
	confirm := m{"ClientId": mobile, "Username": ann, "ConfirmationCode": a.mailed(ann, "code"), "Session": made["Session"]}
	done := a.ok("ConfirmSignUp", confirm)
	a.fails("RespondToAuthChallenge", answer(m{"Session": done["Session"], "ChallengeName": "PASSWORD", "ChallengeParameters": m{"USERNAME": ann}}, m{"PASSWORD": annWord}), "NotAuthorizedException", "Invalid session")
	a.fails("InitiateAuth", resume(made["Session"]), "NotAuthorizedException", "expired")
	a.signedIn(a.ok("InitiateAuth", resume(done["Session"])))
	a.fails("InitiateAuth", resume(done["Session"]), "NotAuthorizedException", "expired")

	// Whoever signs up with an address that is taken cannot tell, and gets nowhere.
	taken := a.ok("SignUp", m{"ClientId": mobile, "Username": ann, "Password": nextWord})
	if len(taken) != len(made) || text(taken, "UserSub") == text(made, "UserSub") {
		t.Errorf("a taken address answers %v, a new one %v", taken, made)
	}
	a.fails("InitiateAuth", resume(taken["Session"]), "UserNotConfirmedException", "User is not confirmed.")
	a.fails("ConfirmSignUp", m{"ClientId": mobile, "Username": ann, "ConfirmationCode": "000000", "Session": taken["Session"]}, "CodeMismatchException", "")
}

// Amplify keeps the Session of ConfirmSignUp for autoSignIn, and sends none.
func TestASignUpConfirmedWithoutItsSession(t *testing.T) {
	a := withApps(t)
	a.ok("SignUp", m{"ClientId": mobile, "Username": ann, "Password": annWord})
	done := a.ok("ConfirmSignUp", m{"ClientId": mobile, "Username": ann, "ConfirmationCode": a.mailed(ann, "code")})
	in := choice(m{})
	in["Session"] = done["Session"]
	a.signedIn(a.ok("InitiateAuth", in))
	a.fails("InitiateAuth", in, "NotAuthorizedException", "expired")
}

func TestASignUpWithoutAPassword(t *testing.T) {
	a := withApps(t)
	made := a.ok("SignUp", m{"ClientId": mobile, "Username": ann})
	done := a.ok("ConfirmSignUp", m{"ClientId": mobile, "Username": ann, "ConfirmationCode": a.mailed(ann, "code"), "Session": made["Session"]})
	in := choice(m{})
	in["Session"] = done["Session"]
	a.signedIn(a.ok("InitiateAuth", in))
}

func TestASignUpOpensNoSession(t *testing.T) {
	a := withApps(t, func(p *identity.Pool) { p.AutoVerifiedAttributes = nil })
	made := a.ok("SignUp", m{"ClientId": mobile, "Username": ann, "Password": annWord})
	if made["UserConfirmed"] != true || made["CodeDeliveryDetails"] != nil {
		t.Errorf("got %v", made)
	}
	open, err := a.handler.Sessions.List(t.Context(), pool, identity.UserID(text(made, "UserSub")))
	if err != nil || len(open) != 0 {
		t.Errorf("%d sessions are open, %v", len(open), err)
	}
	in := choice(m{})
	in["Session"] = made["Session"]
	a.signedIn(a.ok("InitiateAuth", in))
}

func TestNewPasswordRequired(t *testing.T) {
	a := withApps(t, func(p *identity.Pool) {
		p.Schema = []identity.Attribute{{Name: "name", DataType: "String", Required: true}}
	})
	a.calls(Target+"AdminCreateUser", m{"UserPoolId": pool, "Username": ann, "TemporaryPassword": annWord, "MessageAction": "SUPPRESS", "UserAttributes": []m{{"Name": "name", "Value": "Ann"}}}, nil)
	out := a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "NEW_PASSWORD_REQUIRED")
	var shown map[string]string
	if json.Unmarshal([]byte(text(out, "ChallengeParameters", "userAttributes")), &shown) != nil || shown["email"] != ann || shown["name"] != "Ann" {
		t.Errorf("userAttributes are %v", out)
	}
	if got := text(out, "ChallengeParameters", "requiredAttributes"); got != "[]" {
		t.Errorf("requiredAttributes are %s", got)
	}
	a.fails("RespondToAuthChallenge", answer(out, m{}), "InvalidParameterException", "NEW_PASSWORD")
	a.fails("RespondToAuthChallenge", answer(out, m{"NEW_PASSWORD": "short"}), "InvalidPasswordException", "Password did not conform with policy")
	heard := a.hears()
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"NEW_PASSWORD": nextWord, "userAttributes.given_name": "Ann"})))
	heard.tokensOf(t, identity.TokensOfNewPassword)
	a.signedIn(a.ok("InitiateAuth", byPassword(mobile, ann, nextWord)))
	heard.tokensOf(t, identity.TokensOfSignIn)
}

func TestAResetIsAnErrorAndNoChallenge(t *testing.T) {
	a := withApps(t)
	a.ann()
	a.calls(Target+"AdminResetUserPassword", m{"UserPoolId": pool, "Username": ann}, nil)
	a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "PasswordResetRequiredException", "Password reset required for the user.")
	a.ok("ConfirmForgotPassword", m{"ClientId": mobile, "Username": ann, "ConfirmationCode": a.mailed(ann, "code"), "Password": nextWord})
	a.signedIn(a.ok("InitiateAuth", byPassword(mobile, ann, nextWord)))
}

func demanded(p *identity.Pool) {
	on := true
	p.MFAConfiguration, p.SoftwareTokenMFA.Enabled, p.EmailMFA.Enabled = "ON", &on, &on
}

func optional(p *identity.Pool) { demanded(p); p.MFAConfiguration = "OPTIONAL" }

func TestSetUpInTheMiddleOfASignIn(t *testing.T) {
	a := withApps(t, demanded)
	a.ann()
	begin := func() m { return a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "MFA_SETUP") }
	out := begin()
	if got := text(out, "ChallengeParameters", "MFAS_CAN_SETUP"); got != `["SOFTWARE_TOKEN_MFA","WEB_AUTHN","EMAIL_OTP"]` {
		t.Errorf("MFAS_CAN_SETUP is %s", got)
	}
	if again := a.ok("RespondToAuthChallenge", answer(out, m{})); again["ChallengeName"] != "MFA_SETUP" {
		t.Fatalf("without a factor the sign-in goes on: %v", again)
	}
	out = begin()
	made := a.ok("AssociateSoftwareToken", m{"Session": out["Session"]})
	secret := text(made, "SecretCode")
	a.fails("VerifySoftwareToken", m{"Session": made["Session"], "UserCode": "000000"}, "EnableSoftwareTokenMFAException", "Code mismatch")
	checked := a.ok("VerifySoftwareToken", m{"Session": made["Session"], "UserCode": a.appCode(secret), "FriendlyDeviceName": "Ann's"})
	out["Session"] = made["Session"]
	a.fails("RespondToAuthChallenge", answer(out, m{}), "NotAuthorizedException", "expired")
	out["Session"] = checked["Session"]
	if checked["Status"] != "SUCCESS" {
		t.Errorf("got %v", checked)
	}
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{})))
	a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "SOFTWARE_TOKEN_MFA")
}

func TestNothingGoesOnByTheNameOfAnotherChallenge(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	a.enrol(access)
	a.handler.Admin.Core.RateLimits = false // so much is asked for
	for _, begun := range []m{byPassword(mobile, ann, annWord), choice(m{}), choice(m{"PREFERRED_CHALLENGE": "EMAIL_OTP"}), srp(mobile, ann)} {
		for name := range challengeAnswers() {
			out := a.ok("InitiateAuth", begun)
			if out["ChallengeName"] == name || name == "SELECT_CHALLENGE" {
				continue
			}
			in := answer(out, m{"ANSWER": "NONE", "PASSWORD": nextWord, "CREDENTIAL": "{}", "SRP_A": "0", "RECOVERY_CODE": "x"})
			in["ChallengeName"] = name
			if _, body := a.asks("RespondToAuthChallenge", in); strings.Contains(string(body), "AccessToken") || !strings.Contains(string(body), "Exception") {
				t.Errorf("%v goes on as %s: %s", out["ChallengeName"], name, body)
			}
			a.wait(time.Hour)
		}
	}
}

func TestSetUpOfCodesByMail(t *testing.T) {
	a := withApps(t, demanded)
	a.ann()
	out := a.ok("InitiateAuth", byPassword(mobile, ann, annWord))
	code := a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"EMAIL": ann})), "EMAIL_OTP")
	if text(code, "ChallengeParameters", "CODE_DELIVERY_DESTINATION") != "a***@e***.test" {
		t.Errorf("got %v", code)
	}
	a.signedIn(a.ok("RespondToAuthChallenge", answer(code, m{"EMAIL_OTP_CODE": a.mailed(ann, "code")})))
	a.wait(time.Minute)
	out = a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "EMAIL_OTP")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"EMAIL_OTP_CODE": a.mailed(ann, "code")})))
}

func TestSelectMFATypeTakesBothNamesOfMail(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	secret := a.enrol(access)
	a.ok("SetUserMFAPreference", m{"AccessToken": access, "EmailMfaSettings": m{"Enabled": true}})
	for _, name := range []string{"EMAIL_OTP", "EMAIL_MFA"} {
		a.wait(time.Hour)
		out := a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "SELECT_MFA_TYPE")
		if got := text(out, "ChallengeParameters", "MFAS_CAN_CHOOSE"); got != `["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]` {
			t.Errorf("MFAS_CAN_CHOOSE is %s", got)
		}
		out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"ANSWER": name})), "EMAIL_OTP")
		a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"EMAIL_OTP_CODE": a.mailed(ann, "code")})))
	}
	out := a.ok("InitiateAuth", byPassword(mobile, ann, annWord))
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"ANSWER": "SOFTWARE_TOKEN_MFA"})), "SOFTWARE_TOKEN_MFA")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": a.appCode(secret)})))
}

func TestAPasskeySignsIn(t *testing.T) {
	a := withApps(t)
	a.ann()
	access, _ := a.in()
	k := newKey()
	made := a.ok("StartWebAuthnRegistration", m{"AccessToken": access})
	options, _ := made["CredentialCreationOptions"].(map[string]any)
	if options["challenge"] == nil || options["rp"] == nil {
		t.Fatalf("options are %v", made)
	}
	a.fails("CompleteWebAuthnRegistration", m{"AccessToken": access, "Credential": k.create(options, "https://evil.example.test")}, "WebAuthnOriginNotAllowedException", "")
	a.ok("CompleteWebAuthnRegistration", m{"AccessToken": access, "Credential": k.create(options, publicURL)})
	a.fails("CompleteWebAuthnRegistration", m{"AccessToken": access, "Credential": k.create(options, publicURL)}, "WebAuthnChallengeNotFoundException", "")
	list := a.ok("ListWebAuthnCredentials", m{"AccessToken": access})["Credentials"].([]any)
	if len(list) != 1 || list[0].(m)["RelyingPartyId"] != "login.example.test" {
		t.Fatalf("got %v", list)
	}

	begin := func() (m, m) {
		out := a.challenged(a.ok("InitiateAuth", choice(m{"PREFERRED_CHALLENGE": "WEB_AUTHN"})), "WEB_AUTHN")
		var asked m
		if err := json.Unmarshal([]byte(text(out, "ChallengeParameters", "CREDENTIAL_REQUEST_OPTIONS")), &asked); err != nil || asked["challenge"] == nil {
			t.Fatalf("got %v", out)
		}
		return out, asked
	}
	out, asked := begin()
	a.fails("RespondToAuthChallenge", answer(out, m{"CREDENTIAL": encode(t, k.get(asked, "https://evil.example.test"))}), "NotAuthorizedException", "The passkey was refused")
	out, asked = begin()
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"CREDENTIAL": encode(t, k.get(asked, publicURL))})))

	made = a.ok("StartWebAuthnRegistration", m{"AccessToken": access})
	a.ok("CompleteWebAuthnRegistration", m{"AccessToken": access, "Credential": newKey().create(made["CredentialCreationOptions"].(m), publicURL)})
	first := a.ok("ListWebAuthnCredentials", m{"AccessToken": access, "MaxResults": 1})
	second := a.ok("ListWebAuthnCredentials", m{"AccessToken": access, "MaxResults": 1, "NextToken": first["NextToken"]})
	if second["NextToken"] != nil || encode(t, first["Credentials"]) == encode(t, second["Credentials"]) || len(second["Credentials"].([]any)) != 1 {
		t.Errorf("pages are %v and %v", first, second)
	}

	id := list[0].(m)["CredentialId"]
	a.ok("DeleteWebAuthnCredential", m{"AccessToken": access, "CredentialId": id})
	a.fails("DeleteWebAuthnCredential", m{"AccessToken": access, "CredentialId": id}, "ResourceNotFoundException", "")
}

func TestTooManyWrongPasswords(t *testing.T) {
	a := withApps(t)
	a.ann()
	for range 20 {
		_, body := a.asks("InitiateAuth", byPassword(mobile, ann, nextWord))
		if strings.Contains(string(body), "Password attempts exceeded") {
			a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "NotAuthorizedException", "Password attempts exceeded")
			a.slowsThePages()
			return
		}
	}
	t.Error("a password may be guessed for ever")
}

// slowsThePages wants the pages to refuse ann as well: failures count together.
func (a *apps) slowsThePages() {
	a.Helper()
	step, err := a.handler.SignIn.Begin(a.Context(), identity.Start{Pool: pool, Channel: "browser", Identifier: ann, Prefer: identity.FactorPassword})
	if err != nil {
		a.Fatal(err)
	}
	_, err = a.handler.SignIn.Respond(a.Context(), identity.Reply{Attempt: step.Attempt, Channel: "browser", Answer: identity.PasswordAnswer{Password: annWord}})
	if code, _ := identity.CodeOf(err); code != identity.TooManyAttempts {
		a.Errorf("the pages answer %v", err)
	}
}
