package cognito

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func arn(service, name string) *string {
	return to("arn:aws:" + service + ":eu-west-1:123456789012:" + name)
}

// tfWholePool is a pool with every block of the resource.
func tfWholePool() *cip.CreateUserPoolInput {
	text := to("Your code is {####}")
	return &cip.CreateUserPoolInput{
		PoolName: to("whole"), UsernameAttributes: []types.UsernameAttributeType{"email"}, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		AccountRecoverySetting: &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{{Name: "verified_email", Priority: to(int32(1))}}},
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true, InviteMessageTemplate: &types.MessageTemplateType{
			EmailMessage: to("{username}, {####}"), EmailSubject: to("Welcome"), SMSMessage: to("{username}, {####}")}},
		DeletionProtection:  types.DeletionProtectionTypeActive,
		DeviceConfiguration: &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
		EmailConfiguration: &types.EmailConfigurationType{EmailSendingAccount: "DEVELOPER", From: to("Acme <login@acme.test>"),
			ReplyToEmailAddress: to("help@acme.test"), SourceArn: arn("ses", "identity/acme.test"), ConfigurationSet: to("set")},
		Policies: &types.UserPoolPolicyType{
			PasswordPolicy: &types.PasswordPolicyType{MinimumLength: to(int32(10)), RequireLowercase: true, RequireNumbers: true, RequireSymbols: true,
				RequireUppercase: true, TemporaryPasswordValidityDays: 3, PasswordHistorySize: to(int32(2))},
			SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD", "EMAIL_OTP"}},
		},
		Schema: []types.SchemaAttributeType{
			{Name: to("email"), AttributeDataType: "String", DeveloperOnlyAttribute: to(false), Mutable: to(true), Required: to(true)},
			{Name: to("tenant"), AttributeDataType: "String", DeveloperOnlyAttribute: to(false), Mutable: to(false), Required: to(false),
				StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: to("7"), MaxLength: to("15")}},
			{Name: to("age"), AttributeDataType: "Number", DeveloperOnlyAttribute: to(false), Mutable: to(true), Required: to(false),
				NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: to("2"), MaxValue: to("120")}},
		},
		SmsAuthenticationMessage:    text,
		SmsConfiguration:            &types.SmsConfigurationType{ExternalId: to("x"), SnsCallerArn: arn("iam", "role/sms"), SnsRegion: to("eu-west-1")},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{"email"}},
		UserPoolAddOns:              &types.UserPoolAddOnsType{AdvancedSecurityMode: "AUDIT"},
		UsernameConfiguration:       &types.UsernameConfigurationType{CaseSensitive: to(true)},
		UserPoolTags:                map[string]string{"team": "shop"}, UserPoolTier: "PLUS",
		VerificationMessageTemplate: &types.VerificationMessageTemplateType{DefaultEmailOption: "CONFIRM_WITH_CODE", EmailMessage: to("Code {####}"), EmailSubject: to("Code"), SmsMessage: text},
	}
}

