package web

import (
	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
)

// TrialPath is the page of a provider's test. Its parameter link is the secret
// that identity's NewProviderTrial answers.
const TrialPath = "/login/provider/test"

// BindTrip binds trips to this browser and answers what they are bound to. It
// runs once a request.
func (r *Request) BindTrip() identity.Channel { return r.bindTrip() }

// SetOutToTest sends the browser to a provider for a test, on a trip bound to
// channel. Its error is the provider's (*federation.Error) or the core's.
func (r *Request) SetOutToTest(test identity.Trial, channel identity.Channel) error {
	p, provider, err := r.TriedProvider(test.Provider)
	if err != nil {
		return err
	}
	signIns := identity.SignIn{Core: r.server.Identity}
	state := signIns.NewState()
	out, err := provider.Begin(r.Ctx(), federation.Start{State: state, Locale: r.Lang.String(), SelectAccount: r.Cookie(PickerCookie) != ""})
	if err != nil {
		return err
	}
	trip := identity.Trip{Pool: r.Pool.ID, Provider: p.Name, Channel: channel, Pending: out.Pending, Test: &test}
	if err := signIns.Depart(r.Ctx(), state, trip); err != nil {
		return err
	}
	return r.GoTo(p.Name, out)
}

// DetailOf tells an administrator what went wrong at a provider.
func DetailOf(e *federation.Error) string { return detailOf(e) }
