package oauth

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// issue stores what the answer to a request gives, and answers its parameters;
// else why the person must be asked first: the sign-in ended meanwhile, the account
// is about to go, or they have not allowed it. A code and the tokens beside it are of one lineage.
func (p *Provider) issue(ctx context.Context, q *AuthorizationRequest, browser AuthorizeState) (url.Values, string, error) {
	auth := browser.Auth
	grant, err := newGrant(auth, &q.Client, q.Scopes, p.Now())
	if err != nil {
		return nil, "", err
	}
	grant.ACR, grant.Claims, grant.Resources, grant.Details = q.acr(auth), q.Claims, q.Resources, q.Details
	x := exchange{
		pool: q.Pool, client: q.Client, now: p.Now(), scopes: q.Scopes, nonce: q.Nonce,
		resources: q.Resources, details: q.Details,
	}
	if q.gives(partToken) {
		x.prepareToken()
	}
	if q.front() { // what signs is there before anything is stored
		if err := p.Keys.Ready(ctx, q.Pool.ID, signingAlg(&q.Client)); err != nil {
			return nil, "", fault("authorize", err)
		}
	}
	text, reason := otp.NewToken(codePrefix), ""
	err = p.Identity.Transact(ctx, func(w storage.Writer) (err error) {
		if x.person, reason, err = p.mayGive(w, &grant, auth); err != nil || reason != "" {
			return err
		}
		if reason, err = p.consent(w, q, browser, &x); err != nil || reason != "" {
			return err
		}
		if q.front() {
			if err := p.askTokens(w, &x); err != nil {
				return err
			}
		}
		return p.keep(w, q, &x, text)
	})
	if err != nil || reason != "" {
		return nil, reason, err
	}
	return p.issued(ctx, q, &x, text)
}

// keep stores the code, and the lineage at once when tokens of it go by the browser.
func (p *Provider) keep(w storage.Writer, q *AuthorizationRequest, x *exchange, text string) error {
	if err := spend(w, q); err != nil {
		return err
	}
	grant := x.person.grant
	if q.gives(partCode) {
		err := codes.Insert(w, code{
			Hash: hashOf(text), RedirectURI: q.RedirectURI, Challenge: q.Challenge, Nonce: q.Nonce, DPoPKey: q.DPoPKey,
			Grant: grant, Begun: q.front(), ExpiresAt: x.now.Add(codeLifeOf(&q.Client)),
		})
		if err != nil {
			return err
		}
	}
	if !q.front() {
		return nil
	}
	grant.ExpiresAt = x.now.Add(accessLife(&x.client)) // RFC 6749 §4.2.2: no refresh token by the browser
	if err := p.record(w, &grant, "grant_issued", audit.OK, "implicit", grants.Insert(w, grant)); err != nil {
		return err
	}
	return p.keepToken(w, x)
}

// issued signs what is stored: OAuth 2.0 Multiple Response Types §5, OpenID Connect
// Core §3.2.2.5, §3.3.2.5.
func (p *Provider) issued(ctx context.Context, q *AuthorizationRequest, x *exchange, text string) (url.Values, string, error) {
	params, beside := url.Values{}, company{state: q.State}
	if q.gives(partCode) {
		params.Set("code", text)
		beside.code = text
	}
	if q.gives(partToken) {
		access, err := p.accessToken(ctx, x)
		if err != nil {
			return nil, "", fault("sign", err)
		}
		beside.access = access
		params.Set("access_token", access)
		params.Set("token_type", x.confirm.tokenType())
		params.Set("expires_in", fmt.Sprint(int(accessLife(&x.client)/time.Second)))
		params.Set("scope", joined(x.scopes))
	}
	if q.givesIDToken() {
		token, err := p.idToken(ctx, x, beside)
		if err != nil {
			return nil, "", err
		}
		params.Set("id_token", token)
	}
	return params, "", nil
}

// answerLife is how long a signed answer is taken (JARM §2.1: at most ten minutes).
const answerLife = 10 * time.Minute

// sealed puts the parameters of an answer into one JWT where the request or the
// client asks for that (JARM §2.1).
func (p *Provider) sealed(ctx context.Context, q *AuthorizationRequest, d Decision) (Decision, error) {
	if d.Answer == nil || !q.Signed {
		return d, nil
	}
	claims := map[string]any{"aud": string(q.Client.ID), "exp": p.Now().Add(answerLife).Unix()}
	for name := range d.Answer.Params { // iss among them
		claims[name] = d.Answer.Params.Get(name)
	}
	alg, c := q.Client.ResponseSigningAlg, &q.Client
	if alg == "" {
		alg = signingAlg(c)
	}
	text, err := p.Keys.Sign(ctx, q.Pool.ID, alg, tokenType, claims)
	if err != nil {
		return Decision{}, fault("sign", err)
	}
	if text, err = p.encrypted(ctx, c, c.ResponseEncryptionAlg, c.ResponseEncryption, text); err != nil {
		return Decision{}, err
	}
	d.Answer.Params = url.Values{"response": {text}}
	return d, nil
}
