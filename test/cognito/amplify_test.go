package cognito

import (
	"maps"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/test/kit"
)

type object = map[string]any

// withCodes lets people begin with a code by mail.
func withCodes(config kit.Map) {
	kit.PoolOf(config)["policies"] = kit.Map{"sign_in_policy": kit.Map{"allowed_first_auth_factors": kit.List{"PASSWORD", "WEB_AUTHN", "EMAIL_OTP"}}}
}

// amplifySettings are what an app gives to Amplify.configure.
func amplifySettings(s *kit.Server, client string, login object) object {
	return object{"Auth": object{"Cognito": object{
		"userPoolId": kit.PoolID, "userPoolClientId": client, "userPoolEndpoint": s.URL, "loginWith": login,
	}}}
}

// TestAmplifyInNode is aws-amplify v6 in a Node program.
func TestAmplifyInNode(t *testing.T) {
	t.Parallel()
	s := start(t, withFactors, withCodes, withCustomAuth(t))
	path := bundle(t, "amplify-node.js", "aws-amplify", false, nil)
	acts := map[string]func(*testing.T, *kit.Server, *talk){
		"a second factor that the app demands is set up on the way": amplifySetUp, "codes by mail and by SMS": amplifyCodes,
		"the first password is not kept": amplifyNewPassword, "questions of the app's own": amplifyCustom,
	}
	maps.Copy(acts, amplifyActs)
	for name, run := range acts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := program(t, path)
			n.does(t, "configure", amplifySettings(s, apiClient, object{"email": true}))
			run(t, s, n)
		})
	}
}

// amplifyActs are what people do in an app of Amplify, wherever it runs.
var amplifyActs = map[string]func(*testing.T, *kit.Server, *talk){
	"signing up and being signed in at once": amplifySignUp, "setting up an authenticator app, and signing in with it": amplifyTOTP,
	"remembering a device": amplifyDevice, "reading and changing attributes": amplifyAttributes, "changing and forgetting the password": amplifyPasswords,
	"refreshing and signing out": amplifySessions, "the other ways to begin": amplifyFlows,
}

// amplifyPerson signs somebody up and in.
func amplifyPerson(t *testing.T, s *kit.Server, n *talk) string {
	t.Helper()
	name := somebody()
	n.does(t, "signUp", object{"username": name, "password": password, "options": object{"userAttributes": object{"email": name, "name": "P"}}}).
		is(t, "CONFIRM_SIGN_UP", "nextStep", "signUpStep")
	n.does(t, "confirmSignUp", object{"username": name, "confirmationCode": s.Mail(t, name, 1).Code(t)}).is(t, "DONE", "nextStep", "signUpStep")
	amplifySignIn(t, n, name, password).is(t, "DONE", "nextStep", "signInStep")
	return name
}

func amplifySignIn(t *testing.T, n *talk, name, password string) answer {
	t.Helper()
	return n.does(t, "signIn", object{"username": name, "password": password})
}

func amplifySignUp(t *testing.T, s *kit.Server, n *talk) {
	name := somebody()
	n.does(t, "signUp", object{"username": name, "password": password,
		"options": object{"userAttributes": object{"email": name}, "autoSignIn": object{"authFlowType": "USER_AUTH"}}}).
		is(t, "CONFIRM_SIGN_UP", "nextStep", "signUpStep").is(t, "EMAIL", "nextStep", "codeDeliveryDetails", "deliveryMedium")
	n.fails(t, "CodeMismatchException", "confirmSignUp", object{"username": name, "confirmationCode": *other("", s.Mail(t, name, 1).Code(t))})
	n.does(t, "confirmSignUp", object{"username": name, "confirmationCode": s.Mail(t, name, 1).Code(t)}).is(t, "COMPLETE_AUTO_SIGN_IN", "nextStep", "signUpStep")
	n.does(t, "autoSignIn").is(t, "DONE", "nextStep", "signInStep")
	n.does(t, "getCurrentUser")
	n.does(t, "fetchUserAttributes").is(t, name, "email").is(t, "true", "email_verified")
	n.does(t, "signOut")
	other := somebody()
	n.does(t, "signUp", object{"username": other, "password": password, "options": object{"userAttributes": object{"email": other}, "autoSignIn": true}})
	n.does(t, "confirmSignUp", object{"username": other, "confirmationCode": s.Mail(t, other, 1).Code(t)}).is(t, "COMPLETE_AUTO_SIGN_IN", "nextStep", "signUpStep")
	n.does(t, "autoSignIn").is(t, "DONE", "nextStep", "signInStep")
}

