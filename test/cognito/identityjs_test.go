package cognito

import (
	"os"
	"path/filepath"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/test/kit"
)

const identityJS = "amazon-cognito-identity-js"

// withFactors lets people have every second factor that these clients know, and
// devices that they are asked about; a client and a group demand two factors.
func withFactors(config kit.Map) {
	pool := kit.PoolOf(config)
	pool["mfa_configuration"] = "OPTIONAL"
	pool["software_token_mfa_configuration"] = kit.Map{"enabled": true}
	pool["sms_mfa_configuration"] = kit.Map{"enabled": true}
	pool["email_mfa_configuration"] = kit.Map{"enabled": true}
	pool["device_configuration"] = kit.Map{"challenge_required_on_new_device": true, "device_only_remembered_on_user_prompt": true}
	pool["groups"] = append(pool["groups"].(kit.List), kit.Map{"group_name": "careful", "mfa_configuration": "ON"})
	pool["clients"] = append(pool["clients"].(kit.List), kit.Map{"client_name": "Strict", "client_id": strictClient, "explicit_auth_flows": flows,
		"callback_urls": kit.List{"https://localhost:9/"}, "mfa_configuration": "ON"})
}

// handlers are AWS's documented example of custom challenges, with another question.
var handlers = map[string]string{
	"define_auth_challenge.js": `exports.handler = async (event) => {
  const { session } = event.request, last = session.at(-1), custom = session.filter((s) => s.challengeName === "CUSTOM_CHALLENGE");
  event.response.issueTokens = event.response.failAuthentication = false;
  if (last?.challengeName === "SRP_A") event.response.challengeName = "PASSWORD_VERIFIER";
  else if (last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult) event.response.issueTokens = true;
  else if (custom.length >= 3) event.response.failAuthentication = true;
  else event.response.challengeName = "CUSTOM_CHALLENGE";
  return event;
};`,
	"create_auth_challenge.js": `exports.handler = async (event) => {
  event.response.publicChallengeParameters = { question: "which colour?" };
  event.response.privateChallengeParameters = { answer: "red" };
  return event;
};`,
	"verify_auth_challenge_response.js": `exports.handler = async (event) => {
  event.response.answerCorrect = event.request.challengeAnswer === event.request.privateChallengeParameters.answer;
  return event;
};`,
}

// withCustomAuth attaches the handlers to the pool.
func withCustomAuth(t testing.TB) func(kit.Map) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range handlers {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(config kit.Map) {
		kit.PoolOf(config)["lambda_config"] = kit.Map{
			"define_auth_challenge": folder, "create_auth_challenge": folder, "verify_auth_challenge_response": folder}
	}
}

func identityJSApp(t *testing.T, s *kit.Server) *talk {
	t.Helper()
	return node(t, "identity-js.cjs", identityJS, "POOL="+kit.PoolID, "CLIENT="+apiClient, "ENDPOINT="+s.URL)
}

// person signs somebody up by the client and answers their name.
func person(t *testing.T, s *kit.Server, n *talk) string {
	t.Helper()
	name := somebody()
	n.does(t, "signUp", name, password, map[string]string{"email": name, "name": "P"}).is(t, "false", "confirmed").is(t, "EMAIL", "to", "DeliveryMedium")
	n.does(t, "confirm", name, s.Mail(t, name, 1).Code(t))
	return name
}

// TestIdentityJS is what apps do that were written for amazon-cognito-identity-js.
func TestIdentityJS(t *testing.T) {
	t.Parallel()
	s := start(t, withFactors, withCustomAuth(t))
	for name, run := range map[string]func(*testing.T, *kit.Server, *talk){
		"signing up, mistyping and asking again": jsSignUp, "signing in and out again": jsSignIn, "the first password is not kept": jsNewPassword,
		"a code of an authenticator app": jsApp, "a code by SMS": jsSMS, "a choice of two second factors": jsChoice, "a device that is remembered": jsDevice, "changing and forgetting the password": jsPasswords,
		"attributes": jsAttributes, "questions of the app's own": jsCustom, "signing out everywhere": jsEverywhere, "leaving for good": jsLeave,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, s, identityJSApp(t, s))
		})
	}
}

