package cognito

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/test/kit"
)

const bob, cleo = "bob@example.test", "cleo@example.test"

func keepGroups(t *testing.T, g *goSDK) {
	do(t, g, g.CreateGroup, &cip.CreateGroupInput{UserPoolId: &g.pool, GroupName: to("staff"), Precedence: to(int32(3)), Description: to("Us")})
	do(t, g, g.UpdateGroup, &cip.UpdateGroupInput{UserPoolId: &g.pool, GroupName: to("staff"), Precedence: to(int32(0))})
	read := do(t, g, g.GetGroup, &cip.GetGroupInput{UserPoolId: &g.pool, GroupName: to("staff")}).Group
	if *read.Precedence != 0 {
		t.Errorf("the group is %+v", read)
	}
	do(t, g, g.ListGroups, &cip.ListGroupsInput{UserPoolId: &g.pool})
	refuses(t, g, "GroupExistsException", g.CreateGroup, &cip.CreateGroupInput{UserPoolId: &g.pool, GroupName: to("staff")})
}

func attributes(pairs ...string) (all []types.AttributeType) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	return all
}

func addUsers(t *testing.T, g *goSDK) {
	made := do(t, g, g.AdminCreateUser, &cip.AdminCreateUserInput{
		UserPoolId: &g.pool, Username: to(bob), TemporaryPassword: to("Temporary-7"), MessageAction: "SUPPRESS",
		UserAttributes: attributes("email", bob, "email_verified", "true", "custom:shoe_size", "44"),
	}).User
	if made.UserStatus != "FORCE_CHANGE_PASSWORD" || !made.Enabled || made.UserCreateDate == nil {
		t.Errorf("the new user is %+v", made)
	}
	do(t, g, g.AdminCreateUser, &cip.AdminCreateUserInput{UserPoolId: &g.pool, Username: to(cleo), MessageAction: "SUPPRESS",
		UserAttributes: attributes("email", cleo, "email_verified", "true")})
	do(t, g, g.AdminSetUserPassword, &cip.AdminSetUserPasswordInput{UserPoolId: &g.pool, Username: to(cleo), Password: to(password), Permanent: true})
	refuses(t, g, "UsernameExistsException", g.AdminCreateUser, &cip.AdminCreateUserInput{UserPoolId: &g.pool, Username: to(bob)})
	do(t, g, g.AdminAddUserToGroup, &cip.AdminAddUserToGroupInput{UserPoolId: &g.pool, Username: to(bob), GroupName: to("staff")})
	do(t, g, g.AdminListGroupsForUser, &cip.AdminListGroupsForUserInput{UserPoolId: &g.pool, Username: to(bob)})
	if in := do(t, g, g.ListUsersInGroup, &cip.ListUsersInGroupInput{UserPoolId: &g.pool, GroupName: to("staff")}).Users; len(in) != 1 {
		t.Errorf("in the group are %+v", in)
	}
	do(t, g, g.AdminRemoveUserFromGroup, &cip.AdminRemoveUserFromGroupInput{UserPoolId: &g.pool, Username: to(bob), GroupName: to("staff")})
	do(t, g, g.DeleteGroup, &cip.DeleteGroupInput{UserPoolId: &g.pool, GroupName: to("staff")})
}

