package web

import (
	"net/http"
	"slices"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

// LoginCookie keeps what a SAML identity provider must be told to end its
// session, as long as the browser's own. It is its person's own name there.
const (
	LoginCookie  = "ph_elsewhere"
	longestLogin = 3000
)

// keptLogin is a login at a provider.
type keptLogin struct {
	Provider string     `json:"provider"`
	Login    saml.Login `json:"login"`
}

// KeepLogin keeps who signed in at a SAML provider, for signing out there.
func (r *Request) KeepLogin(p *identity.IdentityProvider, a federation.Answer) {
	login, named := saml.LoginOf(a)
	if p.Type != federation.SAML || !named {
		r.DropCookie(LoginCookie)
		return
	}
	sealed, err := r.SealState("elsewhere", keptLogin{p.Name, login})
	if err == nil && len(sealed) <= longestLogin {
		r.SetCookie(LoginCookie, sealed, 0)
	}
}

// LoginAt answers the login at a SAML provider that this browser came by.
func (r *Request) LoginAt() (provider string, login saml.Login, ok bool) {
	var kept keptLogin
	ok = r.OpenState("elsewhere", r.cookie(LoginCookie, longestLogin), &kept)
	return kept.Provider, kept.Login, ok
}

// SignOutElsewhere ends the session at the SAML provider that this browser came
// by, where its settings say so (IDPSignout), and then leads to the URL to. It
// answers false when there is none to end: the caller leads on. A provider that
// cannot be asked keeps nobody here.
func (r *Request) SignOutElsewhere(to string) (bool, error) {
	name, login, ok := r.LoginAt()
	r.DropCookie(LoginCookie)
	if !ok {
		return false, nil
	}
	_, provider, err := r.Provider(name)
	at, speaks := provider.(*saml.Provider)
	if err != nil || !speaks {
		return false, nil
	}
	signIns := identity.SignIn{Core: r.server.Identity}
	state := signIns.NewState()
	trip, goes, err := at.BeginLogout(r.Ctx(), state, login)
	if err != nil {
		r.Note("signing out at "+name+" failed", err)
	}
	if err != nil || !goes {
		return false, nil
	}
	kept := identity.Trip{Pool: r.Pool.ID, Provider: name, Channel: r.bindTrip(), Asked: to, Pending: trip.Pending}
	if err := signIns.Depart(r.Ctx(), state, kept); err != nil {
		return false, err
	}
	return true, r.GoTo(name, trip)
}

// LogoutTo leads on to where a logout by way of a provider was going: one of our
// own pages or a URL that was validated before.
func (r *Request) LogoutTo(trip identity.Trip) error {
	if trip.Asked == "" {
		return r.See(r.Path("/signedout"))
	}
	return r.Leave(trip.Asked)
}

// logoutMessage is what came to the logout address.
func (r *Request) logoutMessage() saml.Message {
	if r.HTTP().Method == http.MethodPost {
		return saml.Message{Form: federation.Return{Method: http.MethodPost, Values: r.Form.Values}}
	}
	return saml.Message{Query: r.HTTP().URL.RawQuery}
}

// LogoutMessage answers what came to the logout address, and whether it is a
// request of the identity provider.
func (r *Request) LogoutMessage() (in saml.Message, request bool, err error) {
	in = r.logoutMessage()
	_, request, err = saml.LogoutIssuerOf(in)
	return in, request, err
}

// TakeLogout finds the provider that a logout request is from: the one whose key
// has signed it. It answers false when there is none.
func (r *Request) TakeLogout(in saml.Message) (name string, at *saml.Provider, asked saml.LogoutAsked, ok bool, err error) {
	settings := identity.Settings{Core: r.server.Identity}
	all, err := settings.Providers(r.Ctx(), r.Pool.ID)
	for _, p := range slices.DeleteFunc(all, func(p identity.IdentityProvider) bool { return p.Type != federation.SAML || p.Disabled }) {
		_, provider, failed := r.Provider(p.Name)
		at, speaks := provider.(*saml.Provider)
		if failed != nil || !speaks {
			continue
		}
		if asked, failed = at.TakeLogout(r.Ctx(), in); failed == nil {
			return p.Name, at, asked, true, nil
		}
		r.Note("a logout request was not taken by "+p.Name, failed)
	}
	return "", nil, asked, false, err
}