func amplifyTOTP(t *testing.T, s *kit.Server, n *talk) {
	name := amplifyPerson(t, s, n)
	app := authenticator(t, n.does(t, "setUpTOTP").at(t, "sharedSecret"))
	n.fails(t, "EnableSoftwareTokenMFAException", "verifyTOTPSetup", object{"code": "000000"})
	n.does(t, "verifyTOTPSetup", object{"code": app.Code(t)})
	n.does(t, "updateMFAPreference", object{"totp": "PREFERRED"})
	n.does(t, "fetchMFAPreference").is(t, "TOTP", "preferred")
	n.does(t, "signOut")
	amplifySignIn(t, n, name, password).is(t, "CONFIRM_SIGN_IN_WITH_TOTP_CODE", "nextStep", "signInStep")
	n.fails(t, "CodeMismatchException", "confirmSignIn", object{"challengeResponse": "000000"})
	n.does(t, "confirmSignIn", object{"challengeResponse": app.Code(t)}).is(t, "true", "isSignedIn")
}

func amplifyDevice(t *testing.T, s *kit.Server, n *talk) {
	name := amplifyPerson(t, s, n)
	app := authenticator(t, n.does(t, "setUpTOTP").at(t, "sharedSecret"))
	n.does(t, "verifyTOTPSetup", object{"code": app.Code(t)})
	n.does(t, "updateMFAPreference", object{"totp": "PREFERRED"})
	n.does(t, "signOut")
	amplifySignIn(t, n, name, password)
	n.does(t, "confirmSignIn", object{"challengeResponse": app.Code(t)}).is(t, "true", "isSignedIn")
	n.does(t, "rememberDevice")
	n.does(t, "fetchDevices")
	n.does(t, "signOut")
	amplifySignIn(t, n, name, password).is(t, "DONE", "nextStep", "signInStep") // the device proves itself in the place of the code
	n.does(t, "forgetDevice")
	n.does(t, "signOut")
	amplifySignIn(t, n, name, password).is(t, "CONFIRM_SIGN_IN_WITH_TOTP_CODE", "nextStep", "signInStep")
}

func amplifyAttributes(t *testing.T, s *kit.Server, n *talk) {
	amplifyPerson(t, s, n)
	n.does(t, "updateUserAttributes", object{"userAttributes": object{"name": "Q", "nickname": "q"}}).is(t, "DONE", "name", "nextStep", "updateAttributeStep")
	n.does(t, "fetchUserAttributes").is(t, "Q", "name").is(t, "q", "nickname")
	n.does(t, "deleteUserAttributes", object{"userAttributeKeys": []string{"nickname"}})
	phone := somePhone()
	n.does(t, "updateUserAttribute", object{"userAttribute": object{"attributeKey": "phone_number", "value": phone}})
	n.does(t, "confirmUserAttribute", object{"userAttributeKey": "phone_number", "confirmationCode": s.SMS(t, phone, 1).Code(t)})
	n.does(t, "fetchUserAttributes").is(t, "true", "phone_number_verified").is(t, "", "nickname")
}

func amplifyPasswords(t *testing.T, s *kit.Server, n *talk) {
	name := amplifyPerson(t, s, n)
	n.does(t, "updatePassword", object{"oldPassword": password, "newPassword": "Another-Horse-9"})
	n.does(t, "signOut")
	n.fails(t, "NotAuthorizedException", "signIn", object{"username": name, "password": password})
	n.does(t, "resetPassword", object{"username": name}).is(t, "CONFIRM_RESET_PASSWORD_WITH_CODE", "nextStep", "resetPasswordStep")
	n.does(t, "confirmResetPassword", object{"username": name, "newPassword": password,
		"confirmationCode": s.MailAbout(t, name, "Reset your password", 1).Code(t)})
	amplifySignIn(t, n, name, password).is(t, "DONE", "nextStep", "signInStep")
}

