package cognito

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
)

func attributesOf(out m) map[string]string {
	found := map[string]string{}
	list, _ := out["UserAttributes"].([]any)
	for _, one := range list {
		found[text(one.(m), "Name")] = text(one.(m), "Value")
	}
	return found
}

func TestGetUserInCognitosWords(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	a.enrol(access)
	a.ok("SetUserMFAPreference", m{"AccessToken": access, "SoftwareTokenMfaSettings": m{"Enabled": true, "PreferredMfa": true}, "EmailMfaSettings": m{"Enabled": true}})
	out := a.ok("GetUser", m{"AccessToken": access})
	got := attributesOf(out)
	if got["sub"] != text(out, "Username") || got["email"] != ann || got["email_verified"] != "true" {
		t.Errorf("attributes are %v", got)
	}
	if list := encode(t, out["UserMFASettingList"]); list != `["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]` || out["PreferredMfaSetting"] != "SOFTWARE_TOKEN_MFA" {
		t.Errorf("got %v", out)
	}
	ways := a.ok("GetUserAuthFactors", m{"AccessToken": access})
	if encode(t, ways["ConfiguredUserAuthFactors"]) != `["PASSWORD","EMAIL_OTP"]` || ways["PreferredMfaSetting"] != "SOFTWARE_TOKEN_MFA" {
		t.Errorf("got %v", ways)
	}
	a.client(mobile, func(c *identity.Client) { c.ReadAttributes = []string{"name"} })
	if got := attributesOf(a.ok("GetUser", m{"AccessToken": access})); len(got) != 1 {
		t.Errorf("the client may read %v", got)
	}
	a.ok("SetUserMFAPreference", m{"AccessToken": access, "SoftwareTokenMfaSettings": m{"Enabled": false}})
	if out := a.ok("GetUser", m{"AccessToken": access}); encode(t, out["UserMFASettingList"]) != `["EMAIL_OTP"]` {
		t.Errorf("got %v", out)
	}
	a.fails("SetUserMFAPreference", m{"AccessToken": access, "SMSMfaSettings": m{"Enabled": true}}, "InvalidParameterException", "SMS_MFA")
	a.fails("SetUserSettings", m{"AccessToken": access, "MFAOptions": []m{{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}}}, "InvalidParameterException", "SMS_MFA")
	a.ok("SetUserSettings", m{"AccessToken": access, "MFAOptions": []m{}})
}

func TestTheLastDemandedFactorStays(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	a.enrol(access)
	a.pool(demanded)
	a.fails("SetUserMFAPreference", m{"AccessToken": access, "SoftwareTokenMfaSettings": m{"Enabled": false}}, "InvalidParameterException", "last way in")
}

func TestOnlyAnAccessTokenOfTheAccountOpensIt(t *testing.T) {
	a := withApps(t)
	a.ann()
	in := a.ok("InitiateAuth", byPassword(mobile, ann, annWord))
	access, id := text(in, "AuthenticationResult", "AccessToken"), text(in, "AuthenticationResult", "IdToken")
	a.client(backend, func(c *identity.Client) {
		c.ExplicitAuthFlows, c.AllowedOAuthFlows = append(c.ExplicitAuthFlows, identity.FlowClientToken), []string{"client_credentials"}
	})
	a.pool(func(p *identity.Pool) {
		p.ResourceServers = []identity.ResourceServer{{Identifier: "api", Name: "API", Scopes: []identity.Scope{{Name: "read"}}}}
	})
	a.client(backend, func(c *identity.Client) { c.AllowedOAuthScopes = []string{"api/read"} })
	own := a.ok("GetClientToken", m{"ClientId": backend, "Secret": secret, "Scopes": []string{"api/read"}})
	for token, want := range map[string]string{
		text(own, "AccessToken"): "Access Token does not have required scopes", id: "Invalid Access Token",
		access[:len(access)-4] + "AAAA": "Invalid Access Token", "nonsense": "Invalid Access Token", "a.b.c": "Invalid Access Token",
	} {
		for operation := range ownOperations {
			name := strings.TrimPrefix(operation, Target)
			a.fails(name, needed(name, token), "NotAuthorizedException", want)
		}
	}
	a.from.At = "local_other"
	a.fails("GetUser", m{"AccessToken": access}, "NotAuthorizedException", "Invalid Access Token")
	a.from.At = pool
	a.ok("GetUser", m{"AccessToken": access})
	a.wait(time.Hour)
	a.fails("GetUser", m{"AccessToken": access}, "NotAuthorizedException", "Access Token has expired")
	access, _ = a.in()
	a.ok("GlobalSignOut", m{"AccessToken": access})
	a.fails("GetUser", m{"AccessToken": access}, "NotAuthorizedException", "Access Token has been revoked")
}