func tfPool(t *testing.T, g *goSDK) {
	in := tfWholePool()
	made := do(t, g, g.CreateUserPool, in).UserPool
	id := made.Id
	mfa := &cip.SetUserPoolMfaConfigInput{
		UserPoolId: id, MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
		SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: in.SmsConfiguration, SmsAuthenticationMessage: in.SmsAuthenticationMessage},
	}
	do(t, g, g.SetUserPoolMfaConfig, mfa)
	read, readMFA := &cip.DescribeUserPoolInput{UserPoolId: id}, &cip.GetUserPoolMfaConfigInput{UserPoolId: id}
	p := settles(t, g, g.DescribeUserPool, read, "UserPool", in).UserPool
	if aws.ToString(p.EmailVerificationMessage) != "Code {####}" {
		t.Errorf("the text stands under one name alone: %+v", p)
	}
	settles(t, g, g.GetUserPoolMfaConfig, readMFA, "", mfa)
	change := &cip.UpdateUserPoolInput{
		UserPoolId: id, MfaConfiguration: "OPTIONAL", DeletionProtection: "INACTIVE", AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: false},
		Policies:              &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: to(int32(14)), TemporaryPasswordValidityDays: 7}},
		EmailConfiguration:    &types.EmailConfigurationType{EmailSendingAccount: "COGNITO_DEFAULT"}, SmsConfiguration: in.SmsConfiguration,
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{}},
	}
	gone(t, g.DeleteUserPool, &cip.DeleteUserPoolInput{UserPoolId: id}, "InvalidParameterException")
	do(t, g, g.UpdateUserPool, change)
	more := types.SchemaAttributeType{Name: to("shoe"), AttributeDataType: "Number", DeveloperOnlyAttribute: to(false), Mutable: to(true), Required: to(false),
		NumberAttributeConstraints: &types.NumberAttributeConstraintsType{}}
	do(t, g, g.AddCustomAttributes, &cip.AddCustomAttributesInput{UserPoolId: id, CustomAttributes: []types.SchemaAttributeType{more}})
	do(t, g, g.TagResource, &cip.TagResourceInput{ResourceArn: made.Arn, Tags: map[string]string{"stage": "test"}})
	do(t, g, g.UntagResource, &cip.UntagResourceInput{ResourceArn: made.Arn, TagKeys: []string{"team"}})
	p = settles(t, g, g.DescribeUserPool, read, "UserPool", change).UserPool
	if p.DeviceConfiguration != nil || p.UserPoolAddOns != nil || p.AccountRecoverySetting != nil || p.UserAttributeUpdateSettings != nil {
		t.Errorf("members that were left out are not at their defaults: %+v", p)
	}
	if !reflect.DeepEqual(p.UserPoolTags, map[string]string{"stage": "test"}) || !*p.UsernameConfiguration.CaseSensitive {
		t.Errorf("tags %v, names %+v", p.UserPoolTags, p.UsernameConfiguration)
	}
	settles(t, g, g.GetUserPoolMfaConfig, readMFA, "", &cip.SetUserPoolMfaConfigInput{MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: mfa.SoftwareTokenMfaConfiguration})
	do(t, g, g.DeleteUserPool, &cip.DeleteUserPoolInput{UserPoolId: id})
	gone(t, g.DeleteUserPool, &cip.DeleteUserPoolInput{UserPoolId: id}, "ResourceNotFoundException")
}

func tfClient(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "clients")
	in := &cip.CreateUserPoolClientInput{
		UserPoolId: pool, ClientName: to("web"), GenerateSecret: true, CallbackURLs: []string{"https://app.example.test/back", "https://app.example.test/other"},
		DefaultRedirectURI: to("https://app.example.test/back"), LogoutURLs: []string{"https://app.example.test/"},
		AllowedOAuthFlows: []types.OAuthFlowType{"code"}, AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthScopes: []string{"openid", "email"},
		ExplicitAuthFlows:          []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH"},
		SupportedIdentityProviders: []string{"COGNITO"}, ReadAttributes: []string{"email", "name"}, WriteAttributes: []string{"name", "email"},
		AccessTokenValidity: to(int32(30)), IdTokenValidity: to(int32(30)), RefreshTokenValidity: 10,
		TokenValidityUnits:  &types.TokenValidityUnitsType{AccessToken: "minutes", IdToken: "minutes", RefreshToken: "days"},
		AuthSessionValidity: to(int32(5)), EnableTokenRevocation: to(true), PreventUserExistenceErrors: "ENABLED",
		EnablePropagateAdditionalUserContextData: to(true),
		RefreshTokenRotation:                     &types.RefreshTokenRotationType{Feature: "ENABLED", RetryGracePeriodSeconds: to(int32(10))},
		AnalyticsConfiguration:                   &types.AnalyticsConfigurationType{ApplicationId: to("abc"), ExternalId: to("x"), RoleArn: arn("iam", "role/p"), UserDataShared: true},
	}
	made := do(t, g, g.CreateUserPoolClient, in).UserPoolClient
	read := &cip.DescribeUserPoolClientInput{UserPoolId: pool, ClientId: made.ClientId}
	first := settles(t, g, g.DescribeUserPoolClient, read, "UserPoolClient", in).UserPoolClient
	if aws.ToString(first.ClientSecret) != aws.ToString(made.ClientSecret) || len(*made.ClientSecret) < 24 {
		t.Error("the secret is another when it is read")
	}
	change := &cip.UpdateUserPoolClientInput{
		UserPoolId: pool, ClientId: made.ClientId, ClientName: to("renamed"), CallbackURLs: []string{"https://app.example.test/back"},
		AllowedOAuthFlows: []types.OAuthFlowType{"code"}, AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthScopes: []string{"openid"},
		ReadAttributes: []string{"email"}, WriteAttributes: []string{"email"},
	}
	do(t, g, g.UpdateUserPoolClient, change)
	after := settles(t, g, g.DescribeUserPoolClient, read, "UserPoolClient", change).UserPoolClient
	if after.AnalyticsConfiguration != nil || after.TokenValidityUnits != nil || after.RefreshTokenValidity != 30 || len(after.LogoutURLs) > 0 || after.RefreshTokenRotation != nil {
		t.Errorf("members that were left out are not at their defaults: %+v", after)
	}
	if aws.ToString(after.ClientSecret) != *made.ClientSecret {
		t.Error("the secret changed with the update")
	}
	own := &cip.CreateUserPoolClientInput{UserPoolId: pool, ClientName: to("own"), ClientSecret: to("0123456789abcdefghijklmn")}
	given := do(t, g, g.CreateUserPoolClient, own).UserPoolClient
	settles(t, g, g.DescribeUserPoolClient, &cip.DescribeUserPoolClientInput{UserPoolId: pool, ClientId: given.ClientId}, "UserPoolClient", own)
	gone(t, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{UserPoolId: pool, ClientName: to("x"), AllowedOAuthScopes: []string{"none/such"}}, "ScopeDoesNotExistException")
	do(t, g, g.DeleteUserPoolClient, &cip.DeleteUserPoolClientInput{UserPoolId: pool, ClientId: made.ClientId})
	gone(t, g.DescribeUserPoolClient, read, "ResourceNotFoundException")
}

