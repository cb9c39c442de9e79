package oidc

import (
	"errors"
	"net/url"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// authorize answers an authorization request, or leads to the sign-in page.
func authorize(r *web.Request) error {
	// Not web.Strict: RFC 6749 §4.1.2.1 wants a parameter given twice to be
	// answered at the redirect URI, which package oauth sees to.
	query, err := url.ParseQuery(r.HTTP().URL.RawQuery)
	if err != nil {
		return &oauth.Error{Code: oauth.InvalidRequest, Description: "The query is malformed."}
	}
	auth, err := r.Auth()
	if err != nil {
		return err
	}
	r.KeepState()
	brought := r.Brought(query)
	decision, err := r.Server().OAuth.Authorize(r.Ctx(), r.Pool.ID, brought.Query, oauth.AuthorizeState{
		Auth: auth, AskedAt: brought.At, Chosen: brought.Chosen,
	})
	if err != nil {
		return err
	}
	return follow(r, brought, decision, auth)
}

// follow does what was decided.
func follow(r *web.Request, brought web.Brought, decision oauth.Decision, auth identity.Authentication) error {
	switch {
	case decision.Page != nil:
		return decision.Page
	case decision.Answer != nil:
		r.Ask = &web.Asked{Query: brought.Query, At: r.Now()}
		return r.Answer(*decision.Answer)
	case decision.Consent:
		return toConsent(r, brought, auth, decision.Locales)
	}
	first := brought.At.IsZero()
	if first || !auth.At().Before(brought.At) {
		brought.At = r.Now() // the sign-in it was brought back with was not enough: the request is new again
	}
	return toLogin(r, brought, decision.Login, first)
}

// keep remembers the request for the pages that follow, and the languages that
// only its pushed or signed parameters name.
func keep(r *web.Request, brought web.Brought, locales []string) {
	r.Ask = &web.Asked{Query: brought.Query, At: brought.At}
	if !brought.Query.Has("ui_locales") {
		r.Ask.Langs = strings.Join(locales, " ")
	}
}

// toLogin remembers the request, and when it was first brought, in the URL of
// the sign-in page.
func toLogin(r *web.Request, brought web.Brought, login *oauth.Login, first bool) error {
	keep(r, brought, login.Locales)
	switch login.Reason {
	case oauth.LoginSelectAccount:
		return r.Leave(r.To("/login", "choose", "1"))
	case oauth.LoginCreate:
		return r.Leave(r.To("/signup"))
	case oauth.LoginLeaving:
		return r.Leave(r.To("/account/leaving"))
	}
	if first { // a sign-in that was not enough is not tried again without a word
		if name, straight, err := r.Straight(); straight || err != nil {
			return errors.Join(err, r.Leave(r.To(web.ProviderPath, "name", name)))
		}
	}
	return r.Leave(r.To("/login"))
}

// authorizeByPost repeats the request as a GET (OpenID Connect Core §3.1.2.1
// wants both): browsers keep SameSite=Lax cookies from a post of another site,
// but send them when the redirect is followed.
func authorizeByPost(r *web.Request) error {
	return r.See(r.Path("/oauth2/authorize") + "?" + r.Form.Encode())
}

// metadata answers the authorization server metadata (RFC 8414 §3).
func metadata(r *web.Request) error {
	document, err := r.Server().OAuth.Metadata(r.Ctx(), r.Pool.ID)
	if err != nil {
		return err
	}
	return public(r, document)
}

// public answers a document that names endpoints: at the domain of a pool those
// there. The issuer is the pool's own wherever it is asked, as its tokens say it.
func public(r *web.Request, document map[string]any) error {
	if r.Domain() != "" {
		r.Server().OAuth.At(r.Pool.ID, r.Link(""), document)
	}
	return r.Public(document)
}

// discovery answers the OpenID Provider metadata (OpenID Connect Discovery §4).
func discovery(r *web.Request) error {
	document, err := r.Server().OAuth.Discovery(r.Ctx(), r.Pool.ID)
	if err != nil {
		return err
	}
	document["ui_locales_supported"] = r.Server().Languages() // OpenID Connect Discovery §3
	return public(r, document)
}

// jwks answers the pool's public keys (RFC 7517 §5).
func jwks(r *web.Request) error {
	document, err := r.Server().OAuth.JWKS(r.Ctx(), r.Pool.ID)
	if err != nil {
		return err
	}
	return r.Public(document)
}