// needed is an input of an operation, as far as the model demands it.
func needed(operation, token string) m {
	in := m{"AccessToken": token}
	for key, value := range map[string]m{
		"UpdateUserAttributes": {"UserAttributes": []m{}}, "DeleteUserAttributes": {"UserAttributeNames": []string{"name"}},
		"GetUserAttributeVerificationCode": {"AttributeName": "email"}, "VerifyUserAttribute": {"AttributeName": "email", "Code": "123456"},
		"ChangePassword": {"ProposedPassword": nextWord}, "SetUserSettings": {"MFAOptions": []m{}}, "ConfirmDevice": {"DeviceKey": "local_0a"},
		"GetDevice": {"DeviceKey": "local_0a"}, "ForgetDevice": {"DeviceKey": "local_0a"}, "UpdateDeviceStatus": {"DeviceKey": "local_0a"},
		"CompleteWebAuthnRegistration": {"Credential": m{}}, "DeleteWebAuthnCredential": {"CredentialId": "x"},
		"RevokeUserSession": {"SessionId": "tkn" + strings.Repeat("a", 25)},
	}[operation] {
		in[key] = value
	}
	return in
}

func TestAPersonChangesTheirAttributes(t *testing.T) {
	a := withApps(t)
	a.ann()
	access, _ := a.in()
	next := "ann@new.example.test"
	a.wait(30 * time.Minute) // no recent sign-in is asked of an app
	out := a.ok("UpdateUserAttributes", m{"AccessToken": access, "UserAttributes": []m{{"Name": "name", "Value": "Ann"}, {"Name": "email", "Value": next}}})
	if list := encode(t, out["CodeDeliveryDetailsList"]); list != `[{"AttributeName":"email","DeliveryMedium":"EMAIL","Destination":"a***@n***.test"}]` {
		t.Errorf("got %s", list)
	}
	a.fails("VerifyUserAttribute", m{"AccessToken": access, "AttributeName": "email", "Code": "000000"}, "CodeMismatchException", "")
	a.ok("GetUserAttributeVerificationCode", m{"AccessToken": access, "AttributeName": "email"})
	a.ok("VerifyUserAttribute", m{"AccessToken": access, "AttributeName": "email", "Code": a.mailed(next, "code")})
	a.ok("GetUserAttributeVerificationCode", m{"AccessToken": access, "AttributeName": "email"})
	a.ok("VerifyUserAttribute", m{"AccessToken": access, "AttributeName": "email", "Code": a.mailed(next, "code")})
	a.ok("DeleteUserAttributes", m{"AccessToken": access, "UserAttributeNames": []string{"name"}})
	if got := attributesOf(a.ok("GetUser", m{"AccessToken": access})); got["email"] != next || got["email_verified"] != "true" || got["name"] != "" {
		t.Errorf("attributes are %v", got)
	}
	a.fails("UpdateUserAttributes", m{"AccessToken": access, "UserAttributes": []m{{"Name": "email_verified", "Value": "true"}}}, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
}

func TestAPersonChangesTheirPassword(t *testing.T) {
	a := withApps(t, func(p *identity.Pool) { p.Policies.PasswordPolicy.PasswordHistorySize = 2 })
	a.ann()
	access, _ := a.in()
	change := func(old, next string) m {
		return m{"AccessToken": access, "PreviousPassword": old, "ProposedPassword": next}
	}
	a.fails("ChangePassword", change(nextWord, nextWord), "NotAuthorizedException", "Incorrect username or password.")
	a.wait(time.Second)
	a.fails("ChangePassword", change(annWord, "short"), "InvalidPasswordException", "Password did not conform with policy")
	a.fails("ChangePassword", change(annWord, annWord), "PasswordHistoryPolicyViolationException", "used before")
	a.fails("ChangePassword", m{"AccessToken": access, "ProposedPassword": nextWord}, "NotAuthorizedException", "Incorrect username or password.")
	a.ok("ChangePassword", change(annWord, nextWord))
	a.ok("GetUser", m{"AccessToken": access})
	a.signedIn(a.ok("InitiateAuth", byPassword(mobile, ann, nextWord)))
	a.ok("DeleteUser", m{"AccessToken": access})
	a.fails("GetUser", m{"AccessToken": access}, "NotAuthorizedException", "revoked")
	a.fails("InitiateAuth", byPassword(mobile, ann, nextWord), "NotAuthorizedException", "Incorrect username or password.")
}

func TestAForgottenPassword(t *testing.T) {
	a := withApps(t)
	a.ann()
	_, refresh := a.in()
	a.ok("ForgotPassword", m{"ClientId": mobile, "Username": ann})
	reset := m{"ClientId": mobile, "Username": ann, "ConfirmationCode": "000000", "Password": nextWord}
	a.fails("ConfirmForgotPassword", reset, "CodeMismatchException", "")
	reset["ConfirmationCode"], reset["Password"] = a.mailed(ann, "code"), "short"
	a.fails("ConfirmForgotPassword", reset, "InvalidPasswordException", "")
	reset["Password"] = nextWord
	a.ok("ConfirmForgotPassword", reset)
	a.fails("ConfirmForgotPassword", reset, "ExpiredCodeException", "")
	a.fails("GetTokensFromRefreshToken", m{"ClientId": mobile, "RefreshToken": refresh}, "NotAuthorizedException", "Refresh Token has been revoked")
	a.signedIn(a.ok("InitiateAuth", byPassword(mobile, ann, nextWord)))
}

func TestARememberedDeviceStandsInForTheSecondFactor(t *testing.T) {
	a := withApps(t, optional, func(p *identity.Pool) { p.Devices = &identity.DeviceConfiguration{ChallengeRequiredOnNewDevice: true} })
	a.ann()
	access, _ := a.in()
	secret := a.enrol(access)
	out := a.ok("InitiateAuth", byPassword(mobile, ann, annWord))
	in := a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": a.appCode(secret)})))
	access = text(in, "AuthenticationResult", "AccessToken")
	key, group := text(in, "AuthenticationResult", "NewDeviceMetadata", "DeviceKey"), text(in, "AuthenticationResult", "NewDeviceMetadata", "DeviceGroupKey")

	salt, word := big.NewInt(0).SetBytes([]byte("a salt of a device")), "a word that the app makes up"
	confirm := m{"AccessToken": access, "DeviceKey": key, "DeviceName": "Ann's", "DeviceSecretVerifierConfig": m{
		"Salt":             base64.StdEncoding.EncodeToString(padded(salt)),
		"PasswordVerifier": base64.StdEncoding.EncodeToString(padded(new(big.Int).Exp(srpG, srpX(salt, group, key, word), srpN))),
	}}
	if got := a.ok("ConfirmDevice", confirm); got["UserConfirmationNecessary"] != false {
		t.Errorf("got %v", got)
	}
	a.fails("ConfirmDevice", confirm, "InvalidParameterException", "confirmed already")

	begin := func(key string) m {
		in := byPassword(mobile, ann, annWord)
		in["AuthParameters"].(m)["DEVICE_KEY"] = key
		return in
	}
	out = a.challenged(a.ok("InitiateAuth", begin(key)), "DEVICE_SRP_AUTH")
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"DEVICE_KEY": key, "SRP_A": srpPublic.Text(16)})), "DEVICE_PASSWORD_VERIFIER")
	reply := a.proof(out, group, key, word)
	reply["DEVICE_KEY"] = key
	heard := a.hears()
	in = a.signedIn(a.ok("RespondToAuthChallenge", answer(out, reply)))
	heard.tokensOf(t, identity.TokensOfDevice)
	if in["AuthenticationResult"].(m)["NewDeviceMetadata"] != nil {
		t.Errorf("a known device is given a key: %v", in)
	}
	list, _ := a.ok("ListDevices", m{"AccessToken": access})["Devices"].([]any)
	if len(list) != 1 || text(list[0].(m), "DeviceKey") != key {
		t.Errorf("got %v", list)
	}
	if got := a.ok("GetDevice", m{"AccessToken": access, "DeviceKey": key}); text(got, "Device", "DeviceKey") != key || !strings.Contains(encode(t, got), `{"Name":"device_status","Value":"remembered"}`) {
		t.Errorf("got %v", got)
	}
	a.ok("UpdateDeviceStatus", m{"AccessToken": access, "DeviceKey": key, "DeviceRememberedStatus": "not_remembered"})
	a.challenged(a.ok("InitiateAuth", begin(key)), "SOFTWARE_TOKEN_MFA")
	a.ok("ForgetDevice", m{"AccessToken": access, "DeviceKey": key})
	a.fails("GetDevice", m{"AccessToken": access, "DeviceKey": key}, "ResourceNotFoundException", "Device does not exist.")
	a.fails("InitiateAuth", begin(key), "ResourceNotFoundException", "Device does not exist.")
}

