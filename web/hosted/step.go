package hosted

import (
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/factor"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// The pages of the steps.
const (
	choicePath   = "/login/choose"
	passwordPath = "/login/password"
	codePath     = "/login/code"
	passkeyPath  = "/login/passkey"
	setUpPath    = "/login/setup"
	backupPath   = "/backup"
	upgradePath  = "/upgrade"
)

// pages answers where each challenge is asked.
var pages = map[identity.ChallengeName]string{
	identity.AskNewPassword: "/newPassword", identity.AskConfirmSignUp: "/confirm",
	identity.AskSelect: choicePath, identity.AskSelectMFA: choicePath, identity.AskSetUp: setUpPath,
	identity.AskPassword: passwordPath, identity.AskPasskey: passkeyPath,
	identity.AskEmailCode: codePath, identity.AskSMSCode: codePath, identity.AskEmail: codePath, identity.AskSMS: codePath,
	identity.AskTOTP: codePath, identity.AskRecovery: codePath,
}

// pageOf answers the page for what an attempt asks.
func pageOf(ch *identity.Challenge) string {
	if ch.Name == identity.AskSetUp && ch.SetUp == nil {
		return choicePath
	}
	return pages[ch.Name]
}

// proceed leads to the page for what the attempt asks next, or on to the app.
func proceed(r *web.Request, step identity.Step) error {
	if step.Done != nil {
		return arrive(r, step.Done)
	}
	page := pageOf(step.Challenge)
	if page == "" {
		return r.See(r.To("/login"))
	}
	return r.See(stepURL(r, page, step.Attempt))
}

// stepURL answers a page of an attempt, with all that its steps carry along.
func stepURL(r *web.Request, path string, attempt identity.AttemptID, pairs ...string) string {
	return r.To(path, append([]string{"attempt", string(attempt), "upgrade", upgrades(r)}, pairs...)...)
}

// look answers what the attempt in the URL asks now; it also names the app.
// When it asks none of what the page is for, or is over, it has already led on
// and ok is false. Without wants the page is for whatever is asked.
func look(r *web.Request, wants ...identity.ChallengeName) (step identity.Step, ok bool, err error) {
	if _, err := r.Asking(); err != nil {
		return step, false, err
	}
	step, err = signIns(r).Look(r.Ctx(), identity.AttemptID(r.Arg("attempt")), r.Channel())
	if over(err) {
		return step, false, startOver(r)
	}
	if err != nil {
		return step, false, err
	}
	if step.Challenge == nil || len(wants) > 0 && !slices.Contains(wants, step.Challenge.Name) {
		return step, false, proceed(r, step)
	}
	return step, true, nil
}

// whereItIs leads to the page of what the attempt asks by now: another tab has
// answered what this page asked.
func whereItIs(r *web.Request) error {
	step, ok, err := look(r)
	if err != nil || !ok {
		return err
	}
	return proceed(r, step)
}

// rememberDays is for how long a remembered browser stands in for the second
// factor, as identity has it.
const rememberDays = 30

// stepOf answers what all steps have in common.
func stepOf(r *web.Request, step identity.Step, errs []layout.FieldError) factor.Step {
	ch, page := step.Challenge, r.Layout()
	page.Errors = errs
	notice(r, &page)
	s := factor.Step{
		Page: page, Action: stepURL(r, pageOf(ch), step.Attempt), Identifier: ch.Identifier,
		NotYouURL: r.To("/login", "username", ch.Identifier), CancelURL: cancelURL(r), Second: ch.Second,
	}
	if len(ch.Options) > 1 {
		s.OtherURL = stepURL(r, choicePath, step.Attempt)
	}
	if ch.Linking != "" {
		linking(r, &s, ch, step.Attempt)
	}
	if ch.MayRemember {
		s.Remember = rememberDays
	}
	return s
}

// turnedAway are the refusals that end a sign-in, whatever page it had come to.
var turnedAway = []identity.Code{
	identity.SignInBlocked, identity.NoSecondFactor, identity.LevelOutOfReach, identity.PasswordResetNeeded, identity.PasswordExpired,
	identity.UserNotConfirmed, identity.InvalidState,
}

// stepRefused answers a refused answer: the step once more with what is wrong,
// or where there is no going on with it, the page to begin anew on.
func stepRefused(r *web.Request, err error, fields map[identity.Code]string, again func([]layout.FieldError) error) error {
	code, _ := identity.CodeOf(err)
	switch {
	case code == identity.AttemptExpired:
		return startOver(r)
	case code == identity.WrongAnswer:
		return whereItIs(r)
	case slices.Contains(turnedAway, code), code == identity.IncorrectPassword && fields[code] == "":
		return signInRefused(r, typedName(r), err)
	}
	errs, err := r.Complaints(err, fields)
	if err != nil {
		return err
	}
	return again(errs)
}

// typedName is the name that the attempt in the URL was begun with; "" when it is over.
func typedName(r *web.Request) string {
	step, err := signIns(r).Look(r.Ctx(), identity.AttemptID(r.Arg("attempt")), r.Channel())
	if err != nil || step.Challenge == nil {
		return ""
	}
	return step.Challenge.Identifier
}

// answer gives the attempt in the URL its answer.
func answer(r *web.Request, a identity.Answer) (identity.Step, error) {
	return signIns(r).Respond(r.Ctx(), identity.Reply{
		Attempt: identity.AttemptID(r.Arg("attempt")), Channel: r.Channel(), Answer: a,
		Remember: r.Form.Get("remember") != "", Origin: r.Origin(),
	})
}
