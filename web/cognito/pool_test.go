package cognito

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
)

// made answers the id of a pool made by the API.
func (s *rig) made(in CreateUserPoolRequest) identity.PoolID {
	s.Helper()
	var out UserPoolResponse
	s.calls(Target+"CreateUserPool", in, &out)
	return out.UserPool.ID
}

func (s *rig) refuses(name, body, kind, words string) {
	s.Helper()
	if status, got, answer := s.says(Target+name, body); status != 400 || got != kind || !strings.Contains(answer, words) {
		s.Errorf("%s %s: %d %s, want %s with %q", name, body, status, answer, kind, words)
	}
}

// TestTheNamesOfTheAPIAreAllKept fills every member by reflection, so that a new
// one cannot be left out.
func TestTheNamesOfTheAPIAreAllKept(t *testing.T) {
	var in CreateUserPoolRequest
	fill(reflect.ValueOf(&in.PoolMembers).Elem())
	raw := json.RawMessage(`{"x":"y"}`)
	in.SMSConfiguration, in.KeyConfiguration, in.IssuerConfiguration = raw, raw, raw
	in.AcrConfiguration = map[string]AcrLevel{"Level1": {"a"}, "Level2": {"b"}, "Level3": {"c"}, "Level4": {"d"}}
	in.UserPoolAddOns.AdvancedSecurityAdditionalFlows = raw
	in.UserPoolTags = map[string]string{"a": "b"}
	var p identity.Pool
	in.apply(&p)
	if out := membersOf(&p); !reflect.DeepEqual(out, in.PoolMembers) {
		t.Errorf("set %s\nand shown %s", encode(t, in.PoolMembers), encode(t, out))
	}
}

func TestAPoolIsMadeChangedAndDeleted(t *testing.T) {
	s := start(t)
	id := s.made(CreateUserPoolRequest{PoolName: "Shop", PoolMembers: PoolMembers{DeletionProtection: "ACTIVE"}})
	if !strings.HasPrefix(string(id), "local_") || len(id) != len("local_")+9 {
		t.Errorf("the id is %s", id)
	}
	one := encode(t, OnePool{id})
	s.refuses("DeleteUserPool", one, "InvalidParameterException", "deletion protection")
	s.calls(Target+"UpdateUserPool", UpdateUserPoolRequest{UserPoolID: id}, nil)
	s.calls(Target+"CreateUserPoolDomain", DomainRequest{UserPoolID: id, Domain: "shop"}, nil)
	s.refuses("DeleteUserPool", one, "InvalidParameterException", "domain")
	s.refuses("CreateUserPoolDomain", `{"UserPoolId":"local_main","Domain":"shop"}`, "InvalidParameterException", "associated with another user pool")
	s.refuses("CreateUserPoolDomain", `{"UserPoolId":"`+string(id)+`","Domain":"shop2"}`, "InvalidParameterException", "already has a domain")
	s.calls(Target+"DeleteUserPoolDomain", DomainRequest{UserPoolID: id, Domain: "shop"}, nil)
	s.calls(Target+"DeleteUserPool", OnePool{id}, nil)
	s.refuses("DescribeUserPool", one, "ResourceNotFoundException", "")
	s.refuses("DeleteUserPool", `{"UserPoolId":"local_main"}`, "InvalidParameterException", "at the root")
}

func TestASchemaThatCannotBe(t *testing.T) {
	s := start(t)
	s.refuses("CreateUserPool", `{"PoolName":"x","Schema":[{"Name":"a","AttributeDataType":"String","DeveloperOnlyAttribute":true}]}`, "InvalidParameterException", "developer-only")
	s.refuses("CreateUserPool", `{"PoolName":"x","Schema":[{"Name":"a","AttributeDataType":"Number","NumberAttributeConstraints":{"MinValue":"few"}}]}`, "InvalidParameterException", "no number")
	s.refuses("AddCustomAttributes", `{"UserPoolId":"local_main","CustomAttributes":[{"Name":"a","Required":true}]}`, "InvalidParameterException", "only standard attributes")
	add := `{"UserPoolId":"local_main","CustomAttributes":[{"Name":"size"}]}`
	s.calls(Target+"AddCustomAttributes", json.RawMessage(add), nil)
	s.refuses("AddCustomAttributes", add, "InvalidParameterException", "custom:size: Existing attribute already has name custom:size.")
}