func tfDomain(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "domains")
	for _, in := range []*cip.CreateUserPoolDomainInput{
		{UserPoolId: pool, Domain: to("tf-acme"), ManagedLoginVersion: to(int32(2))},
		{UserPoolId: pool, Domain: to("auth.acme.test"), CustomDomainConfig: &types.CustomDomainConfigType{CertificateArn: arn("acm", "certificate/a")}},
	} {
		do(t, g, g.CreateUserPoolDomain, in)
		read := &cip.DescribeUserPoolDomainInput{Domain: in.Domain}
		d := settles(t, g, g.DescribeUserPoolDomain, read, "DomainDescription", in).DomainDescription
		if d.Status != "ACTIVE" || aws.ToString(d.UserPoolId) != *pool {
			t.Errorf("%+v", d)
		}
		change := &cip.UpdateUserPoolDomainInput{UserPoolId: pool, Domain: in.Domain, ManagedLoginVersion: to(int32(1)), CustomDomainConfig: in.CustomDomainConfig}
		do(t, g, g.UpdateUserPoolDomain, change)
		settles(t, g, g.DescribeUserPoolDomain, read, "DomainDescription", change)
		gone(t, g.DeleteUserPool, &cip.DeleteUserPoolInput{UserPoolId: pool}, "InvalidParameterException")
		do(t, g, g.DeleteUserPoolDomain, &cip.DeleteUserPoolDomainInput{UserPoolId: pool, Domain: in.Domain})
		if d := do(t, g, g.DescribeUserPoolDomain, read).DomainDescription; d == nil || d.Status != "" || string(g.wire.last) != `{"DomainDescription":{}}` {
			t.Errorf("a domain that is none: %s", g.wire.last)
		}
		gone(t, g.DeleteUserPoolDomain, &cip.DeleteUserPoolDomainInput{UserPoolId: pool, Domain: in.Domain}, "InvalidParameterException")
	}
}

