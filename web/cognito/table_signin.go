package cognito

// signInOperations are what apps sign people up and in with, and what they do with
// the tokens.
var signInOperations = map[string]operation{
	Target + "SignUp":                      op(forAll, (*Handler).signUp),
	Target + "ConfirmSignUp":               op(forAll, (*Handler).confirmSignUp),
	Target + "ResendConfirmationCode":      op(forAll, (*Handler).resendConfirmationCode),
	Target + "ForgotPassword":              op(forAll, (*Handler).forgotPassword),
	Target + "ConfirmForgotPassword":       op(forAll, (*Handler).confirmForgotPassword),
	Target + "InitiateAuth":                op(forAll, (*Handler).initiateAuth),
	Target + "RespondToAuthChallenge":      op(forAll, (*Handler).respondToAuthChallenge),
	Target + "AdminInitiateAuth":           op(writes, (*Handler).adminInitiateAuth),
	Target + "AdminRespondToAuthChallenge": op(writes, (*Handler).adminRespondToAuthChallenge),
	Target + "GetTokensFromRefreshToken":   op(forAll, (*Handler).getTokensFromRefreshToken),
	Target + "RevokeToken":                 op(forAll, (*Handler).revokeToken),
	Target + "GetClientToken":              op(forAll, (*Handler).getClientToken),
	Target + "UpdateAuthEventFeedback":     op(forAll, (*Handler).updateAuthEventFeedback),
	Target + "AssociateSoftwareToken":      op(forAll, (*Handler).associateSoftwareToken),
	Target + "VerifySoftwareToken":         op(forAll, (*Handler).verifySoftwareToken),
}
