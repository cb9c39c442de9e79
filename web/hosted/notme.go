package hosted

import (
	"net/http"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/linkpage"
	"poolhouse.dev/web"
)

// notMePath is behind the link of a message about an unusual sign-in.
const notMePath = "/notMe"

// showNotMe takes the secret out of the address bar, then shows the button.
func showNotMe(r *web.Request) error {
	if r.Arg("link") != "" {
		return keepLink(r, notMePath)
	}
	return notMePage(r)
}

func notMePage(r *web.Request) error {
	link := keptLink(r, notMePath)
	if link == "" {
		return r.CookiesBlocked()
	}
	info, err := accounts(r).LinkOf(r.Ctx(), r.Pool.ID, link)
	if err != nil {
		return err
	}
	if info.Purpose != identity.PurposeNotMe {
		info = identity.LinkInfo{State: identity.LinkUnknown}
	}
	status := http.StatusOK
	if info.State != identity.LinkGood {
		status = http.StatusGone
	}
	return r.HTML(status, linkpage.View(linkpage.Props{
		Page: r.Layout(), Action: r.Path(notMePath), Purpose: linkpage.NotMe, State: string(info.State), Link: link,
		Destination: info.Masked, SignInURL: r.Path("/login"),
	}))
}

// disown takes the person's word that a sign-in was somebody else's: everything
// that is signed in ends.
func disown(r *web.Request) error {
	history := identity.History{Core: r.Server().Identity}
	err := history.NotMeByLink(r.Ctx(), r.Pool.ID, r.Form.Get("link"), r.Origin())
	if code, _ := identity.CodeOf(err); code == identity.CodeExpired || code == identity.ResourceNotFound {
		return notMePage(r) // spent meanwhile; the page says how it stands now
	}
	if err != nil {
		return err
	}
	r.DropCookie(web.LinkCookie)
	ways, err := waysIn(r)
	if err != nil {
		return err
	}
	props := linkpage.Props{Page: r.Layout(), Purpose: linkpage.NotMe, State: linkpage.Disowned, SignInURL: r.Path("/login")}
	if slices.Contains(ways, identity.FactorPassword) {
		props.AgainURL = r.Path("/forgotPassword")
	}
	return r.HTML(http.StatusOK, linkpage.View(props))
}
