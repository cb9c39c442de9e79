package cognito

// signInOperations are what apps sign people up and in with, and what they do with
// the tokens.
var signInOperations = map[string]operation{
	Target + "SignUp":                      op(forAll, (*Handler).signUp).but("an address to verify must be there; in a pool of the file that verifies none the account is confirmed at once"),
	Target + "ConfirmSignUp":               op(forAll, (*Handler).confirmSignUp).but("an account that is confirmed looks like a wrong code; a `Session` that is over is passed over"),
	Target + "ResendConfirmationCode":      op(forAll, (*Handler).resendConfirmationCode),
	Target + "ForgotPassword":              op(forAll, (*Handler).forgotPassword),
	Target + "ConfirmForgotPassword":       op(forAll, (*Handler).confirmForgotPassword),
	Target + "InitiateAuth":                op(forAll, (*Handler).initiateAuth).but("`REFRESH_TOKEN_AUTH` renews for clients that rotate, too; limits are for an address and a user"),
	Target + "RespondToAuthChallenge":      op(forAll, (*Handler).respondToAuthChallenge),
	Target + "AdminInitiateAuth":           op(writes, (*Handler).adminInitiateAuth),
	Target + "AdminRespondToAuthChallenge": op(writes, (*Handler).adminRespondToAuthChallenge),
	Target + "GetTokensFromRefreshToken":   op(forAll, (*Handler).getTokensFromRefreshToken),
	Target + "RevokeToken":                 op(forAll, (*Handler).revokeToken),
	Target + "GetClientToken":              op(forAll, (*Handler).getClientToken),
	Target + "GetDerivedToken":             op(forAll, (*Handler).getDerivedToken).but("for clients with a secret; access tokens alone, from tokens of the pool"),
	Target + "UpdateAuthEventFeedback":     op(forAll, (*Handler).updateAuthEventFeedback).but("`Invalid` ends every session and asks for a new password; no model is trained"),
	Target + "AssociateSoftwareToken":      op(forAll, (*Handler).associateSoftwareToken),
	Target + "VerifySoftwareToken":         op(forAll, (*Handler).verifySoftwareToken).but("with an access token the app is asked for from the next sign-in on"),
}