func tfPeople(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "people")
	in := &cip.CreateGroupInput{UserPoolId: pool, GroupName: to("staff"), Description: to("All"), Precedence: to(int32(42)), RoleArn: arn("iam", "role/staff")}
	do(t, g, g.CreateGroup, in)
	read := &cip.GetGroupInput{UserPoolId: pool, GroupName: in.GroupName}
	settles(t, g, g.GetGroup, read, "Group", in)
	change := &cip.UpdateGroupInput{UserPoolId: pool, GroupName: in.GroupName, Description: to("Some"), Precedence: to(int32(7)), RoleArn: in.RoleArn}
	do(t, g, g.UpdateGroup, change)
	settles(t, g, g.GetGroup, read, "Group", change)
	do(t, g, g.DeleteGroup, &cip.DeleteGroupInput{UserPoolId: pool, GroupName: in.GroupName})
	gone(t, g.GetGroup, read, "ResourceNotFoundException")

	who := &cip.AdminCreateUserInput{UserPoolId: pool, Username: to("ann"), MessageAction: "SUPPRESS",
		UserAttributes: []types.AttributeType{{Name: to("email"), Value: to("ann@example.test")}}}
	do(t, g, g.AdminCreateUser, who)
	readUser := &cip.AdminGetUserInput{UserPoolId: pool, Username: who.Username}
	settles(t, g, g.AdminGetUser, readUser, "", who)
	do(t, g, g.AdminUpdateUserAttributes, &cip.AdminUpdateUserAttributesInput{UserPoolId: pool, Username: who.Username,
		UserAttributes: []types.AttributeType{{Name: to("email"), Value: to("ann@example.test")}, {Name: to("name"), Value: to("Ann")}}})
	settles(t, g, g.AdminGetUser, readUser, "", &cip.AdminCreateUserInput{Username: who.Username, UserAttributes: []types.AttributeType{{Name: to("name"), Value: to("Ann")}}})
	do(t, g, g.AdminDeleteUser, &cip.AdminDeleteUserInput{UserPoolId: pool, Username: who.Username})
	gone(t, g.AdminGetUser, readUser, "UserNotFoundException")
}

func tfProvider(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "providers")
	in := &cip.CreateIdentityProviderInput{
		UserPoolId: pool, ProviderName: to("Google"), ProviderType: "Google", IdpIdentifiers: []string{"acme.test"},
		ProviderDetails:  map[string]string{"authorize_scopes": "email", "client_id": "id", "client_secret": "secret"},
		AttributeMapping: map[string]string{"email": "email", "username": "sub"},
	}
	do(t, g, g.CreateIdentityProvider, in)
	read := &cip.DescribeIdentityProviderInput{UserPoolId: pool, ProviderName: in.ProviderName}
	settles(t, g, g.DescribeIdentityProvider, read, "IdentityProvider", in)
	change := &cip.UpdateIdentityProviderInput{UserPoolId: pool, ProviderName: in.ProviderName, AttributeMapping: map[string]string{"email": "email", "username": "sub", "name": "name"},
		ProviderDetails: map[string]string{"authorize_scopes": "email profile", "client_id": "id2", "client_secret": "secret2"}}
	do(t, g, g.UpdateIdentityProvider, change)
	settles(t, g, g.DescribeIdentityProvider, read, "IdentityProvider", change)
	p := do(t, g, g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: pool}).UserPool
	if last := p.SchemaAttributes[len(p.SchemaAttributes)-1]; *last.Name != "identities" || last.StringAttributeConstraints == nil {
		t.Errorf("the schema ends with %+v", last)
	}
	do(t, g, g.DeleteIdentityProvider, &cip.DeleteIdentityProviderInput{UserPoolId: pool, ProviderName: in.ProviderName})
	gone(t, g.DescribeIdentityProvider, read, "ResourceNotFoundException")
}

func tfResourceServer(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "apis")
	in := &cip.CreateResourceServerInput{UserPoolId: pool, Identifier: to("https://api.example.test"), Name: to("API"),
		Scopes: []types.ResourceServerScopeType{{ScopeName: to("read"), ScopeDescription: to("Read")}, {ScopeName: to("write"), ScopeDescription: to("Write")}}}
	do(t, g, g.CreateResourceServer, in)
	read := &cip.DescribeResourceServerInput{UserPoolId: pool, Identifier: in.Identifier}
	settles(t, g, g.DescribeResourceServer, read, "ResourceServer", in)
	gone(t, g.CreateResourceServer, in, "InvalidParameterException")
	change := &cip.UpdateResourceServerInput{UserPoolId: pool, Identifier: in.Identifier, Name: to("The API"), Scopes: in.Scopes[:1]}
	do(t, g, g.UpdateResourceServer, change)
	if s := settles(t, g, g.DescribeResourceServer, read, "ResourceServer", change).ResourceServer; len(s.Scopes) != 1 {
		t.Errorf("scopes %+v", s.Scopes)
	}
	do(t, g, g.DeleteResourceServer, &cip.DeleteResourceServerInput{UserPoolId: pool, Identifier: in.Identifier})
	gone(t, g.DescribeResourceServer, read, "ResourceNotFoundException")
}

