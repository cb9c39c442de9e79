package hosted

import (
	"net/http"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/provider"
	"poolhouse.dev/web"
)

// comeBackOAuth takes what a provider of OpenID Connect or OAuth 2.0 sends back.
func comeBackOAuth(r *web.Request) error { return comeBack(r, "state") }

// comeBackSAML takes what a SAML identity provider posts.
func comeBackSAML(r *web.Request) error { return comeBack(r, "RelayState") }

// comeBack takes the answer of a trip that this browser began, once.
func comeBack(r *web.Request, state string) error {
	if needsHop(r) {
		return r.PostAgain(r.Path(ownPath(state)))
	}
	back, err := arrived(r)
	if err != nil {
		return tripOver(r)
	}
	trip, err := signIns(r).Return(r.Ctx(), r.Pool.ID, back.Values.Get(state), r.TripChannel())
	if over(err) {
		if led, err := unsolicited(r, back); led || err != nil {
			return err
		}
		r.Ask = nil
		return tripOver(r)
	}
	if err != nil {
		return err
	}
	return finish(r, trip, back)
}

// finish asks the provider of a trip what its answer says.
func finish(r *web.Request, trip identity.Trip, back federation.Return) error {
	r.TakeUp(trip)
	if trip.Test != nil {
		return finishTrial(r, trip, back)
	}
	if _, err := r.Asking(); err != nil {
		return err
	}
	p, provider, err := r.Provider(trip.Provider)
	if p.Name == "" {
		p.Name = trip.Provider
	}
	if err != nil {
		return tripFailed(r, p, "", err)
	}
	answer, err := provider.Finish(r.Ctx(), trip.Pending, back)
	if err != nil {
		return tripFailed(r, p, "", err)
	}
	return welcome(r, p, trip, answer)
}

// ownPath is where the answers with this name for their state come to.
func ownPath(state string) string {
	if state == "RelayState" {
		return "/saml2/idpresponse"
	}
	return "/oauth2/idpresponse"
}

// needsHop says that an answer was posted from another site, for which browsers
// send no SameSite=Lax cookie.
func needsHop(r *web.Request) bool {
	return r.HTTP().Method == http.MethodPost && !r.OnTrip() && r.Arg(web.Hop) == ""
}

// arrived reads what came back, strictly.
func arrived(r *web.Request) (federation.Return, error) {
	if r.HTTP().Method == http.MethodGet {
		return federation.ParseReturn(http.MethodGet, r.HTTP().URL.RawQuery)
	}
	return federation.Return{Method: http.MethodPost, Values: r.Form.Values}, nil
}

// spendAnswer takes an answer that says which one it is, once.
func spendAnswer(r *web.Request, answer federation.Answer) error {
	if answer.Assertion == "" {
		return nil
	}
	return signIns(r).SpendAssertion(r.Ctx(), r.Pool.ID, "", answer.Assertion, answer.Until)
}

// welcome signs in whom the provider named, or joins them to who sent them.
func welcome(r *web.Request, p identity.IdentityProvider, trip identity.Trip, answer federation.Answer) error {
	if err := spendAnswer(r, answer); over(err) {
		return tripOver(r)
	} else if err != nil {
		return err
	}
	external, problems, err := r.External(r.Ctx(), &p, trip.Client, answer)
	if err != nil {
		return tripRefused(r, p, err)
	}
	if len(problems) > 0 {
		r.Note("attributes of "+p.Name+" were left out", federation.Problems(problems))
	}
	if trip.Session != "" {
		return joinHere(r, p, trip, external)
	}
	external.Login = r.LoginAt(p.Name, answer)
	step, err := signIns(r).Federated(r.Ctx(), identity.Federated{
		Pool: r.Pool.ID, Client: trip.Client, Channel: r.Channel(), External: external, Attempt: trip.Attempt, Twice: twice(r), Origin: r.Origin(),
	})
	if err != nil {
		return tripRefused(r, p, err)
	}
	if step.Done != nil {
		r.DropCookie(web.PickerCookie)
	}
	return proceed(r, step)
}

// joinHere joins the identity to the account of the session that sent the
// browser out, where that is still the one at hand.
func joinHere(r *web.Request, p identity.IdentityProvider, trip identity.Trip, external identity.External) error {
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	if !auth.Valid() || auth.Session() != trip.Session {
		return tripOver(r)
	}
	identities := identity.Identities{Core: r.Server().Identity}
	err = identities.Link(r.Ctx(), auth, external, r.Origin())
	if code, _ := identity.CodeOf(err); code == identity.FreshSignInNeeded {
		return r.See(r.To("/login", "notice", "sign_in"))
	}
	if err != nil {
		return tripRefused(r, p, err)
	}
	return r.See(r.Back() + "?notice=connected")
}

// notJoined is for whoever wanted to connect a provider to their account and
// did not get there: back says that they turned back themselves.
func notJoined(r *web.Request, p identity.IdentityProvider, back bool) error {
	if back {
		return r.See(r.Back() + "?notice=came_back")
	}
	page := r.Layout()
	return failed(r, provider.FailedProps{
		Page: page, Heading: page.T("provider.not_joined_title", "Name", shown(p)), Text: page.T("provider.not_joined"),
	})
}
