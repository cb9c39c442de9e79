package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/oauth"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/hop"
)

// The cookies of a trip to an identity provider.
const (
	// TripCookie binds trips to this browser. It is another than FlowCookie,
	// which a sign-in in another tab ends.
	TripCookie = "ph_trip"
	// PickerCookie asks the next provider to let its people choose an account:
	// somebody has signed out here, and may not be the next.
	PickerCookie = "ph_picker"

	tripLife   = 15 * time.Minute
	pickerLife = 24 * time.Hour
)

// OnTrip says that this browser has set out for a provider.
func (r *Request) OnTrip() bool { return r.Cookie(TripCookie) != "" }

// TripChannel answers what this browser's trips are bound to; "" when it began none.
func (r *Request) TripChannel() identity.Channel {
	secret := r.Cookie(TripCookie)
	if secret == "" {
		return ""
	}
	return tripChannel(secret)
}

func tripChannel(secret string) identity.Channel {
	sum := sha256.Sum256([]byte("trip\x00" + secret))
	return identity.Channel(hex.EncodeToString(sum[:]))
}

// TakeUp takes up what a trip carried: the request to come back to, and whether
// it joins an identity to an account.
func (r *Request) TakeUp(trip identity.Trip) {
	r.Ask, r.asking, r.joining, r.proving = nil, nil, trip.Session != "", trip.Attempt
	if trip.Asked != "" {
		r.Ask = r.unseal(trip.Asked)
	}
}

// Joining says that the trip at hand joins an identity to an account, whose
// person is signed in and came from Back.
func (r *Request) Joining() bool { return r.joining }

// Prove says that the trip at hand is for the owner of an account to prove
// themselves: to the attempt that another provider's identity waits in.
func (r *Request) Prove(attempt identity.AttemptID) { r.proving = attempt }

// Proving answers that attempt; "" when the trip is none of these.
func (r *Request) Proving() identity.AttemptID { return r.proving }

// SetOut sends the browser to a provider, and back to the request at hand.
// hint is the name that the person typed. With session set the identity that
// comes back is joined to the account of that session. Its error is the
// provider's (*federation.Error), the core's, or ErrWithinApp.
func (r *Request) SetOut(name, hint, session string) error {
	asking, err := r.Asking()
	if err != nil {
		return err
	}
	p, provider, err := r.Provider(name)
	if err != nil {
		return err
	}
	if p.Type == federation.Google && withinApp(r.HTTP().UserAgent()) {
		return ErrWithinApp
	}
	signIns := identity.SignIn{Core: r.server.Identity}
	state := signIns.NewState()
	start := federation.Start{State: state, LoginHint: hint, Locale: r.Lang.String(), SelectAccount: r.Cookie(PickerCookie) != "" || r.proving != ""}
	trip := identity.Trip{Pool: r.Pool.ID, Provider: p.Name, Asked: r.Sealed(), Session: session, Attempt: r.proving}
	if asking != nil {
		trip.Client = asking.Client.ID
		start.SelectAccount = start.SelectAccount || slices.Contains(asking.Prompt, "select_account")
	} else if r.Ask != nil {
		trip.Client = r.Ask.Client
	}
	if start.Fresh, err = r.wantsFresh(asking); err != nil {
		return err
	}
	out, err := provider.Begin(r.Ctx(), start)
	if err != nil {
		return err
	}
	trip.Channel, trip.Pending = r.bindTrip(), out.Pending
	if err := signIns.Depart(r.Ctx(), state, trip); err != nil {
		return err
	}
	if r.Ask != nil {
		r.KeepAsked() // an answer that comes too late leads to it, too
	}
	if session == "" {
		if r.otherWay, err = r.OtherWay(p.Name, hint); err != nil {
			return err
		}
	}
	return r.GoTo(p.Name, out)
}

// wantsFresh says that a session at the provider is not enough: the app asked for
// a new sign-in (OpenID Connect Core §3.1.2.1), and only the provider knows the
// age of its own; or whoever is signed in here was sent to prove it once more.
func (r *Request) wantsFresh(asking *oauth.AuthorizationRequest) (bool, error) {
	if asking != nil {
		return asking.MaxAge != nil || slices.Contains(asking.Prompt, "login"), nil
	}
	auth, err := r.Auth()
	return err == nil && r.Ask != nil && auth.Valid() && auth.At().Before(r.Ask.At), err
}

// ErrWithinApp says that the provider signs nobody in on a page that another app
// shows (Google: disallowed_useragent).
var ErrWithinApp = errors.New("web: the provider signs nobody in within an app")

