package cognito

import (
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// refused says that an operation answers an exception whose text holds want.
func (s *rig) refused(name, body, kind, want string) {
	s.Helper()
	if _, got, answer := s.says(Target+name, body); got != kind || !strings.Contains(answer, want) {
		s.Errorf("%s %s answers %s, want %s with %q", name, body, answer, kind, want)
	}
}

const ofAnn = `"UserPoolId":"local_main","Username":"ann@example.test"`

func TestAGroupKeepsWhatAnUpdateDoesNotName(t *testing.T) {
	s := start(t)
	s.factors()
	four := 4
	s.calls(Target+"CreateGroup", CreateGroupRequest{UserPoolID: pool, GroupName: "staff", Description: "People", Precedence: &four, MFAConfiguration: "ON"}, nil)
	var out GroupResponse
	s.calls(Target+"UpdateGroup", m{"UserPoolId": pool, "GroupName": "staff", "Precedence": 0, "RoleArn": "arn:aws:iam::123456789012:role/staff"}, &out)
	g := out.Group
	if g.Description != "People" || *g.Precedence != 0 || g.RoleARN == "" || g.MFAConfiguration != "ON" || g.CreationDate == nil {
		t.Errorf("updated %+v", g)
	}
	out = GroupResponse{}
	s.calls(Target+"UpdateGroup", m{"UserPoolId": pool, "GroupName": "staff", "Description": ""}, &out)
	if out.Group.Description != "" {
		t.Errorf("the description stays %q", out.Group.Description)
	}
	s.refused("UpdateGroup", `{"UserPoolId":"local_main","GroupName":"none"}`, "ResourceNotFoundException", "Group not found")
}

func TestGroupsAndTheirPeopleAreListedInPages(t *testing.T) {
	s := start(t)
	s.user("ann@example.test")
	s.user("bob@example.test")
	for _, name := range []string{"a", "b", "c"} {
		s.calls(Target+"CreateGroup", CreateGroupRequest{UserPoolID: pool, GroupName: name}, nil)
		s.calls(Target+"AdminAddUserToGroup", GroupMember{pool, "ann@example.test", name}, nil)
	}
	s.calls(Target+"AdminAddUserToGroup", GroupMember{pool, "bob@example.test", "a"}, nil)
	in := AdminListGroupsForUserRequest{UserPoolID: pool, Username: "ann@example.test", Limit: 2}
	var first, second AdminListGroupsForUserResponse
	s.calls(Target+"AdminListGroupsForUser", in, &first)
	in.NextToken = first.NextToken
	s.calls(Target+"AdminListGroupsForUser", in, &second)
	if len(first.Groups) != 2 || len(second.Groups) != 1 || second.Groups[0].GroupName != "c" || second.NextToken != "" {
		t.Errorf("listed %+v and %+v", first, second)
	}
	var people, last ListUsersInGroupResponse
	s.calls(Target+"ListUsersInGroup", ListUsersInGroupRequest{UserPoolID: pool, GroupName: "a", Limit: 1}, &people)
	if len(people.Users) != 1 || people.NextToken == "" {
		t.Fatalf("listed %+v", people)
	}
	s.calls(Target+"ListUsersInGroup", ListUsersInGroupRequest{UserPoolID: pool, GroupName: "a", NextToken: people.NextToken}, &last)
	if len(last.Users) != 1 || last.NextToken != "" {
		t.Errorf("the last page is %+v", last)
	}
}

func TestATokenGoesOnWithItsOwnListForAnHour(t *testing.T) {
	s := start(t)
	for _, name := range []string{"a", "b", "c"} {
		s.calls(Target+"CreateGroup", CreateGroupRequest{UserPoolID: pool, GroupName: name}, nil)
	}
	var out ListGroupsResponse
	s.calls(Target+"ListGroups", ListGroupsRequest{UserPoolID: pool, Limit: 1}, &out)
	const why = "within the last hour"
	s.refused("ListUsersInGroup", `{"UserPoolId":"local_main","GroupName":"a","NextToken":"`+out.NextToken+`"}`, "InvalidParameterException", why)
	s.refused("ListGroups", `{"UserPoolId":"local_main","NextToken":"`+out.NextToken[1:]+`"}`, "InvalidParameterException", why)
	now := s.handler.Now()
	s.handler.Now = func() time.Time { return now.Add(time.Hour) }
	s.refused("ListGroups", `{"UserPoolId":"local_main","NextToken":"`+out.NextToken+`"}`, "InvalidParameterException", why)
}

func TestAttributesAreDeleted(t *testing.T) {
	s := start(t)
	s.calls(Target+"AdminCreateUser", AdminCreateUserRequest{UserPoolID: pool, Username: "ann@example.test", MessageAction: "SUPPRESS",
		UserAttributes: []Pair{{"email", "ann@example.test"}, {"name", "Ann"}, {"nickname", "A"}}}, nil)
	s.calls(Target+"AdminDeleteUserAttributes", AdminDeleteUserAttributesRequest{pool, "ann@example.test", []string{"name"}}, nil)
	var got AdminGetUserResponse
	s.calls(Target+"AdminGetUser", OneUser{pool, "ann@example.test"}, &got)
	names := []string{}
	for _, each := range got.UserAttributes {
		names = append(names, each.Name)
	}
	if slices.Contains(names, "name") || !slices.Contains(names, "nickname") {
		t.Errorf("left %v", names)
	}
	s.refused("AdminDeleteUserAttributes", `{`+ofAnn+`,"UserAttributeNames":["email"]}`, "InvalidParameterException", "email")
	s.refused("AdminDeleteUserAttributes", `{`+ofAnn+`,"UserAttributeNames":["custom:none"]}`, "InvalidParameterException", "custom:none")
}

func TestWhatTheUsersStateDoesNotAllowIsNotAuthorized(t *testing.T) {
	s := start(t)
	s.user("ann@example.test")
	s.refused("AdminConfirmSignUp", `{`+ofAnn+`,"ClientMetadata":{"a":"b"}}`, "NotAuthorizedException", "User cannot be confirmed")
	s.refused("AdminResetUserPassword", `{`+ofAnn+`}`, "NotAuthorizedException", "cannot be reset in the current state")
	s.calls(Target+"AdminSetUserPassword", AdminSetUserPasswordRequest{pool, "ann@example.test", "plum-orchard-7-lantern", true}, nil)
	s.refused("AdminCreateUser", `{`+ofAnn+`,"MessageAction":"RESEND"}`, "UnsupportedUserStateException", "")
	s.refused("AdminCreateUser", `{"UserPoolId":"local_main","Username":"bob@example.test","MessageAction":"RESEND"}`, "UserNotFoundException", "")
}

func TestFactorsOfAUserAreListedAndTheAppIsRemoved(t *testing.T) {
	s := start(t)
	s.factors()
	s.ann()
	s.calls(Target+"AdminUpdateUserAttributes", m{"UserPoolId": pool, "Username": "ann@example.test", "UserAttributes": []Pair{{"phone_number", "+14155550100"}, {"phone_number_verified", "true"}}}, nil)
	sms := `"MFAOptions":[{"DeliveryMedium":"SMS","AttributeName":"phone_number"}]`
	if status, _, answer := s.says(Target+"AdminSetUserSettings", `{`+ofAnn+`,`+sms+`}`); status != 200 {
		t.Fatal(answer)
	}
	var got AdminGetUserAuthFactorsResponse
	s.calls(Target+"AdminGetUserAuthFactors", OneUser{pool, "ann@example.test"}, &got)
	if !slices.Equal(got.UserMFASettingList, []string{"SMS_MFA"}) || !slices.Contains(got.ConfiguredUserAuthFactors, "PASSWORD") || got.Username == "" {
		t.Errorf("factors %+v", got)
	}
	s.calls(Target+"AdminSetUserSettings", AdminSetUserSettingsRequest{pool, "ann@example.test", []MFAOption{}}, nil)
	var left AdminGetUserAuthFactorsResponse
	s.calls(Target+"AdminGetUserAuthFactors", OneUser{pool, "ann@example.test"}, &left)
	if len(left.UserMFASettingList) != 0 {
		t.Errorf("left %+v", left)
	}
	s.refused("AdminSetUserSettings", `{`+ofAnn+`,"MFAOptions":[{"DeliveryMedium":"EMAIL","AttributeName":"email"}]}`, "InvalidParameterException", "SMS to phone_number")
	s.calls(Target+"AdminDeleteSoftwareToken", OneUser{pool, "ann@example.test"}, nil)
	s.refused("AdminDeleteSoftwareToken", `{"UserPoolId":"local_main","Username":"nobody@example.test"}`, "UserNotFoundException", "")
}

func TestSessionIDsOfTheModel(t *testing.T) {
	for _, id := range []string{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "3b241101-e2bb-4255-8caf-4136c566a962"} {
		for kind, text := range map[string]string{ofTokens: tokenSession(id), ofBrowser: browserSession(id)} {
			was, back, ok := readSession(text)
			if len(text) != 28 || !ok || was != kind || back != id {
				t.Errorf("%s is %q, read as %s %s %v", id, text, was, back, ok)
			}
		}
	}
	for _, text := range []string{"", "sso", "ssozzzzzzzzzzzzzzzzzzzzzzzzz", "abc" + browserSession("3b241101-e2bb-4255-8caf-4136c566a962")[3:], strings.ToUpper(browserSession("3b241101-e2bb-4255-8caf-4136c566a962"))} {
		if _, _, ok := readSession(text); ok {
			t.Errorf("%q was read", text)
		}
	}
}

// signedInAs is a browser's sign-in with a password, against the core.
func (s *rig) signedInAs(name, word string) *identity.SignedIn {
	s.Helper()
	signIn := &identity.SignIn{Core: s.handler.Admin.Core}
	step, err := signIn.Begin(s.Context(), identity.Start{Pool: pool, Channel: "here", Identifier: name})
	if err == nil {
		step, err = signIn.Respond(s.Context(), identity.Reply{Attempt: step.Attempt, Channel: "here", Answer: identity.PasswordAnswer{Password: word}})
	}
	if err != nil || step.Done == nil {
		s.Fatalf("%+v %v", step, err)
	}
	return step.Done
}

func TestFeedbackOnASignIn(t *testing.T) {
	s := start(t)
	s.user("ann@example.test")
	s.calls(Target+"AdminSetUserPassword", AdminSetUserPasswordRequest{pool, "ann@example.test", "plum-orchard-7-lantern", true}, nil)
	s.signedInAs("ann@example.test", "plum-orchard-7-lantern")
	var out AdminListUserAuthEventsResponse
	list := AdminListUserAuthEventsRequest{UserPoolID: pool, Username: "ann@example.test"}
	s.calls(Target+"AdminListUserAuthEvents", list, &out)
	if len(out.AuthEvents) != 1 {
		t.Fatalf("events %+v", out)
	}
	s.calls(Target+"AdminUpdateAuthEventFeedback", AdminUpdateAuthEventFeedbackRequest{pool, "ann@example.test", out.AuthEvents[0].EventID, "Valid"}, nil)
	s.calls(Target+"AdminListUserAuthEvents", list, &out)
	if f := out.AuthEvents[0].EventFeedback; f == nil || f.FeedbackValue != "Valid" || f.Provider != "Admin" || f.FeedbackDate == nil {
		t.Errorf("feedback %+v", f)
	}
	s.refused("AdminUpdateAuthEventFeedback", `{`+ofAnn+`,"EventId":"none","FeedbackValue":"Valid"}`, "ResourceNotFoundException", "")
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{
		ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}, AddOns: identity.AddOns{AdvancedSecurityMode: "OFF"},
	}}}}, nil)
	s.refused("AdminListUserAuthEvents", `{`+ofAnn+`}`, "UserPoolAddOnNotEnabledException", "")
}
