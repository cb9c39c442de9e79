package cognito

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const eve = "eve@example.test"

func signUp(t *testing.T, g *goSDK) {
	made := do(t, g, g.SignUp, &cip.SignUpInput{ClientId: &g.client, Username: to(eve), Password: to(password),
		UserAttributes: attributes("email", eve, "name", "Eve")})
	if made.UserConfirmed || made.UserSub == nil || made.CodeDeliveryDetails.DeliveryMedium != "EMAIL" {
		t.Errorf("the sign-up is %+v", made)
	}
	first := g.server.Mail(t, eve, 1).Code(t)
	refuses(t, g, "UserNotConfirmedException", g.InitiateAuth, signIn(g, eve, password))
	do(t, g, g.ResendConfirmationCode, &cip.ResendConfirmationCodeInput{ClientId: &g.client, Username: to(eve)})
	code := g.server.Mail(t, eve, 2).Code(t)
	refuses(t, g, "CodeMismatchException", g.ConfirmSignUp, &cip.ConfirmSignUpInput{ClientId: &g.client, Username: to(eve), ConfirmationCode: other(first, code)})
	do(t, g, g.ConfirmSignUp, &cip.ConfirmSignUpInput{ClientId: &g.client, Username: to(eve), ConfirmationCode: &code})
	taken := &cip.SignUpInput{ClientId: &g.client, Username: to(eve), Password: to(password), UserAttributes: attributes("email", eve)}
	do(t, g, g.SignUp, taken) // the client prevents user existence errors
	taken.ClientId = &g.telling
	refuses(t, g, "UsernameExistsException", g.SignUp, taken)
	refuses(t, g, "InvalidPasswordException", g.SignUp, &cip.SignUpInput{ClientId: &g.client, Username: to("x" + eve), Password: to("short")})
	frank := to("frank@example.test")
	do(t, g, g.SignUp, &cip.SignUpInput{ClientId: &g.client, Username: frank, Password: to(password), UserAttributes: attributes("email", *frank)})
	do(t, g, g.AdminConfirmSignUp, &cip.AdminConfirmSignUpInput{UserPoolId: &g.pool, Username: frank})
}

// other answers a code that is neither.
func other(codes ...string) *string {
	for _, wrong := range []string{"000000", "111111", "222222"} {
		if wrong != codes[0] && wrong != codes[1] {
			return &wrong
		}
	}
	return nil
}

func signIn(g *goSDK, name, password string) *cip.InitiateAuthInput {
	return &cip.InitiateAuthInput{ClientId: &g.client, AuthFlow: "USER_PASSWORD_AUTH",
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password}}
}

// tokens signs somebody in who has a password and nothing else.
func tokens(t *testing.T, g *goSDK, name, password string) *types.AuthenticationResultType {
	t.Helper()
	out := do(t, g, g.InitiateAuth, signIn(g, name, password))
	if out.AuthenticationResult == nil {
		t.Fatalf("the sign-in of %s ends in %s", name, out.ChallengeName)
	}
	return out.AuthenticationResult
}

func forgetPassword(t *testing.T, g *goSDK) {
	sent := do(t, g, g.ForgotPassword, &cip.ForgotPasswordInput{ClientId: &g.client, Username: to(eve)}).CodeDeliveryDetails
	if sent.DeliveryMedium != "EMAIL" {
		t.Errorf("the code goes by %+v", sent)
	}
	code := g.server.MailAbout(t, eve, "Reset your password", 1).Code(t)
	do(t, g, g.ConfirmForgotPassword, &cip.ConfirmForgotPasswordInput{ClientId: &g.client, Username: to(eve), ConfirmationCode: &code,
		Password: to("Another-Horse-9")})
	refuses(t, g, "NotAuthorizedException", g.InitiateAuth, signIn(g, eve, password))
}

func signInAndRead(t *testing.T, g *goSDK) {
	in := tokens(t, g, eve, "Another-Horse-9")
	if in.ExpiresIn != 3600 || *in.TokenType != "Bearer" || in.RefreshToken == nil {
		t.Errorf("the tokens are %+v", in)
	}
	me := do(t, g, g.GetUser, &cip.GetUserInput{AccessToken: in.AccessToken})
	if len(me.UserAttributes) < 4 {
		t.Errorf("the person is %+v", me)
	}
	do(t, g, g.GetUserAuthFactors, &cip.GetUserAuthFactorsInput{AccessToken: in.AccessToken})
	again := do(t, g, g.GetTokensFromRefreshToken, &cip.GetTokensFromRefreshTokenInput{ClientId: &g.client, RefreshToken: in.RefreshToken})
	if again.AuthenticationResult.AccessToken == nil || again.AuthenticationResult.RefreshToken != nil {
		t.Errorf("the refresh gives %+v", again.AuthenticationResult)
	}
	refreshed := do(t, g, g.InitiateAuth, &cip.InitiateAuthInput{ClientId: &g.client, AuthFlow: "REFRESH_TOKEN_AUTH",
		AuthParameters: map[string]string{"REFRESH_TOKEN": *in.RefreshToken}})
	if refreshed.AuthenticationResult == nil {
		t.Errorf("the refresh gives %+v", refreshed)
	}
	do(t, g, g.RevokeToken, &cip.RevokeTokenInput{ClientId: &g.client, Token: in.RefreshToken})
	refuses(t, g, "NotAuthorizedException", g.GetTokensFromRefreshToken, &cip.GetTokensFromRefreshTokenInput{ClientId: &g.client, RefreshToken: in.RefreshToken})
	refuses(t, g, "NotAuthorizedException", g.GetUser, &cip.GetUserInput{AccessToken: in.AccessToken})
}

