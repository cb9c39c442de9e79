package cognito

import (
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func srp(client identity.ClientID, name string) m {
	return m{"ClientId": client, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": m{"USERNAME": name, "SRP_A": srpPublic.Text(16)}}
}

func TestSignUpConfirmSignInBySRPRefreshRevoke(t *testing.T) {
	a := withApps(t)
	made := a.ok("SignUp", m{"ClientId": mobile, "Username": ann, "Password": annWord, "UserAttributes": []m{{"Name": "name", "Value": "Ann"}}})
	if made["UserConfirmed"] != false || text(made, "CodeDeliveryDetails", "DeliveryMedium") != "EMAIL" || text(made, "CodeDeliveryDetails", "Destination") != "a***@e***.test" {
		t.Fatalf("sign-up answers %v", made)
	}
	a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "UserNotConfirmedException", "User is not confirmed.")
	a.ok("ConfirmSignUp", m{"ClientId": mobile, "Username": ann, "ConfirmationCode": a.mailed(ann, "code")})

	out := a.challenged(a.ok("InitiateAuth", srp(mobile, ann)), "PASSWORD_VERIFIER")
	sub := text(out, "ChallengeParameters", "USER_ID_FOR_SRP")
	if sub != text(made, "UserSub") || text(out, "ChallengeParameters", "USERNAME") != sub {
		t.Errorf("USER_ID_FOR_SRP is %q, want %q", sub, text(made, "UserSub"))
	}
	a.fails("RespondToAuthChallenge", answer(out, a.proof(out, "main", sub, nextWord)), "NotAuthorizedException", "Incorrect username or password.")
	a.wait(time.Second)
	in := a.signedIn(a.ok("RespondToAuthChallenge", answer(out, a.proof(out, "main", sub, annWord))))
	a.fails("RespondToAuthChallenge", answer(out, a.proof(out, "main", sub, annWord)), "NotAuthorizedException", "Invalid session")

	access, refresh := text(in, "AuthenticationResult", "AccessToken"), text(in, "AuthenticationResult", "RefreshToken")
	if got := a.ok("GetUser", m{"AccessToken": access}); got["Username"] != sub {
		t.Errorf("GetUser answers %v", got)
	}
	next := a.signedIn(a.ok("InitiateAuth", m{"ClientId": mobile, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": m{"REFRESH_TOKEN": refresh}}))
	if text(next, "AuthenticationResult", "RefreshToken") != "" {
		t.Error("a refresh answers a refresh token though the client does not rotate them")
	}
	a.ok("RevokeToken", m{"ClientId": mobile, "Token": refresh})
	a.fails("GetTokensFromRefreshToken", m{"ClientId": mobile, "RefreshToken": refresh}, "NotAuthorizedException", "Refresh Token has been revoked")
	a.fails("GetUser", m{"AccessToken": access}, "NotAuthorizedException", "Access Token has been revoked")
}

func TestASessionIsOfOneStepOneClientAndItsMinutes(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	secret := a.enrol(access)
	begin := func() m {
		return a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "SOFTWARE_TOKEN_MFA")
	}
	out := begin()
	right := func() m { return answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": a.appCode(secret)}) }

	wrong := answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": "000000"})
	a.fails("RespondToAuthChallenge", wrong, "CodeMismatchException", "Invalid")
	other := right()
	other["ClientId"] = backend
	other["ChallengeResponses"].(m)["SECRET_HASH"] = hash(text(out, "ChallengeParameters", "USERNAME"))
	a.fails("RespondToAuthChallenge", other, "NotAuthorizedException", "Invalid session for the user.")
	bent := right()
	bent["Session"] = "x" + text(out, "Session")[1:]
	a.fails("RespondToAuthChallenge", bent, "NotAuthorizedException", "Invalid session for the user.")
	mallory := right()
	mallory["ChallengeResponses"].(m)["USERNAME"] = "mallory@example.test"
	a.fails("RespondToAuthChallenge", mallory, "NotAuthorizedException", "Invalid session for the user.")

	good := right()
	good["ChallengeResponses"].(m)["SMS_MFA_CODE"] = good["ChallengeResponses"].(m)["SOFTWARE_TOKEN_MFA_CODE"] // amazon-cognito-identity-js
	a.signedIn(a.ok("RespondToAuthChallenge", good))
	a.fails("RespondToAuthChallenge", good, "NotAuthorizedException", "session is expired")

	out = begin()
	a.wait(3 * time.Minute)
	a.fails("RespondToAuthChallenge", right(), "NotAuthorizedException", "session is expired")
	a.client(mobile, func(c *identity.Client) { c.AuthSessionValidity = 15 })
	out = begin()
	a.wait(14 * time.Minute)
	a.signedIn(a.ok("RespondToAuthChallenge", right()))
}

func TestExplicitAuthFlowsAreEnforced(t *testing.T) {
	a := withApps(t)
	a.ann()
	flows := map[string]m{
		"USER_SRP_AUTH": {"USERNAME": ann, "SRP_A": srpPublic.Text(16)}, "USER_PASSWORD_AUTH": {"USERNAME": ann, "PASSWORD": annWord},
		"USER_AUTH": {"USERNAME": ann}, "REFRESH_TOKEN_AUTH": {"REFRESH_TOKEN": "rt_none"},
	}
	for allowed, only := range map[string][]string{
		"": nil, identity.FlowSRP: {"USER_SRP_AUTH"}, identity.FlowPassword: {"USER_PASSWORD_AUTH"}, identity.FlowChoice: {"USER_AUTH"},
		identity.FlowRefresh: {"REFRESH_TOKEN_AUTH"}, "USER_PASSWORD_AUTH": {"USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN_AUTH"},
		"ADMIN_NO_SRP_AUTH": {"USER_SRP_AUTH", "REFRESH_TOKEN_AUTH"}, "CUSTOM_AUTH_FLOW_ONLY": {"REFRESH_TOKEN_AUTH"},
	} {
		a.client(mobile, func(c *identity.Client) {
			if c.ExplicitAuthFlows = nil; allowed != "" {
				c.ExplicitAuthFlows = []string{allowed}
			}
		})
		for flow, params := range flows {
			in := m{"ClientId": mobile, "AuthFlow": flow, "AuthParameters": params}
			if !has(only, flow) {
				a.fails("InitiateAuth", in, "InvalidParameterException", flow+" flow not enabled for this client")
			} else if flow == "REFRESH_TOKEN_AUTH" {
				a.fails("InitiateAuth", in, "NotAuthorizedException", "Invalid Refresh Token")
			} else {
				a.ok("InitiateAuth", in)
			}
		}
	}
	a.fails("InitiateAuth", m{"ClientId": backend, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": m{}}, "InvalidParameterException", "not supported")
}

func TestAClientOfTheAPIHasCognitosFlows(t *testing.T) {
	a := withApps(t)
	a.ann()
	a.from.Kind = Owner
	made := a.ok("CreateUserPoolClient", m{"UserPoolId": pool, "ClientName": "plain"})
	id := identity.ClientID(text(made, "UserPoolClient", "ClientId"))
	a.ok("InitiateAuth", srp(id, ann))
	a.fails("InitiateAuth", byPassword(id, ann, annWord), "InvalidParameterException", "not enabled")
	made = a.ok("CreateUserPoolClient", m{"UserPoolId": pool, "ClientName": "pages", "CallbackURLs": []string{"https://app.example.test/"}})
	id = identity.ClientID(text(made, "UserPoolClient", "ClientId"))
	a.fails("InitiateAuth", srp(id, ann), "InvalidParameterException", "not enabled")
}

func has(list []string, one string) bool {
	for _, each := range list {
		if each == one {
			return true
		}
	}
	return false
}

func TestSecretHashes(t *testing.T) {
	a := withApps(t)
	a.ann()
	in := func(client identity.ClientID, hash string) m {
		one := byPassword(client, ann, annWord)
		if hash != "" {
			one["AuthParameters"].(m)["SECRET_HASH"] = hash
		}
		return one
	}
	a.signedIn(a.ok("InitiateAuth", in(backend, hash(ann))))
	a.fails("InitiateAuth", in(backend, ""), "NotAuthorizedException", "Client backend is configured with secret but SECRET_HASH was not received")
	a.fails("InitiateAuth", in(backend, hash("ann")), "NotAuthorizedException", "Unable to verify secret hash for client backend")
	a.fails("InitiateAuth", in(mobile, hash(ann)), "NotAuthorizedException", "Unable to verify secret hash for client mobile")
	for operation, more := range map[string]m{
		"SignUp": {"Password": annWord}, "ConfirmSignUp": {"ConfirmationCode": "123456"}, "ResendConfirmationCode": {}, "ForgotPassword": {},
		"ConfirmForgotPassword": {"ConfirmationCode": "123456", "Password": nextWord},
	} {
		one := m{"ClientId": backend, "Username": ann}
		for k, v := range more {
			one[k] = v
		}
		a.fails(operation, one, "NotAuthorizedException", "SECRET_HASH was not received")
		one["SecretHash"] = hash("bob")
		a.fails(operation, one, "NotAuthorizedException", "Unable to verify secret hash for client backend")
	}

	out := a.ok("InitiateAuth", in(backend, hash(ann)))
	refresh, sub := text(out, "AuthenticationResult", "RefreshToken"), text(a.ok("GetUser", m{"AccessToken": text(out, "AuthenticationResult", "AccessToken")}), "Username")
	again := func(hash string) m {
		return m{"ClientId": backend, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": m{"REFRESH_TOKEN": refresh, "SECRET_HASH": hash}}
	}
	a.signedIn(a.ok("InitiateAuth", again(hash(sub))))
	a.signedIn(a.ok("InitiateAuth", again(hash(ann))))
	a.fails("InitiateAuth", again(hash("bob")), "NotAuthorizedException", "Unable to verify secret hash")
	a.ok("GetTokensFromRefreshToken", m{"ClientId": backend, "RefreshToken": refresh, "ClientSecret": secret})
	a.fails("GetTokensFromRefreshToken", m{"ClientId": backend, "RefreshToken": refresh}, "NotAuthorizedException", "Unable to verify secret for client backend")
	a.fails("RevokeToken", m{"ClientId": backend, "Token": refresh, "ClientSecret": "wrong-wrong-wrong-wrong-wrong"}, "UnauthorizedException", "Unable to verify")
	a.ok("RevokeToken", m{"ClientId": backend, "Token": refresh, "ClientSecret": secret})
}

func TestNobodyIsToldWhoExists(t *testing.T) {
	a := withApps(t)
	a.ann()
	nobody := "nobody@example.test"
	a.fails("InitiateAuth", byPassword(mobile, nobody, annWord), "NotAuthorizedException", "Incorrect username or password.")
	first, second := a.ok("InitiateAuth", srp(mobile, nobody)), a.ok("InitiateAuth", srp(mobile, nobody))
	for _, same := range []string{"SALT", "USER_ID_FOR_SRP", "USERNAME"} {
		if got := text(first, "ChallengeParameters", same); got == "" || got != text(second, "ChallengeParameters", same) {
			t.Errorf("%s is %q, then %q", same, got, text(second, "ChallengeParameters", same))
		}
	}
	a.fails("RespondToAuthChallenge", answer(first, a.proof(first, "main", text(first, "ChallengeParameters", "USER_ID_FOR_SRP"), annWord)), "NotAuthorizedException", "Incorrect username or password.")
	if got := a.ok("ForgotPassword", m{"ClientId": mobile, "Username": nobody}); text(got, "CodeDeliveryDetails", "Destination") != "n***@e***.test" {
		t.Errorf("ForgotPassword answers %v", got)
	}
	a.ok("ResendConfirmationCode", m{"ClientId": mobile, "Username": nobody})
	a.fails("ConfirmForgotPassword", m{"ClientId": mobile, "Username": nobody, "ConfirmationCode": "123456", "Password": nextWord}, "CodeMismatchException", "")
	a.fails("ConfirmSignUp", m{"ClientId": mobile, "Username": nobody, "ConfirmationCode": "123456"}, "CodeMismatchException", "")

	a.client(mobile, func(c *identity.Client) { c.PreventExistence = "LEGACY" })
	for operation, in := range map[string]m{
		"InitiateAuth": byPassword(mobile, nobody, annWord), "ForgotPassword": {"ClientId": mobile, "Username": nobody},
		"ResendConfirmationCode": {"ClientId": mobile, "Username": nobody}, "ConfirmSignUp": {"ClientId": mobile, "Username": nobody, "ConfirmationCode": "123456"},
		"ConfirmForgotPassword": {"ClientId": mobile, "Username": nobody, "ConfirmationCode": "123456", "Password": nextWord},
	} {
		a.fails(operation, in, "UserNotFoundException", "User does not exist.")
	}
	a.fails("ResendConfirmationCode", m{"ClientId": mobile, "Username": ann}, "InvalidParameterException", "User is already confirmed.")
}
