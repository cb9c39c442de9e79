package cognito

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/risk"
)

// factors gives the pool every kind of second factor.
func (s *rig) factors() {
	s.Helper()
	s.calls(Target+"SetUserPoolMfaConfig", map[string]any{
		"UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": Enabled{true},
		"SmsMfaConfiguration": map[string]any{}, "EmailMfaConfiguration": map[string]any{},
	}, nil)
}

// ann makes somebody with a verified address.
func (s *rig) ann() {
	s.Helper()
	s.calls(Target+"AdminCreateUser", AdminCreateUserRequest{
		UserPoolID: pool, Username: "ann@example.test", MessageAction: "SUPPRESS",
		UserAttributes: []Pair{{"email", "ann@example.test"}, {"email_verified", "true"}},
	}, nil)
}

func TestSecondFactorsOfAPoolAreSetAndRead(t *testing.T) {
	s := start(t)
	for _, c := range []struct{ set, want string }{
		{`{}`, `{"MfaConfiguration":"OFF"}`},
		{`{"MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true},"SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::123456789012:role/sms"}}}`,
			`{"SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::123456789012:role/sms"}},"SoftwareTokenMfaConfiguration":{"Enabled":true},"MfaConfiguration":"ON"}`},
		// Alone, passkeys leave the rest as it is, as Cognito's own example does.
		{`{"WebAuthnConfiguration":{"RelyingPartyId":"example.test","UserVerification":"preferred","FactorConfiguration":"SINGLE_FACTOR"}}`,
			`{"SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::123456789012:role/sms"}},"SoftwareTokenMfaConfiguration":{"Enabled":true},"MfaConfiguration":"ON",` +
				`"WebAuthnConfiguration":{"RelyingPartyId":"example.test","UserVerification":"preferred","FactorConfiguration":"SINGLE_FACTOR"}}`},
		{`{"EmailMfaConfiguration":{}}`,
			`{"SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::123456789012:role/sms"}},"SoftwareTokenMfaConfiguration":{"Enabled":true},"EmailMfaConfiguration":{},"MfaConfiguration":"ON",` +
				`"WebAuthnConfiguration":{"RelyingPartyId":"example.test","UserVerification":"preferred","FactorConfiguration":"SINGLE_FACTOR"}}`},
		{`{"MfaConfiguration":"OPTIONAL","EmailMfaConfiguration":{},"WebAuthnConfiguration":{}}`,
			`{"EmailMfaConfiguration":{},"MfaConfiguration":"OPTIONAL"}`},
		{`{"MfaConfiguration":"OPTIONAL","SoftwareTokenMfaConfiguration":{"Enabled":false},"EmailMfaConfiguration":{"Subject":"x"}}`,
			`{"SoftwareTokenMfaConfiguration":{"Enabled":false},"EmailMfaConfiguration":{"Subject":"x"},"MfaConfiguration":"OPTIONAL"}`},
	} {
		body := strings.Replace(c.set, "{", `{"UserPoolId":"local_main",`, 1)
		status, _, answer := s.says(Target+"SetUserPoolMfaConfig", strings.Replace(body, ",}", "}", 1))
		if status != 200 || answer != c.want {
			t.Errorf("set %s: %d %s, want %s", c.set, status, answer, c.want)
		}
		if _, _, answer = s.says(Target+"GetUserPoolMfaConfig", `{"UserPoolId":"local_main"}`); answer != c.want {
			t.Errorf("read %s, want %s", answer, c.want)
		}
	}
	for body, want := range map[string]string{
		`"MfaConfiguration":"SOMETIMES"`:                    "enum value set: [OFF, ON, OPTIONAL]",
		`"MfaConfiguration":"OFF","SmsMfaConfiguration":{}`: "can't turn off MFA and configure an MFA together",
	} {
		if status, _, answer := s.says(Target+"SetUserPoolMfaConfig", `{"UserPoolId":"local_main",`+body+`}`); status != 400 || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
}

func TestRiskIsConfiguredAndRead(t *testing.T) {
	s := start(t)
	const set = `"CompromisedCredentialsRiskConfiguration":{"EventFilter":["SIGN_IN"],"Actions":{"EventAction":"NO_ACTION"}},` +
		`"AccountTakeoverRiskConfiguration":{"NotifyConfiguration":{"SourceArn":"arn:aws:ses:eu-west-1:123456789012:identity/a"},"Actions":{"LowAction":{"Notify":false,"EventAction":"NO_ACTION"},"MediumAction":{"Notify":true,"EventAction":"MFA_IF_CONFIGURED"},"HighAction":{"Notify":true,"EventAction":"BLOCK"}}},` +
		`"RiskExceptionConfiguration":{"BlockedIPRangeList":["10.0.0.0/8"],"SkippedIPRangeList":["192.0.2.7/32"]}`
	sent := strings.Replace(set, "192.0.2.7/32", "192.0.2.7", 1)
	for _, name := range []string{"SetRiskConfiguration", "DescribeRiskConfiguration"} {
		body := `{"UserPoolId":"local_main"}`
		if name == "SetRiskConfiguration" {
			body = `{"UserPoolId":"local_main",` + sent + `}`
		}
		if status, _, answer := s.says(Target+name, body); status != 200 || !strings.Contains(answer, set) {
			t.Errorf("%s: %d %s, want %s", name, status, answer, set)
		}
	}
	var c ClientResponse
	s.calls(Target+"CreateUserPoolClient", CreateUserPoolClientRequest{UserPoolID: pool, ClientName: "web"}, &c)
	one := RiskRequest{pool, c.UserPoolClient.ClientID}
	body := strings.Replace(encode(t, one), "}", `,"RiskExceptionConfiguration":{"BlockedIPRangeList":["192.0.2.0/24"]}}`, 1)
	if status, _, answer := s.says(Target+"SetRiskConfiguration", body); status != 200 || !strings.Contains(answer, `"BlockedIPRangeList":["192.0.2.0/24"]`) {
		t.Errorf("of a client: %d %s", status, answer)
	}
	s.calls(Target+"SetRiskConfiguration", OnePool{pool}, nil)
	var ofPool, ofClient RiskResponse
	s.calls(Target+"DescribeRiskConfiguration", OnePool{pool}, &ofPool)
	if got := ofPool.RiskConfiguration; got.AccountTakeover != nil || got.Compromised != nil || got.Exceptions != nil {
		t.Errorf("left %+v", got)
	}
	s.calls(Target+"DescribeRiskConfiguration", one, &ofClient)
	if got := ofClient.RiskConfiguration; got.Exceptions == nil || got.ClientID != one.ClientID {
		t.Errorf("the client has %+v", got)
	}
}

func TestAnAdministratorSetsSecondFactors(t *testing.T) {
	s := start(t)
	s.factors()
	s.ann()
	s.calls(Target+"AdminSetUserMFAPreference", AdminSetUserMFAPreferenceRequest{
		UserPoolID: pool, Username: "ann@example.test", EmailMFASettings: &MFAPreference{Enabled: true, PreferredMFA: true},
	}, nil)
	var u AdminGetUserResponse
	s.calls(Target+"AdminGetUser", OneUser{pool, "ann@example.test"}, &u)
	if !slices.Equal(u.UserMFASettingList, []string{"EMAIL_OTP"}) || u.PreferredMFASetting != "EMAIL_OTP" {
		t.Errorf("%v, %s preferred", u.UserMFASettingList, u.PreferredMFASetting)
	}
	for _, set := range []string{`"SMSMfaSettings":{"Enabled":true}`, `"SoftwareTokenMfaSettings":{"Enabled":true}`, `"WebAuthnMfaSettings":{"Enabled":true}`} {
		if status, name, _ := s.says(Target+"AdminSetUserMFAPreference", `{"UserPoolId":"local_main","Username":"ann@example.test",`+set+`}`); status != 400 || name != "InvalidParameterException" {
			t.Errorf("%s: %d %s", set, status, name)
		}
	}
	s.calls(AdminTarget+"ResetUserFactors", OneUser{pool, "ann@example.test"}, nil)
	var f UserFactors
	s.calls(AdminTarget+"ListUserFactors", OneUser{pool, "ann@example.test"}, &f)
	if len(f.UserMFASettingList) > 0 || f.PreferredMFASetting != "" || !f.Password {
		t.Errorf("left %+v", f)
	}
}

func TestARecoveryLinkIsAnsweredOrMailed(t *testing.T) {
	s := start(t)
	s.ann()
	var out CreateRecoveryLinkResponse
	s.calls(AdminTarget+"CreateRecoveryLink", CreateRecoveryLinkRequest{UserPoolID: pool, Username: "ann@example.test"}, &out)
	if !strings.HasPrefix(string(out.Link), "https://login.example.test/resetPassword?link=") || out.CodeDeliveryDetails != nil || out.ExpiresAt == nil {
		t.Errorf("answered %q, %+v", string(out.Link), out)
	}
	out = CreateRecoveryLinkResponse{}
	s.calls(AdminTarget+"CreateRecoveryLink", CreateRecoveryLinkRequest{UserPoolID: pool, Username: "ann@example.test", Mail: true}, &out)
	if out.Link != "" || *out.CodeDeliveryDetails != (CodeDeliveryDetails{"a***@e***.test", "EMAIL", "email"}) {
		t.Errorf("answered %q, %+v", string(out.Link), out.CodeDeliveryDetails)
	}
}

func TestAPoolWithoutPasswordsSaysWhyItHasNoRecoveryLink(t *testing.T) {
	s := start(t)
	p := PoolSettings{Pool: identity.Pool{ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}}}
	p.Policies.SignInPolicy.AllowedFirstAuthFactors = []identity.Factor{"EMAIL_OTP"}
	s.applies(p)
	s.ann()
	_, name, body := s.says(AdminTarget+"CreateRecoveryLink", `{"UserPoolId":"local_main","Username":"ann@example.test"}`)
	if name != "NotAuthorizedException" || !strings.Contains(body, "nobody signs in with a password in this pool") {
		t.Errorf("%s %s", name, body)
	}
}

