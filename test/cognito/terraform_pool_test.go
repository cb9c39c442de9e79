package cognito

import (
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/test/kit"
)

// withFunctions maps the ARNs that tfTriggers sends.
func withFunctions(config kit.Map) {
	all := kit.List{}
	for _, name := range []string{"one", "two"} {
		all = append(all, kit.Map{"arn": *arn("lambda", "function:"+name), "invoke_url": "http://127.0.0.1:9"})
	}
	config["triggers"] = kit.Map{"functions": all}
}

// tfFactors: the provider leaves a block out to take it away. What of it comes back
// makes a plan that never settles.
func tfFactors(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "factors")
	read := &cip.GetUserPoolMfaConfigInput{UserPoolId: pool}
	app := &types.SoftwareTokenMfaConfigType{Enabled: true}
	for _, in := range []*cip.SetUserPoolMfaConfigInput{
		{WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: to("localhost"), UserVerification: "preferred"}}, // a new pool without second factors
		{MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: app, EmailMfaConfiguration: &types.EmailMfaConfigType{Message: to("Code {####}"), Subject: to("Code")},
			SmsMfaConfiguration:   &types.SmsMfaConfigType{SmsAuthenticationMessage: to("Code {####}"), SmsConfiguration: tfWholePool().SmsConfiguration},
			WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: to("localhost"), UserVerification: "required"}},
		{MfaConfiguration: "OPTIONAL", EmailMfaConfiguration: &types.EmailMfaConfigType{Message: to("Now {####}"), Subject: to("Now")}},
		{MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: app},
		{MfaConfiguration: "OFF", WebAuthnConfiguration: &types.WebAuthnConfigurationType{UserVerification: "preferred"}},
		{MfaConfiguration: "OFF"},
	} {
		in.UserPoolId = pool
		do(t, g, g.SetUserPoolMfaConfig, in)
		got := settles(t, g, g.GetUserPoolMfaConfig, read, "", in)
		for block, stays := range map[string]bool{
			"software_token_mfa_configuration": got.SoftwareTokenMfaConfiguration != nil && in.SoftwareTokenMfaConfiguration == nil,
			"email_mfa_configuration":          got.EmailMfaConfiguration != nil && in.EmailMfaConfiguration == nil,
			"sms":                              got.SmsMfaConfiguration != nil && in.SmsMfaConfiguration == nil,
			"web_authn_configuration":          got.WebAuthnConfiguration != nil && in.WebAuthnConfiguration == nil,
		} {
			if stays {
				t.Errorf("%s stays after %+v", block, in)
			}
		}
	}
}

// tfTriggers is lambda_config: every kind, another function, the version of the
// tokens' trigger, none.
func tfTriggers(t *testing.T, g *goSDK) {
	one, two := arn("lambda", "function:one"), arn("lambda", "function:two")
	config := func(at *string, version types.PreTokenGenerationLambdaVersionType) *types.LambdaConfigType {
		return &types.LambdaConfigType{
			CreateAuthChallenge: at, CustomMessage: at, DefineAuthChallenge: at, PostAuthentication: at, PostConfirmation: at, PreAuthentication: at,
			PreSignUp: at, UserMigration: at, VerifyAuthChallengeResponse: at, PreTokenGeneration: at, KMSKeyID: arn("kms", "key/a"),
			PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{LambdaArn: at, LambdaVersion: version},
			CustomEmailSender:        &types.CustomEmailLambdaVersionConfigType{LambdaArn: at, LambdaVersion: "V1_0"},
			CustomSMSSender:          &types.CustomSMSLambdaVersionConfigType{LambdaArn: at, LambdaVersion: "V1_0"},
		}
	}
	in := &cip.CreateUserPoolInput{PoolName: to("triggers"), LambdaConfig: config(one, "V1_0")}
	pool := do(t, g, g.CreateUserPool, in).UserPool.Id
	read := &cip.DescribeUserPoolInput{UserPoolId: pool}
	settles(t, g, g.DescribeUserPool, read, "UserPool", in)
	for _, change := range []*cip.UpdateUserPoolInput{
		{LambdaConfig: config(two, "V2_0")}, {LambdaConfig: &types.LambdaConfigType{PreSignUp: one}}, {},
	} {
		change.UserPoolId = pool
		do(t, g, g.UpdateUserPool, change)
		got := settles(t, g, g.DescribeUserPool, read, "UserPool", change).UserPool.LambdaConfig
		if (got == nil) != (change.LambdaConfig == nil) || got != nil && got.CustomSMSSender == nil != (change.LambdaConfig.CustomSMSSender == nil) {
			t.Errorf("sent %+v, and %+v came back", change.LambdaConfig, got)
		}
	}
	gone(t, g.UpdateUserPool, &cip.UpdateUserPoolInput{UserPoolId: pool, LambdaConfig: &types.LambdaConfigType{PreSignUp: arn("lambda", "function:nowhere")}}, "InvalidParameterException")
	do(t, g, g.DeleteUserPool, &cip.DeleteUserPoolInput{UserPoolId: pool})
}