func pageUsers(t *testing.T, g *goSDK) {
	found := map[string]bool{}
	pages := cip.NewListUsersPaginator(g, &cip.ListUsersInput{UserPoolId: &g.pool, Limit: to(int32(1))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range page.Users {
			found[*user.Username] = true
		}
	}
	if len(found) != 2 {
		t.Errorf("page by page there are %v", found)
	}
	one := do(t, g, g.ListUsers, &cip.ListUsersInput{UserPoolId: &g.pool, Filter: to(`email ^= "bob"`), AttributesToGet: []string{"email"}}).Users
	if len(one) != 1 || len(one[0].Attributes) != 1 || *one[0].Attributes[0].Value != bob {
		t.Errorf("the filter finds %+v", one)
	}
	refuses(t, g, "InvalidParameterException", g.ListUsers, &cip.ListUsersInput{UserPoolId: &g.pool, Filter: to(`email ~ "bob"`)})
}

func changeUser(t *testing.T, g *goSDK) {
	do(t, g, g.AdminUpdateUserAttributes, &cip.AdminUpdateUserAttributesInput{UserPoolId: &g.pool, Username: to(bob),
		UserAttributes: attributes("name", "Bob", "custom:tier", "gold")})
	do(t, g, g.AdminDeleteUserAttributes, &cip.AdminDeleteUserAttributesInput{UserPoolId: &g.pool, Username: to(bob), UserAttributeNames: []string{"custom:tier"}})
	do(t, g, g.AdminDisableUser, &cip.AdminDisableUserInput{UserPoolId: &g.pool, Username: to(bob)})
	read := do(t, g, g.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &g.pool, Username: to(bob)})
	if read.Enabled || read.UserStatus != "FORCE_CHANGE_PASSWORD" {
		t.Errorf("the user is %+v", read)
	}
	do(t, g, g.AdminEnableUser, &cip.AdminEnableUserInput{UserPoolId: &g.pool, Username: to(bob)})
	do(t, g, g.AdminResetUserPassword, &cip.AdminResetUserPasswordInput{UserPoolId: &g.pool, Username: to(cleo)})
	do(t, g, g.AdminSetUserPassword, &cip.AdminSetUserPasswordInput{UserPoolId: &g.pool, Username: to(cleo), Password: to(password), Permanent: true})
	do(t, g, g.AdminSetUserMFAPreference, &cip.AdminSetUserMFAPreferenceInput{UserPoolId: &g.pool, Username: to(cleo),
		SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: false}})
	do(t, g, g.AdminSetUserSettings, &cip.AdminSetUserSettingsInput{UserPoolId: &g.pool, Username: to(cleo), MFAOptions: []types.MFAOptionType{}})
	do(t, g, g.AdminUserGlobalSignOut, &cip.AdminUserGlobalSignOutInput{UserPoolId: &g.pool, Username: to(cleo)})
	refuses(t, g, "UserNotFoundException", g.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &g.pool, Username: to("nobody@example.test")})
}

func importUsers(t *testing.T, g *goSDK) {
	header := do(t, g, g.GetCSVHeader, &cip.GetCSVHeaderInput{UserPoolId: &g.pool}).CSVHeader
	job := do(t, g, g.CreateUserImportJob, &cip.CreateUserImportJobInput{UserPoolId: &g.pool, JobName: to("first"),
		CloudWatchLogsRoleArn: to("arn:aws:iam::123456789012:role/logs")}).UserImportJob
	values := map[string]string{"email": "dora@example.test", "email_verified": "TRUE", "phone_number_verified": "FALSE", "cognito:mfa_enabled": "FALSE",
		"cognito:username": "dora@example.test"}
	line := make([]string, len(header))
	for i, name := range header {
		line[i] = values[name]
	}
	upload(t, *job.PreSignedUrl, strings.Join(header, ",")+"\n"+strings.Join(line, ",")+"\n")
	do(t, g, g.StartUserImportJob, &cip.StartUserImportJobInput{UserPoolId: &g.pool, JobId: job.JobId})
	kit.Eventually(t, "the import", func() bool {
		now := do(t, g, g.DescribeUserImportJob, &cip.DescribeUserImportJobInput{UserPoolId: &g.pool, JobId: job.JobId}).UserImportJob
		return now.Status == "Succeeded" && now.ImportedUsers == 1
	})
	do(t, g, g.ListUserImportJobs, &cip.ListUserImportJobsInput{UserPoolId: &g.pool, MaxResults: to(int32(10))})
	refuses(t, g, "PreconditionNotMetException", g.StopUserImportJob, &cip.StopUserImportJobInput{UserPoolId: &g.pool, JobId: job.JobId})
	read := do(t, g, g.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &g.pool, Username: to("dora@example.test")})
	if read.UserStatus != "RESET_REQUIRED" {
		t.Errorf("the imported user is %+v", read)
	}
}

// upload sends the file as curl -T does for Cognito.
func upload(t *testing.T, address, text string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, address, bytes.NewBufferString(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-amz-server-side-encryption", "aws:kms")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the upload is answered %s", res.Status)
	}
}

func serverSignsIn(t *testing.T, g *goSDK) {
	first := do(t, g, g.AdminInitiateAuth, &cip.AdminInitiateAuthInput{UserPoolId: &g.pool, ClientId: &g.client, AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
		AuthParameters: map[string]string{"USERNAME": bob, "PASSWORD": "Temporary-7"}})
	if first.ChallengeName != "NEW_PASSWORD_REQUIRED" {
		t.Fatalf("the challenge is %s", first.ChallengeName)
	}
	done := do(t, g, g.AdminRespondToAuthChallenge, &cip.AdminRespondToAuthChallengeInput{UserPoolId: &g.pool, ClientId: &g.client,
		ChallengeName: first.ChallengeName, Session: first.Session,
		ChallengeResponses: map[string]string{"USERNAME": first.ChallengeParameters["USERNAME"], "NEW_PASSWORD": password}})
	if done.AuthenticationResult == nil {
		t.Fatalf("no tokens in %+v", done)
	}
	refuses(t, g, "NotAuthorizedException", g.AdminRespondToAuthChallenge, &cip.AdminRespondToAuthChallengeInput{UserPoolId: &g.pool, ClientId: &g.client,
		ChallengeName: first.ChallengeName, Session: first.Session,
		ChallengeResponses: map[string]string{"USERNAME": first.ChallengeParameters["USERNAME"], "NEW_PASSWORD": password}})
	refuses(t, g, "NotAuthorizedException", g.AdminInitiateAuth, &cip.AdminInitiateAuthInput{UserPoolId: &g.pool, ClientId: &g.client,
		AuthFlow: "ADMIN_USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": bob, "PASSWORD": "wrong"}})
}

