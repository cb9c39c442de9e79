package oauth

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

func (p *Provider) checkClient(ctx context.Context, q *AuthorizationRequest) (*Error, error) {
	id, pool, known := q.form.get("client_id"), q.Pool.ID, false
	if err := p.learn(ctx, pool, identity.ClientID(id)); err != nil {
		return nil, err
	}
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
	switch known := given != "" && registered(q.Client.CallbackURLs, given); {
	case !known && q.unread != nil:
		return q.unread
	case !known:
		return refuse(InvalidRequest, "The redirect_uri is missing, given twice or not registered for this client.")
	}
	q.RedirectURI = given
	return nil
}

// checkPushed: RFC 9126 §5 (the server's metadata), §6 (the client's).
func checkPushed(q *AuthorizationRequest) *Error {
	if q.Client.RequirePAR && q.Pushed == "" && !q.pushing {
		return refuse(InvalidRequest, "The client must push its requests to the pushed authorization request endpoint.")
	}
	return nil
}

func checkText(q *AuthorizationRequest) *Error {
	if !q.form.readable() {
		return refuse(InvalidRequest, "A parameter is not UTF-8 text.")
	}
	return nil
}

func checkOnce(q *AuthorizationRequest) *Error {
	if q.form.twice("resource") {
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

func checkRegistration(q *AuthorizationRequest) *Error {
	if q.form.get("registration") != "" {
		return refuse(RegistrationNotSupported, "The registration parameter is not supported.")
	}
	return nil
}

func checkScope(q *AuthorizationRequest) (refused *Error) {
	if q.Scopes, refused = userScopes(&q.Pool, &q.Client, q.form.get("scope")); refused != nil {
		return refused
	}
	if q.gives(partIDToken) && !slices.Contains(q.Scopes, scopeOpenID) { // OpenID Connect Core §3.2.2.1
		return refuse(InvalidScope, "A response_type with id_token needs the scope openid.")
	}
	if !q.gives(partCode) { // OpenID Connect Core §11
		q.Scopes = without(q.Scopes, scopeOffline)
	}
	return nil
}

func checkPKCE(q *AuthorizationRequest) *Error {
	challenge, method := q.form.get("code_challenge"), q.form.get("code_challenge_method")
	switch {
	case challenge == "" && method != "":
		return refuse(InvalidRequest, "A code_challenge_method without a code_challenge.")
	case challenge == "" && (q.Client.Public() || q.Client.RequirePKCE): // RFC 9700 §2.1.1
		return refuse(InvalidRequest, "This client needs PKCE: send code_challenge with method S256.")
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

// The values of prompt.
const (
	promptNone    = "none"
	promptLogin   = "login"
	promptConsent = "consent"
	promptSelect  = "select_account"
	promptCreate  = "create"
)

func checkPrompt(q *AuthorizationRequest) *Error {
	q.Prompt = strings.Fields(q.form.get("prompt"))
	for _, v := range q.Prompt {
		if !slices.Contains(prompts(&q.Pool), v) {
			return refuse(InvalidRequest, "A prompt value is unknown, or off: create needs a pool whose sign-up is open.")
		}
	}
	if q.asks(promptNone) && len(q.Prompt) > 1 {
		return refuse(InvalidRequest, "The prompt none stands alone.")
	}
	return nil
}

// prompts answers the values that a pool takes. Initiating User Registration §4:
// create is refused where nobody can sign up.
func prompts(p *identity.Pool) []string {
	all := []string{promptNone, promptLogin, promptConsent, promptSelect}
	if !p.AdminCreateUserConfig.AllowAdminCreateUserOnly {
		all = append(all, promptCreate)
	}
	return all
}

// Parameter answers a parameter of the request, for what is of the front end.
func (q *AuthorizationRequest) Parameter(name string) string { return q.form.get(name) }

// asks says that the prompt parameter has the value.
func (q *AuthorizationRequest) asks(prompt string) bool { return slices.Contains(q.Prompt, prompt) }

func checkMaxAge(q *AuthorizationRequest) *Error {
	text := q.form.get("max_age")
	if text == "" && q.Client.DefaultMaxAge != nil { // Registration §2
		text = strconv.Itoa(*q.Client.DefaultMaxAge)
	}
	if text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return refuse(InvalidRequest, "The max_age is not a number of seconds.")
		}
		age := time.Duration(seconds) * time.Second
		q.MaxAge = &age
	}
	if most := q.Client.SSOMinutes; most != nil {
		age := time.Duration(*most) * time.Minute
		if q.MaxAge == nil || *q.MaxAge > age {
			q.MaxAge = &age
		}
	}
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
	if err == nil && q.Subject != "" && q.Subject != claims.Subject {
		return refuse(LoginRequired, "The id_token_hint and the claims mean two people."), nil
	}
	q.Subject = claims.Subject
	return nil, err
}

// checkDPoPKey: RFC 9449 §10: a SHA-256 thumbprint in base64url.
func checkDPoPKey(q *AuthorizationRequest) *Error {
	q.DPoPKey = q.form.get("dpop_jkt")
	if q.DPoPKey != "" && !validChallenge(q.DPoPKey) {
		return refuse(InvalidRequest, "The dpop_jkt is no SHA-256 thumbprint in base64url.")
	}
	return nil
}
