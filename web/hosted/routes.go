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

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
)

// Routes lists the pages.
func Routes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	return []web.Route{
		{Method: get, Path: "/", Handle: showHome},
		{Method: get, Path: "/login", Handle: showSignIn},
		{Method: post, Path: "/login", Handle: signIn, Again: showSignInAgain},
		{Method: post, Path: "/login/continue", Page: "/login", Handle: goOn, Again: backToSignIn},
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
	}
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
	if err != nil || asking == nil {
		return "", err
	}
	return asking.Client.ID, nil
}

// proceed leads to the page for what the attempt asks next, or on to the app.
func proceed(r *web.Request, step identity.Step) error {
	if step.Done != nil {
		if err := r.SignedIn(step.Done); err != nil {
			return err
		}
		return r.See(r.Back())
	}
	switch step.Challenge.Name {
	case identity.AskNewPassword:
		return r.See(r.To("/newPassword", "attempt", string(step.Attempt)))
	case identity.AskConfirmSignUp:
		return r.See(r.To("/confirm", "attempt", string(step.Attempt)))
	}
	return r.See(r.To("/login"))
}

// look answers what the attempt in the URL asks now. When it asks something
// else than the page is for, or is over, it has already led there and ok is false.
func look(r *web.Request, want identity.ChallengeName) (step identity.Step, ok bool, err error) {
	step, err = signIns(r).Look(r.Ctx(), identity.AttemptID(r.Arg("attempt")), r.Channel())
	if over(err) {
		return step, false, startOver(r)
	}
	if err != nil {
		return step, false, err
	}
	if step.Challenge == nil || step.Challenge.Name != want {
		return step, false, proceed(r, step)
	}
	return step, true, nil
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

// answer gives the attempt in the URL its answer.
func answer(r *web.Request, a identity.Answer) (identity.Step, error) {
	return signIns(r).Respond(r.Ctx(), identity.Reply{
		Attempt: identity.AttemptID(r.Arg("attempt")), Channel: r.Channel(), Answer: a, Origin: r.Origin(),
	})
}
