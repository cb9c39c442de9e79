package oauth

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"

	"poolhouse.dev/identity"
)

// optionalScopes are what a person may leave out: each is a gift beside what the
// app needs to work (OpenID Connect Core §5.4, §11).
var optionalScopes = []string{scopeEmail, scopePhone, scopeProfile, scopeAddress, scopeOffline}

// wish is what a request wants of a person, in the names that consent is
// remembered by.
type wish struct {
	Scopes    []string          `json:"scopes"`
	Claims    []string          `json:"claims"`
	Resources []string          `json:"resources"`
	Details   []json.RawMessage `json:"details"`
	Host      string            `json:"host"`
	Name      string            `json:"name"` // of a client that named itself; else ""
}

func wishOf(q *AuthorizationRequest) wish {
	want := wish{Scopes: meant(q), Claims: claimsAsked(q.Claims), Resources: q.Resources, Details: q.Details, Host: placeOf(q.RedirectURI)}
	if len(want.Resources) == 0 {
		want.Resources = []string{""} // no API in particular, which is more than any one
	}
	if q.Client.RegisteredBy != "" {
		want.Name = q.Client.Name
	}
	return want
}

// meant are the scopes of a request with those that they stand for: by Cognito's
// rule openid alone gives all that email, phone, profile and address would, and
// beside email it does not. Consent is to what is given.
func meant(q *AuthorizationRequest) []string {
	all := slices.Clone(q.Scopes)
	if oidcClaims(&q.Client) {
		return all
	}
	for _, of := range []struct{ scope, attribute string }{
		{scopeEmail, "email"}, {scopePhone, "phone_number"}, {scopeProfile, "name"}, {scopeAddress, "address"},
	} {
		if !slices.Contains(all, of.scope) && cognitoGives(q.Scopes, of.attribute) {
			all = append(all, of.scope)
		}
	}
	return all
}