func TestRegistrationFollowsDcrConfiguration(t *testing.T) {
	s := start(t)
	nobody, some := []string{}, []string{"client_credentials"}
	id := s.made(CreateUserPoolRequest{PoolName: "x"})
	for _, c := range []struct {
		dcr    *DcrConfiguration
		policy string
		grants string
	}{
		{&DcrConfiguration{AllowedScopes: []string{"aws.cognito.signin.user.admin"}}, "token", "authorization_code refresh_token client_credentials"},
		{&DcrConfiguration{OpenDcrEnabled: true}, "open", "authorization_code refresh_token"},
		{&DcrConfiguration{OpenDcrEnabled: true, OpenDcrGrantTypes: &some}, "open", "client_credentials"},
		{&DcrConfiguration{OpenDcrEnabled: true, OpenDcrGrantTypes: &nobody}, "closed", ""},
		{&DcrConfiguration{EnableStatus: "Disabled", OpenDcrEnabled: true}, "closed", ""},
		{nil, "closed", ""},
	} {
		s.calls(Target+"UpdateUserPool", UpdateUserPoolRequest{UserPoolID: id, PoolMembers: PoolMembers{KeptPool: KeptPool{DcrConfiguration: c.dcr}}}, nil)
		p, err := s.handler.Settings.Pool(t.Context(), id)
		if r := p.ClientRegistration; err != nil || r.Policy != c.policy || strings.Join(r.AllowedGrants, " ") != c.grants {
			t.Errorf("%s: %+v, %v", encode(t, c.dcr), r, err)
		}
		var out UserPoolResponse
		s.calls(Target+"DescribeUserPool", OnePool{id}, &out)
		if !reflect.DeepEqual(out.UserPool.DcrConfiguration, c.dcr) {
			t.Errorf("set %s, read %s", encode(t, c.dcr), encode(t, out.UserPool.DcrConfiguration))
		}
	}
}

// TestAKeyOfOnePoolSeesNoOther: what names its pool by an ARN or a domain is held
// against the caller, too.
func TestAKeyOfOnePoolSeesNoOther(t *testing.T) {
	s := start(t)
	other := s.made(CreateUserPoolRequest{PoolName: "Other"})
	s.calls(Target+"CreateUserPoolDomain", DomainRequest{UserPoolID: other, Domain: "other"}, nil)
	key := Caller{Kind: AccessKey, Pool: pool}
	for _, name := range []string{"TagResource", "UntagResource", "ListTagsForResource"} {
		body := encode(t, TagsRequest{ResourceArn: arnOf(other), Tags: map[string]string{"a": "b"}, TagKeys: []string{"a"}})
		if kind, answer := s.as(key, Target+name, body); kind != "AccessDeniedException" && kind != "NotAuthorizedException" {
			t.Errorf("%s: %s", name, answer)
		}
	}
	if _, answer := s.as(key, Target+"DescribeUserPoolDomain", `{"Domain":"other"}`); answer != `{"DomainDescription":{}}` {
		t.Errorf("the domain is told: %s", answer)
	}
	for _, body := range []string{`{"PoolName":"x"}`} {
		if kind, answer := s.as(key, Target+"CreateUserPool", body); kind == "" {
			t.Errorf("made a pool: %s", answer)
		}
	}
	s.refuses("TagResource", `{"ResourceArn":"arn:aws:cognito-idp:eu-west-1:000000000000:userpool/local_main","Tags":{"a":"b"}}`, "InvalidParameterException", "ARN")
}

