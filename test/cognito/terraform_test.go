package cognito

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"poolhouse.dev/test/kit"
)

// TestTerraform makes the requests that Terraform's provider for AWS makes (its
// version 6, internal/service/cognitoidp): it creates, reads twice, updates,
// reads and destroys. A plan settles when the second read is the first, and both
// hold what was sent.
func TestTerraform(t *testing.T) {
	g := newGoSDK(start(t, withFunctions, kit.AtLocalhost), keyID, keySecret)
	for _, one := range []struct {
		name string
		does func(*testing.T, *goSDK)
	}{
		{"aws_cognito_user_pool with nothing set", tfBarePool},
		{"aws_cognito_user_pool", tfPool},
		{"aws_cognito_user_pool's second factors", tfFactors},
		{"aws_cognito_user_pool's lambda_config", tfTriggers},
		{"aws_cognito_user_pool_client", tfClient},
		{"aws_cognito_user_pool_domain", tfDomain},
		{"aws_cognito_user_group and aws_cognito_user", tfPeople},
		{"aws_cognito_identity_provider", tfProvider},
		{"aws_cognito_resource_server", tfResourceServer},
		{"aws_cognito_user_pool_ui_customization", tfUICustomization},
		{"aws_cognito_managed_login_branding", tfBranding},
		{"aws_cognito_risk_configuration", tfRisk},
		{"aws_cognito_log_delivery_configuration", tfLogs},
	} {
		t.Run(one.name, func(t *testing.T) { one.does(t, g) })
	}
}

// settles reads twice. What came must hold, in the member called under, all that
// was sent: it is compared as JSON, so that nothing that the SDK passes over is lost.
func settles[I, O any](t *testing.T, g *goSDK, read caller[I, O], in *I, under string, sent any) *O {
	t.Helper()
	do(t, g, read, in)
	first := string(g.wire.last)
	out := do(t, g, read, in)
	if second := string(g.wire.last); second != first {
		t.Errorf("%s reads %s\nthen %s", operationOf(in), first, second)
	}
	got := treeOf(t, g.wire.last)
	if under != "" {
		got = got.(map[string]any)[under]
	}
	text, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range missing(operationOf(in), treeOf(t, text), got) {
		t.Error(lost)
	}
	return out
}

func treeOf(t *testing.T, text []byte) (tree any) {
	t.Helper()
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tree
}

// otherNames are members that an answer calls otherwise than the request does; "-"
// are those of requests alone.
var otherNames = map[string]string{
	"PoolName": "Name", "Schema": "SchemaAttributes", "GenerateSecret": "-", "UserPoolId": "-", "ImageFile": "-", "Settings": "-",
	"MessageAction": "-", "TemporaryPassword": "-", "ForceAliasCreation": "-", "ResultMetadata": "-",
}

// missing lists what was sent and did not come back. Lists are sets, as Terraform
// compares them.
func missing(where string, sent, got any) (lost []string) {
	switch sent := sent.(type) {
	case nil:
	case map[string]any:
		back, _ := got.(map[string]any)
		for name, value := range sent {
			other := cmp.Or(otherNames[name], name)
			if other != "-" && !nothing(value) {
				lost = append(lost, missing(where+"."+name, value, back[other])...)
			}
		}
	case []any:
		back, _ := got.([]any)
		for _, one := range sent {
			if !slices.ContainsFunc(back, func(b any) bool { return len(missing("", named(one, b), b)) == 0 }) {
				lost = append(lost, fmt.Sprintf("%s: sent %v, and %v came back", where, one, got))
			}
		}
	default:
		if !reflect.DeepEqual(sent, got) {
			lost = append(lost, fmt.Sprintf("%s: sent %v, and %v came back", where, sent, got))
		}
	}
	return lost
}

func nothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// named takes a custom attribute by the name that Terraform gives it.
func named(sent, got any) any {
	s, isMap := sent.(map[string]any)
	g, _ := got.(map[string]any)
	if name, _ := s["Name"].(string); isMap && name != "" && g["Name"] == "custom:"+name {
		s = maps.Clone(s)
		s["Name"] = g["Name"]
		return s
	}
	return sent
}

