package cognito

import (
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/test/kit"
)

// withPasskeys puts the server where passkeys can be.
func withPasskeys(config kit.Map) { kit.AtLocalhost(config) }

// to points at a value, as the SDK wants it.
func to[T any](v T) *T { return &v }

// goSteps are what TestGoSDK does.
var goSteps = []goStep{
	{"an operator makes a pool", true, makePool},
	{"an operator changes the pool", false, changePool},
	{"an operator says which second factors there are", true, setFactors},
	{"an operator tags the pool", false, tagPool},
	{"an operator makes app clients", true, makeClients},
	{"an operator gives a client a second secret", false, changeSecrets},
	{"an operator names a domain", false, nameDomain},
	{"an operator describes an API", false, describeAPI},
	{"an operator connects an identity provider", false, connectProvider},
	{"an operator dresses the pages", false, dressPages},
	{"an operator shows terms", false, showTerms},
	{"an operator sets what risk leads to", false, setRisk},
	{"an operator asks for logs elsewhere", false, deliverLogs},
	{"an operator asks for another region", false, replicate},
	{"an operator keeps groups", false, keepGroups},
	{"an operator adds users", true, addUsers},
	{"an operator lists users page by page", false, pageUsers},
	{"an operator changes a user", false, changeUser},
	{"an operator imports users", false, importUsers},
	{"a person signs up", true, signUp},
	{"a person forgets the password", false, forgetPassword},
	{"a person signs in and reads the account", true, signInAndRead},
	{"a person changes the account", false, changeOwn},
	{"a person sets up an authenticator app", false, setUpApp},
	{"a person sets up a passkey", false, setUpPasskey},
	{"a person keeps devices", false, keepDevices},
	{"a server signs people in", false, serverSignsIn},
	{"an operator looks back on sign-ins", false, lookBack},
	{"an operator links accounts", false, linkAccounts},
	{"a person signs out everywhere", false, signOutEverywhere},
	{"everything is deleted", false, deleteAll},
}

func makePool(t *testing.T, g *goSDK) {
	made := do(t, g, g.CreateUserPool, &cip.CreateUserPoolInput{
		PoolName: to("Shop"), UsernameAttributes: []types.UsernameAttributeType{"email"},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		Schema: []types.SchemaAttributeType{{Name: to("shoe_size"), AttributeDataType: "Number", Mutable: to(true),
			NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: to("1"), MaxValue: to("60")}}},
		Policies: &types.UserPoolPolicyType{
			PasswordPolicy: &types.PasswordPolicyType{MinimumLength: to(int32(10)), TemporaryPasswordValidityDays: 3},
			SignInPolicy:   &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD", "WEB_AUTHN", "EMAIL_OTP"}},
		},
		UserPoolTags: map[string]string{"team": "shop"}, DeletionProtection: "INACTIVE",
		DeviceConfiguration: &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
	})
	g.pool = *made.UserPool.Id
	read := do(t, g, g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: &g.pool}).UserPool
	if len(read.SchemaAttributes) < 20 || read.CreationDate == nil || *read.Policies.PasswordPolicy.MinimumLength != 10 {
		t.Errorf("the pool is %+v", read)
	}
	var names []string
	pages := cip.NewListUserPoolsPaginator(g, &cip.ListUserPoolsInput{MaxResults: to(int32(1))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, pool := range page.UserPools {
			names = append(names, *pool.Name)
		}
	}
	if len(names) != 2 {
		t.Errorf("the pools are %q, want Acme and Shop, one a page", names)
	}
	do(t, g, g.ListUserPools, &cip.ListUserPoolsInput{MaxResults: to(int32(60))})
	refuses(t, g, "ResourceNotFoundException", g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: to("local_nowhere")})
	refuses(t, g, "InvalidParameterException", g.ListUserPools, &cip.ListUserPoolsInput{MaxResults: to(int32(61))})
}