func TestSessionsAreBoundedOnceTheyAreTracked(t *testing.T) {
	s := start(t)
	var c ClientResponse
	s.calls(Target+"CreateUserPoolClient", CreateUserPoolClientRequest{UserPoolID: pool, ClientName: "web"}, &c)
	one := `{"UserPoolId":"local_main","ClientId":"` + string(c.UserPoolClient.ClientID) + `"`
	s.refuses("SetUserPoolClientSessionConfiguration", one+`,"SSOSession":{"MaxValidityMinutes":5}}`, "InvalidParameterException", "not enabled")
	for _, step := range []struct{ set, want string }{
		{"", `{"UserPoolId":"local_main","UserSessionTracking":"DISABLED","TokenSession":{"MaxPerUser":20}}`},
		{`"UserSessionTracking":"ENABLED","TokenSession":{"MaxPerUser":3}`, `{"UserPoolId":"local_main","UserSessionTracking":"ENABLED","TokenSession":{"MaxPerUser":3}}`},
		{`"UserSessionTracking":"DISABLED","TokenSession":{"MaxPerUser":4}`, `{"UserPoolId":"local_main","UserSessionTracking":"DISABLED","TokenSession":{"MaxPerUser":4}}`},
		{`"UserSessionTracking":"ENABLED","TokenSession":{"MaxPerUser":5}`, `{"UserPoolId":"local_main","UserSessionTracking":"ENABLED","TokenSession":{"MaxPerUser":5}}`},
	} {
		if step.set != "" {
			s.calls(Target+"SetUserPoolSessionConfiguration", json.RawMessage(`{"UserPoolId":"local_main",`+step.set+`}`), nil)
		}
		if _, _, got := s.says(Target+"GetUserPoolSessionConfiguration", `{"UserPoolId":"local_main"}`); got != step.want {
			t.Errorf("read %s, want %s", got, step.want)
		}
	}
	s.calls(Target+"SetUserPoolClientSessionConfiguration", json.RawMessage(one+`,"SSOSession":{"MaxValidityMinutes":0}}`), nil)
	if _, _, got := s.says(Target+"GetUserPoolClientSessionConfiguration", one+"}"); !strings.Contains(got, `"MaxValidityMinutes":0`) {
		t.Errorf("read %s", got)
	}
}

func TestWhatAServerCannotHave(t *testing.T) {
	s := start(t)
	s.refuses("ListUserPoolReplicas", `{"UserPoolId":"local_main"}`, "OperationNotEnabledException", "regions")
	s.refuses("CreateUserPoolReplica", `{"UserPoolId":"local_gone","RegionName":"eu-west-1"}`, "ResourceNotFoundException", "")
	s.refuses("GetProvisionedLimit", `{"LimitDefinition":{"LimitClass":"API_CATEGORY","Attributes":{}}}`, "ResourceNotFoundException", "rates")
}

