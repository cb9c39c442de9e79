package hosted

import (
	"net/http"
	"slices"
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
)

// longestResponse bounds the form that a SAML response comes in, as
// federation.ParseReturn has it.
const longestResponse = 320 << 10

// samlMetadata answers what the pool says of itself to SAML identity providers:
// to the one of the parameter provider, else what serves all of them. It is
// there before any is, for they ask for it first.
func samlMetadata(r *web.Request) error {
	settings := identity.Settings{Core: r.Server().Identity}
	all, err := settings.Providers(r.Ctx(), r.Pool.ID)
	if err != nil {
		return err
	}
	name := r.Arg("provider")
	all = slices.DeleteFunc(all, func(p identity.IdentityProvider) bool {
		return p.Type != federation.SAML || name != "" && p.Name != name
	})
	if name != "" && len(all) == 0 {
		return &identity.Error{Code: identity.ResourceNotFound, Op: "saml metadata"}
	}
	key, err := r.SAMLKey()
	if err != nil {
		return err
	}
	signed := func(p identity.IdentityProvider) bool { return p.Details[saml.DetailSigning] != "" }
	body, err := saml.Metadata(saml.Own{
		Pool: string(r.Pool.ID), Callback: r.Link("/saml2/idpresponse"), Base: r.Link(""), Key: key,
		Encrypted: slices.ContainsFunc(all, func(p identity.IdentityProvider) bool {
			return strings.EqualFold(p.Details[saml.DetailEncrypted], "true")
		}),
		Signed: len(all) > 0 && !slices.ContainsFunc(all, func(p identity.IdentityProvider) bool { return !signed(p) }),
	})
	if err != nil {
		return err
	}
	return r.XML(http.StatusOK, "application/samlmetadata+xml", body)
}

// samlLogout takes what identity providers send about signing out: the answer to
// a logout that began here, and their own request to end a session.
func samlLogout(r *web.Request) error {
	in, request, err := r.LogoutMessage()
	if err != nil {
		return r.See(r.Path("/signedout"))
	}
	if request {
		return endHere(r, in)
	}
	if r.HTTP().Method == http.MethodPost && r.Arg(web.Hop) == "" && !r.OnTrip() {
		return r.PostAgain(r.Path("/saml2/logout"))
	}
	state := r.Form.Get("RelayState")
	if r.HTTP().Method == http.MethodGet {
		state = r.Arg("RelayState")
	}
	return leftElsewhere(r, state, func(provider federation.Provider, trip identity.Trip) { finishLogout(r, provider, trip, in) })
}

// oidcLogout takes who comes back from an OpenID provider that was asked to end
// its session. It says no more than that.
func oidcLogout(r *web.Request) error {
	return leftElsewhere(r, r.Arg("state"), func(federation.Provider, identity.Trip) {})
}

// leftElsewhere leads on whoever comes back from signing out at a provider. The
// session here has ended before.
func leftElsewhere(r *web.Request, state string, finish func(federation.Provider, identity.Trip)) error {
	trip, err := signIns(r).Return(r.Ctx(), r.Pool.ID, state, r.TripChannel())
	if over(err) {
		return r.See(r.Path("/signedout"))
	}
	if err != nil {
		return err
	}
	if _, provider, err := r.Provider(trip.Provider); err == nil {
		finish(provider, trip)
	}
	return r.LogoutTo(trip)
}

// finishLogout notes what the identity provider could not end. The session here
// has ended before.
func finishLogout(r *web.Request, provider federation.Provider, trip identity.Trip, in saml.Message) {
	at, speaks := provider.(*saml.Provider)
	if !speaks {
		return
	}
	if _, err := at.FinishLogout(r.Ctx(), trip.Pending, in); err != nil {
		r.Note("signing out at "+trip.Provider+" failed", err)
	}
}

// endHere ends the sessions here that an identity provider's request is about,
// in whichever browsers they are, and answers it.
func endHere(r *web.Request, in saml.Message) error {
	name, at, asked, ok, err := r.TakeLogout(in)
	if err != nil {
		return err
	}
	if ok {
		err = r.EndLogin(name, asked)
	}
	if !ok || over(err) {
		return r.See(r.Path("/signedout"))
	}
	if err != nil {
		return err
	}
	trip, err := at.AnswerLogout(r.Ctx(), asked, true)
	if err != nil {
		r.Note("answering a logout of "+name+" failed", err)
		return r.See(r.Path("/signedout"))
	}
	return r.GoTo(name, trip)
}

// unsolicited takes a response that an identity provider sends by itself, where
// its settings open that (IDPInit). As in Cognito its RelayState is an
// authorization request; one that is not registered as such leads nowhere.
func unsolicited(r *web.Request, back federation.Return) (bool, error) {
	query, err := web.Strict(back.Values.Get("RelayState"))
	if err != nil || query.Get("client_id") == "" {
		return false, nil
	}
	r.Ask = &web.Asked{Query: query.Values, At: r.Now()}
	asking, err := r.Asking()
	if err != nil || asking == nil {
		return false, err
	}
	all, err := r.Providers()
	if err != nil {
		return true, err
	}
	p, ok := all.Named(query.Get("identity_provider"))
	if !ok {
		return false, nil
	}
	p, provider, err := r.Provider(p.Name)
	if err != nil {
		return true, tripFailed(r, p, "", err)
	}
	at, speaks := provider.(*saml.Provider)
	if !speaks {
		return false, nil
	}
	answer, err := at.FinishUnsolicited(r.Ctx(), back, func(string) bool { return true }) // it is the request checked above
	if err != nil {
		return true, tripFailed(r, p, "", err)
	}
	return true, welcome(r, p, identity.Trip{Client: asking.Client.ID}, answer)
}