func TestAClientAndAGroupCarryTheirFactors(t *testing.T) {
	s := start(t)
	s.factors()
	var c ClientResponse
	s.calls(Target+"CreateUserPoolClient", CreateUserPoolClientRequest{
		UserPoolID: pool, ClientName: "web", ClientMembers: ClientMembers{ClientRules: ClientRules{MFAConfiguration: "ON", AllowedFirstAuthFactors: []identity.Factor{"PASSWORD"}}},
	}, &c)
	s.calls(Target+"DescribeUserPoolClient", OneClient{pool, c.UserPoolClient.ClientID}, &c)
	if got := c.UserPoolClient; got.MFAConfiguration != "ON" || !slices.Equal(got.AllowedFirstAuthFactors, []identity.Factor{"PASSWORD"}) {
		t.Errorf("client %+v", got.ClientRules)
	}
	s.calls(Target+"CreateGroup", CreateGroupRequest{UserPoolID: pool, GroupName: "staff", MFAConfiguration: "ON"}, nil)
	var g GroupResponse
	s.calls(Target+"GetGroup", OneGroup{pool, "staff"}, &g)
	if g.Group.MFAConfiguration != "ON" {
		t.Errorf("group %+v", g.Group)
	}
}

func TestADeviceThatIsNotThere(t *testing.T) {
	s := start(t)
	s.ann()
	for _, name := range []string{"AdminGetDevice", "AdminForgetDevice"} {
		if _, refused, _ := s.says(Target+name, `{"UserPoolId":"local_main","Username":"ann@example.test","DeviceKey":"local_0a"}`); refused != "ResourceNotFoundException" {
			t.Errorf("%s answers %s", name, refused)
		}
	}
	if _, _, body := s.says(Target+"AdminUpdateDeviceStatus", `{"UserPoolId":"local_main","Username":"ann@example.test","DeviceKey":"x","DeviceRememberedStatus":"yes"}`); !strings.Contains(body, "enum value set: [remembered, not_remembered]") {
		t.Error(body)
	}
}