func jsSignUp(t *testing.T, s *kit.Server, n *talk) {
	name := somebody()
	n.does(t, "signUp", name, password, map[string]string{"email": name})
	n.fails(t, "UserNotConfirmedException", "signIn", name, password)
	code := s.Mail(t, name, 1).Code(t)
	n.fails(t, "CodeMismatchException", "confirm", name, *other(code, code))
	n.does(t, "resend", name)
	n.does(t, "confirm", name, s.Mail(t, name, 2).Code(t)).is(t, "SUCCESS")
	n.does(t, "signUp", name, password, map[string]string{"email": name}) // nobody is told whose address is taken
	n.fails(t, "InvalidPasswordException", "signUp", somebody(), "short")
}

func jsSignIn(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.fails(t, "NotAuthorizedException", "signIn", name, "wrong")
	n.fails(t, "NotAuthorizedException", "signIn", "nobody@example.test", password)
	for _, flow := range []string{"USER_SRP_AUTH", "USER_PASSWORD_AUTH"} {
		n.does(t, "signIn", name, password, flow).is(t, "done", "next").is(t, name, "session", "id", "email")
		before := n.does(t, "session", name).is(t, "true", "valid").at(t, "access")
		if n.does(t, "refresh", name).at(t, "access") == before {
			t.Error("the refresh gives the same access token")
		}
		n.does(t, "read", name).is(t, "true", "email_verified")
		n.does(t, "revoke", name).is(t, "out")
		n.does(t, "signOut", name)
	}
}

func jsNewPassword(t *testing.T, s *kit.Server, n *talk) {
	name := somebody()
	g := newGoSDK(s, keyID, keySecret)
	do(t, g, g.AdminCreateUser, &cip.AdminCreateUserInput{UserPoolId: &g.pool, Username: &name, TemporaryPassword: to("Temporary-7"),
		UserAttributes: attributes("email", name, "email_verified", "true"), MessageAction: "SUPPRESS"})
	n.does(t, "signIn", name, "Temporary-7").is(t, "newPasswordRequired", "next").is(t, name, "a", "email")
	n.fails(t, "InvalidPasswordException", "newPassword", name, "short")
	n.does(t, "newPassword", name, password, map[string]string{"name": "New"}).is(t, "done", "next").is(t, "New", "session", "id", "name")
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "done", "next")
}

func jsApp(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.does(t, "signIn", name, password).is(t, "done", "next")
	app := authenticator(t, n.does(t, "associate", name).at(t, "secret"))
	n.fails(t, "EnableSoftwareTokenMFAException", "verify", name, "000000")
	n.does(t, "verify", name, app.Code(t))
	n.does(t, "prefer", name, nil, map[string]bool{"PreferredMfa": true, "Enabled": true}).is(t, "SUCCESS")
	n.does(t, "data", name).is(t, "SOFTWARE_TOKEN_MFA", "PreferredMfaSetting")
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "totpRequired", "next")
	n.fails(t, "CodeMismatchException", "code", name, "000000", "SOFTWARE_TOKEN_MFA")
	n.does(t, "code", name, app.Code(t), "SOFTWARE_TOKEN_MFA").is(t, "done", "next")
}

func jsSMS(t *testing.T, s *kit.Server, n *talk) {
	name, phone := phonePerson(t, s, n)
	n.does(t, "prefer", name, map[string]bool{"PreferredMfa": true, "Enabled": true}, nil)
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "mfaRequired", "next")
	n.does(t, "code", name, s.SMS(t, phone, 2).Code(t), "SMS_MFA").is(t, "done", "next")
}

// phonePerson signs somebody in who has a number of their own.
func phonePerson(t *testing.T, s *kit.Server, n *talk) (name, phone string) {
	t.Helper()
	name = person(t, s, n)
	phone = somePhone()
	n.does(t, "signIn", name, password).is(t, "done", "next")
	n.does(t, "update", name, map[string]string{"phone_number": phone})
	n.does(t, "verifyAttribute", name, "phone_number", s.SMS(t, phone, 1).Code(t))
	return name, phone
}

func jsChoice(t *testing.T, s *kit.Server, n *talk) {
	name, _ := phonePerson(t, s, n)
	app := authenticator(t, n.does(t, "associate", name).at(t, "secret"))
	n.does(t, "verify", name, app.Code(t))
	n.does(t, "prefer", name, map[string]bool{"PreferredMfa": false, "Enabled": true}, map[string]bool{"PreferredMfa": false, "Enabled": true})
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "selectMFAType", "next")
	n.does(t, "choose", name, "SOFTWARE_TOKEN_MFA").is(t, "totpRequired", "next")
	n.does(t, "code", name, app.Code(t), "SOFTWARE_TOKEN_MFA").is(t, "done", "next")
}

