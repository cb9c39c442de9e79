package web

import (
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// AppsPath is the page that lets the browser tell apps that its person signed out
// (OpenID Connect Front-Channel Logout 1.0).
const AppsPath = "/logout/apps"

// appsLife is how long that page can be opened after the sign-out.
const appsLife = 10 * time.Minute

// leavingApps is what the page is told by the sign-out before it.
type leavingApps struct {
	Session string              `json:"sid"`
	Clients []identity.ClientID `json:"clients"`
	To      string              `json:"to"`
	At      int64               `json:"at"` // seconds since 1970
}

// ToApps answers where a sign-out leads that goes on to the URL to, which was
// validated: by way of the page that tells apps, where the browser's session has
// some that ask for it. Call it before the session ends.
func (r *Request) ToApps(to string) (string, error) {
	auth, err := r.Auth()
	if err != nil || !auth.Valid() {
		return to, err
	}
	clients, err := r.server.OAuth.FrontChannel(r.Ctx(), r.Pool.ID, auth.Session())
	if err != nil || len(clients) == 0 {
		return to, err
	}
	state, err := r.SealState("apps", leavingApps{Session: auth.Session(), Clients: clients, To: to, At: r.Now().Unix()})
	if err != nil {
		return to, nil // it holds text alone
	}
	return r.Path(AppsPath) + "?state=" + state, nil
}

// TakeApps answers the pages of apps that this page loads, and where it goes on
// to; false for a state that is not ours or is old.
func (r *Request) TakeApps() (frames []oauth.Frame, to string, ok bool, err error) {
	var left leavingApps
	if !r.OpenState("apps", r.Arg("state"), &left) || r.Now().Sub(time.Unix(left.At, 0)) > appsLife {
		return nil, "", false, nil
	}
	frames, err = r.server.OAuth.Frames(r.Ctx(), r.Pool.ID, left.Session, left.Clients)
	return frames, left.To, true, err
}

// MayFrame lets the page at hand show pages of the origin of a URL, which was
// validated, in frames; false where a policy has no way to name that origin alone.
func (r *Request) MayFrame(address string) bool {
	origin := originOf(address)
	if origin == "" || sourceOf(address) != origin {
		return false
	}
	r.frames = append(r.frames, origin)
	return true
}
