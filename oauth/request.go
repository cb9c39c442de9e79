package oauth

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
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
	ModeFormPost = "form_post"
)

// AuthorizationRequest is what a client asked at the authorization endpoint,
// checked.
type AuthorizationRequest struct {
	Pool         identity.Pool
	Client       identity.Client
	RedirectURI  string
	ResponseMode string // ModeQuery or ModeFormPost
	State        string
	Scopes       []string
	Nonce        string
	Challenge    string         // PKCE, S256; "" when the client is confidential and sent none
	Prompt       []string       // of none, login, consent, select_account
	MaxAge       *time.Duration // nil: not asked for
	LoginHint    string
	UILocales    []string // BCP 47, best first
	Subject      string   // sub of the id_token_hint, or ""

	form form
}

// form is a decoded query or body. RFC 6749 §3.1: parameters without a value
// are treated as if they were omitted, and none is sent twice.
type form url.Values

// get answers the parameter when it was sent once, else "".
func (f form) get(name string) string {
	if values := f[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// twice says that a parameter was sent more than once.
func (f form) twice() bool {
	for _, values := range f {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

// readable says that every value is UTF-8 without a NUL.
func (f form) readable() bool {
	for _, values := range f {
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return false
			}
		}
	}
	return true
}

// requestCheck is one check of an authorization request, with the clause that
// asks for it. It may fill in what it found.
type requestCheck struct {
	clause string
	run    func(*AuthorizationRequest) *Error
}

// Until these have passed nothing may be sent to the redirect URI: whoever made
// up the request would receive it (RFC 6749 §4.1.2.1, RFC 9700 §4.11.2). The
// client itself was looked up before, by oneClient.
var beforeRedirect = []requestCheck{
	{"RFC 6749 §3.1.2.4: only a registered redirect_uri is redirected to", checkRedirect},
}

// These answer at the redirect URI.
var afterRedirect = []requestCheck{
	{"RFC 6749 Appendix A: parameters are text", checkText},
	{"RFC 6749 §3.1: no parameter twice", checkOnce},
	{"RFC 6749 §4.1.1: state, bounded", checkState},
	{"OpenID Connect Core §3.1.2.6: request objects and registration are not supported", checkUnsupported},
	{"RFC 6749 §3.1.1: response_type", checkResponseType},
	{"RFC 6749 §4.1.2.1: the client may use the flow", checkFlow},
	{"OAuth 2.0 Multiple Response Types §2.1: response_mode", checkResponseMode},
	{"RFC 6749 §3.3: scope", checkScope},
	{"RFC 7636 §4.3, RFC 9700 §2.1.1: PKCE", checkPKCE},
	{"OpenID Connect Core §3.1.2.1: nonce, bounded", checkNonce},
	{"OpenID Connect Core §3.1.2.1: prompt", checkPrompt},
	{"OpenID Connect Core §3.1.2.1: max_age", checkMaxAge},
	{"OpenID Connect Core §3.1.2.1: login_hint and ui_locales, bounded", checkHints},
}

// refusedRequest is a request that failed a check: shown on a page, or
// answered at the redirect URI.
type refusedRequest struct {
	err  *Error
	page bool
}

// parse runs the checks in order. The first that fails decides.
func (p *Provider) parse(ctx context.Context, pool identity.PoolID, query url.Values) (AuthorizationRequest, *refusedRequest, error) {
	q := AuthorizationRequest{form: form(query), ResponseMode: ModeQuery}
	refused, err := p.oneClient(ctx, pool, &q)
	if err != nil || refused != nil {
		return q, pageOf(refused), err
	}
	for _, c := range beforeRedirect {
		if refused := c.run(&q); refused != nil {
			return q, pageOf(refused), nil
		}
	}
	q.tentative()
	for _, c := range afterRedirect {
		if refused := c.run(&q); refused != nil {
			return q, &refusedRequest{err: refused}, nil
		}
	}
	refused, err = p.checkIDTokenHint(ctx, &q)
	if refused != nil {
		return q, &refusedRequest{err: refused}, err
	}
	return q, nil, err
}

func pageOf(e *Error) *refusedRequest {
	if e == nil {
		return nil
	}
	return &refusedRequest{err: e, page: true}
}

// oneClient: RFC 6749 §4.1.2.1, §2.2: the client_id names a client of the pool, once.
func (p *Provider) oneClient(ctx context.Context, pool identity.PoolID, q *AuthorizationRequest) (*Error, error) {
	id := q.form.get("client_id")
	known := false
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		q.Pool, q.Client, known, err = p.client(r, pool, identity.ClientID(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	if id == "" || !utf8.ValidString(id) || !known {
		return refuse(InvalidRequest, "The client_id is missing, given twice or unknown."), nil
	}
	return nil, nil
}

func checkRedirect(q *AuthorizationRequest) *Error {
	given := q.form.get("redirect_uri")
	if given == "" || !registered(q.Client.CallbackURLs, given) {
		return refuse(InvalidRequest, "The redirect_uri is missing, given twice or not registered for this client.")
	}
	q.RedirectURI = given
	return nil
}

// tentative reads what an error answer needs, before it is checked.
func (q *AuthorizationRequest) tentative() {
	if state := q.form.get("state"); checkStateText(state) {
		q.State = state
	}
	if q.form.get("response_mode") == ModeFormPost {
		q.ResponseMode = ModeFormPost
	}
}

func checkText(q *AuthorizationRequest) *Error {
	if !q.form.readable() {
		return refuse(InvalidRequest, "A parameter is not UTF-8 text.")
	}
	return nil
}

func checkOnce(q *AuthorizationRequest) *Error {
	if q.form.twice() {
		return refuse(InvalidRequest, "A parameter is given twice.")
	}
	return nil
}

func checkState(q *AuthorizationRequest) *Error {
	if !checkStateText(q.form.get("state")) {
		return refuse(InvalidRequest, "The state is too long.")
	}
	return nil
}

func checkStateText(state string) bool {
	return len(state) <= maxState && utf8.ValidString(state) && !strings.ContainsRune(state, 0)
}

func checkUnsupported(q *AuthorizationRequest) *Error {
	switch {
	case q.form.get("request") != "":
		return refuse(RequestNotSupported, "Request objects are not supported.")
	case q.form.get("request_uri") != "":
		return refuse(RequestURINotSupported, "The request_uri parameter is not supported.")
	case q.form.get("registration") != "":
		return refuse(RegistrationNotSupported, "The registration parameter is not supported.")
	}
	return nil
}

func checkResponseType(q *AuthorizationRequest) *Error {
	switch q.form.get("response_type") {
	case "code":
		return nil
	case "":
		return refuse(InvalidRequest, "The response_type is missing.")
	}
	return refuse(UnsupportedResponseType, "The only response_type is code.")
}

func checkFlow(q *AuthorizationRequest) *Error {
	if !flowAllowed(&q.Client, flowCode) {
		return refuse(UnauthorizedClient, "The client may not use the code flow.")
	}
	return nil
}

func checkResponseMode(q *AuthorizationRequest) *Error {
	switch q.form.get("response_mode") {
	case "", ModeQuery, ModeFormPost:
		return nil
	}
	return refuse(InvalidRequest, "The response_mode is none of query and form_post.")
}

func checkScope(q *AuthorizationRequest) (refused *Error) {
	q.Scopes, refused = userScopes(&q.Pool, &q.Client, q.form.get("scope"))
	return refused
}

func checkPKCE(q *AuthorizationRequest) *Error {
	challenge, method := q.form.get("code_challenge"), q.form.get("code_challenge_method")
	switch {
	case challenge == "" && method != "":
		return refuse(InvalidRequest, "A code_challenge_method without a code_challenge.")
	case challenge == "" && q.Client.Public(): // RFC 9700 §2.1.1
		return refuse(InvalidRequest, "A public client needs PKCE: send code_challenge with method S256.")
	case challenge == "":
		return nil
	case method != "S256": // RFC 7636 §4.3: an absent method means plain, which RFC 9700 §2.1.1 advises against
		return refuse(InvalidRequest, "The only code_challenge_method is S256.")
	case !validChallenge(challenge):
		return refuse(InvalidRequest, "The code_challenge is not a SHA-256 digest in base64url.")
	}
	q.Challenge = challenge
	return nil
}

func checkNonce(q *AuthorizationRequest) *Error {
	q.Nonce = q.form.get("nonce")
	if len(q.Nonce) > maxNonce {
		return refuse(InvalidRequest, "The nonce is too long.")
	}
	return nil
}

// The values of prompt.
const (
	promptNone    = "none"
	promptLogin   = "login"
	promptConsent = "consent"
	promptSelect  = "select_account"
)

func checkPrompt(q *AuthorizationRequest) *Error {
	q.Prompt = strings.Fields(q.form.get("prompt"))
	for _, v := range q.Prompt {
		if !slices.Contains([]string{promptNone, promptLogin, promptConsent, promptSelect}, v) {
			return refuse(InvalidRequest, "A prompt value is unknown.")
		}
	}
	if q.asks(promptNone) && len(q.Prompt) > 1 {
		return refuse(InvalidRequest, "The prompt none stands alone.")
	}
	return nil
}

// asks says that the prompt parameter has the value.
func (q *AuthorizationRequest) asks(prompt string) bool { return slices.Contains(q.Prompt, prompt) }

func checkMaxAge(q *AuthorizationRequest) *Error {
	text := q.form.get("max_age")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return refuse(InvalidRequest, "The max_age is not a number of seconds.")
	}
	age := time.Duration(seconds) * time.Second
	q.MaxAge = &age
	return nil
}

func checkHints(q *AuthorizationRequest) *Error {
	hint, locales := q.form.get("login_hint"), q.form.get("ui_locales")
	if len(hint) > maxHint || len(locales) > maxHint {
		return refuse(InvalidRequest, "The login_hint or ui_locales is too long.")
	}
	q.LoginHint, q.UILocales = hint, strings.Fields(locales)
	return nil
}

// checkIDTokenHint: OpenID Connect Core §3.1.2.1: the hint is an ID token we
// issued to this client; expired is fine. Any other hint means somebody who
// is not signed in here.
func (p *Provider) checkIDTokenHint(ctx context.Context, q *AuthorizationRequest) (*Error, error) {
	hint := q.form.get("id_token_hint")
	if hint == "" {
		return nil, nil
	}
	claims, err := p.readIDToken(ctx, q.Pool.ID, hint)
	if _, refused := CodeOf(err); refused || err == nil && claims.Audience != string(q.Client.ID) {
		return refuse(LoginRequired, "The id_token_hint is not an ID token issued to this client."), nil
	}
	q.Subject = claims.Subject
	return nil, err
}