// TestSecretHash signs in by a client with a secret, as servers do.
func TestSecretHash(t *testing.T) {
	t.Parallel()
	g := newGoSDK(start(t), keyID, keySecret)
	g.client = secretClient
	name := member(t, g)
	in := signIn(g, name, password)
	refuses(t, g, "NotAuthorizedException", g.InitiateAuth, in)
	in.AuthParameters["SECRET_HASH"] = secretHash("somebody else")
	refuses(t, g, "NotAuthorizedException", g.InitiateAuth, in)
	in.AuthParameters["SECRET_HASH"] = secretHash(name)
	got := do(t, g, g.InitiateAuth, in).AuthenticationResult
	sub := do(t, g, g.GetUser, &cip.GetUserInput{AccessToken: got.AccessToken}).Username
	do(t, g, g.InitiateAuth, &cip.InitiateAuthInput{ClientId: &g.client, AuthFlow: "REFRESH_TOKEN_AUTH",
		AuthParameters: map[string]string{"REFRESH_TOKEN": *got.RefreshToken, "SECRET_HASH": secretHash(*sub)}})
	do(t, g, g.GetTokensFromRefreshToken, &cip.GetTokensFromRefreshTokenInput{ClientId: &g.client, RefreshToken: got.RefreshToken, ClientSecret: to(clientSecret)})
	do(t, g, g.RevokeToken, &cip.RevokeTokenInput{ClientId: &g.client, Token: got.RefreshToken, ClientSecret: to(clientSecret)})
}

func secretHash(name string) string {
	mac := hmac.New(sha256.New, []byte(clientSecret))
	mac.Write([]byte(name + secretClient))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func lookBack(t *testing.T, g *goSDK) {
	events := do(t, g, g.AdminListUserAuthEvents, &cip.AdminListUserAuthEventsInput{UserPoolId: &g.pool, Username: to(bob)}).AuthEvents
	if len(events) == 0 {
		t.Fatal("no sign-in is remembered")
	}
	do(t, g, g.AdminUpdateAuthEventFeedback, &cip.AdminUpdateAuthEventFeedbackInput{UserPoolId: &g.pool, Username: to(bob),
		EventId: events[0].EventId, FeedbackValue: "Valid"})
	refuses(t, g, "NotAuthorizedException", g.UpdateAuthEventFeedback, &cip.UpdateAuthEventFeedbackInput{UserPoolId: &g.pool, Username: to(bob),
		EventId: events[0].EventId, FeedbackValue: "Invalid", FeedbackToken: to("made.up")})
}

func linkAccounts(t *testing.T, g *goSDK) {
	source := &types.ProviderUserIdentifierType{ProviderName: to("Corp"), ProviderAttributeName: to("Cognito_Subject"), ProviderAttributeValue: to("42")}
	do(t, g, g.AdminLinkProviderForUser, &cip.AdminLinkProviderForUserInput{UserPoolId: &g.pool, SourceUser: source,
		DestinationUser: &types.ProviderUserIdentifierType{ProviderName: to("Cognito"), ProviderAttributeValue: to(bob)}})
	do(t, g, g.AdminDisableProviderForUser, &cip.AdminDisableProviderForUserInput{UserPoolId: &g.pool, User: source})
	do(t, g, g.DeleteIdentityProvider, &cip.DeleteIdentityProviderInput{UserPoolId: &g.pool, ProviderName: to("Corp")})
}

func deleteAll(t *testing.T, g *goSDK) {
	do(t, g, g.AdminDeleteUser, &cip.AdminDeleteUserInput{UserPoolId: &g.pool, Username: to(bob)})
	do(t, g, g.DeleteUserPool, &cip.DeleteUserPoolInput{UserPoolId: &g.pool})
	refuses(t, g, "ResourceNotFoundException", g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: &g.pool})
}
