package oauth

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// AuthorizeState is what the front end knows about the browser.
type AuthorizeState struct {
	// Auth says who is signed in; the zero value is nobody.
	Auth identity.Authentication
	// AskedAt is when this browser first brought the request; zero on its first
	// visit. A sign-in since then meets prompt=login and max_age.
	AskedAt time.Time
	// Chosen says that the person confirmed this account for the request, which
	// meets prompt=select_account without a new sign-in.
	Chosen bool
	// Met says that the sign-in met the request when the person was asked for their
	// consent, which may take them longer than a sign-in stays fresh.
	Met bool
	// Consent is what the person allows, or nil.
	Consent *ConsentAnswer
}

// Why a Login is asked for.
const (
	LoginNone          = "none"           // nobody is signed in
	LoginPrompt        = "prompt"         // the client asks for a fresh sign-in
	LoginMaxAge        = "max_age"        // the sign-in is too old for the client
	LoginSelectAccount = "select_account" // the client asks which account to use
	LoginSecond        = "second_factor"  // the client demands two factors, and the sign-in proved one
	LoginACR           = "acr"            // the client demands a stronger sign-in than the one at hand
	LoginCreate        = "create"         // the client asks for a new account
	LoginOther         = "other"          // the client means somebody else (id_token_hint)
	LoginLeaving       = "leaving"        // the account is about to be deleted; its person says first whether it stays
)

// meetsFor is how long a sign-in meets the request it was made for. Whoever
// signs in is back within seconds; much later the same URL comes from a history
// or a bookmark, and prompt=login and max_age ask again.
const meetsFor = 5 * time.Minute

// Decision is what to do with an authorization request: exactly one of the
// first four is set.
type Decision struct {
	Answer  *Answer
	Login   *Login
	Page    *Error // shown on a page; nothing may be redirected
	Consent bool   // the person is asked first; AskConsent says what

	Locales []string // ui_locales of the request, with Consent
}

// Login asks for a sign-in, after which the request is brought again.
type Login struct {
	Reason  string
	Hint    string
	Locales []string
	Client  identity.Client
}

// Answer goes to the client by the browser.
type Answer struct {
	RedirectURI string
	Mode        string // ModeQuery, ModeFragment or ModeFormPost
	Params      url.Values
	Locales     []string // ui_locales of the request
}

// URL answers where ModeQuery and ModeFragment redirect to. RFC 6749 §3.1.2: a
// query that the URI has is kept as it is; a fragment it has none.
func (a *Answer) URL() string {
	if a.Mode == ModeFragment {
		return a.RedirectURI + "#" + a.Params.Encode()
	}
	return withQuery(a.RedirectURI, a.Params)
}

func withQuery(uri string, params url.Values) string {
	if len(params) == 0 {
		return uri
	}
	if strings.Contains(uri, "?") {
		return uri + "&" + params.Encode()
	}
	return uri + "?" + params.Encode()
}

// Authorize decides an authorization request.
func (p *Provider) Authorize(ctx context.Context, pool identity.PoolID, query url.Values, browser AuthorizeState) (Decision, error) {
	q, refused, err := p.parse(ctx, pool, query, browser.AskedAt)
	if err != nil {
		return Decision{}, err
	}
	q.session = p.sessionState(&q, browser.Auth)
	d, err := p.decide(ctx, &q, refused, browser)
	if err != nil {
		return Decision{}, err
	}
	return p.sealed(ctx, &q, d)
}

