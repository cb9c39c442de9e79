package hosted

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/linkpage"
	"poolhouse.dev/web"
)

// linkLife is how long the browser keeps a mailed link between the redirect
// that clears it from the address bar and its page.
const linkLife = 15 * time.Minute

var linkText = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// linkForm says that a text can be the secret of a link.
func linkForm(text string) bool { return len(text) <= 256 && linkText.MatchString(text) }

// keepLink takes the secret of a mailed link out of the address bar: into a
// short-lived cookie, and on to the page with the button. Nothing is spent:
// mail scanners follow links, too.
func keepLink(r *web.Request, path string) error {
	link := r.Arg("link")
	if !linkForm(link) {
		return showLink(r, path, "", identity.LinkInfo{State: identity.LinkUnknown})
	}
	r.SetCookie(web.LinkCookie, path[1:]+"."+link, linkLife)
	return r.See(r.Path(path) + "?mailed=1")
}

// keptLink answers the secret for the page: from its form, else from the cookie.
func keptLink(r *web.Request, path string) string {
	if link := r.Form.Get("link"); link != "" {
		return link
	}
	link, found := strings.CutPrefix(r.Cookie(web.LinkCookie), path[1:]+".")
	if !found {
		return ""
	}
	return link
}

// linkPage shows the button that spends the link, or says calmly why it can't be.
func linkPage(r *web.Request, path string) error {
	link := keptLink(r, path)
	if link == "" {
		return r.CookiesBlocked()
	}
	info, err := accounts(r).LinkOf(r.Ctx(), r.Pool.ID, link)
	if err != nil {
		return err
	}
	if r.Arg("sent") != "" && info.State != identity.LinkGood && info.State != identity.LinkUnknown {
		info.State = linkSent
	}
	return showLink(r, path, link, info)
}

// purposes are the pages' names of what a link is for.
var purposes = map[identity.Purpose]string{
	identity.PurposeSignUp: linkpage.SignUp, identity.PurposeReset: linkpage.ForgotPassword,
	identity.PurposeVerifyEmail: linkpage.NewAddress, identity.PurposeVerifyPhone: linkpage.NewAddress,
	identity.PurposeSignIn: linkpage.SignIn, identity.PurposeNotMe: linkpage.NotMe,
}

func showLink(r *web.Request, path, link string, info identity.LinkInfo) error {
	status := http.StatusOK
	if info.State != identity.LinkGood && info.State != linkSent {
		status = http.StatusGone
	}
	props := linkpage.Props{
		Page: r.Layout(), Action: r.Path(path), Purpose: purposes[info.Purpose], State: string(info.State), Link: link,
		Destination: info.Masked, SignInURL: r.Path("/login"),
	}
	switch {
	case info.Purpose == identity.PurposeReset:
		props.AgainURL = r.Path("/forgotPassword")
	case info.Purpose == identity.PurposeVerifyEmail, info.Purpose == identity.PurposeVerifyPhone:
		props.AgainURL = r.Path("/account")
	case info.State == identity.LinkExpired, info.State == identity.LinkReplaced:
		props.AgainAction = r.Path("/confirm/again")
	}
	return r.HTML(status, linkpage.View(props))
}

// sendLinkAgain sends a new code and link to whom an old link was for.
func sendLinkAgain(r *web.Request) error {
	link := r.Form.Get("link")
	_, err := accounts(r).Resend(r.Ctx(), identity.Resend{Pool: r.Pool.ID, Link: link, Origin: r.Origin()})
	if err != nil {
		return err
	}
	return r.See(r.Path("/confirm") + "?mailed=1&sent=1")
}

// linkSent is what the page shows instead once a new link is on its way.
const linkSent = identity.LinkState(linkpage.Sent)

// addressConfirmed leads whoever is signed in here back to their account.
func addressConfirmed(r *web.Request) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	if auth.Valid() {
		return r.See(r.Path("/account") + "?notice=verified")
	}
	return r.See(r.To("/login", "notice", "verified"))
}

// spendConfirmLink confirms the address behind a mailed link.
func spendConfirmLink(r *web.Request) error {
	link := r.Form.Get("link")
	info, err := accounts(r).LinkOf(r.Ctx(), r.Pool.ID, link)
	if err != nil {
		return err
	}
	if info.State != identity.LinkGood {
		return showLink(r, "/confirm", link, info)
	}
	err = accounts(r).Confirm(r.Ctx(), identity.Confirm{Pool: r.Pool.ID, Link: link, Origin: r.Origin()})
	if code, ok := identity.CodeOf(err); ok && (code == identity.CodeExpired || code == identity.CodeMismatch) {
		return linkPage(r, "/confirm") // spent meanwhile; the page says how it stands now
	}
	if err != nil {
		return err
	}
	r.DropCookie(web.LinkCookie)
	if info.Purpose == identity.PurposeSignUp {
		return r.See(r.To("/login", "notice", "confirmed"))
	}
	return addressConfirmed(r)
}
