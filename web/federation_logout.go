package web

import (
	"net/http"
	"slices"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

// LoginAt answers the session at a provider that an answer tells of, for ending
// it when somebody signs out here, or this one when it ends there.
func (r *Request) LoginAt(name string, a federation.Answer) identity.Login {
	_, provider, err := r.Provider(name)
	at, ends := provider.(federation.Leaver)
	if err != nil || !ends {
		return identity.Login{}
	}
	login, _ := at.Stay(a)
	return identity.Login(login)
}

// SignOutTo ends this browser's session and the one at the provider that it came
// by, where that one's settings say so (IDPSignout), and then leads to the URL
// to. It answers false when there is none there to end: the caller leads on. A
// provider that cannot be asked keeps nobody here.
func (r *Request) SignOutTo(to string) (bool, error) {
	sessions := identity.Sessions{Core: r.server.Identity}
	name, ticket, err := sessions.Elsewhere(r.Ctx(), r.Pool.ID, r.Cookie(SessionCookie))
	if err != nil {
		return false, err
	}
	if err := r.SignOut(); err != nil || len(ticket) == 0 {
		return false, err
	}
	_, provider, err := r.Provider(name)
	at, ends := provider.(federation.Leaver)
	if err != nil || !ends {
		return false, nil
	}
	signIns := identity.SignIn{Core: r.server.Identity}
	state := signIns.NewState()
	trip, goes, err := at.Leave(r.Ctx(), state, ticket)
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

// EndLogin ends the sessions that a logout request of the provider is about, in
// whatever browser they are. It is signed: no cookie is needed, and one that this
// browser has goes if its session was among them. AttemptExpired says that the
// request was taken before.
func (r *Request) EndLogin(name string, asked saml.LogoutAsked) error {
	sessions := identity.Sessions{Core: r.server.Identity}
	_, err := sessions.EndLogin(r.Ctx(), identity.LoginEnded{
		Pool: r.Pool.ID, Provider: name, Name: asked.Login.NameID, Sessions: asked.Sessions, Message: asked.Assertion, Until: asked.Until,
	})
	if err != nil || r.Cookie(SessionCookie) == "" {
		return err
	}
	if auth, err := r.Auth(); err != nil || auth.Valid() {
		return err
	}
	return r.SignOut()
}