// inApps are the marks of browsers that apps show pages in.
var inApps = regexp.MustCompile(`; wv\)|\b(FBAN|FBAV|FB_IAB|Instagram|Line/|MicroMessenger|Snapchat|TikTok|musical_ly|BytedanceWebview|LinkedInApp|Pinterest|Twitter for|GSA/)`)

func withinApp(userAgent string) bool {
	apple := strings.Contains(userAgent, "iPhone") || strings.Contains(userAgent, "iPad")
	return inApps.MatchString(userAgent) || apple && strings.Contains(userAgent, "AppleWebKit") && !strings.Contains(userAgent, "Safari/")
}

// FromParam names the provider that somebody turns away from: the domain of their
// address does not lead there once more.
const FromParam = "from"

// OtherWay answers where people sign in in another way than by the provider of
// this name, with the name they typed kept; "" where the client takes no other.
func (r *Request) OtherWay(name, hint string) (string, error) {
	all, err := r.Providers()
	if err != nil {
		return "", err
	}
	others := slices.ContainsFunc(all.List, func(p identity.IdentityProvider) bool { return p.Name != name })
	if !all.Here && !others {
		return "", nil
	}
	return r.To("/login", FromParam, name, "username", hint), nil
}

// bindTrip gives the browser the secret of its trips, or renews it.
func (r *Request) bindTrip() identity.Channel {
	secret := r.Cookie(TripCookie)
	if secret == "" {
		secret = otp.NewToken()
	}
	r.SetCookie(TripCookie, secret, tripLife)
	return tripChannel(secret)
}

// GoTo leads to where a trip goes. After a post that is by way of a page:
// Chromium holds the form-action of the page before against every redirect that
// follows, and the provider is not named there.
func (r *Request) GoTo(name string, trip federation.Trip) error {
	if trip.Post != "" {
		return r.postAway(name, trip)
	}
	if r.HTTP().Method != http.MethodPost {
		return r.Leave(trip.URL)
	}
	return r.refresh(name, trip.URL)
}

// refresh leads on by a page in place of a redirect.
func (r *Request) refresh(name, location string) error {
	r.Header().Set("Refresh", "0; url="+location)
	page := r.Layout()
	page.FormToken, page.Request, page.Languages = "", "", nil
	return r.HTML(http.StatusOK, hop.View(hop.Props{Page: page, Name: name, URL: location, OtherURL: r.otherWay}))
}

// Hop is the parameter that marks the second post of an answer, from our own page.
const Hop = "hop"

// hopped says that this is a second post. Its page could name no site but this in
// its form-action, since the first post came without a cookie that tells which
// app it is for; so that a redirect which ends at the app would be stopped.
func (r *Request) hopped() bool {
	return r.HTTP().Method == http.MethodPost && r.HTTP().URL.Query().Get(Hop) != ""
}

// postAway leads to a provider by a form that posts itself. Chromium holds
// form-action against each redirect that follows, and where a provider sends
// people to sign in is its own affair: often another host of its own. So this page
// alone, which has no field to type in and no form of ours, may lead anywhere
// that is as safe as the address it posts to.
func (r *Request) postAway(name string, trip federation.Trip) error {
	scheme, _, _ := strings.Cut(trip.Post, ":")
	return r.hop(name, trip.Post, trip.Fields, func() { r.targets, r.awayOnly = []string{scheme + ":"}, true })
}

// PostAgain answers a post that came from another site, without our cookies,
// with a page that posts the same fields from our own: SameSite=Lax keeps the
// session's cookie from the first, and lets it pass with the second.
func (r *Request) PostAgain(action string) error {
	return r.hop("", action+"?"+Hop+"=1", r.Form.Values, func() {})
}

// hop answers the page that posts fields by itself. It has no form of ours, and
// sets no cookie over one that the browser has and did not send. aim says where
// the form may lead, once the layout has said what every page of the app may.
func (r *Request) hop(name, action string, fields url.Values, aim func()) error {
	r.failing = true
	page := r.Layout()
	aim()
	page.Request, page.Languages, page.ReturnURL = "", nil, ""
	props := hop.Props{Page: page, Name: name, Action: action, OtherURL: r.otherWay}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		props.Fields = append(props.Fields, form.Hidden{Name: field, Value: fields.Get(field)})
	}
	return r.HTML(http.StatusOK, hop.View(props))
}

// XML answers a document for programs.
func (r *Request) XML(status int, kind string, body []byte) error {
	r.jsonHeaders()
	r.Header().Set("Content-Type", kind)
	return r.echo.Blob(status, kind, body)
}