func TestAPersonSeesAndEndsTheirSessions(t *testing.T) {
	a := withApps(t)
	a.ann()
	access, _ := a.in()
	other, _ := a.in()
	list, _ := a.ok("ListUserSessions", m{"AccessToken": access})["Sessions"].([]any)
	if len(list) != 2 {
		t.Fatalf("got %v", list)
	}
	for _, one := range list {
		s := one.(m)
		if id := text(s, "SessionId"); len(id) != 28 || !strings.HasPrefix(id, "tkn") || s["SessionType"] != "TOKEN" || text(s, "ClientId") != string(mobile) {
			t.Errorf("got %v", s)
		}
		if s["IsCurrentSession"] != true {
			a.ok("RevokeUserSession", m{"AccessToken": access, "SessionId": s["SessionId"]})
			a.fails("RevokeUserSession", m{"AccessToken": access, "SessionId": s["SessionId"]}, "ResourceNotFoundException", "")
		}
	}
	a.ok("GetUser", m{"AccessToken": access})
	a.fails("GetUser", m{"AccessToken": other}, "NotAuthorizedException", "revoked")
}

func TestRefreshTokensRotateAndAreRevoked(t *testing.T) {
	a := withApps(t)
	a.ann()
	in := a.ok("InitiateAuth", byPassword(mobile, ann, annWord))
	access, refresh, id := text(in, "AuthenticationResult", "AccessToken"), text(in, "AuthenticationResult", "RefreshToken"), text(in, "AuthenticationResult", "IdToken")
	for _, token := range []string{access, id} {
		a.fails("RevokeToken", m{"ClientId": mobile, "Token": token}, "UnsupportedTokenTypeException", "")
	}
	a.fails("RevokeToken", m{"ClientId": backend, "ClientSecret": secret, "Token": refresh}, "UnauthorizedException", "another client")
	a.fails("RevokeToken", m{"ClientId": "nobody", "Token": refresh}, "UnauthorizedException", "does not exist")
	a.ok("RevokeToken", m{"ClientId": mobile, "Token": "unknown"})
	off := false
	a.client(mobile, func(c *identity.Client) { c.TokenRevocation, c.Rotation.Feature = &off, "ENABLED" })
	a.fails("RevokeToken", m{"ClientId": mobile, "Token": refresh}, "UnsupportedOperationException", "")
	a.client(mobile, func(c *identity.Client) { c.TokenRevocation = nil })

	again := m{"ClientId": mobile, "RefreshToken": refresh}
	next := text(a.ok("GetTokensFromRefreshToken", again), "AuthenticationResult", "RefreshToken")
	if next == "" || next == refresh {
		t.Fatal("the token is not rotated")
	}
	if raced := text(a.ok("GetTokensFromRefreshToken", again), "AuthenticationResult", "RefreshToken"); raced != next {
		t.Errorf("within the grace period it answers %q, want %q", raced, next)
	}
	a.wait(time.Minute)
	a.fails("GetTokensFromRefreshToken", again, "RefreshTokenReuseException", "")
	a.fails("GetTokensFromRefreshToken", m{"ClientId": mobile, "RefreshToken": next}, "NotAuthorizedException", "Refresh Token has been revoked")
	a.fails("GetTokensFromRefreshToken", m{"ClientId": mobile, "RefreshToken": "rt_none"}, "NotAuthorizedException", "Invalid Refresh Token")
	_, refresh = a.in()
	a.wait(31 * 24 * time.Hour)
	a.fails("GetTokensFromRefreshToken", m{"ClientId": mobile, "RefreshToken": refresh}, "NotAuthorizedException", "Refresh Token has expired")
}

