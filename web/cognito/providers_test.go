package cognito

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

const upBody = `"UserPoolId":"local_main","ProviderName":"Upper"`

// makesUp makes the provider Up through the API.
func (s *rig) makesUp() {
	s.Helper()
	s.calls(Target+"CreateIdentityProvider", CreateIdentityProviderRequest{
		UserPoolID: pool, ProviderName: "Upper", ProviderType: "OIDC", IdpIdentifiers: []string{"corp.example.test"},
		ProviderDetails:  Details{"client_id": "c", "client_secret": "the secret", "oidc_issuer": "https://up.example.test"},
		AttributeMapping: map[string]string{"email": "email"},
	}, nil)
}

func TestIdentityProvidersLiveAndDie(t *testing.T) {
	s := start(t)
	s.makesUp()
	const dates = `"LastModifiedDate":1777809600,"CreationDate":1777809600`
	const whole = `{"IdentityProvider":{` + upBody + `,"ProviderType":"OIDC","ProviderDetails":{"client_id":"c","client_secret":"the secret",` +
		`"oidc_issuer":"https://up.example.test"},"AttributeMapping":{"email":"email"},"IdpIdentifiers":["corp.example.test"],` + dates + `}}`
	const changed = `{"IdentityProvider":{` + upBody + `,"ProviderType":"OIDC","ProviderDetails":{"client_id":"d","client_secret":"the secret",` +
		`"oidc_issuer":"https://up.example.test"},"AttributeMapping":{"email":"email"},"IdpIdentifiers":["corp.example.test"],"Disabled":true,` + dates + `}}`
	for _, c := range []struct{ name, body, want string }{
		{"DescribeIdentityProvider", `{` + upBody + `}`, whole},
		{"GetIdentityProviderByIdentifier", `{"UserPoolId":"local_main","IdpIdentifier":"Corp.example.test"}`, whole},
		{"CreateIdentityProvider", `{` + upBody + `,"ProviderType":"OIDC","ProviderDetails":{}}`, "DuplicateProviderException"},
		{"UpdateIdentityProvider", `{` + upBody + `,"ProviderDetails":{"client_id":"d","oidc_issuer":"https://up.example.test","client_secret":"the secret"},"Disabled":true}`, changed},
		{"UpdateIdentityProvider", `{` + upBody + `,"AttributeMapping":{"custom:x":"x"}}`, "attribute_mapping.custom:x is no attribute of the pool"},
		{"UpdateIdentityProvider", `{"UserPoolId":"local_main","ProviderName":"Down"}`, "Identity provider Down does not exist."},
		{"ListIdentityProviders", `{"UserPoolId":"local_main","MaxResults":60}`, `{"Providers":[{"ProviderName":"Upper","ProviderType":"OIDC","Disabled":true,` + dates + `}]}`},
		{"ListIdentityProviders", `{"UserPoolId":"local_main","MaxResults":61}`, "at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60"},
		{"ListIdentityProviders", `{"UserPoolId":"local_none"}`, "User pool local_none does not exist."},
		{"CreateUserPoolClient", `{"UserPoolId":"local_main","ClientName":"web","SupportedIdentityProviders":["Upper","COGNITO","Down"]}`, "The provider Down does not exist for User Pool local_main."},
		{"CreateUserPoolClient", `{"UserPoolId":"local_main","ClientName":"web","CallbackURLs":["https://a.test/"],"SupportedIdentityProviders":["Upper","COGNITO"]}`, `["Upper","COGNITO"]`},
		{"DeleteIdentityProvider", `{` + upBody + `}`, "{}"},
		{"DeleteIdentityProvider", `{` + upBody + `}`, "Identity provider Upper does not exist."},
		{"DescribeIdentityProvider", `{"UserPoolId":"local_none","ProviderName":"Upper"}`, "User pool local_none does not exist."},
		{"GetIdentityProviderByIdentifier", `{"UserPoolId":"local_main","IdpIdentifier":"corp.example.test"}`, "does not exist."},
	} {
		_, _, answer := s.says(Target+c.name, c.body)
		if answer != c.want && (strings.HasPrefix(c.want, "{") || !strings.Contains(answer, c.want)) {
			t.Errorf("%s %s\ngot  %s\nwant %s", c.name, c.body, answer, c.want)
		}
	}
}

func TestAProviderIsAnsweredWhole(t *testing.T) {
	yes := true
	rules := ProviderRules{TrustedEmailDomains: []string{"a"}, AttributeRefresh: "first", StoreTokens: &yes, MFARequired: &yes, Disabled: &yes}
	settings := up()
	whole := settings.Provider(pool)
	whole.CreatedAt, whole.ModifiedAt = time.Unix(1, 0), time.Unix(2, 0)
	rules.apply(&whole)
	shown := providerOf(&whole)
	if !reflect.DeepEqual(shown.ProviderRules, rules) {
		t.Errorf("%+v", shown.ProviderRules)
	}
	for i, v := 0, reflect.ValueOf(shown); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not shown", v.Type().Field(i).Name)
		}
	}
	back := providerSettingsOf(&whole)
	for i, v := 0, reflect.ValueOf(back); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s is no setting", v.Type().Field(i).Name)
		}
	}
}

