package model

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestEveryShapeIsRead: every operation's shapes are there, with patterns that compile.
func TestEveryShapeIsRead(t *testing.T) {
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		s := shapeOf(name)
		s.matches("")
		if (s.kind == "string" || s.kind == "blob") && s.min != nil && s.max != nil && *s.min > *s.max {
			t.Errorf("%s has bounds %d to %d", name, *s.min, *s.max)
		}
		for _, m := range s.members {
			visit(m.shape)
		}
		for _, of := range s.of {
			visit(of)
		}
	}
	all := Operations()
	for _, o := range all {
		visit(o.input)
	}
	if len(all) != 141 || len(seen) < 400 {
		t.Errorf("%d operations of %d shapes", len(all), len(seen))
	}
}

func TestOperationsThatSDKsSignAreTold(t *testing.T) {
	open := 0
	for _, o := range Operations() {
		if !o.Signed {
			open++
		}
	}
	for name, signed := range map[string]bool{"InitiateAuth": false, "GetUser": false, "ListUsers": true, "GetClientToken": true} {
		if o, ok := Of(name); !ok || o.Signed != signed {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if open != 34 {
		t.Errorf("%d are not signed", open)
	}
}

func TestAnOperationThatIsNone(t *testing.T) {
	for _, name := range []string{"", "Nonsense", "ListUser", "ListUsersRequest", "ListUsers signed"} {
		if o, ok := Of(name); ok {
			t.Errorf("%q is %+v", name, o)
		}
	}
}

func checked(t *testing.T, operation, body string) (changed bool, in map[string]any, err error) {
	t.Helper()
	o, ok := Of(operation)
	if !ok {
		t.Fatalf("no %s", operation)
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&in); err != nil {
		t.Fatal(err)
	}
	changed, err = o.Check(in)
	return changed, in, err
}

func TestBoundsAreToldAsTheServiceTellsThem(t *testing.T) {
	long := "us-east-1_" + strings.Repeat("a", 46)
	for name, c := range map[string]struct{ operation, body, want string }{
		"nothing wrong":               {"AdminGetUser", `{"UserPoolId":"us-east-1_abc","Username":"ann@example.test"}`, ""},
		"too long":                    {"DescribeUserPool", `{"UserPoolId":"` + long + `"}`, "1 validation error detected: Value '" + long + "' at 'userPoolId' failed to satisfy constraint: Member must have length less than or equal to 55"},
		"missing":                     {"DescribeUserPool", `{}`, "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null"},
		"null":                        {"DescribeUserPool", `{"UserPoolId":null}`, "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null"},
		"empty":                       {"DescribeUserPool", `{"UserPoolId":""}`, `2 validation errors detected: Value '' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+; Value '' at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1`},
		"a sensitive value":           {"AdminSetUserPassword", `{"UserPoolId":"a_b","Username":"ann","Password":"` + strings.Repeat("p", 257) + `"}`, "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 256"},
		"too large a number":          {"ListUserPools", `{"MaxResults":61}`, "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60"},
		"too small a number":          {"ListUserPools", `{"MaxResults":0}`, "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		"no value of a set":           {"SetUserPoolMfaConfig", `{"UserPoolId":"a_b","MfaConfiguration":"SOMETIMES"}`, "1 validation error detected: Value 'SOMETIMES' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]"},
		"a value in a list":           {"AdminCreateUser", `{"UserPoolId":"a_b","Username":"ann","DesiredDeliveryMediums":["SMS","DOVE"]}`, "1 validation error detected: Value '[SMS, DOVE]' at 'desiredDeliveryMediums' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [SMS, EMAIL]]"},
		"a member in a list":          {"AdminCreateUser", `{"UserPoolId":"a_b","Username":"ann","UserAttributes":[{"Name":"name"},{"Value":"x"}]}`, "1 validation error detected: Value null at 'userAttributes.2.member.name' failed to satisfy constraint: Member must not be null"},
		"too long a list":             {"AddCustomAttributes", `{"UserPoolId":"a_b","CustomAttributes":[]}`, "1 validation error detected: Value '[]' at 'customAttributes' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"a key of a map":              {"TagResource", `{"ResourceArn":"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/a_b","Tags":{"` + strings.Repeat("k", 129) + `":"v"}}`, "Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
		"characters, not bytes":       {"AdminGetUser", `{"UserPoolId":"a_b","Username":"` + strings.Repeat("ä", 128) + `"}`, ""},
		"what begins otherwise":       {"DescribeUserPool", `{"UserPoolId":" a_b"}`, "Member must satisfy regular expression pattern"},
		"what does not fit the whole": {"DescribeUserPool", `{"UserPoolId":"a_b\n"}`, "Member must satisfy regular expression pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := checked(t, c.operation, c.body)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestJSONOfAnotherTypeIsNoBrokenBound(t *testing.T) {
	for _, c := range [][2]string{
		{"AdminGetUser", `{"UserPoolId":1,"Username":"ann"}`},
		{"AdminGetUser", `{"UserPoolId":["a_b"],"Username":"ann"}`},
		{"ListUserPools", `{"MaxResults":"60"}`},
		{"ListUserPools", `{"MaxResults":1.5}`},
		{"ListUserPools", `{"MaxResults":99999999999}`},
		{"ListUserPools", `{"MaxResults":true}`},
		{"AdminCreateUser", `{"UserPoolId":"a_b","Username":"ann","ForceAliasCreation":"true"}`},
		{"AdminCreateUser", `{"UserPoolId":"a_b","Username":"ann","UserAttributes":{}}`},
		{"AdminCreateUser", `{"UserPoolId":"a_b","Username":"ann","UserAttributes":["name"]}`},
		{"AdminCreateUser", `{"UserPoolId":"a_b","Username":"ann","UserAttributes":[null]}`},
		{"AdminCreateUser", `{"UserPoolId":"a_b","Username":"ann","ClientMetadata":{"a":1}}`},
		{"AdminListUserAuthEvents", `{"UserPoolId":"a_b","Username":[]}`},
	} {
		_, _, err := checked(t, c[0], c[1])
		if m, ok := err.(Mistyped); !ok || strings.Contains(string(m), "99999999999") {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
	}
}

func TestAttackWhatIsSensitiveIsNotRepeated(t *testing.T) {
	const secret = "s3cr3t-that-is-nobodys"
	for _, c := range [][2]string{
		{"ConfirmForgotPassword", `{"ClientId":"c","Username":"ann","ConfirmationCode":"` + secret + ` ","Password":"` + strings.Repeat(secret, 20) + `"}`},
		{"GetUser", `{"AccessToken":"` + secret + ` "}`},
		{"InitiateAuth", `{"ClientId":"c","AuthFlow":"` + `NONE","AuthParameters":{"PASSWORD":"` + secret + `"}}`},
		{"SignUp", `{"ClientId":"c","Username":"ann","UserAttributes":[{"Name":"name","Value":"` + strings.Repeat(secret, 200) + `"}],"SecretHash":"` + secret + `!"}`},
		{"CreateUserPoolClient", `{"UserPoolId":"a_b","ClientName":"c","ClientSecret":"` + secret + ` "}`},
		{"RespondToAuthChallenge", `{"ClientId":"c","ChallengeName":"X","Session":"` + secret + `"}`},
	} {
		_, _, err := checked(t, c[0], c[1])
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

func TestAnErrorIsShort(t *testing.T) {
	var many []string
	for range 500 {
		many = append(many, `{"Value":"`+strings.Repeat("x", 100)+`"}`)
	}
	_, _, err := checked(t, "AdminCreateUser", `{"UserPoolId":"`+strings.Repeat("ä", 60000)+`","Username":"ann","UserAttributes":[`+strings.Join(many, ",")+`]}`)
	if err == nil || len(err.Error()) > 10_000 {
		t.Errorf("%d bytes", len(err.Error()))
	}
}

func TestAttackAMemberInAnotherCaseIsUnknown(t *testing.T) {
	changed, in, err := checked(t, "AdminCreateUser", `{"UserPoolId":"a_b","userpoolid":"x_y","U\u017ferPoolId":"x_y","Username":"ann","Theme":{},"UserAttributes":[{"Name":"name","name":"sub"}],"ClientMetadata":{"a":null,"A":"b"}}`)
	raw, _ := json.Marshal(in)
	if want := `{"ClientMetadata":{"A":"b"},"Theme":{},"UserAttributes":[{"Name":"name"}],"UserPoolId":"a_b","Username":"ann"}`; err != nil || !changed || string(raw) != want {
		t.Errorf("%v %v %s", changed, err, raw)
	}
}

func TestADocumentIsLeftAlone(t *testing.T) {
	if changed, _, err := checked(t, "CreateManagedLoginBranding", `{"UserPoolId":"a_b","ClientId":"c","Settings":{"a":{"A":[1,null]}}}`); changed || err != nil {
		t.Error(changed, err)
	}
}