func TestAServerSignsPeopleIn(t *testing.T) {
	a := withApps(t)
	a.ann()
	in := m{
		"UserPoolId": pool, "ClientId": mobile, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": m{"USERNAME": ann, "PASSWORD": annWord},
		"ContextData": m{"IpAddress": "198.51.100.9", "ServerName": "s", "ServerPath": "/", "HttpHeaders": []m{{"headerName": "user-agent", "headerValue": "browser/2"}}},
	}
	a.fails("AdminInitiateAuth", in, "MissingAuthenticationTokenException", "")
	a.from.Kind, a.from.Actor = Owner, "owner"
	a.signedIn(a.ok("AdminInitiateAuth", in))
	events, _, err := a.handler.Admin.Events(t.Context(), pool, ann, identity.Page{})
	if err != nil || len(events) == 0 || events[0].Address != "198.51.100.9" || events[0].UserAgent != "browser/2" {
		t.Errorf("events are %+v, %v", events, err)
	}
	in["AuthFlow"] = "ADMIN_NO_SRP_AUTH"
	a.signedIn(a.ok("AdminInitiateAuth", in))
	in["AuthFlow"], in["AuthParameters"] = "USER_AUTH", m{"USERNAME": ann, "PREFERRED_CHALLENGE": "PASSWORD"}
	out := a.challenged(a.ok("AdminInitiateAuth", in), "PASSWORD")
	reply := answer(out, m{"PASSWORD": annWord})
	reply["UserPoolId"] = pool
	a.signedIn(a.ok("AdminRespondToAuthChallenge", reply))
	in["UserPoolId"] = "local_other"
	a.fails("AdminInitiateAuth", in, "ResourceNotFoundException", "")
}

