package cognito

import (
	"testing"

	"poolhouse.dev/test/kit"
)

// newerThanGo are the operations that aws-sdk-go-v2 has not got yet.
var newerThanGo = []string{
	"AdminGetUserAuthFactors", "GetProvisionedLimit", "UpdateProvisionedLimit", "AdminDeleteSoftwareToken", "AdminListUserSessions",
	"AdminRevokeUserSession", "DescribeTermsByClient", "GetClientToken", "GetUserPoolSessionConfiguration", "SetUserPoolSessionConfiguration",
	"GetUserPoolClientSessionConfiguration", "SetUserPoolClientSessionConfiguration", "ListUserSessions", "RevokeUserSession",
}

// javaScript are the SDK with a key and without one.
type javaScript struct {
	server       *kit.Server
	signed, none *talk
	called       map[string]bool
}

func (j *javaScript) does(t *testing.T, operation string, in object) answer {
	t.Helper()
	j.called[operation] = true
	return j.signed.does(t, operation, in)
}

// TestJavaScriptSDK calls what is newer than the Go module by npm's newest SDK.
func TestJavaScriptSDK(t *testing.T) {
	t.Parallel()
	s := start(t, withFactors)
	const module = "@aws-sdk/client-cognito-identity-provider"
	j := &javaScript{server: s, called: map[string]bool{},
		signed: node(t, "js-sdk.cjs", module, "ENDPOINT="+s.URL, "KEY="+keyID, "SECRET="+keySecret),
		none:   node(t, "js-sdk.cjs", module, "ENDPOINT="+s.URL)}
	for _, step := range []struct {
		name string
		run  func(*testing.T, *javaScript)
	}{
		{"without a key, what is open to all", jsWithoutKey}, {"with a key, users and their sessions", jsWithKey},
		{"a person's own sessions", jsOwnSessions}, {"sessions of pools and clients", jsSessionSettings},
		{"tokens for a program", jsClientToken}, {"terms by client", jsTerms}, {"limits", jsLimits},
	} {
		t.Run(step.name, func(t *testing.T) { step.run(t, j) })
	}
	t.Run("every operation that Go has not", func(t *testing.T) {
		for _, name := range newerThanGo {
			if !j.called[name] {
				t.Errorf("no step calls %s", name)
			}
		}
	})
}

func jsWithoutKey(t *testing.T, j *javaScript) {
	name := somebody()
	j.none.does(t, "SignUp", object{"ClientId": apiClient, "Username": name, "Password": password, "UserAttributes": []object{{"Name": "email", "Value": name}}}).
		is(t, "false", "UserConfirmed")
	j.none.does(t, "ConfirmSignUp", object{"ClientId": apiClient, "Username": name, "ConfirmationCode": j.server.Mail(t, name, 1).Code(t)})
	token := jsToken(t, j.none, name, password)
	j.none.does(t, "GetUser", object{"AccessToken": token})
	j.none.fails(t, "CredentialsProviderError", "ListUsers", object{"UserPoolId": kit.PoolID})
}

