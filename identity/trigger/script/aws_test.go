package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
)

// asks are events in the shape that the Cognito developer guide documents for
// every trigger source, and what the handlers of testdata/handlers, written in
// the forms of its examples, answer. An answer that begins with ! is a refusal.
var asks = []struct {
	kind             trigger.Kind
	sources, version string
	request, want    string
}{
	{trigger.PreSignUp, "PreSignUp_SignUp PreSignUp_AdminCreateUser PreSignUp_ExternalProvider", "1",
		`{"userAttributes":{"email":"ann@example.test","phone_number":"+14155550100"},"validationData":null,"clientMetadata":{"a":"b"}}`,
		`{"autoConfirmUser":true,"autoVerifyEmail":true,"autoVerifyPhone":true}`},
	{trigger.PreSignUp, "PreSignUp_SignUp", "1", `{"userAttributes":{"email":"ann@elsewhere.test"}}`, `{"autoConfirmUser":false,"autoVerifyEmail":true}`},
	{trigger.PreSignUp, "PreSignUp_SignUp", "1", `{"userAttributes":{"email":"ann@example.test"},"validationData":{"invitation":"spent"}}`, `!Cannot register users with a spent invitation`},
	{trigger.PostConfirmation, "PostConfirmation_ConfirmSignUp PostConfirmation_ConfirmForgotPassword", "1",
		`{"userAttributes":{"sub":"1","email":"ann@example.test","cognito:user_status":"CONFIRMED"},"clientMetadata":{}}`, `{}`},
	{trigger.PreAuthentication, "PreAuthentication_Authentication", "1", `{"userAttributes":{"sub":"1"},"validationData":{},"userNotFound":false}`, `{}`},
	{trigger.PostAuthentication, "PostAuthentication_Authentication", "1", `{"userAttributes":{"sub":"1"},"newDeviceUsed":false,"clientMetadata":{}}`, `{}`},
	{trigger.PreTokenGeneration, "TokenGeneration_HostedAuth TokenGeneration_Authentication TokenGeneration_NewPasswordChallenge TokenGeneration_AuthenticateDevice TokenGeneration_RefreshTokens", "1",
		`{"userAttributes":{"sub":"1"},"groupConfiguration":{"groupsToOverride":["staff"],"iamRolesToOverride":[],"preferredRole":null},"clientMetadata":{}}`,
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"my_first_attribute":"first_value","my_second_attribute":"second_value"},"claimsToSuppress":["email"],"groupOverrideDetails":{"groupsToOverride":["new-group-A","staff"]}}}`},
	{trigger.PreTokenGeneration, "TokenGeneration_HostedAuth TokenGeneration_Authentication TokenGeneration_RefreshTokens", "2", `{"userAttributes":{"sub":"1"},"scopes":["openid"],"groupConfiguration":{"groupsToOverride":[]}}`, v2},
	{trigger.PreTokenGeneration, "TokenGeneration_ClientCredentials TokenGeneration_HostedAuth", "3", `{"userAttributes":{},"scopes":["api/read"],"groupConfiguration":{}}`, v2},
	{trigger.UserMigration, "UserMigration_Authentication", "1", `{"password":"Test1234!","validationData":{},"clientMetadata":{}}`,
		`{"userAttributes":{"email":"bella@example.test","email_verified":"true"},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS"}`},
	{trigger.UserMigration, "UserMigration_Authentication", "1", `{"password":"wrong"}`, `{"userAttributes":null}`},
	{trigger.UserMigration, "UserMigration_ForgotPassword", "1", `{}`, `{"userAttributes":{"email":"bella@example.test","email_verified":"true"},"messageAction":"SUPPRESS"}`},
	{trigger.CustomMessage, "CustomMessage_SignUp", "1", `{"userAttributes":{},"codeParameter":"{####}","linkParameter":"{##Click Here##}","usernameParameter":null,"clientMetadata":{}}`,
		`{"smsMessage":"Thank you for signing up. Your confirmation code is {####}.","emailMessage":"Thank you for signing up. Your confirmation code is {####}.","emailSubject":"Welcome to the service."}`},
	{trigger.CustomMessage, "CustomMessage_AdminCreateUser", "1", `{"userAttributes":{},"codeParameter":"{####}","usernameParameter":"{username}"}`,
		`{"smsMessage":null,"emailMessage":"Your user name is {username} and your temporary password {####}.","emailSubject":null}`},
	{trigger.CustomMessage, "CustomMessage_ResendCode CustomMessage_ForgotPassword CustomMessage_UpdateUserAttribute CustomMessage_VerifyUserAttribute CustomMessage_Authentication", "1",
		`{"userAttributes":{},"codeParameter":"{####}"}`, `{"smsMessage":null,"emailMessage":null,"emailSubject":null}`},
	{trigger.DefineAuthChallenge, "DefineAuthChallenge_Authentication", "1", `{"userAttributes":{},"session":[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}],"userNotFound":false}`,
		`{"challengeName":"PASSWORD_VERIFIER","issueTokens":false,"failAuthentication":false}`},
	{trigger.DefineAuthChallenge, "DefineAuthChallenge_Authentication", "1", `{"session":[{"challengeName":"SRP_A","challengeResult":true},{"challengeName":"PASSWORD_VERIFIER","challengeResult":true},{"challengeName":"CUSTOM_CHALLENGE","challengeResult":true}]}`,
		`{"challengeName":null,"issueTokens":true,"failAuthentication":false}`},
	{trigger.DefineAuthChallenge, "DefineAuthChallenge_Authentication", "1", `{"session":[]}`, `{"challengeName":null,"issueTokens":false,"failAuthentication":true}`},
	{trigger.CreateAuthChallenge, "CreateAuthChallenge_Authentication", "1", `{"userAttributes":{},"challengeName":"CUSTOM_CHALLENGE","session":[],"userNotFound":false}`,
		`{"publicChallengeParameters":{"captchaUrl":"url/123.jpg","hint":"ef2d127d"},"privateChallengeParameters":{"answer":"5"},"challengeMetadata":"CAPTCHA_CHALLENGE"}`},
	{trigger.VerifyAuthChallengeResponse, "VerifyAuthChallengeResponse_Authentication", "1", `{"userAttributes":{},"privateChallengeParameters":{"answer":"5"},"challengeAnswer":"5","userNotFound":false}`, `{"answerCorrect":true}`},
	{trigger.VerifyAuthChallengeResponse, "VerifyAuthChallengeResponse_Authentication", "1", `{"privateChallengeParameters":{"answer":"5"},"challengeAnswer":"6"}`, `{"answerCorrect":false}`},
	{trigger.CustomEmailSender, "CustomEmailSender_SignUp CustomEmailSender_ResendCode CustomEmailSender_ForgotPassword CustomEmailSender_UpdateUserAttribute CustomEmailSender_VerifyUserAttribute CustomEmailSender_AdminCreateUser CustomEmailSender_Authentication CustomEmailSender_AccountTakeOverNotification", "1",
		`{"type":"customEmailSenderRequestV1","code":"MTIzNDU2","clientMetadata":{},"userAttributes":{"email":"ann@example.test"}}`, `{}`},
	{trigger.CustomSMSSender, "CustomSMSSender_SignUp CustomSMSSender_ResendCode CustomSMSSender_ForgotPassword CustomSMSSender_UpdateUserAttribute CustomSMSSender_VerifyUserAttribute CustomSMSSender_AdminCreateUser CustomSMSSender_Authentication", "1",
		`{"type":"customSMSSenderRequestV1","code":"MTIzNDU2","clientMetadata":{},"userAttributes":{"phone_number":"+14155550100"}}`, `{}`},
	{trigger.InboundFederation, "InboundFederation_ExternalProvider", "1",
		`{"providerName":"Acme","providerType":"OIDC","attributes":{"tokenResponse":{},"idToken":{"sub":"1"},"userInfo":{"email":"ann@example.test","name":"Ann","hobby":"chess"}}}`,
		`{"userAttributesToMap":{"email":"ann@example.test","name":"ANN"}}`},
}