func changeOwn(t *testing.T, g *goSDK) {
	token := tokens(t, g, eve, "Another-Horse-9").AccessToken
	do(t, g, g.ChangePassword, &cip.ChangePasswordInput{AccessToken: token, PreviousPassword: to("Another-Horse-9"), ProposedPassword: to(password)})
	do(t, g, g.UpdateUserAttributes, &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attributes("name", "Eva", "custom:tier", "gold")})
	do(t, g, g.DeleteUserAttributes, &cip.DeleteUserAttributesInput{AccessToken: token, UserAttributeNames: []string{"custom:tier"}})
	phone := somePhone()
	do(t, g, g.UpdateUserAttributes, &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attributes("phone_number", phone)})
	do(t, g, g.GetUserAttributeVerificationCode, &cip.GetUserAttributeVerificationCodeInput{AccessToken: token, AttributeName: to("phone_number")})
	code := g.server.SMS(t, phone, 1).Code(t)
	do(t, g, g.VerifyUserAttribute, &cip.VerifyUserAttributeInput{AccessToken: token, AttributeName: to("phone_number"), Code: &code})
	do(t, g, g.SetUserSettings, &cip.SetUserSettingsInput{AccessToken: token, MFAOptions: []types.MFAOptionType{}})
	refuses(t, g, "NotAuthorizedException", g.ChangePassword, &cip.ChangePasswordInput{AccessToken: token, PreviousPassword: to("wrong"), ProposedPassword: to(password)})
}

func setUpApp(t *testing.T, g *goSDK) {
	token := tokens(t, g, cleo, password).AccessToken
	app := authenticator(t, *do(t, g, g.AssociateSoftwareToken, &cip.AssociateSoftwareTokenInput{AccessToken: token}).SecretCode)
	if status := do(t, g, g.VerifySoftwareToken, &cip.VerifySoftwareTokenInput{AccessToken: token, UserCode: to(app.Code(t)), FriendlyDeviceName: to("Phone")}).Status; status != "SUCCESS" {
		t.Errorf("the code leads to %s", status)
	}
	do(t, g, g.SetUserMFAPreference, &cip.SetUserMFAPreferenceInput{AccessToken: token,
		SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true}})
	asked := do(t, g, g.InitiateAuth, signIn(g, cleo, password))
	if asked.ChallengeName != "SOFTWARE_TOKEN_MFA" {
		t.Fatalf("the challenge is %s", asked.ChallengeName)
	}
	answer := &cip.RespondToAuthChallengeInput{ClientId: &g.client, ChallengeName: asked.ChallengeName, Session: asked.Session,
		ChallengeResponses: map[string]string{"USERNAME": asked.ChallengeParameters["USERNAME"], "SOFTWARE_TOKEN_MFA_CODE": "000000"}}
	refuses(t, g, "CodeMismatchException", g.RespondToAuthChallenge, answer)
	answer.ChallengeResponses["SOFTWARE_TOKEN_MFA_CODE"] = app.Code(t)
	if in := do(t, g, g.RespondToAuthChallenge, answer); in.AuthenticationResult == nil {
		t.Fatalf("no tokens in %+v", in)
	}
	refuses(t, g, "NotAuthorizedException", g.RespondToAuthChallenge, answer)
}

