package oauth

import (
	"context"
	"net/url"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// LogoutDecision is what to do with a request to sign out.
type LogoutDecision struct {
	// Page is shown instead of anything else; the session stays.
	Page *Error
	// Confirm asks the person first: nobody has shown that the request comes
	// from an app they are signed in to.
	Confirm bool
	// Linked says that a link alone asks, which may stand on anybody's page: go
	// on only when the browser comes from the app, and else ask first.
	Linked bool
	// Redirect is where to go once the session has ended; "" is our own page.
	Redirect string
	// SignIn is the authorization request to begin once the session has ended,
	// when the app asked for another sign-in; nil otherwise.
	SignIn url.Values
	// Session is the session that the request means, as Client calls it (OIDC sid; see
	// KnownAs); "" is the browser's. When the browser has another one, ask first.
	Session string
	// Client is the app that asked; zero when it did not say.
	Client identity.Client
	// Hint is who the app means (logout_hint), in whatever words it has for them;
	// when the browser's session is somebody else's, ask first.
	Hint string
	// Locales are the languages of the pages on the way (ui_locales), as they came.
	Locales string
}

// Logout decides a request to sign out, in Cognito's form (client_id with
// logout_uri, or with redirect_uri and response_type) or in that of OpenID
// Connect RP-Initiated Logout. It changes nothing: the front end ends the session.
func (p *Provider) Logout(ctx context.Context, pool identity.PoolID, query url.Values) (LogoutDecision, error) {
	f := form(query)
	if refused := refusal(logoutFormChecks, f); refused != nil {
		return LogoutDecision{Page: refused}, nil
	}
	d, err := p.decideLogout(ctx, pool, f, query)
	d.Hint, d.Locales = f.get("logout_hint"), f.get("ui_locales")
	return d, err
}

// logoutFormChecks hold what is sent; decideLogout holds where it leads.
var logoutFormChecks = []check[form]{
	{"RFC 6749 §3.1: no parameter twice", InvalidRequest, "A parameter is given twice or is not UTF-8 text.", func(f form) bool { return !f.twice() }},
	{"RFC 6749 Appendix B: UTF-8", InvalidRequest, "A parameter is given twice or is not UTF-8 text.", form.readable},
	{"OpenID Connect RP-Initiated Logout §2: state, bounded", InvalidRequest, "The state is too long.", func(f form) bool { return len(f.get("state")) <= maxState }},
	{"… logout_hint and ui_locales, bounded", InvalidRequest, "The logout_hint or ui_locales is too long.", func(f form) bool {
		return len(f.get("logout_hint")) <= maxHint && len(f.get("ui_locales")) <= maxHint
	}},
}

func (p *Provider) decideLogout(ctx context.Context, pool identity.PoolID, f form, query url.Values) (LogoutDecision, error) {
	switch {
	case f.get("id_token_hint") != "" || f.get("post_logout_redirect_uri") != "":
		return p.logoutByHint(ctx, pool, f)
	case f.get("logout_uri") != "":
		return p.logoutToURI(ctx, pool, f)
	case f.get("redirect_uri") != "":
		return p.logoutToSignIn(ctx, pool, query)
	}
	return LogoutDecision{Confirm: true}, nil
}

// logoutToURI is Cognito's form. The address must be one of the client's
// logout URLs, to the letter.
func (p *Provider) logoutToURI(ctx context.Context, pool identity.PoolID, f form) (LogoutDecision, error) {
	client, known, err := p.lookUp(ctx, pool, f.get("client_id"))
	if err != nil {
		return LogoutDecision{}, err
	}
	if !known || !slices.Contains(client.LogoutURLs, f.get("logout_uri")) {
		return LogoutDecision{Page: refuse(InvalidRequest, "The client_id is unknown or the logout_uri is not registered for it.")}, nil
	}
	return LogoutDecision{Redirect: f.get("logout_uri"), Client: client, Linked: true}, nil
}

// logoutToSignIn is Cognito's other form: sign out, then show the sign-in page
// of an authorization request. A request that may not be redirected ends here.
func (p *Provider) logoutToSignIn(ctx context.Context, pool identity.PoolID, query url.Values) (LogoutDecision, error) {
	q, refused, err := p.parse(ctx, pool, query, time.Time{})
	if err != nil {
		return LogoutDecision{}, err
	}
	if refused != nil && refused.page {
		return LogoutDecision{Page: refused.err}, nil
	}
	return LogoutDecision{SignIn: query, Client: q.Client, Linked: true}, nil
}

// logoutByHint: OpenID Connect RP-Initiated Logout §2, §3.
func (p *Provider) logoutByHint(ctx context.Context, pool identity.PoolID, f form) (LogoutDecision, error) {
	hint, hinted, err := p.logoutHint(ctx, pool, f.get("id_token_hint"))
	if err != nil {
		return LogoutDecision{}, err
	}
	id := f.get("client_id")
	if hinted && id != "" && id != hint.Audience { // §2: client_id matches the hint's
		return LogoutDecision{Page: refuse(InvalidRequest, "The client_id is not that of the id_token_hint.")}, nil
	}
	if hinted {
		id = hint.Audience
	}
	client, known, err := p.lookUp(ctx, pool, id)
	if err != nil {
		return LogoutDecision{}, err
	}
	if hinted && !known { // the client is gone since, and nobody vouches for what is asked
		return LogoutDecision{Confirm: true}, nil
	}
	return afterLogout(f, client, known, LogoutDecision{Confirm: !hinted, Session: hint.Session, Client: client}), nil
}

// afterLogout adds where to go afterwards. §3: only to a registered address; and
// without a valid hint only after the person agreed.
func afterLogout(f form, client identity.Client, known bool, d LogoutDecision) LogoutDecision {
	to := f.get("post_logout_redirect_uri")
	switch {
	case to == "" || !known && f.get("client_id") == "" && d.Confirm:
		return d // nobody vouches for the address: our own page
	case !known || !slices.Contains(client.LogoutURLs, to):
		return LogoutDecision{Page: refuse(InvalidRequest, "The post_logout_redirect_uri is not registered for this client.")}
	}
	params := url.Values{}
	if state := f.get("state"); state != "" { // §2
		params.Set("state", state)
	}
	d.Redirect = withQuery(to, params)
	return d
}

// logoutHint: §4: an expired ID token is as good as any; false for what is no ID
// token of ours, one that is encrypted among it (§2 wants the client to decrypt it).
func (p *Provider) logoutHint(ctx context.Context, pool identity.PoolID, token string) (idClaims, bool, error) {
	if token == "" {
		return idClaims{}, false, nil
	}
	if hint, ok := p.openHint(pool, token); ok {
		return hint, true, nil
	}
	hint, err := p.readIDToken(ctx, pool, token)
	if _, refused := CodeOf(err); refused {
		return idClaims{}, false, nil
	}
	return hint, err == nil, err
}

func (p *Provider) lookUp(ctx context.Context, pool identity.PoolID, id string) (client identity.Client, known bool, err error) {
	err = p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		_, client, known, err = p.client(r, pool, identity.ClientID(id))
		return err
	})
	return client, known && id != "", err
}