func amplifySessions(t *testing.T, s *kit.Server, n *talk) {
	name := amplifyPerson(t, s, n)
	first := n.does(t, "fetchAuthSession").is(t, name, "id", "email").at(t, "access")
	if again := n.does(t, "fetchAuthSession", object{"forceRefresh": true}).at(t, "access"); again == first || again == "" {
		t.Errorf("the refresh gives %q", again)
	}
	n.does(t, "signOut")
	n.does(t, "fetchAuthSession").is(t, "", "access")
	amplifySignIn(t, n, name, password)
	n.does(t, "signOut", object{"global": true})
	amplifySignIn(t, n, name, password)
	n.does(t, "deleteUser")
	n.fails(t, "NotAuthorizedException", "signIn", object{"username": name, "password": password})
}

func amplifyFlows(t *testing.T, s *kit.Server, n *talk) {
	name := amplifyPerson(t, s, n)
	n.does(t, "signOut")
	n.does(t, "signIn", object{"username": name, "password": password, "options": object{"authFlowType": "USER_PASSWORD_AUTH"}}).is(t, "true", "isSignedIn")
	n.does(t, "signOut")
	n.does(t, "signIn", object{"username": name, "options": object{"authFlowType": "USER_AUTH"}}).
		is(t, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION", "nextStep", "signInStep")
	n.does(t, "confirmSignIn", object{"challengeResponse": "PASSWORD"}).is(t, "CONFIRM_SIGN_IN_WITH_PASSWORD", "nextStep", "signInStep")
	n.does(t, "confirmSignIn", object{"challengeResponse": password}).is(t, "true", "isSignedIn")
	n.does(t, "signOut")
	n.does(t, "signIn", object{"username": name, "options": object{"authFlowType": "USER_AUTH", "preferredChallenge": "EMAIL_OTP"}}).
		is(t, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE", "nextStep", "signInStep")
	n.does(t, "confirmSignIn", object{"challengeResponse": s.MailAbout(t, name, "Your code to sign in", 1).Code(t)}).is(t, "true", "isSignedIn")
	n.does(t, "signOut")
	n.does(t, "signIn", object{"username": name, "password": password, "options": object{"authFlowType": "USER_AUTH", "preferredChallenge": "PASSWORD_SRP"}}).
		is(t, "true", "isSignedIn")
}

// amplifySetUp uses a client that demands two factors, and whose refresh tokens rotate.
func amplifySetUp(t *testing.T, s *kit.Server, n *talk) {
	name := amplifyPerson(t, s, n)
	n.does(t, "signOut")
	n.does(t, "configure", amplifySettings(s, strictClient, object{"email": true}))
	amplifySignIn(t, n, name, password).is(t, "CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION", "nextStep", "signInStep")
	chosen := n.does(t, "confirmSignIn", object{"challengeResponse": "TOTP"}).is(t, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP", "nextStep", "signInStep")
	app := authenticator(t, chosen.at(t, "nextStep", "totpSetupDetails", "sharedSecret"))
	n.does(t, "confirmSignIn", object{"challengeResponse": app.Code(t)}).is(t, "true", "isSignedIn")
	was := n.does(t, "fetchAuthSession").at(t, "access")
	for range 2 { // the second comes by the refresh token of the first
		now := n.does(t, "fetchAuthSession", object{"forceRefresh": true}).at(t, "access")
		if now == was || now == "" {
			t.Fatalf("the refresh gives %q", now)
		}
		was = now
	}
}

func amplifyCodes(t *testing.T, s *kit.Server, n *talk) {
	name, phone := amplifyPerson(t, s, n), somePhone()
	n.does(t, "updateUserAttribute", object{"userAttribute": object{"attributeKey": "phone_number", "value": phone}})
	n.does(t, "confirmUserAttribute", object{"userAttributeKey": "phone_number", "confirmationCode": s.SMS(t, phone, 1).Code(t)})
	n.does(t, "updateMFAPreference", object{"sms": "ENABLED", "email": "ENABLED"})
	n.does(t, "signOut")
	amplifySignIn(t, n, name, password).is(t, "CONTINUE_SIGN_IN_WITH_MFA_SELECTION", "nextStep", "signInStep")
	n.does(t, "confirmSignIn", object{"challengeResponse": "EMAIL"}).is(t, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE", "nextStep", "signInStep")
	n.does(t, "confirmSignIn", object{"challengeResponse": s.MailAbout(t, name, "Your code for", 1).Code(t)}).is(t, "true", "isSignedIn")
	n.does(t, "updateMFAPreference", object{"sms": "PREFERRED"})
	n.does(t, "signOut")
	amplifySignIn(t, n, name, password).is(t, "CONFIRM_SIGN_IN_WITH_SMS_CODE", "nextStep", "signInStep")
	n.does(t, "confirmSignIn", object{"challengeResponse": s.SMS(t, phone, 2).Code(t)}).is(t, "true", "isSignedIn")
}

func amplifyNewPassword(t *testing.T, s *kit.Server, n *talk) {
	name, g := somebody(), newGoSDK(s, keyID, keySecret)
	do(t, g, g.AdminCreateUser, &cip.AdminCreateUserInput{UserPoolId: &g.pool, Username: &name, TemporaryPassword: to("Temporary-7"),
		UserAttributes: attributes("email", name, "email_verified", "true"), MessageAction: "SUPPRESS"})
	amplifySignIn(t, n, name, "Temporary-7").is(t, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED", "nextStep", "signInStep")
	n.does(t, "confirmSignIn", object{"challengeResponse": password, "options": object{"userAttributes": object{"name": "N"}}}).is(t, "true", "isSignedIn")
	n.does(t, "fetchUserAttributes").is(t, "N", "name")
}

func amplifyCustom(t *testing.T, s *kit.Server, n *talk) {
	name := amplifyPerson(t, s, n)
	for _, flow := range []string{"CUSTOM_WITHOUT_SRP", "CUSTOM_WITH_SRP"} {
		n.does(t, "signOut")
		in := object{"username": name, "options": object{"authFlowType": flow}}
		if flow == "CUSTOM_WITH_SRP" {
			in["password"] = password
		}
		n.does(t, "signIn", in).
			is(t, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE", "nextStep", "signInStep").is(t, "which colour?", "nextStep", "additionalInfo", "question")
		n.does(t, "confirmSignIn", object{"challengeResponse": "red"}).is(t, "true", "isSignedIn")
	}
}

// TestAmplifyV5 runs the sample of Amplify's older documentation.
func TestAmplifyV5(t *testing.T) {
	t.Parallel()
	s := start(t, withFactors)
	path := bundle(t, "amplify5.js", "aws-amplify-v5", false, map[string]string{"aws-amplify": "aws-amplify-v5"})
	n := program(t, path, `SETTINGS={"region":"`+region+`","userPoolId":"`+kit.PoolID+`","userPoolWebClientId":"`+apiClient+`","endpoint":"`+s.URL+`"}`)
	name := somebody()
	n.does(t, "signUp", name, password).is(t, "false", "confirmed")
	n.does(t, "confirmSignUp", name, s.Mail(t, name, 1).Code(t))
	n.fails(t, "NotAuthorizedException", "signIn", name, "wrong")
	n.does(t, "signIn", name, password).is(t, "", "challenge").is(t, name, "attributes", "email")
	n.does(t, "session").is(t, name, "email")
	app := authenticator(t, n.does(t, "setupTOTP").at(t))
	n.does(t, "verifyTotpToken", app.Code(t))
	n.does(t, "signOut", object{"global": false})
	n.does(t, "signIn", name, password).is(t, "SOFTWARE_TOKEN_MFA", "challenge")
	n.does(t, "confirmSignIn", app.Code(t))
	n.does(t, "current").is(t, name, "attributes", "email")
	n.does(t, "signOut", object{"global": true})
}
