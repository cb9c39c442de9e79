package hosted

import (
	"net/http"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/linkpage"
	"poolhouse.dev/web"
)

// signInLinkPath is the page behind a mailed sign-in link.
const signInLinkPath = "/login/link"

// showSignInLink takes the secret out of the address bar, then shows the button.
// Opening the link changes nothing.
func showSignInLink(r *web.Request) error {
	if r.Arg("link") != "" {
		return keepLink(r, signInLinkPath)
	}
	return signInLinkPage(r)
}

func signInLinkPage(r *web.Request) error {
	link := keptLink(r, signInLinkPath)
	if link == "" {
		return r.CookiesBlocked()
	}
	info, err := signIns(r).LinkOf(r.Ctx(), r.Pool.ID, link, r.Channel())
	if err != nil {
		return err
	}
	if info.Purpose != identity.PurposeSignIn {
		info = identity.SignInLink{LinkInfo: identity.LinkInfo{State: identity.LinkUnknown}}
	}
	status := http.StatusOK
	if info.State != identity.LinkGood {
		status = http.StatusGone
	}
	return showLinkState(r, status, string(info.State), link, info)
}

// showLinkState shows the link's page in a state. In the browser that asked it
// is on the way back to the app; elsewhere it says who asked, and from where.
func showLinkState(r *web.Request, status int, state, link string, info identity.SignInLink) error {
	if info.Here {
		r.TakeAsked()
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	props := linkpage.Props{
		Page: r.Layout(), Action: r.To(signInLinkPath), Purpose: linkpage.SignIn, State: state, Link: link,
		Destination: info.Masked, AgainURL: r.To("/login"),
	}
	if !r.ForApp() && info.Client != "" {
		props.AppName = appName(r, info.Client)
	}
	if !info.Here {
		props.Match, props.AskedFrom = info.Match, askedFrom(r, info)
	}
	return r.HTML(status, linkpage.View(props))
}

// appName answers what the app of a client is called; the pool's name for one
// that is gone.
func appName(r *web.Request, client identity.ClientID) string {
	settings := identity.Settings{Core: r.Server().Identity}
	cl, err := settings.Client(r.Ctx(), r.Pool.ID, client)
	if err != nil || cl.Name == "" {
		return r.Pool.Name
	}
	return cl.Name
}

func askedFrom(r *web.Request, info identity.SignInLink) string {
	device := web.Device(r.T, info.UserAgent)
	if device == "" {
		device = r.T("device.unknown")
	}
	if info.Address == "" {
		return device
	}
	return device + ", " + info.Address
}

// approveSignInLink is the one button. In the browser that asked the sign-in
// goes on; anywhere else nobody is signed in, and the window that asked goes on.
func approveSignInLink(r *web.Request) error {
	link := r.Form.Get("link")
	info, err := signIns(r).LinkOf(r.Ctx(), r.Pool.ID, link, r.Channel())
	if err != nil {
		return err
	}
	if info.Here {
		r.TakeAsked()
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	done, err := signIns(r).ApproveLink(r.Ctx(), identity.ApproveLink{Pool: r.Pool.ID, Link: link, Channel: r.Channel(), Origin: r.Origin()})
	if code, _ := identity.CodeOf(err); code == identity.CodeExpired {
		return signInLinkPage(r) // spent meanwhile; the page says how it stands now
	}
	if err != nil {
		return signInRefused(r, "", err)
	}
	r.DropCookie(web.LinkCookie)
	if done.Step == nil {
		return showLinkState(r, http.StatusOK, linkpage.Approved, "", info)
	}
	r.DropCookie(web.AskedCookie)
	return proceed(r, *done.Step)
}

// linkState is what the window that waits asks every two seconds.
type linkState struct {
	State string `json:"state"` // waiting, approved, over
}

func tellLinkState(r *web.Request) error {
	approved, err := signIns(r).Approved(r.Ctx(), identity.AttemptID(r.Arg("attempt")), r.Channel())
	if over(err) {
		// Approved in another window of this browser, which signed in there: this
		// one can go on to its own app.
		there, err := alreadyThere(r)
		if err != nil {
			return err
		}
		return r.JSON(http.StatusOK, linkState{State: map[bool]string{true: "approved", false: "over"}[there]})
	}
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, linkState{State: map[bool]string{true: "approved", false: "waiting"}[approved]})
}

// continueLink goes on in the window that asked. The script presses it; without
// script the person does.
func continueLink(r *web.Request) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	step, err := signIns(r).Continue(r.Ctx(), identity.AttemptID(r.Arg("attempt")), r.Channel(), r.Origin())
	if err != nil {
		return stepRefused(r, err, codeFields, func([]layout.FieldError) error { return whereItIs(r) })
	}
	if step.Challenge != nil && step.Challenge.Name == identity.AskEmailCode {
		return r.See(stepURL(r, codePath, step.Attempt, "notice", "link_waits"))
	}
	return proceed(r, step)
}