func changePool(t *testing.T, g *goSDK) {
	do(t, g, g.UpdateUserPool, &cip.UpdateUserPoolInput{
		UserPoolId: &g.pool, PoolName: to("The Shop"), AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		Policies: &types.UserPoolPolicyType{
			PasswordPolicy: &types.PasswordPolicyType{MinimumLength: to(int32(8))},
			SignInPolicy:   &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD", "WEB_AUTHN", "EMAIL_OTP"}},
		},
		DeviceConfiguration: &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
		UserPoolTags:        map[string]string{"team": "shop"},
	})
	do(t, g, g.AddCustomAttributes, &cip.AddCustomAttributesInput{UserPoolId: &g.pool,
		CustomAttributes: []types.SchemaAttributeType{{Name: to("tier"), AttributeDataType: "String", Mutable: to(true)}}})
	read := do(t, g, g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: &g.pool}).UserPool
	found := false
	for _, a := range read.SchemaAttributes {
		found = found || *a.Name == "custom:tier"
	}
	if !found || *read.Policies.PasswordPolicy.MinimumLength != 8 {
		t.Errorf("the change is not in %+v", read)
	}
	do(t, g, g.GetSigningCertificate, &cip.GetSigningCertificateInput{UserPoolId: &g.pool})
}

func setFactors(t *testing.T, g *goSDK) {
	do(t, g, g.SetUserPoolMfaConfig, &cip.SetUserPoolMfaConfigInput{
		UserPoolId: &g.pool, MfaConfiguration: "OPTIONAL",
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
		WebAuthnConfiguration:         &types.WebAuthnConfigurationType{RelyingPartyId: to("localhost"), UserVerification: "required"},
	})
	read := do(t, g, g.GetUserPoolMfaConfig, &cip.GetUserPoolMfaConfigInput{UserPoolId: &g.pool})
	if read.MfaConfiguration != "OPTIONAL" || !read.SoftwareTokenMfaConfiguration.Enabled {
		t.Errorf("the factors are %+v", read)
	}
}

func tagPool(t *testing.T, g *goSDK) {
	arn := do(t, g, g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: &g.pool}).UserPool.Arn
	do(t, g, g.TagResource, &cip.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"cost": "42", "old": "1"}})
	do(t, g, g.UntagResource, &cip.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"old"}})
	tags := do(t, g, g.ListTagsForResource, &cip.ListTagsForResourceInput{ResourceArn: arn}).Tags
	if len(tags) != 2 || tags["cost"] != "42" || tags["team"] != "shop" {
		t.Errorf("the tags are %v", tags)
	}
}

func makeClients(t *testing.T, g *goSDK) {
	made := do(t, g, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{
		UserPoolId: &g.pool, ClientName: to("Till"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH",
			"ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH"},
		AccessTokenValidity: to(int32(30)), TokenValidityUnits: &types.TokenValidityUnitsType{AccessToken: "minutes"},
		PreventUserExistenceErrors: "ENABLED", EnableTokenRevocation: to(true),
	}).UserPoolClient
	g.client = *made.ClientId
	g.telling = *do(t, g, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{
		UserPoolId: &g.pool, ClientName: to("Kiosk"), PreventUserExistenceErrors: "LEGACY"}).UserPoolClient.ClientId
	do(t, g, g.UpdateUserPoolClient, &cip.UpdateUserPoolClientInput{
		UserPoolId: &g.pool, ClientId: &g.client, ClientName: to("Till 2"), ExplicitAuthFlows: made.ExplicitAuthFlows,
		PreventUserExistenceErrors: "ENABLED", EnableTokenRevocation: to(true),
		CallbackURLs: []string{"https://shop.example.test/"}, AllowedOAuthFlows: []types.OAuthFlowType{"code"},
		AllowedOAuthScopes: []string{"openid", "aws.cognito.signin.user.admin"}, AllowedOAuthFlowsUserPoolClient: true,
		SupportedIdentityProviders: []string{"COGNITO"},
	})
	read := do(t, g, g.DescribeUserPoolClient, &cip.DescribeUserPoolClientInput{UserPoolId: &g.pool, ClientId: &g.client}).UserPoolClient
	if *read.ClientName != "Till 2" || len(read.ExplicitAuthFlows) != 6 || read.ClientSecret != nil {
		t.Errorf("the client is %+v", read)
	}
	other := do(t, g, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{UserPoolId: &g.pool, ClientName: to("Other")}).UserPoolClient
	if all := do(t, g, g.ListUserPoolClients, &cip.ListUserPoolClientsInput{UserPoolId: &g.pool, MaxResults: to(int32(60))}).UserPoolClients; len(all) != 3 {
		t.Errorf("there are %d clients", len(all))
	}
	do(t, g, g.DeleteUserPoolClient, &cip.DeleteUserPoolClientInput{UserPoolId: &g.pool, ClientId: other.ClientId})
	refuses(t, g, "ResourceNotFoundException", g.DescribeUserPoolClient, &cip.DescribeUserPoolClientInput{UserPoolId: &g.pool, ClientId: other.ClientId})
}