// picture is the smallest PNG that is one.
const picture = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

func tfUICustomization(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "classic")
	client := do(t, g, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{UserPoolId: pool, ClientName: to("web")}).UserPoolClient.ClientId
	for _, of := range []*string{to("ALL"), client} {
		in := &cip.SetUICustomizationInput{UserPoolId: pool, ClientId: of, CSS: to(".label-customizable {font-weight: 400;}"), ImageFile: []byte(picture)}
		do(t, g, g.SetUICustomization, in)
		read := &cip.GetUICustomizationInput{UserPoolId: pool, ClientId: of}
		u := settles(t, g, g.GetUICustomization, read, "UICustomization", in).UICustomization
		if aws.ToString(u.CSSVersion) == "" || !strings.HasPrefix(aws.ToString(u.ImageUrl), g.server.URL+"/"+*pool+"/") {
			t.Errorf("%+v", u)
		}
		change := &cip.SetUICustomizationInput{UserPoolId: pool, ClientId: of, CSS: to(".banner-customizable {padding: 25px 0px;}")}
		do(t, g, g.SetUICustomization, change)
		if u := settles(t, g, g.GetUICustomization, read, "UICustomization", change).UICustomization; u.ImageUrl != nil {
			t.Errorf("the picture stays: %+v", u)
		}
		do(t, g, g.SetUICustomization, &cip.SetUICustomizationInput{UserPoolId: pool, ClientId: of})
		if do(t, g, g.GetUICustomization, read); of != client && string(g.wire.last) != `{"UICustomization":{}}` {
			t.Errorf("left: %s", g.wire.last)
		}
	}
	gone(t, g.SetUICustomization, &cip.SetUICustomizationInput{UserPoolId: pool, ClientId: to("ALL"), CSS: to("@import 'x';")}, "InvalidParameterException")
}

func tfBranding(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "managed")
	client := do(t, g, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{UserPoolId: pool, ClientName: to("web")}).UserPoolClient.ClientId
	settings := map[string]any{"components": map[string]any{"primaryButton": map[string]any{"lightMode": map[string]any{"defaults": map[string]any{"backgroundColor": "0b5d57ff"}}}}}
	in := &cip.CreateManagedLoginBrandingInput{UserPoolId: pool, ClientId: client, Settings: document.NewLazyDocument(settings),
		Assets: []types.AssetType{{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "PNG", Bytes: []byte(picture)}}}
	id := do(t, g, g.CreateManagedLoginBranding, in).ManagedLoginBranding.ManagedLoginBrandingId
	read, sent := &cip.DescribeManagedLoginBrandingInput{UserPoolId: pool, ManagedLoginBrandingId: id}, &cip.CreateManagedLoginBrandingInput{Assets: in.Assets}
	b := settles(t, g, g.DescribeManagedLoginBranding, read, "ManagedLoginBranding", sent).ManagedLoginBranding
	if got := documentOf(t, b.Settings); !reflect.DeepEqual(got, any(settings)) || b.UseCognitoProvidedValues {
		t.Errorf("settings %v", got)
	}
	all := settles(t, g, g.DescribeManagedLoginBranding, &cip.DescribeManagedLoginBrandingInput{UserPoolId: pool, ManagedLoginBrandingId: id, ReturnMergedResources: true},
		"ManagedLoginBranding", sent).ManagedLoginBranding
	if got := documentOf(t, all.Settings).(map[string]any); got["categories"] == nil || len(missing("", any(settings), any(got))) > 0 {
		t.Errorf("all settings %v", got)
	}
	settles(t, g, g.DescribeManagedLoginBrandingByClient, &cip.DescribeManagedLoginBrandingByClientInput{UserPoolId: pool, ClientId: client}, "ManagedLoginBranding", sent)
	gone(t, g.CreateManagedLoginBranding, in, "ManagedLoginBrandingExistsException")
	do(t, g, g.UpdateManagedLoginBranding, &cip.UpdateManagedLoginBrandingInput{UserPoolId: pool, ManagedLoginBrandingId: id, UseCognitoProvidedValues: true})
	if b := settles(t, g, g.DescribeManagedLoginBranding, read, "ManagedLoginBranding", nil).ManagedLoginBranding; !b.UseCognitoProvidedValues || b.Settings != nil || len(b.Assets) > 0 {
		t.Errorf("%+v", b)
	}
	do(t, g, g.DeleteManagedLoginBranding, &cip.DeleteManagedLoginBrandingInput{UserPoolId: pool, ManagedLoginBrandingId: id})
	gone(t, g.DescribeManagedLoginBranding, read, "ResourceNotFoundException")
}

