package oauth

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// ConsentAnswer is that a person allows a request.
type ConsentAnswer struct {
	Shown  string   // ConsentAsked.Shown of the page that they saw
	Left   []string // scopes that they left out, of ConsentAsked.Optional
	Origin identity.Origin
}

// ConsentAsked is what a person is asked to allow.
type ConsentAsked struct {
	Gets     Gets
	Optional []string // scopes that may be left out
	Place    string   // where the answer goes: a host, or the scheme of an app
	Stranger bool     // nobody of the house has made the client: its name is its own word
	Shown    string   // stands for all of the above in ConsentAnswer
}

// consentNeeded is why issue stops before a client gets anything.
const consentNeeded = "consent"

// AskConsent answers what a checked request asks of a person, for the page.
func AskConsent(q *AuthorizationRequest, auth identity.Authentication) ConsentAsked {
	return consentAsked(q, auth.User())
}

func consentAsked(q *AuthorizationRequest, user identity.UserID) ConsentAsked {
	want := wishOf(q)
	a := ConsentAsked{
		Gets: Gets{Claims: want.Claims, Details: q.Details}, Optional: mayLeave(q), Place: want.Host,
		Stranger: q.Client.RegisteredBy != "",
	}
	for _, scope := range want.Scopes {
		a.Gets.Scopes = append(a.Gets.Scopes, inWords(&q.Pool, scope))
	}
	all, err := json.Marshal([]any{q.Pool.ID, user, q.Client.ID, q.Client.Name, q.RedirectURI, want, a.Gets})
	if err == nil { // texts, and JSON that was read before
		a.Shown = hashOf(string(all))
	}
	return a
}

// givenTo answers what a person has allowed a client; nil for nothing, and for what
// was given to one of its id that was deleted since.
func (p *Provider) givenTo(r storage.Reader, c *identity.Client, user identity.UserID) (*identity.Consent, error) {
	given, err := p.Identity.ConsentOf(r, c.PoolID, user, c.ID)
	if given != nil && given.CreatedAt.Before(c.CreatedAt) {
		given = nil
	}
	return given, err
}

// consent decides on a new lineage: it answers consentNeeded, or leaves in the
// exchange what the person allows.
func (p *Provider) consent(w storage.Writer, q *AuthorizationRequest, browser AuthorizeState, x *exchange) (reason string, err error) {
	given, err := p.givenTo(w, &q.Client, browser.Auth.User())
	if err != nil {
		return "", err
	}
	asked := consentAsked(q, browser.Auth.User())
	switch answer := browser.Consent; {
	case answer != nil && answer.Shown == asked.Shown && asked.Shown != "":
		return "", p.allow(w, q, given, browser, x)
	case answer != nil, mustAsk(q, given):
		return consentNeeded, nil // what the page showed is not what is asked for
	}
	return "", nil
}

// allow keeps what the person allowed, and narrows the lineage to it (RFC 6749 §3.3).
func (p *Provider) allow(w storage.Writer, q *AuthorizationRequest, given *identity.Consent, browser AuthorizeState, x *exchange) error {
	want, optional := wishOf(q), mayLeave(q)
	left := slices.DeleteFunc(slices.Clone(browser.Consent.Left), func(s string) bool { return !slices.Contains(optional, s) })
	x.scopes = slices.DeleteFunc(slices.Clone(q.Scopes), func(s string) bool { return slices.Contains(left, s) })
	grant := &x.person.grant
	grant.Scopes = x.scopes
	all := remember(&q.Client, given, want, left)
	all.PoolID, all.UserID, all.ClientID, all.AllowedAt = q.Pool.ID, grant.UserID, q.Client.ID, p.Now()
	if all.CreatedAt.IsZero() {
		all.CreatedAt = all.AllowedAt
	}
	if err := p.Identity.PutConsent(w, all); err != nil {
		return err
	}
	return p.recordConsent(w, &all, browser.Consent.Origin, x.scopes, audit.Event{Session: browser.Auth.Session(), Action: "consent_given", Outcome: audit.OK})
}

// recordConsent writes to the audit log what a person has said, or an administrator for them.
func (p *Provider) recordConsent(w storage.Writer, c *identity.Consent, from identity.Origin, scopes []string, e audit.Event) error {
	e.At, e.Pool, e.Client, e.User = p.Now(), string(c.PoolID), string(c.ClientID), string(c.UserID)
	e.UserAgent, e.Request, e.Address = from.UserAgent, from.Request, identity.AddressText(from.Address)
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	e.Detail["scopes"] = joined(scopes)
	return audit.Write(w, e)
}

// DenyConsent answers the client of a person who refused (RFC 6749 §4.1.2.1
// access_denied). Its error is an *Error when nothing may be redirected.
func (p *Provider) DenyConsent(ctx context.Context, auth identity.Authentication, pool identity.PoolID, query url.Values, asked time.Time, from identity.Origin) (Answer, error) {
	return p.decline(ctx, pool, query, asked, "The person refused.", func(w storage.Writer, q *AuthorizationRequest) error {
		denied := identity.Consent{PoolID: pool, UserID: auth.User(), ClientID: q.Client.ID}
		return p.recordConsent(w, &denied, from, q.Scopes, audit.Event{Session: auth.Session(), Action: "consent_denied", Outcome: audit.Refused})
	})
}