func (p *Provider) decide(ctx context.Context, q *AuthorizationRequest, refused *refusedRequest, browser AuthorizeState) (Decision, error) {
	if refused != nil {
		d, err := p.refusal(ctx, q, refused, browser.Auth)
		if err != nil {
			return d, err
		}
		return p.once(ctx, q, d)
	}
	if reason := p.login(q, browser); reason != "" {
		return p.once(ctx, q, p.toLogin(q, reason, browser))
	}
	params, reason, err := p.issue(ctx, q, browser)
	switch {
	case errors.Is(err, errPushed):
		return Decision{Page: errPushed}, nil // another request with it was faster
	case err != nil:
		return Decision{}, err
	case reason == consentNeeded && q.asks(promptNone): // OpenID Connect Core §3.1.2.6
		return p.once(ctx, q, Decision{Answer: p.answer(q, errorParams(refuse(ConsentRequired, "The person must be asked first.")))})
	case reason == consentNeeded:
		return Decision{Consent: true, Locales: q.UILocales}, nil
	case reason != "":
		return p.once(ctx, q, p.toLogin(q, reason, browser))
	}
	return Decision{Answer: p.answer(q, params)}, nil
}

// CheckRequest answers the checked request, for the sign-in page. asked is when
// the browser first brought it; zero is now. Its error is an *Error for a request
// that was refused.
func (p *Provider) CheckRequest(ctx context.Context, pool identity.PoolID, query url.Values, asked time.Time) (AuthorizationRequest, error) {
	q, refused, err := p.parse(ctx, pool, query, asked)
	if err == nil && refused != nil {
		err = refused.err
	}
	return q, err
}

// Cancel answers the client of a person who went back (RFC 6749 §4.1.2.1
// access_denied). Its error is an *Error when nothing may be redirected.
func (p *Provider) Cancel(ctx context.Context, pool identity.PoolID, query url.Values, asked time.Time) (Answer, error) {
	return p.decline(ctx, pool, query, asked, "The person did not sign in.", nil)
}

// decline answers access_denied. note, which may be nil, writes down that it did.
func (p *Provider) decline(ctx context.Context, pool identity.PoolID, query url.Values, asked time.Time, description string, note func(storage.Writer, *AuthorizationRequest) error) (Answer, error) {
	q, refused, err := p.parse(ctx, pool, query, asked)
	why := refuse(AccessDenied, description)
	switch {
	case err != nil:
		return Answer{}, err
	case refused == nil:
		err = p.declined(ctx, &q, note)
	case refused.page:
		return Answer{}, refused.err
	default:
		why = refused.err
	}
	if err != nil {
		return Answer{}, err
	}
	d, err := p.sealed(ctx, &q, Decision{Answer: p.answer(&q, errorParams(why))})
	if err != nil {
		return Answer{}, err
	}
	return *d.Answer, nil
}

func (p *Provider) declined(ctx context.Context, q *AuthorizationRequest, note func(storage.Writer, *AuthorizationRequest) error) error {
	if note == nil {
		return p.spent(ctx, q)
	}
	return p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		if err := spend(w, q); err != nil {
			return err
		}
		return note(w, q)
	})
}

func (p *Provider) refusal(ctx context.Context, q *AuthorizationRequest, refused *refusedRequest, auth identity.Authentication) (Decision, error) {
	leads := false
	if !refused.page {
		var err error
		if leads, err = p.mayLead(ctx, q, auth); err != nil {
			return Decision{}, fault("authorize", err)
		}
	}
	if !leads {
		return Decision{Page: refused.err}, nil
	}
	return Decision{Answer: p.answer(q, errorParams(refused.err))}, nil
}

// mayLead says that a browser may be led to the client by a request that is wrong, with
// nobody having done anything. RFC 9700 §4.11.2: to an address that a stranger has
// registered it is not, or links to this server would lead wherever strangers like,
// unless the person has allowed answers there, or the client asked for no page at all
// (OpenID Connect Core §3.1.2.6).
func (p *Provider) mayLead(ctx context.Context, q *AuthorizationRequest, auth identity.Authentication) (leads bool, err error) {
	switch {
	case q.Client.RegisteredBy == "", slices.Contains(strings.Fields(q.form.get("prompt")), promptNone):
		return true, nil
	case !auth.Valid() || auth.Pool() != q.Pool.ID:
		return false, nil
	}
	err = p.Identity.Store.View(ctx, func(r storage.Reader) error {
		given, err := p.givenTo(r, &q.Client, auth.User())
		leads = given != nil && given.Name == q.Client.Name && allowedAt(given, placeOf(q.RedirectURI))
		return err
	})
	return leads, err
}