// TestBrandingLiesOverTheTheme: what pages can show of a style is shown, colours
// that cannot be told apart are not, and what the file says is there again afterwards.
func TestBrandingLiesOverTheTheme(t *testing.T) {
	s := start(t)
	var c ClientResponse
	s.calls(Target+"CreateUserPoolClient", CreateUserPoolClientRequest{UserPoolID: pool, ClientName: "web"}, &c)
	settings := `{"categories":{"global":{"colorSchemeMode":"DARK"}},"componentClasses":{"buttons":{"borderRadius":4.0}},"components":{` +
		`"primaryButton":{"lightMode":{"defaults":{"backgroundColor":"0b5d57ff"}},"darkMode":{"defaults":{"backgroundColor":"101010ff"}}}}}`
	var made BrandingResponse
	s.calls(Target+"CreateManagedLoginBranding", BrandingRequest{UserPoolID: pool, ClientID: c.UserPoolClient.ClientID, Settings: json.RawMessage(settings),
		Assets: []BrandingAsset{{Category: "FORM_LOGO", ColorMode: "DARK", Extension: "SVG", Bytes: []byte("<svg/>")}}}, &made)
	look := func() *identity.Theme {
		found, err := s.handler.Settings.Client(t.Context(), pool, c.UserPoolClient.ClientID)
		if err != nil {
			t.Fatal(err)
		}
		return found.Look()
	}
	four := 4
	want := &identity.Theme{ColorScheme: "dark", Primary: "#0b5d57", Radius: &four, LogoDark: hashOf([]byte("<svg/>"))}
	if got := look(); !reflect.DeepEqual(got, want) {
		t.Errorf("looks %+v, want %+v", got, want)
	}
	if _, kind, err := s.handler.Files.ThemeFile(t.Context(), pool, want.LogoDark); err != nil || kind != "image/svg+xml" {
		t.Errorf("the logo is %s, %v", kind, err)
	}
	s.calls(Target+"UpdateUserPoolClient", UpdateUserPoolClientRequest{UserPoolID: pool, ClientID: c.UserPoolClient.ClientID}, nil)
	if look() == nil {
		t.Error("an update of the client took its style")
	}
	s.calls(Target+"DeleteManagedLoginBranding", OneBranding{UserPoolID: pool, ID: made.ManagedLoginBranding.ID}, nil)
	if got := look(); got != nil {
		t.Errorf("left: %+v", got)
	}
}

func TestListsAreAnsweredInPages(t *testing.T) {
	s := start(t)
	var want []string
	for _, name := range []string{"https://a.test", "https://b.test", "https://c.test"} {
		s.calls(Target+"CreateResourceServer", ResourceServer{UserPoolID: pool, Identifier: name, Name: "x"}, nil)
		want = append(want, name)
	}
	var seen []string
	for in := (ListResourceServersRequest{UserPoolID: pool, MaxResults: 2}); ; {
		var out ListResourceServersResponse
		s.calls(Target+"ListResourceServers", in, &out)
		if len(out.ResourceServers) > 2 {
			t.Fatalf("a page of %d", len(out.ResourceServers))
		}
		for _, r := range out.ResourceServers {
			seen = append(seen, r.Identifier)
		}
		if in.NextToken = out.NextToken; in.NextToken == "" {
			break
		}
	}
	if !slices.Equal(seen, want) {
		t.Errorf("listed %v", seen)
	}
}

func TestAttackAPoolWritesAsAnybodyOfTheOperatorsDomain(t *testing.T) {
	s := start(t)
	s.handler.Senders = message.NewSenders("Acme <login@corp.test>", nil)
	for from, failure := range map[string]bool{"Shop <login@corp.test>": false, "Corp Payroll <ceo@corp.test>": true} {
		in := CreateUserPoolRequest{PoolName: "x"}
		in.EmailConfiguration = &EmailConfiguration{From: from}
		id := s.made(in)
		var out UserPoolResponse
		s.calls(Target+"DescribeUserPool", map[string]any{"UserPoolId": id}, &out)
		if got := out.UserPool; got.EmailConfiguration.From != from || (got.EmailConfigurationFailure != "") != failure {
			t.Errorf("%s: from %s, %q", from, got.EmailConfiguration.From, got.EmailConfigurationFailure)
		}
	}
	spoofed := `{"PoolName":"x","EmailConfiguration":{"From":"\"ceo@corp.test\" <login@corp.test>"}}`
	s.refuses("CreateUserPool", spoofed, "InvalidParameterException", "without an @ in the name")
	s.refuses("SetRiskConfiguration", `{"UserPoolId":"local_main","AccountTakeoverRiskConfiguration":{"Actions":{},"NotifyConfiguration":{"SourceArn":"arn:aws:ses:x:000000000000:identity/x","From":"=?utf-8?q?ceo=40corp.test?= <login@corp.test>"}}}`,
		"InvalidParameterException", "without an @ in the name")
}