// handlersOf are triggers as functions of the event, by source.
type handlersOf map[string]func(trigger.Event) any

// Run is the seam to other people's code.
func (h handlersOf) Run(_ context.Context, call trigger.Call) (json.RawMessage, error) {
	if handle, ok := h[call.Event.TriggerSource]; ok {
		return json.Marshal(handle(call.Event))
	}
	return json.RawMessage(`{}`), nil
}

func TestCustomAuth(t *testing.T) {
	a := withApps(t, func(p *identity.Pool) {
		p.LambdaConfig = trigger.Config{DefineAuthChallenge: "t", CreateAuthChallenge: "t", VerifyAuthChallengeResponse: "t"}
	})
	a.ann()
	a.handler.Admin.Core.Triggers = handlersOf{
		"DefineAuthChallenge_Authentication": func(e trigger.Event) any {
			text, _ := json.Marshal(e.Request)
			switch {
			case strings.Contains(string(text), `"challengeName":"CUSTOM_CHALLENGE","challengeResult":true`):
				return m{"issueTokens": true}
			case strings.HasSuffix(lastStep(string(text)), `"SRP_A"`):
				return m{"challengeName": "PASSWORD_VERIFIER"}
			}
			return m{"challengeName": "CUSTOM_CHALLENGE"}
		},
		"CreateAuthChallenge_Authentication": func(trigger.Event) any {
			return m{"publicChallengeParameters": m{"question": "Who?"}, "privateChallengeParameters": m{"answer": "me"}}
		},
		"VerifyAuthChallengeResponse_Authentication": func(e trigger.Event) any {
			text, _ := json.Marshal(e.Request)
			return m{"answerCorrect": strings.Contains(string(text), `"challengeAnswer":"me"`)}
		},
	}
	in := m{"ClientId": mobile, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": m{"USERNAME": ann}}
	out := a.challenged(a.ok("InitiateAuth", in), "CUSTOM_CHALLENGE")
	if text(out, "ChallengeParameters", "question") != "Who?" || strings.Contains(encode(t, out), `"me"`) {
		t.Errorf("got %v", out)
	}
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"ANSWER": "you"})), "CUSTOM_CHALLENGE")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"ANSWER": "me"})))

	in["AuthParameters"] = m{"USERNAME": ann, "CHALLENGE_NAME": "SRP_A", "SRP_A": srpPublic.Text(16)}
	out = a.challenged(a.ok("InitiateAuth", in), "PASSWORD_VERIFIER")
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, a.proof(out, "main", text(out, "ChallengeParameters", "USER_ID_FOR_SRP"), annWord))), "CUSTOM_CHALLENGE")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"ANSWER": "me"})))
}

// lastStep answers the name of the last step in a request to define, as JSON.
func lastStep(request string) string {
	_, after, _ := strings.Cut(request, `"session":[`)
	steps := strings.Split(after, `"challengeName":`)
	name, _, _ := strings.Cut(steps[len(steps)-1], ",")
	return name
}

func TestFeedbackWantsTheTokenOfTheMail(t *testing.T) {
	a := withApps(t)
	a.ann()
	in := m{"UserPoolId": pool, "Username": ann, "EventId": "e", "FeedbackToken": "none", "FeedbackValue": "Invalid"}
	a.fails("UpdateAuthEventFeedback", in, "NotAuthorizedException", "Invalid feedback token.")
	in["FeedbackValue"] = "Valid"
	a.ok("UpdateAuthEventFeedback", in)
}