func TestASignInIsToldInCognitosWords(t *testing.T) {
	e := identity.SignInEvent{
		ID: "x", At: time.UnixMilli(1500).UTC(), Response: "Fail", Reason: identity.SignInBlocked, ClientID: "web", Factors: []identity.Factor{"PASSWORD", "EMAIL_MFA", "SMS_MFA"},
		Address: "192.0.2.7", UserAgent: "curl", Country: "DE", City: "Berlin", Feedback: identity.FeedbackInvalid,
		Risk: identity.Risk{Level: risk.High.String(), Score: 70, Reasons: []string{risk.ReasonBreachedPassword}},
	}
	body, err := json.Marshal(eventOf(&e))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"EventId":"x","EventType":"SignIn","CreationDate":1.5,"EventResponse":"Fail",` +
		`"EventRisk":{"RiskDecision":"Block","RiskLevel":"High","CompromisedCredentialsDetected":true,"Score":70,"Reasons":["breached_password"]},` +
		`"ChallengeResponses":[{"ChallengeName":"Password","ChallengeResponse":"Success"},{"ChallengeName":"Mfa","ChallengeResponse":"Success"}],` +
		`"EventContextData":{"IpAddress":"192.0.2.7","DeviceName":"curl","City":"Berlin","Country":"DE"},` +
		`"EventFeedback":{"FeedbackValue":"Invalid","Provider":"User"},"ClientId":"web","Factors":["PASSWORD","EMAIL_MFA","SMS_MFA"],"Reason":"sign_in_blocked"}`
	if string(body) != want {
		t.Errorf("told\n%s\nwant\n%s", body, want)
	}
	e = identity.SignInEvent{Response: "Fail", Reason: identity.IncorrectPassword, Risk: identity.Risk{Level: risk.Medium.String()}}
	if got := eventOf(&e); got.EventRisk.RiskDecision != "AccountTakeover" || got.ChallengeResponses[0] != (ChallengeResponse{"Password", "Failure"}) {
		t.Errorf("told %+v", got)
	}
	e = identity.SignInEvent{Response: "Pass", Risk: identity.Risk{Level: risk.None.String()}}
	if got := eventOf(&e); got.EventRisk.RiskDecision != "NoRisk" || got.EventRisk.RiskLevel != "" {
		t.Errorf("told %+v", got)
	}
}

func TestLimitsAreListedAndCleared(t *testing.T) {
	s := start(t)
	s.ann()
	for i := range 6 { // five links or codes an hour for one user
		status, _, _ := s.says(Target+"AdminResetUserPassword", `{"UserPoolId":"local_main","Username":"ann@example.test"}`)
		if i == 0 && status == 400 { // whose password is temporary
			s.calls(Target+"AdminSetUserPassword", AdminSetUserPasswordRequest{UserPoolID: pool, Username: "ann@example.test", Password: "walk after supper", Permanent: true}, nil)
		}
	}
	of := LimitsRequest{UserPoolID: pool, Username: "ann@example.test"}
	var out LimitsResponse
	s.calls(AdminTarget+"ListLimits", of, &out)
	if len(out.Limits) == 0 || out.Limits[0].Limit == "" || out.Limits[0].By == "" || out.Limits[0].Until == nil {
		t.Fatalf("listed %+v", out.Limits)
	}
	s.calls(AdminTarget+"ClearLimits", of, nil)
	s.calls(AdminTarget+"ListLimits", of, &out)
	if len(out.Limits) > 0 {
		t.Errorf("left %+v", out.Limits)
	}
	for body, want := range map[string]string{
		`"IpAddress":"ten"`:                  "is no address such as",
		`"IpAddress":"::1","Username":"ann"`: "cannot stand beside Username",
	} {
		if _, _, answer := s.says(AdminTarget+"ListLimits", `{"UserPoolId":"local_main",`+body+`}`); !strings.Contains(answer, want) {
			t.Errorf("%s: %s", body, answer)
		}
	}
}

func TestADeviceIsToldInCognitosWords(t *testing.T) {
	d := identity.DeviceView{Key: "local_0a", Device: identity.Device{
		ID: "0a", UserAgent: "curl", Address: "192.0.2.7", FirstSeen: time.UnixMilli(1500).UTC(), LastSeen: time.UnixMilli(2500).UTC(),
	}}
	const want = `{"DeviceKey":"local_0a","DeviceAttributes":[{"Name":"device_name","Value":"curl"},{"Name":"device_status","Value":"not_remembered"},` +
		`{"Name":"last_ip_used","Value":"192.0.2.7"}],"DeviceCreateDate":1.5,"DeviceLastModifiedDate":2.5,"DeviceLastAuthenticatedDate":2.5}`
	if got := encode(t, deviceOf(d)); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	d.Name, d.Remembered = "Kitchen", true
	if got := encode(t, deviceOf(d)); !strings.Contains(got, `"Kitchen"`) || !strings.Contains(got, `"remembered"`) {
		t.Errorf("told %s", got)
	}
}