// gone calls an operation that must answer an exception of that name.
func gone[I, O any](t *testing.T, call caller[I, O], in *I, name string) {
	t.Helper()
	var refusal smithy.APIError
	if _, err := call(context.Background(), in); !errors.As(err, &refusal) || refusal.ErrorCode() != name {
		t.Errorf("%s: %v, want %s", operationOf(in), err, name)
	}
}

// tfMake makes a pool to put things into.
func tfMake(t *testing.T, g *goSDK, name string) *string {
	t.Helper()
	id := do(t, g, g.CreateUserPool, &cip.CreateUserPoolInput{PoolName: &name}).UserPool.Id
	t.Cleanup(func() {
		if _, err := g.DeleteUserPool(context.Background(), &cip.DeleteUserPoolInput{UserPoolId: id}); err != nil {
			t.Error(err)
		}
	})
	return id
}

// tfBarePool: what a configuration leaves out and the provider does not compute
// must not come back, or the plan would want to take it away.
func tfBarePool(t *testing.T, g *goSDK) {
	id := do(t, g, g.CreateUserPool, &cip.CreateUserPoolInput{PoolName: to("bare"), DeletionProtection: types.DeletionProtectionTypeInactive}).UserPool.Id
	p := settles(t, g, g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: id}, "UserPool", &cip.CreateUserPoolInput{PoolName: to("bare")}).UserPool
	for name, set := range map[string]bool{
		"account_recovery_setting": p.AccountRecoverySetting != nil, "device_configuration": p.DeviceConfiguration != nil,
		"email_configuration": p.EmailConfiguration != nil, "lambda_config": p.LambdaConfig != nil, "user_pool_add_ons": p.UserPoolAddOns != nil,
		"username_configuration": p.UsernameConfiguration != nil, "sms_authentication_message": p.SmsAuthenticationMessage != nil,
		"user_attribute_update_settings": p.UserAttributeUpdateSettings != nil, "username_attributes": len(p.UsernameAttributes) > 0,
		"alias_attributes": len(p.AliasAttributes) > 0, "auto_verified_attributes": len(p.AutoVerifiedAttributes) > 0, "tags": len(p.UserPoolTags) > 0,
		"dates": p.CreationDate == nil || p.LastModifiedDate == nil, "password_policy": p.Policies == nil || p.Policies.PasswordPolicy == nil,
		"a schema of 20 attributes": len(p.SchemaAttributes) != 20, "arn": aws.ToString(p.Arn) != "arn:aws:cognito-idp:local:000000000000:userpool/"+*id,
	} {
		if set {
			t.Errorf("%s: %+v", name, p)
		}
	}
	standard := types.SchemaAttributeType{
		Name: to("birthdate"), AttributeDataType: "String", DeveloperOnlyAttribute: to(false), Mutable: to(true), Required: to(false),
		StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: to("10"), MaxLength: to("10")},
	}
	if !slices.ContainsFunc(p.SchemaAttributes, func(a types.SchemaAttributeType) bool { return reflect.DeepEqual(a, standard) }) {
		t.Errorf("birthdate is not Cognito's: %+v", p.SchemaAttributes)
	}
	mfa := settles(t, g, g.GetUserPoolMfaConfig, &cip.GetUserPoolMfaConfigInput{UserPoolId: id}, "", &cip.SetUserPoolMfaConfigInput{MfaConfiguration: "OFF"})
	if mfa.SoftwareTokenMfaConfiguration != nil || mfa.WebAuthnConfiguration != nil || mfa.SmsMfaConfiguration != nil {
		t.Errorf("second factors: %+v", mfa)
	}
	do(t, g, g.DeleteUserPool, &cip.DeleteUserPoolInput{UserPoolId: id})
	gone(t, g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: id}, "ResourceNotFoundException")
}