func setUpPasskey(t *testing.T, g *goSDK) {
	token := tokens(t, g, eve, password).AccessToken
	key := newPasskey(t, g.server.URL, "localhost")
	var options struct {
		Challenge string
		User      struct{ ID string }
	}
	started := do(t, g, g.StartWebAuthnRegistration, &cip.StartWebAuthnRegistrationInput{AccessToken: token})
	if err := started.CredentialCreationOptions.UnmarshalSmithyDocument(&options); err != nil || options.Challenge == "" {
		t.Fatalf("the options: %v, %+v", err, options)
	}
	do(t, g, g.CompleteWebAuthnRegistration, &cip.CompleteWebAuthnRegistrationInput{AccessToken: token,
		Credential: document.NewLazyDocument(key.register(options.Challenge))})
	listed := do(t, g, g.ListWebAuthnCredentials, &cip.ListWebAuthnCredentialsInput{AccessToken: token}).Credentials
	if len(listed) != 1 {
		t.Fatalf("the passkeys are %+v", listed)
	}
	handle, err := base64.RawURLEncoding.DecodeString(options.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	signInByPasskey(t, g, key, handle)
	do(t, g, g.DeleteWebAuthnCredential, &cip.DeleteWebAuthnCredentialInput{AccessToken: token, CredentialId: listed[0].CredentialId})
}

func signInByPasskey(t *testing.T, g *goSDK, key *passkey, handle []byte) {
	t.Helper()
	asked := do(t, g, g.InitiateAuth, &cip.InitiateAuthInput{ClientId: &g.client, AuthFlow: "USER_AUTH",
		AuthParameters: map[string]string{"USERNAME": eve, "PREFERRED_CHALLENGE": "WEB_AUTHN"}})
	if asked.ChallengeName != "WEB_AUTHN" {
		t.Fatalf("the challenge is %+v", asked)
	}
	var wanted struct{ Challenge string }
	if err := json.Unmarshal([]byte(asked.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]), &wanted); err != nil {
		t.Fatal(err)
	}
	credential, _ := json.Marshal(key.assert(t, wanted.Challenge, handle))
	in := do(t, g, g.RespondToAuthChallenge, &cip.RespondToAuthChallengeInput{ClientId: &g.client, ChallengeName: "WEB_AUTHN", Session: asked.Session,
		ChallengeResponses: map[string]string{"USERNAME": asked.ChallengeParameters["USERNAME"], "CREDENTIAL": string(credential)}})
	if in.AuthenticationResult == nil {
		t.Errorf("no tokens in %+v", in)
	}
}

// verifier is a device's SRP verifier, well formed; whether its holder could sign in
// with it is what amazon-cognito-identity-js shows.
func verifier() *types.DeviceSecretVerifierConfigType {
	v := make([]byte, 384)
	v[0], v[383] = 1, 7
	return &types.DeviceSecretVerifierConfigType{Salt: to(base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))),
		PasswordVerifier: to(base64.StdEncoding.EncodeToString(v))}
}

func keepDevices(t *testing.T, g *goSDK) {
	in := tokens(t, g, eve, password)
	if in.NewDeviceMetadata == nil {
		t.Fatal("no new device is offered")
	}
	key := in.NewDeviceMetadata.DeviceKey
	made := do(t, g, g.ConfirmDevice, &cip.ConfirmDeviceInput{AccessToken: in.AccessToken, DeviceKey: key, DeviceName: to("Laptop"),
		DeviceSecretVerifierConfig: verifier()})
	if !made.UserConfirmationNecessary {
		t.Error("the person is not to be asked")
	}
	do(t, g, g.UpdateDeviceStatus, &cip.UpdateDeviceStatusInput{AccessToken: in.AccessToken, DeviceKey: key, DeviceRememberedStatus: "remembered"})
	do(t, g, g.GetDevice, &cip.GetDeviceInput{AccessToken: in.AccessToken, DeviceKey: key})
	if all := do(t, g, g.ListDevices, &cip.ListDevicesInput{AccessToken: in.AccessToken}).Devices; len(all) != 1 {
		t.Errorf("the devices are %+v", all)
	}
	do(t, g, g.AdminGetDevice, &cip.AdminGetDeviceInput{UserPoolId: &g.pool, Username: to(eve), DeviceKey: key})
	do(t, g, g.AdminListDevices, &cip.AdminListDevicesInput{UserPoolId: &g.pool, Username: to(eve)})
	do(t, g, g.AdminUpdateDeviceStatus, &cip.AdminUpdateDeviceStatusInput{UserPoolId: &g.pool, Username: to(eve), DeviceKey: key, DeviceRememberedStatus: "not_remembered"})
	do(t, g, g.ForgetDevice, &cip.ForgetDeviceInput{AccessToken: in.AccessToken, DeviceKey: key})
	refuses(t, g, "ResourceNotFoundException", g.GetDevice, &cip.GetDeviceInput{AccessToken: in.AccessToken, DeviceKey: key})

	in = tokens(t, g, eve, password)
	key = in.NewDeviceMetadata.DeviceKey
	do(t, g, g.ConfirmDevice, &cip.ConfirmDeviceInput{AccessToken: in.AccessToken, DeviceKey: key, DeviceSecretVerifierConfig: verifier()})
	do(t, g, g.AdminForgetDevice, &cip.AdminForgetDeviceInput{UserPoolId: &g.pool, Username: to(eve), DeviceKey: key})
}

func signOutEverywhere(t *testing.T, g *goSDK) {
	in := tokens(t, g, eve, password)
	do(t, g, g.GlobalSignOut, &cip.GlobalSignOutInput{AccessToken: in.AccessToken})
	refuses(t, g, "NotAuthorizedException", g.GetUser, &cip.GetUserInput{AccessToken: in.AccessToken})
	refuses(t, g, "NotAuthorizedException", g.GetTokensFromRefreshToken, &cip.GetTokensFromRefreshTokenInput{ClientId: &g.client, RefreshToken: in.RefreshToken})
	in = tokens(t, g, eve, password)
	do(t, g, g.DeleteUser, &cip.DeleteUserInput{AccessToken: in.AccessToken})
	refuses(t, g, "NotAuthorizedException", g.InitiateAuth, signIn(g, eve, password))
}