func jsToken(t *testing.T, n *talk, name, password string) string {
	t.Helper()
	return n.does(t, "InitiateAuth", object{"ClientId": apiClient, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": name, "PASSWORD": password}}).at(t, "AuthenticationResult", "AccessToken")
}

// user makes somebody who may sign in.
func (j *javaScript) user(t *testing.T) string {
	t.Helper()
	name := somebody()
	j.does(t, "AdminCreateUser", object{"UserPoolId": kit.PoolID, "Username": name, "MessageAction": "SUPPRESS",
		"UserAttributes": []object{{"Name": "email", "Value": name}, {"Name": "email_verified", "Value": "true"}}})
	j.does(t, "AdminSetUserPassword", object{"UserPoolId": kit.PoolID, "Username": name, "Password": password, "Permanent": true})
	return name
}

func jsWithKey(t *testing.T, j *javaScript) {
	name := j.user(t)
	token := jsToken(t, j.none, name, password)
	app := authenticator(t, j.none.does(t, "AssociateSoftwareToken", object{"AccessToken": token}).at(t, "SecretCode"))
	j.none.does(t, "VerifySoftwareToken", object{"AccessToken": token, "UserCode": app.Code(t)}).is(t, "SUCCESS", "Status")
	of := object{"UserPoolId": kit.PoolID, "Username": name}
	j.does(t, "AdminGetUserAuthFactors", of)
	j.does(t, "AdminDeleteSoftwareToken", of)
	first := j.does(t, "AdminListUserSessions", of).first(t, "Sessions").at(t, "SessionId")
	j.does(t, "AdminRevokeUserSession", object{"UserPoolId": kit.PoolID, "Username": name, "SessionId": first})
	j.none.fails(t, "NotAuthorizedException", "GetUser", object{"AccessToken": token})
}

func jsOwnSessions(t *testing.T, j *javaScript) {
	name := j.user(t)
	token, other := jsToken(t, j.none, name, password), jsToken(t, j.none, name, password)
	j.called["ListUserSessions"], j.called["RevokeUserSession"] = true, true
	var theirs string
	for _, s := range j.none.does(t, "ListUserSessions", object{"AccessToken": token}).list(t, "Sessions") {
		if s.at(t, "IsCurrentSession") != "true" {
			theirs = s.at(t, "SessionId")
		}
	}
	j.none.does(t, "RevokeUserSession", object{"AccessToken": token, "SessionId": theirs})
	j.none.does(t, "GetUser", object{"AccessToken": token})
	j.none.fails(t, "NotAuthorizedException", "GetUser", object{"AccessToken": other})
}

func jsSessionSettings(t *testing.T, j *javaScript) {
	j.does(t, "GetUserPoolSessionConfiguration", object{"UserPoolId": kit.PoolID})
	j.does(t, "SetUserPoolSessionConfiguration", object{"UserPoolId": kit.PoolID, "UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 5}})
	j.does(t, "SetUserPoolClientSessionConfiguration", object{"UserPoolId": kit.PoolID, "ClientId": apiClient, "SSOSession": object{"MaxValidityMinutes": 120}})
	j.does(t, "GetUserPoolClientSessionConfiguration", object{"UserPoolId": kit.PoolID, "ClientId": apiClient})
}

func jsClientToken(t *testing.T, j *javaScript) {
	made := j.does(t, "CreateUserPoolClient", object{"UserPoolId": kit.PoolID, "ClientName": "Nightly", "GenerateSecret": true,
		"ExplicitAuthFlows": []string{"ALLOW_CLIENT_TOKEN_AUTH"}, "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthFlows": []string{"client_credentials"}, "AllowedOAuthScopes": []string{"api/read"}})
	in := object{"ClientId": made.at(t, "UserPoolClient", "ClientId"), "Secret": made.at(t, "UserPoolClient", "ClientSecret"), "Scopes": []string{"api/read"}}
	j.does(t, "GetClientToken", in)
	in["Secret"] = clientSecret
	j.signed.fails(t, "NotAuthorizedException", "GetClientToken", in)
}

func jsTerms(t *testing.T, j *javaScript) {
	j.does(t, "CreateTerms", object{"UserPoolId": kit.PoolID, "ClientId": apiClient, "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
		"Links": object{"cognito:default": "https://shop.example.test/terms"}})
	j.does(t, "DescribeTermsByClient", object{"UserPoolId": kit.PoolID, "ClientId": apiClient, "TermsName": "terms-of-use"})
}

// jsLimits: requests are bounded here by who asks, and no rates are for sale.
func jsLimits(t *testing.T, j *javaScript) {
	for _, name := range []string{"GetProvisionedLimit", "UpdateProvisionedLimit"} {
		j.called[name] = true
		j.signed.fails(t, "ResourceNotFoundException", name, object{"LimitDefinition": object{"LimitClass": "API_CATEGORY",
			"Attributes": object{"Category": "UserAuthentication"}}, "RequestedLimitValue": 10})
	}
}