func changeSecrets(t *testing.T, g *goSDK) {
	made := do(t, g, g.CreateUserPoolClient, &cip.CreateUserPoolClientInput{
		UserPoolId: &g.pool, ClientName: to("Back office"), GenerateSecret: true,
	}).UserPoolClient
	if made.ClientSecret == nil {
		t.Fatal("no secret was made")
	}
	do(t, g, g.AddUserPoolClientSecret, &cip.AddUserPoolClientSecretInput{UserPoolId: &g.pool, ClientId: made.ClientId})
	secrets := do(t, g, g.ListUserPoolClientSecrets, &cip.ListUserPoolClientSecretsInput{UserPoolId: &g.pool, ClientId: made.ClientId}).ClientSecrets
	if len(secrets) != 2 {
		t.Fatalf("there are %d secrets", len(secrets))
	}
	do(t, g, g.DeleteUserPoolClientSecret, &cip.DeleteUserPoolClientSecretInput{
		UserPoolId: &g.pool, ClientId: made.ClientId, ClientSecretId: secrets[0].ClientSecretId,
	})
	do(t, g, g.DeleteUserPoolClient, &cip.DeleteUserPoolClientInput{UserPoolId: &g.pool, ClientId: made.ClientId})
}

func nameDomain(t *testing.T, g *goSDK) {
	name := to("shop-of-the-test")
	if empty := do(t, g, g.DescribeUserPoolDomain, &cip.DescribeUserPoolDomainInput{Domain: name}).DomainDescription; empty == nil || empty.Domain != nil {
		t.Errorf("a domain that is not there is %+v", empty)
	}
	do(t, g, g.CreateUserPoolDomain, &cip.CreateUserPoolDomainInput{UserPoolId: &g.pool, Domain: name})
	do(t, g, g.UpdateUserPoolDomain, &cip.UpdateUserPoolDomainInput{UserPoolId: &g.pool, Domain: name, ManagedLoginVersion: to(int32(2))})
	read := do(t, g, g.DescribeUserPoolDomain, &cip.DescribeUserPoolDomainInput{Domain: name}).DomainDescription
	if read.Status != "ACTIVE" || *read.UserPoolId != g.pool {
		t.Errorf("the domain is %+v", read)
	}
	do(t, g, g.DeleteUserPoolDomain, &cip.DeleteUserPoolDomainInput{UserPoolId: &g.pool, Domain: name})
}

func describeAPI(t *testing.T, g *goSDK) {
	api := to("https://api.example.test")
	scopes := []types.ResourceServerScopeType{{ScopeName: to("read"), ScopeDescription: to("Read")}}
	do(t, g, g.CreateResourceServer, &cip.CreateResourceServerInput{UserPoolId: &g.pool, Identifier: api, Name: to("API"), Scopes: scopes})
	do(t, g, g.UpdateResourceServer, &cip.UpdateResourceServerInput{UserPoolId: &g.pool, Identifier: api, Name: to("The API"), Scopes: scopes})
	read := do(t, g, g.DescribeResourceServer, &cip.DescribeResourceServerInput{UserPoolId: &g.pool, Identifier: api}).ResourceServer
	if *read.Name != "The API" || len(read.Scopes) != 1 {
		t.Errorf("the resource server is %+v", read)
	}
	do(t, g, g.ListResourceServers, &cip.ListResourceServersInput{UserPoolId: &g.pool, MaxResults: to(int32(50))})
	do(t, g, g.DeleteResourceServer, &cip.DeleteResourceServerInput{UserPoolId: &g.pool, Identifier: api})
}

