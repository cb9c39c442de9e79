package web

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/otp"
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
	r.Ask, r.asking, r.joining = nil, nil, trip.Session != ""
	if trip.Asked != "" {
		r.Ask = r.unseal(trip.Asked)
	}
}

// Joining says that the trip at hand joins an identity to an account, whose
// person is signed in and came from Back.
func (r *Request) Joining() bool { return r.joining }

// SetOut sends the browser to a provider, and back to the request at hand.
// hint is the name that the person typed. With session set the identity that
// comes back is joined to the account of that session. Its error is the
// provider's (*federation.Error) or the core's.
func (r *Request) SetOut(name, hint, session string) error {
	asking, err := r.Asking()
	if err != nil {
		return err
	}
	p, provider, err := r.Provider(name)
	if err != nil {
		return err
	}
	signIns := identity.SignIn{Core: r.server.Identity}
	state := signIns.NewState()
	start := federation.Start{State: state, LoginHint: hint, Locale: r.Lang.String(), SelectAccount: r.Cookie(PickerCookie) != ""}
	trip := identity.Trip{Pool: r.Pool.ID, Provider: p.Name, Asked: r.Sealed(), Session: session}
	if asking != nil {
		trip.Client = asking.Client.ID
		start.SelectAccount = start.SelectAccount || slices.Contains(asking.Prompt, "select_account") || slices.Contains(asking.Prompt, "login")
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
	return r.GoTo(p.Name, out)
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
	return r.HTML(http.StatusOK, hop.View(hop.Props{Page: page, Name: name, URL: location}))
}

// Hop is the parameter that marks the second post of an answer, from our own page.
const Hop = "hop"

// hopped says that this is a second post. Its page could name no site but this in
// its form-action, since the first post came without a cookie that tells which
// app it is for; so that a redirect which ends at the app would be stopped.
func (r *Request) hopped() bool {
	return r.HTTP().Method == http.MethodPost && r.HTTP().URL.Query().Get(Hop) != ""
}

// postAway leads to a provider by a form that posts itself.
func (r *Request) postAway(name string, trip federation.Trip) error {
	return r.hop(name, trip.Post, trip.Fields, func() {
		r.targets, r.awayOnly = nil, true // the page is for the provider alone
		r.MayPostTo(trip.Post)
	})
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
	props := hop.Props{Page: page, Name: name, Action: action}
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