// claimsAsked names the claims of the claims parameter. sub and acr tell no more
// than a sign-in does.
func claimsAsked(c *ClaimsRequest) []string {
	var names []string
	if c == nil {
		return nil
	}
	for _, wishes := range []map[string]ClaimWish{c.UserInfo, c.IDToken} {
		for name := range wishes {
			if !slices.Contains(names, name) && !slices.Contains(untoldClaims, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

var untoldClaims = []string{"sub", "acr", "amr", "auth_time", "iss", "aud", "exp", "iat", "nonce", "sid"}

// placeOf names where an answer goes, for people and for comparing: the host, or
// the scheme of an app of its own. Loopback ports are of the moment (RFC 8252 §7.3).
func placeOf(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return redirectURI
	case u.Host == "":
		return u.Scheme + ":"
	case loopbackHost(u):
		return u.Hostname()
	}
	return u.Host
}

func loopbackHost(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && address.IsLoopback()
}

// mustAsk says that a person is asked before the client gets what it wants. given
// is what they have allowed it before, or nil.
func mustAsk(q *AuthorizationRequest, given *identity.Consent) bool {
	c := &q.Client
	switch {
	case q.asks(promptConsent): // OpenID Connect Core §3.1.2.1: of every client
		return true
	case c.Consent != identity.ConsentAsk && c.RegisteredBy == "":
		return false // the house's own: its word is the person's, for offline_access, too (OpenID Connect Core §11)
	case given == nil, !assured(q):
		return true
	}
	return !covers(c, given, wishOf(q))
}

// assured says that nobody else can take the client's place: it proves itself, or
// its answer goes to a host that is its own. RFC 8252 §8.6: any other is not
// answered without its person.
func assured(q *AuthorizationRequest) bool {
	u, err := url.Parse(q.RedirectURI)
	return !q.Client.Public() || err == nil && u.Scheme == "https"
}

// covers says that all of a wish was allowed before, for the same host and API at
// once. offline_access is a scope as any other here: nothing but its own mention allows
// it (OpenID Connect Core §11). A rich request is one that was shown, whole (RFC 9396
// §13), of a type that serves again: what is part of a richer one only its API could tell.
func covers(c *identity.Client, given *identity.Consent, want wish) bool {
	if given.Name != want.Name || len(reusable(c, want.Details)) < len(want.Details) {
		return false
	}
	return !slices.ContainsFunc(want.Resources, func(resource string) bool {
		have := together(given, want.Host, resource)
		return !subset(want.Scopes, have.Scopes) || !subset(want.Claims, have.Claims) ||
			slices.ContainsFunc(want.Details, func(d json.RawMessage) bool { return !hasDetail(have.Details, d) })
	})
}

// allowedAt says that something was allowed whose answers go to a host.
func allowedAt(given *identity.Consent, host string) bool {
	return slices.ContainsFunc(given.Allowed, func(a identity.Allowance) bool { return a.Host == host })
}

// together answers what was allowed for an API at a host: by its name, or for no API
// in particular, which is any.
func together(given *identity.Consent, host, resource string) (all identity.Allowance) {
	for _, a := range given.Allowed {
		if a.Host == host && (a.Resource == resource || a.Resource == "") {
			all.Scopes, all.Claims, all.Details = append(all.Scopes, a.Scopes...), append(all.Claims, a.Claims...), append(all.Details, a.Details...)
		}
	}
	return all
}

// reusable answers those of rich requests that may be remembered: a payment that was
// allowed once is not thereby allowed again.
func reusable(c *identity.Client, details []json.RawMessage) []json.RawMessage {
	return slices.DeleteFunc(slices.Clone(details), func(d json.RawMessage) bool {
		var said struct {
			Type string `json:"type"`
		}
		return json.Unmarshal(d, &said) != nil || !slices.Contains(c.ReusableDetailsTypes, said.Type)
	})
}

func subset(part, whole []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(whole, s) })
}

func hasDetail(all []json.RawMessage, one json.RawMessage) bool {
	return slices.ContainsFunc(all, func(d json.RawMessage) bool { return sameJSON(d, one) })
}

// mayLeave answers which scopes of a request its person may leave out: none when
// nothing would be left, nor where claims follow Cognito, by whose rule fewer
// scopes may give more.
func mayLeave(q *AuthorizationRequest) []string {
	optional := slices.DeleteFunc(slices.Clone(q.Scopes), func(s string) bool { return !slices.Contains(optionalScopes, s) })
	if len(optional) == len(q.Scopes) || !oidcClaims(&q.Client) {
		return nil
	}
	return optional
}

// mostRemembered bounds what is kept of a client that asks for something else
// each time; the oldest goes, and is asked for again.
const mostRemembered = 100

// remember adds what was allowed to what was allowed before. What the person left
// out this time is not allowed any more. A client that has taken another name
// begins anew.
func remember(c *identity.Client, given *identity.Consent, want wish, left []string) identity.Consent {
	var all identity.Consent
	if given != nil && given.Name == want.Name {
		all = *given
	}
	all.Name, all.Allowed = want.Name, slices.Clone(all.Allowed)
	for _, resource := range want.Resources {
		i := slices.IndexFunc(all.Allowed, func(a identity.Allowance) bool { return a.Host == want.Host && a.Resource == resource })
		var before identity.Allowance
		if i >= 0 {
			before = all.Allowed[i]
			all.Allowed = slices.Delete(all.Allowed, i, i+1)
		}
		all.Allowed = append(all.Allowed, grown(before, want, resource, reusable(c, want.Details)))
	}
	all.Allowed = newest(all.Allowed, mostRemembered)
	for i := range all.Allowed {
		a := &all.Allowed[i]
		a.Scopes = slices.DeleteFunc(slices.Clone(a.Scopes), func(s string) bool { return slices.Contains(left, s) })
	}
	return all
}

// grown is an allowance with what a wish adds to it.
func grown(a identity.Allowance, want wish, resource string, details []json.RawMessage) identity.Allowance {
	a.Host, a.Resource = want.Host, resource
	a.Scopes, a.Claims, a.Details = union(a.Scopes, want.Scopes), union(a.Claims, want.Claims), slices.Clone(a.Details)
	for _, d := range details {
		if !hasDetail(a.Details, d) {
			a.Details = append(a.Details, d)
		}
	}
	a.Details = newest(a.Details, maxDetailCount)
	return a
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return newest(all, mostRemembered)
}

func newest[T any](all []T, most int) []T { return all[max(0, len(all)-most):] }