func jsDevice(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.does(t, "signIn", name, password).is(t, "done", "next").is(t, "true", "confirm")
	app := authenticator(t, n.does(t, "associate", name).at(t, "secret"))
	n.does(t, "verify", name, app.Code(t))
	n.does(t, "prefer", name, nil, map[string]bool{"PreferredMfa": true, "Enabled": true})
	n.does(t, "remember", name).is(t, "SUCCESS")
	n.does(t, "device", name)
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "totpRequired", "next") // until now the device has seen no second factor
	n.does(t, "code", name, app.Code(t), "SOFTWARE_TOKEN_MFA").is(t, "done", "next")
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "done", "next") // the device proves itself in the place of the code
	n.does(t, "notRemember", name).is(t, "SUCCESS")
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "totpRequired", "next")
	n.does(t, "code", name, app.Code(t), "SOFTWARE_TOKEN_MFA").is(t, "done", "next")
	n.does(t, "forget", name)
	n.does(t, "signOut", name)
	n.does(t, "signIn", name, password).is(t, "totpRequired", "next") // the client forgets a device that is not there
}

func jsPasswords(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.does(t, "signIn", name, password)
	n.fails(t, "NotAuthorizedException", "change", name, "wrong", "Another-Horse-9")
	n.does(t, "change", name, password, "Another-Horse-9").is(t, "SUCCESS")
	n.does(t, "signOut", name)
	n.fails(t, "NotAuthorizedException", "signIn", name, password)
	n.does(t, "signIn", name, "Another-Horse-9").is(t, "done", "next")
	n.does(t, "signOut", name)
	n.does(t, "forgot", name).is(t, "inputVerificationCode", "next")
	code := s.MailAbout(t, name, "Reset your password", 1).Code(t)
	n.fails(t, "CodeMismatchException", "reset", name, *other(code, code), password)
	n.does(t, "reset", name, code, password)
	n.does(t, "signIn", name, password).is(t, "done", "next")
}

func jsAttributes(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.does(t, "signIn", name, password)
	n.does(t, "update", name, map[string]string{"name": "Q", "nickname": "q"}).is(t, "SUCCESS")
	n.does(t, "read", name).is(t, "Q", "name").is(t, "q", "nickname")
	n.does(t, "remove", name, []string{"nickname"}).is(t, "SUCCESS")
	n.does(t, "read", name).is(t, "", "nickname")
	n.fails(t, "InvalidParameterException", "update", name, map[string]string{"custom:nothing": "1"})
}

// jsCustom: the triggers ask for the name of the colour that they mailed, twice.
func jsCustom(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.does(t, "begin", name).is(t, "customChallenge", "next").is(t, "which colour?", "a", "question")
	n.does(t, "answer", name, "blue").is(t, "customChallenge", "next")
	n.does(t, "answer", name, "red").is(t, "done", "next").is(t, name, "session", "id", "email")
	n.does(t, "signOut", name)
	n.does(t, "begin", name)
	n.does(t, "answer", name, "blue")
	n.does(t, "answer", name, "blue")
	n.fails(t, "NotAuthorizedException", "answer", name, "blue")                        // three are enough
	n.does(t, "signIn", name, password, "CUSTOM_AUTH").is(t, "customChallenge", "next") // SRP, and then a question
	n.does(t, "answer", name, "red").is(t, "done", "next")
}

func jsEverywhere(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.does(t, "signIn", name, password)
	elsewhere := identityJSApp(t, s)
	elsewhere.does(t, "signIn", name, password)
	n.does(t, "everywhere", name)
	elsewhere.fails(t, "NotAuthorizedException", "read", name)
	elsewhere.fails(t, "NotAuthorizedException", "refresh", name)
}

func jsLeave(t *testing.T, s *kit.Server, n *talk) {
	name := person(t, s, n)
	n.does(t, "signIn", name, password)
	n.does(t, "delete", name)
	n.fails(t, "NotAuthorizedException", "signIn", name, password)
}