const v2 = `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"family":{"name":"Doe","of":3}},"claimsToSuppress":["phone_number"]},` +
	`"accessTokenGeneration":{"scopesToAdd":["api/read"],"scopesToSuppress":["phone"]},"groupOverrideDetails":{"groupsToOverride":["new-group-A"],"iamRolesToOverride":[],"preferredRole":""}}}`

// responses are what Cognito puts under response before it asks.
var responses = map[trigger.Kind]string{
	trigger.PreSignUp: `{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`, trigger.CustomMessage: `{"smsMessage":null,"emailMessage":null,"emailSubject":null}`,
	trigger.DefineAuthChallenge: `{"challengeName":null,"issueTokens":null,"failAuthentication":null}`, trigger.UserMigration: `{"userAttributes":null}`,
}

func TestDocumentedHandlersRunUnchanged(t *testing.T) {
	d := &trigger.Dispatcher{Scripts: script.New(script.Options{}), Now: time.Now}
	d.Use(trigger.Functions{Folder: "testdata"})
	seen := map[trigger.Kind]bool{}
	for _, c := range asks {
		seen[c.kind] = true
		for _, source := range strings.Fields(c.sources) {
			response := responses[c.kind]
			if response == "" {
				response = "{}"
			}
			got, err := d.Run(context.Background(), trigger.Call{Kind: c.kind, Target: "handlers", Event: trigger.Event{
				Version: c.version, TriggerSource: source, Region: "eu-west-1", UserPoolID: "eu-west-1_Ab12", UserName: "belladonna",
				CallerContext: trigger.CallerContext{AWSSDKVersion: "aws-sdk-js-3", ClientID: "web"}, Request: json.RawMessage(c.request), Response: json.RawMessage(response),
			}})
			answered := string(got)
			var failed *trigger.Error
			if errors.As(err, &failed) {
				answered = "!" + failed.Message
			}
			if !same(answered, c.want, response) {
				t.Errorf("%s: %s, %v, want %s", source, answered, err, c.want)
			}
		}
	}
	for _, kind := range trigger.Kinds {
		if !seen[kind] {
			t.Errorf("%s is not asked", kind)
		}
	}
}

// same compares two objects; what the handler left as it was given may be left out.
func same(got, want, given string) bool {
	if got == want {
		return true
	}
	var g, w, before map[string]any
	if json.Unmarshal([]byte(got), &g) != nil || json.Unmarshal([]byte(want), &w) != nil || json.Unmarshal([]byte(given), &before) != nil {
		return false
	}
	for name, value := range before {
		if _, said := w[name]; !said {
			w[name] = value
		}
	}
	one, err := json.Marshal(g)
	two, err2 := json.Marshal(w)
	return err == nil && err2 == nil && string(one) == string(two)
}