func connectProvider(t *testing.T, g *goSDK) {
	details := map[string]string{"client_id": "c", "client_secret": "s", "authorize_scopes": "openid email", "attributes_request_method": "GET",
		"oidc_issuer": "https://idp.example.test", "authorize_url": "https://idp.example.test/a", "token_url": "https://idp.example.test/t",
		"attributes_url": "https://idp.example.test/u", "jwks_uri": "https://idp.example.test/k"}
	do(t, g, g.CreateIdentityProvider, &cip.CreateIdentityProviderInput{
		UserPoolId: &g.pool, ProviderName: to("Corp"), ProviderType: "OIDC", ProviderDetails: details,
		AttributeMapping: map[string]string{"email": "email"}, IdpIdentifiers: []string{"corp.example.test"},
	})
	details["authorize_scopes"] = "openid email profile"
	do(t, g, g.UpdateIdentityProvider, &cip.UpdateIdentityProviderInput{UserPoolId: &g.pool, ProviderName: to("Corp"), ProviderDetails: details,
		AttributeMapping: map[string]string{"email": "email"}, IdpIdentifiers: []string{"corp.example.test"}})
	read := do(t, g, g.DescribeIdentityProvider, &cip.DescribeIdentityProviderInput{UserPoolId: &g.pool, ProviderName: to("Corp")}).IdentityProvider
	if read.ProviderDetails["authorize_scopes"] != "openid email profile" {
		t.Errorf("the provider is %+v", read)
	}
	do(t, g, g.GetIdentityProviderByIdentifier, &cip.GetIdentityProviderByIdentifierInput{UserPoolId: &g.pool, IdpIdentifier: to("corp.example.test")})
	do(t, g, g.ListIdentityProviders, &cip.ListIdentityProvidersInput{UserPoolId: &g.pool})
}

// pixel is a picture of one point.
var pixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82")

func dressPages(t *testing.T, g *goSDK) {
	do(t, g, g.CreateUserPoolDomain, &cip.CreateUserPoolDomainInput{UserPoolId: &g.pool, Domain: to("dressed")}) // Cognito wants one for this
	do(t, g, g.SetUICustomization, &cip.SetUICustomizationInput{UserPoolId: &g.pool, CSS: to(".banner-customizable { background-color: #ff9900; }"),
		ImageFile: pixel})
	do(t, g, g.GetUICustomization, &cip.GetUICustomizationInput{UserPoolId: &g.pool})
	made := do(t, g, g.CreateManagedLoginBranding, &cip.CreateManagedLoginBrandingInput{
		UserPoolId: &g.pool, ClientId: &g.client,
		Settings: document.NewLazyDocument(map[string]any{"categories": map[string]any{"global": map[string]any{"colorSchemeMode": "LIGHT"}}}),
		Assets:   []types.AssetType{{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "PNG", Bytes: pixel}},
	}).ManagedLoginBranding
	id := made.ManagedLoginBrandingId
	do(t, g, g.UpdateManagedLoginBranding, &cip.UpdateManagedLoginBrandingInput{UserPoolId: &g.pool, ManagedLoginBrandingId: id, UseCognitoProvidedValues: true})
	do(t, g, g.DescribeManagedLoginBranding, &cip.DescribeManagedLoginBrandingInput{UserPoolId: &g.pool, ManagedLoginBrandingId: id, ReturnMergedResources: true})
	do(t, g, g.DescribeManagedLoginBrandingByClient, &cip.DescribeManagedLoginBrandingByClientInput{UserPoolId: &g.pool, ClientId: &g.client})
	refuses(t, g, "ManagedLoginBrandingExistsException", g.CreateManagedLoginBranding, &cip.CreateManagedLoginBrandingInput{
		UserPoolId: &g.pool, ClientId: &g.client, UseCognitoProvidedValues: true})
	do(t, g, g.DeleteManagedLoginBranding, &cip.DeleteManagedLoginBrandingInput{UserPoolId: &g.pool, ManagedLoginBrandingId: id})
	do(t, g, g.DeleteUserPoolDomain, &cip.DeleteUserPoolDomainInput{UserPoolId: &g.pool, Domain: to("dressed")})
}

