// Package hosted is the front end of the pages on which people sign in, sign
// up and get back in: it turns forms into answers and steps into pages. It
// holds no flow; package identity does.
//
// Every post ends in a redirect (303), or shows its page again with status 422
// and the fields kept. The request to come back to travels with each page (see
// web.Asked), so tabs don't disturb one another and no page is a dead end.
package hosted

import (
	"net/http"

	"poolhouse.dev/federation/oidc"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
)

// Routes lists the pages.
func Routes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	return append(deviceRoutes(), []web.Route{
		{Method: get, Path: "/", Handle: showHome},
		{Method: get, Path: "/login", Handle: showSignIn},
		{Method: post, Path: "/login", Handle: signIn, Again: showSignInAgain},
		{Method: post, Path: "/login/continue", Page: "/login", Handle: goOn, Again: backToSignIn},
		{Method: post, Path: "/login/withPasskey", Page: "/login", Handle: signInByPasskey},
		{Method: get, Path: choicePath, Handle: showChoice},
		{Method: post, Path: choicePath, Handle: chooseFactor},
		{Method: get, Path: passwordPath, Handle: showPassword},
		{Method: post, Path: passwordPath, Handle: checkPassword},
		{Method: get, Path: codePath, Handle: showCode},
		{Method: post, Path: codePath, Handle: checkCode},
		{Method: post, Path: "/login/resend", Page: codePath, Handle: resendCode},
		{Method: get, Path: passkeyPath, Handle: showPasskey},
		{Method: post, Path: passkeyPath, Handle: checkPasskey},
		{Method: get, Path: setUpPath, Handle: showSetUp},
		{Method: post, Path: setUpPath, Handle: setUp},
		{Method: get, Path: signInLinkPath, Handle: showSignInLink},
		{Method: post, Path: signInLinkPath, Handle: approveSignInLink, Again: signInLinkPage},
		{Method: get, Path: notMePath, Handle: showNotMe},
		{Method: post, Path: notMePath, Handle: disown, Again: notMePage},
		{Method: get, Path: "/login/state", Kind: web.API, Handle: tellLinkState},
		{Method: post, Path: "/login/continue-link", Page: codePath, Handle: continueLink},
		{Method: get, Path: backupPath, Handle: showBackup},
		{Method: post, Path: "/backup/codes", Page: backupPath, Handle: makeCodes},
		{Method: post, Path: "/backup/passkey", Page: backupPath, Handle: keepKey},
		{Method: get, Path: upgradePath, Handle: showUpgrade},
		{Method: post, Path: upgradePath, Handle: keepKey},
		{Method: get, Path: providerPath, Handle: setOut},
		{Method: get, Path: trialPath, Handle: showTrial},
		{Method: post, Path: trialPath, Handle: beginTrial, Again: trialPage},
		{Method: get, Path: "/oauth2/idpresponse", Handle: comeBackOAuth},
		{Method: post, Path: "/oauth2/idpresponse", Handle: comeBackOAuth, Foreign: true},
		{Method: get, Path: oidc.AfterLogout, Handle: oidcLogout},
		{Method: post, Path: "/saml2/idpresponse", Handle: comeBackSAML, Foreign: true, Large: longestResponse},
		{Method: get, Path: "/saml2/metadata", Kind: web.API, Handle: samlMetadata},
		{Method: get, Path: "/saml2/logout", Handle: samlLogout},
		{Method: post, Path: "/saml2/logout", Handle: samlLogout, Foreign: true, Large: longestResponse},
		{Method: get, Path: "/cancel", Handle: cancel},
		{Method: get, Path: "/signup", Handle: showSignUp},
		{Method: post, Path: "/signup", Handle: signUp, Again: showSignUpAgain},
		{Method: get, Path: "/confirm", Handle: showConfirm},
		{Method: post, Path: "/confirm", Handle: confirmSignUp, Again: showConfirmAgain},
		{Method: post, Path: "/confirm/again", Page: "/confirm", Handle: sendLinkAgain, Again: showConfirmAgain},
		{Method: post, Path: "/resend", Page: "/confirm", Handle: resend, Again: showConfirmAgain},
		{Method: get, Path: "/newPassword", Handle: showNewPassword},
		{Method: post, Path: "/newPassword", Handle: setNewPassword, Again: showNewPasswordAgain},
		{Method: get, Path: "/forgotPassword", Handle: showForgot},
		{Method: post, Path: "/forgotPassword", Handle: sendReset, Again: showForgotAgain},
		{Method: get, Path: "/resetPassword", Handle: showReset},
		{Method: post, Path: "/resetPassword", Handle: setReset, Again: showResetAgain},
		{Method: get, Path: "/setup", Handle: showSetup},
		{Method: post, Path: "/setup", Handle: createFirst, Again: showSetupAgain},
	}...)
}

func signIns(r *web.Request) *identity.SignIn {
	return &identity.SignIn{Core: r.Server().Identity}
}

func accounts(r *web.Request) *identity.Accounts {
	return &identity.Accounts{Core: r.Server().Identity}
}

// clientOf answers the client whose request the page serves; "" for the account pages.
func clientOf(r *web.Request) (identity.ClientID, error) {
	asking, err := r.Asking()
	switch {
	case err != nil:
		return "", err
	case asking != nil:
		return asking.Client.ID, nil
	case r.Ask != nil:
		return r.Ask.Client, nil
	}
	return "", nil
}

func over(err error) bool {
	code, _ := identity.CodeOf(err)
	return code == identity.AttemptExpired || code == identity.WrongAnswer
}

// startOver leads whoever waited too long to where they get on: to their app,
// if they have signed in meanwhile in another tab, else to a fresh sign-in page.
func startOver(r *web.Request) error {
	if led, err := leadOn(r); led || err != nil {
		return err
	}
	return r.See(r.To("/login", "notice", "expired"))
}

// leadOn sends whoever is signed in already to where they were going.
func leadOn(r *web.Request) (led bool, err error) {
	there, err := alreadyThere(r)
	if err != nil || !there {
		return false, err
	}
	return true, r.See(r.Back())
}

// alreadyThere says that somebody has signed in with this browser since the
// request was brought: in another tab, or before a page without a request.
func alreadyThere(r *web.Request) (bool, error) {
	auth, err := r.Auth()
	if err != nil || !auth.Valid() {
		return false, err
	}
	return r.Ask == nil || !auth.At().Before(r.Ask.At), nil
}