// answer adds what every answer carries: state as it came (RFC 6749 §4.1.2) and
// our issuer, success or error (RFC 9207 §2).
func (p *Provider) answer(q *AuthorizationRequest, params url.Values) *Answer {
	params.Set("iss", p.Issuer(q.Pool.ID))
	if q.State != "" {
		params.Set("state", q.State)
	}
	if q.session != "" { // OpenID Connect Session Management §2
		params.Set("session_state", q.session)
	}
	return &Answer{RedirectURI: q.RedirectURI, Mode: q.ResponseMode, Params: params, Locales: q.UILocales}
}

func errorParams(e *Error) url.Values {
	return url.Values{"error": {e.Code}, "error_description": {e.Description}}
}

// login answers why a sign-in is needed before the request can be met, or "".
func (p *Provider) login(q *AuthorizationRequest, browser AuthorizeState) string {
	auth, now := browser.Auth, p.Now()
	fresh := browser.Met || !browser.AskedAt.IsZero() && !auth.At().Before(browser.AskedAt) && now.Sub(auth.At()) < meetsFor
	switch {
	case q.asks(promptCreate) && !fresh: // Initiating User Registration §4
		return LoginCreate
	case !auth.Valid() || auth.Pool() != q.Pool.ID:
		return LoginNone
	case q.Subject != "" && p.subjectOf(&q.Client, auth.User()) != q.Subject: // OpenID Connect Core §3.1.2.1 id_token_hint
		return LoginOther
	case !q.suffices(auth): // OpenID Connect Core §5.5.1.1
		return LoginACR
	case fresh:
		return ""
	case q.asks(promptLogin): // OpenID Connect Core §3.1.2.1
		return LoginPrompt
	case q.asks(promptSelect) && !browser.Chosen:
		return LoginSelectAccount
	case q.MaxAge != nil && now.Sub(auth.At()) > *q.MaxAge: // OpenID Connect Core §3.1.2.1
		return LoginMaxAge
	}
	return ""
}

// toLogin asks for a sign-in, or tells the client that one is needed: when it
// asked for no page (prompt=none), and when the person just signed in as
// somebody else than the client means, or not as strongly.
func (p *Provider) toLogin(q *AuthorizationRequest, reason string, browser AuthorizeState) Decision {
	tried := !browser.AskedAt.IsZero() && !browser.Auth.At().Before(browser.AskedAt)
	switch {
	case reason == LoginACR && tried && !q.asks(promptNone):
		return Decision{Answer: p.answer(q, errorParams(refuse(UnmetAuthentication, "The person cannot sign in as strongly as the request needs.")))}
	case q.asks(promptNone), reason == LoginOther && tried:
		return Decision{Answer: p.answer(q, errorParams(refuse(LoginRequired, "The person is not signed in as the request needs.")))}
	}
	return Decision{Login: &Login{Reason: reason, Hint: q.LoginHint, Locales: q.UILocales, Client: q.Client}}
}

// mayGive finds the person who gives a new lineage, or why they must be asked first.
func (p *Provider) mayGive(r storage.Reader, g *Grant, auth identity.Authentication) (who *person, reason string, err error) {
	who, live, err := p.behind(r, g)
	switch {
	case err != nil || !live:
		return nil, LoginNone, err
	case !who.user.DeleteAt.IsZero():
		return nil, LoginLeaving, nil
	}
	enough, err := p.Identity.Suffices(r, auth, g.ClientID)
	if err != nil || !enough {
		return nil, LoginSecond, err
	}
	return who, "", nil
}