func showTerms(t *testing.T, g *goSDK) {
	links := map[string]string{"cognito:default": "https://shop.example.test/terms"}
	made := do(t, g, g.CreateTerms, &cip.CreateTermsInput{UserPoolId: &g.pool, ClientId: &g.client, TermsName: to("terms-of-use"),
		TermsSource: "LINK", Enforcement: "NONE", Links: links}).Terms
	links["cognito:english"] = "https://shop.example.test/en/terms"
	do(t, g, g.UpdateTerms, &cip.UpdateTermsInput{UserPoolId: &g.pool, TermsId: made.TermsId, TermsName: to("terms-of-use"), TermsSource: "LINK",
		Enforcement: "NONE", Links: links})
	read := do(t, g, g.DescribeTerms, &cip.DescribeTermsInput{UserPoolId: &g.pool, TermsId: made.TermsId}).Terms
	if len(read.Links) != 2 {
		t.Errorf("the terms are %+v", read)
	}
	do(t, g, g.ListTerms, &cip.ListTermsInput{UserPoolId: &g.pool, MaxResults: to(int32(60))})
	do(t, g, g.DeleteTerms, &cip.DeleteTermsInput{UserPoolId: &g.pool, TermsId: made.TermsId})
}

func setRisk(t *testing.T, g *goSDK) {
	do(t, g, g.SetRiskConfiguration, &cip.SetRiskConfigurationInput{
		UserPoolId: &g.pool, RiskExceptionConfiguration: &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"192.0.2.0/24"}},
		CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{
			Actions: &types.CompromisedCredentialsActionsType{EventAction: "NO_ACTION"}},
	})
	read := do(t, g, g.DescribeRiskConfiguration, &cip.DescribeRiskConfigurationInput{UserPoolId: &g.pool}).RiskConfiguration
	if read.RiskExceptionConfiguration == nil || len(read.RiskExceptionConfiguration.BlockedIPRangeList) != 1 {
		t.Errorf("the risk configuration is %+v", read)
	}
}

// deliverLogs sets where logs go, and reads it back.
func deliverLogs(t *testing.T, g *goSDK) {
	do(t, g, g.SetLogDeliveryConfiguration, &cip.SetLogDeliveryConfigurationInput{UserPoolId: &g.pool, LogConfigurations: []types.LogConfigurationType{}})
	do(t, g, g.GetLogDeliveryConfiguration, &cip.GetLogDeliveryConfigurationInput{UserPoolId: &g.pool})
}

// replicate: there is one region.
func replicate(t *testing.T, g *goSDK) {
	const no, elsewhere = "OperationNotEnabledException", "eu-west-1"
	refuses(t, g, no, g.CreateUserPoolReplica, &cip.CreateUserPoolReplicaInput{UserPoolId: &g.pool, RegionName: to(elsewhere)})
	refuses(t, g, no, g.ListUserPoolReplicas, &cip.ListUserPoolReplicasInput{UserPoolId: &g.pool})
	refuses(t, g, no, g.UpdateUserPoolReplica, &cip.UpdateUserPoolReplicaInput{UserPoolId: &g.pool, RegionName: to(elsewhere), Status: "ACTIVE"})
	refuses(t, g, no, g.DeleteUserPoolReplica, &cip.DeleteUserPoolReplicaInput{UserPoolId: &g.pool, RegionName: to(elsewhere)})
}