func TestPeopleAreLinkedBeforeTheyCome(t *testing.T) {
	s := start(t)
	s.makesUp()
	s.ann()
	link := func(destination, source string) string {
		_, _, answer := s.says(Target+"AdminLinkProviderForUser", `{"UserPoolId":"local_main","DestinationUser":`+destination+`,"SourceUser":`+source+`}`)
		return answer
	}
	const ann = `{"ProviderName":"Cognito","ProviderAttributeValue":"ann@example.test"}`
	const source = `{"ProviderName":"Upper","ProviderAttributeName":"Cognito_Subject","ProviderAttributeValue":"s-1"}`
	if got := link(ann, source); got != "{}" {
		t.Fatal(got)
	}
	for _, c := range []struct{ destination, source, want string }{
		{ann, source, "SourceUser has signed in already or is linked"},
		{ann, strings.Replace(source, "Cognito_Subject", "email", 1), "SourceUser.ProviderAttributeName is Cognito_Subject or sub for this provider"},
		{ann, strings.Replace(source, "Upper", "Down", 1), "Identity provider Down does not exist."},
		{ann, strings.Replace(source, "Upper", "Cognito", 1), "SourceUser.ProviderName is the name of an identity provider"},
		{ann, strings.Replace(source, "s-1", "", 1), "SourceUser.ProviderAttributeValue is missing"},
		{ann, strings.Replace(source, "s-1", strings.Repeat("s", 256), 1), "longer than 255 bytes"},
		{`{"ProviderName":"Cognito","ProviderAttributeValue":""}`, source, "DestinationUser.ProviderAttributeValue is missing"},
		{`{"ProviderName":"Upper","ProviderAttributeValue":"s-9"}`, source, "User does not exist."},
	} {
		if got := link(c.destination, c.source); !strings.Contains(got, c.want) {
			t.Errorf("%s to %s: %s", c.source, c.destination, got)
		}
	}
	// Whoever came from there may be called otherwise here: the identity says who it is.
	if got := link(`{"ProviderName":"Upper","ProviderAttributeValue":"s-1"}`, strings.Replace(source, "s-1", "s-2", 1)); got != "{}" {
		t.Error(got)
	}
	for _, n := range []string{"3", "4", "5"} {
		if got := link(ann, strings.Replace(source, "s-1", "s-"+n, 1)); got != "{}" {
			t.Error(got)
		}
	}
	if got := link(ann, strings.Replace(source, "s-1", "s-6", 1)); !strings.Contains(got, "LimitExceededException") {
		t.Error(got)
	}
}

func TestIdentitiesAreAnAttributeToRead(t *testing.T) {
	s := start(t)
	s.makesUp()
	s.ann()
	source := ProviderUser{ProviderName: "Upper", ProviderAttributeName: "sub", ProviderAttributeValue: "s-1"}
	s.calls(Target+"AdminLinkProviderForUser", AdminLinkProviderForUserRequest{pool, ProviderUser{ProviderAttributeValue: "ann@example.test"}, source}, nil)
	const want = `[{"userId":"s-1","providerName":"Upper","providerType":"OIDC","issuer":null,"primary":false,"dateCreated":1777809600000}]`
	read := func() string {
		var got AdminGetUserResponse
		s.calls(Target+"AdminGetUser", OneUser{pool, "ann@example.test"}, &got)
		return value(got.UserAttributes, "identities")
	}
	if got := read(); got != want {
		t.Error(got)
	}
	var list ListUsersResponse
	s.calls(Target+"ListUsers", ListUsersRequest{UserPoolID: pool, AttributesToGet: []string{"identities"}}, &list)
	if len(list.Users) != 1 || len(list.Users[0].Attributes) != 1 || list.Users[0].Attributes[0].Value != want {
		t.Errorf("%+v", list)
	}
	if status, _, answer := s.says(Target+"AdminUpdateUserAttributes",
		`{"UserPoolId":"local_main","Username":"ann@example.test","UserAttributes":[{"Name":"identities","Value":"[]"}]}`); status != 400 {
		t.Errorf("written: %s", answer)
	}
	disable := AdminDisableProviderForUserRequest{pool, source}
	s.calls(Target+"AdminDisableProviderForUser", disable, nil)
	if got := read(); got != "" {
		t.Error(got)
	}
	if _, kind, _ := s.says(Target+"AdminDisableProviderForUser", encode(t, disable)); kind != "UserNotFoundException" {
		t.Error(kind)
	}
}

func value(pairs []Pair, name string) string {
	for _, pair := range pairs {
		if pair.Name == name {
			return pair.Value
		}
	}
	return ""
}

func TestSAMLPeopleAreKnownByTheNameOrTheAttributeConfigured(t *testing.T) {
	for own, want := range map[string]string{"": "NameID", "uid": "uid"} {
		p := identity.IdentityProvider{Type: "SAML", Details: map[string]string{"SubjectAttribute": own}}
		if keys := keysOf(&p); keys[len(keys)-1] != want {
			t.Error(keys)
		}
	}
}
