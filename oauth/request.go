package oauth

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"poolhouse.dev/identity"
)

// Bounds of what a request may carry. RFC 6749 sets none; these are far above
// what clients send and far below what a token or a page should carry.
const (
	maxState = 4096
	maxNonce = 1024
	maxHint  = 1024
)

// How the answer travels (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
const (
	ModeQuery    = "query"
	ModeFragment = "fragment"
	ModeFormPost = "form_post"
)

// AuthorizationRequest is what a client asked at the authorization endpoint,
// checked.
type AuthorizationRequest struct {
	Pool          identity.Pool
	Client        identity.Client
	RedirectURI   string
	ResponseTypes []string // of code, id_token, token: sorted, each once
	ResponseMode  string   // ModeQuery, ModeFragment or ModeFormPost
	Signed        bool     // the answer travels as a JWT (JARM)
	State         string
	Scopes        []string
	Nonce         string
	Challenge     string         // PKCE, S256; "" when the client is confidential and sent none
	Prompt        []string       // of none, login, consent, select_account, create
	MaxAge        *time.Duration // nil: not asked for
	LoginHint     string
	UILocales     []string          // BCP 47, best first
	Subject       string            // sub of the id_token_hint, or ""
	Claims        *ClaimsRequest    // claims that were asked for one by one; nil for none
	ACRValues     []string          // how strong a sign-in is wished for, the best first; see Client.DefaultACRValues
	Resources     []string          // RFC 8707: the APIs that the tokens are for
	Details       []json.RawMessage // RFC 9396: authorization_details, one by one
	DPoPKey       string            // RFC 9449 §10: the key that the code is bound to, or ""
	Pushed        string            // the record of a pushed request (RFC 9126), or ""

	form    form
	asked   time.Time // when the browser first brought it; zero on the first visit
	pushing bool      // it comes by the pushed authorization request endpoint
	sealed  bool      // its parameters were signed by the client
	session string    // session_state of the answer, or ""
	unread  *Error    // why its parameters could not be taken from where they are
}

// requestCheck is one check of an authorization request, with the clause that
// asks for it. It may fill in what it found. One of the two is set.
type requestCheck struct {
	clause string
	run    func(*AuthorizationRequest) *Error
	ask    func(*Provider, context.Context, *AuthorizationRequest) (*Error, error) // for what the store or a key decides
}

// Until these have passed nothing may be sent to the redirect URI: whoever made
// up the request would receive it (RFC 6749 §4.1.2.1, RFC 9700 §4.11.2). A
// request that cannot be taken from where it is shows after them.
var beforeRedirect = []requestCheck{
	{clause: "RFC 6749 §2.2, §4.1.2.1: the client_id names a client of the pool, once", ask: (*Provider).checkClient},
	{clause: "RFC 9126 §4, RFC 9101 §5: a pushed or signed request takes the place of what came beside it", ask: (*Provider).findParameters},
	{clause: "RFC 6749 §3.1.2.4: only a registered redirect_uri is redirected to", run: checkRedirect},
}

// These answer at the redirect URI.
var afterRedirect = []requestCheck{
	{clause: "RFC 9126 §4, RFC 9101 §6: the request was found, and holds", run: checkFound},
	{clause: "RFC 9126 §5, §6: who must push, has pushed", run: checkPushed},
	{clause: "RFC 9101 §10.5: who must sign, has signed", run: checkSigned},
	{clause: "RFC 6749 Appendix A: parameters are text", run: checkText},
	{clause: "RFC 6749 §3.1: no parameter twice; RFC 8707 §2: but resource", run: checkOnce},
	{clause: "RFC 6749 §4.1.1: state, bounded", run: checkState},
	{clause: "OpenID Connect Core §7.2.1: registration is not supported", run: checkRegistration},
	{clause: "RFC 6749 §3.1.1: response_type", run: checkResponseType},
	{clause: "RFC 6749 §4.1.2.1: the client may use the flow", run: checkFlow},
	{clause: "OpenID Connect Core §8.1: the client is of the sector that it names", ask: (*Provider).checkSector},
	{clause: "OAuth 2.0 Multiple Response Types §2.1, JARM §2.3: response_mode", run: checkResponseMode},
	{clause: "FAPI 2.0 Message Signing §5.4.1: JARM", run: checkSignedAnswer},
	{clause: "RFC 6749 §3.3: scope", run: checkScope},
	{clause: "RFC 7636 §4.3, RFC 9700 §2.1.1: PKCE", run: checkPKCE},
	{clause: "OpenID Connect Core §3.1.2.1, §3.2.2.1: nonce, bounded, and there where an ID token is", run: checkNonce},
	{clause: "OpenID Connect Core §3.1.2.1, Initiating User Registration §4: prompt", run: checkPrompt},
	{clause: "OpenID Connect Core §3.1.2.1, Registration §2: max_age, default_max_age", run: checkMaxAge},
	{clause: "OpenID Connect Core §3.1.2.1: login_hint and ui_locales, bounded", run: checkHints},
	{clause: "OpenID Connect Core §5.5: claims", run: checkClaims},
	{clause: "OpenID Connect Core §3.1.2.1, Registration §2: acr_values, default_acr_values", run: checkACR},
	{clause: "RFC 8707 §2: resource", run: checkResources},
	{clause: "RFC 9396 §5: authorization_details", run: checkDetails},
	{clause: "RFC 9449 §10: dpop_jkt", run: checkDPoPKey},
	{clause: "OpenID Connect Core §3.1.2.1: id_token_hint", ask: (*Provider).checkIDTokenHint},
}

// refusedRequest is a request that failed a check: shown on a page, or
// answered at the redirect URI.
type refusedRequest struct {
	err  *Error
	page bool
}

// parse runs the checks in order. The first that fails decides.
func (p *Provider) parse(ctx context.Context, pool identity.PoolID, query url.Values, asked time.Time) (AuthorizationRequest, *refusedRequest, error) {
	q := AuthorizationRequest{form: form(query), ResponseMode: ModeQuery, asked: asked}
	q.Pool.ID = pool
	refused, err := p.check(ctx, &q)
	return q, refused, err
}

func (p *Provider) check(ctx context.Context, q *AuthorizationRequest) (*refusedRequest, error) {
	if refused, err := p.pass(ctx, q, beforeRedirect); err != nil || refused != nil {
		return &refusedRequest{err: refused, page: true}, err
	}
	q.tentative()
	if refused, err := p.pass(ctx, q, afterRedirect); err != nil || refused != nil {
		return &refusedRequest{err: refused}, err
	}
	return nil, nil
}

func (p *Provider) pass(ctx context.Context, q *AuthorizationRequest, checks []requestCheck) (*Error, error) {
	for _, c := range checks {
		var refused *Error
		var err error
		if c.ask != nil {
			refused, err = c.ask(p, ctx, q)
		} else {
			refused = c.run(q)
		}
		if err != nil || refused != nil {
			return refused, err
		}
	}
	return nil, nil
}