func documentOf(t *testing.T, d document.Interface) (tree any) {
	t.Helper()
	text, err := d.MarshalSmithyDocument()
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func tfRisk(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "risk")
	client := do(t, g, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{UserPoolId: pool, ClientName: to("web")}).UserPoolClient.ClientId
	for _, of := range []*string{nil, client} {
		mail := &types.NotifyEmailType{Subject: to("Subject"), HtmlBody: to("<p>text</p>"), TextBody: to("text text")}
		in := &cip.SetRiskConfigurationInput{UserPoolId: pool, ClientId: of,
			AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{
				Actions:             &types.AccountTakeoverActionsType{HighAction: &types.AccountTakeoverActionType{EventAction: "BLOCK", Notify: true}},
				NotifyConfiguration: &types.NotifyConfigurationType{SourceArn: arn("ses", "identity/a"), BlockEmail: mail, MfaEmail: mail, NoActionEmail: mail},
			},
			RiskExceptionConfiguration: &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"10.10.10.10/32"}}}
		do(t, g, g.SetRiskConfiguration, in)
		read := &cip.DescribeRiskConfigurationInput{UserPoolId: pool, ClientId: of}
		if r := settles(t, g, g.DescribeRiskConfiguration, read, "RiskConfiguration", in).RiskConfiguration; r.CompromisedCredentialsRiskConfiguration != nil {
			t.Errorf("%+v", r)
		}
		change := &cip.SetRiskConfigurationInput{UserPoolId: pool, ClientId: of, CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{
			EventFilter: []types.EventFilterType{"SIGN_IN"}, Actions: &types.CompromisedCredentialsActionsType{EventAction: "BLOCK"}}}
		do(t, g, g.SetRiskConfiguration, change)
		if r := settles(t, g, g.DescribeRiskConfiguration, read, "RiskConfiguration", change).RiskConfiguration; r.AccountTakeoverRiskConfiguration != nil || r.RiskExceptionConfiguration != nil {
			t.Errorf("%+v", r)
		}
		do(t, g, g.SetRiskConfiguration, &cip.SetRiskConfigurationInput{UserPoolId: pool, ClientId: of})
	}
}

func tfLogs(t *testing.T, g *goSDK) {
	pool := tfMake(t, g, "logs")
	in := &cip.SetLogDeliveryConfigurationInput{UserPoolId: pool, LogConfigurations: []types.LogConfigurationType{
		{EventSource: "userNotification", LogLevel: "ERROR", CloudWatchLogsConfiguration: &types.CloudWatchLogsConfigurationType{LogGroupArn: arn("logs", "log-group:a")}}}}
	do(t, g, g.SetLogDeliveryConfiguration, in)
	read := &cip.GetLogDeliveryConfigurationInput{UserPoolId: pool}
	settles(t, g, g.GetLogDeliveryConfiguration, read, "LogDeliveryConfiguration", in)
	do(t, g, g.SetLogDeliveryConfiguration, &cip.SetLogDeliveryConfigurationInput{UserPoolId: pool, LogConfigurations: []types.LogConfigurationType{}})
	if c := settles(t, g, g.GetLogDeliveryConfiguration, read, "LogDeliveryConfiguration", nil).LogDeliveryConfiguration; len(c.LogConfigurations) > 0 {
		t.Errorf("%+v", c)
	}
}
