package oauth

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/dpop"
	"poolhouse.dev/storage"
)

// Cognito's names of what a client may be allowed (allowed_oauth_flows).
const (
	flowCode              = "code"
	flowClientCredentials = "client_credentials"
)

// TokenResponse is RFC 6749 §5.1 with OpenID Connect Core §3.1.3.3.
type TokenResponse struct {
	AccessToken  string `json:"access_token"`
	IDToken      string `json:"id_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope,omitempty"`

	Details []json.RawMessage `json:"authorization_details,omitempty"` // RFC 9396 §7
	Issued  string            `json:"issued_token_type,omitempty"`     // RFC 8693 §2.2.1
}

// LogValue hides the tokens from logs.
func (TokenResponse) LogValue() slog.Value { return slog.StringValue("[hidden]") }

// grantType is one way to be given tokens. Token owns the phases they share, so
// that no way forgets one of them; what is nil is not needed.
type grantType struct {
	// check looks at the parameters and the client.
	check func(*exchange) *Error
	// prepare reads what others have signed, with nothing open: keys may have to be
	// fetched.
	prepare func(*Provider, context.Context, *exchange) (*Error, error)
	// load finds what is presented and decides; it sets write when there is
	// something to record.
	load func(*Provider, storage.Reader, *exchange) (*Error, error)
	// redeem decides again within the one transaction that records it. Its
	// refusal is a value, so that what it recorded stays.
	redeem func(*Provider, storage.Writer, *exchange) (*Error, error)
}

// grantTypes are all ways, by grant_type.
var grantTypes = map[string]grantType{
	identity.GrantCode:              {check: checkCodeForm, load: (*Provider).loadCode, redeem: (*Provider).redeemCode},
	identity.GrantRefresh:           {check: checkRefreshForm, load: (*Provider).loadRefresh, redeem: (*Provider).rotate},
	identity.GrantClientCredentials: {check: checkClientCredentials},
	identity.GrantExchange:          {check: checkExchange, prepare: (*Provider).readExchange, redeem: (*Provider).redeemExchange},
	identity.GrantJWTBearer:         {check: checkBearerForm, prepare: (*Provider).readBearer, redeem: (*Provider).redeemBearer},
	identity.GrantCIBA:              {check: checkPoll, load: (*Provider).loadPolled, redeem: (*Provider).redeemPolled},
	identity.GrantDevice:            {check: checkPoll, load: (*Provider).loadPolled, redeem: (*Provider).redeemPolled},
}

// exchange is one use of the token endpoint: what came, and what was found.
type exchange struct {
	pool   identity.Pool
	client identity.Client
	form   form
	now    time.Time

	write  bool // load found something to record
	scopes []string
	person *person // nil when the client acts for itself

	signed  *signedOnce  // the client's assertion, until it is used up
	proof   *dpop.Proof  // the DPoP proof that came, or nil
	confirm Confirmation // the keys that the client proved; the tokens are bound to them

	resources []string          // RFC 8707: the APIs that the access token is for; none is no API in particular
	details   []json.RawMessage // RFC 9396: what the access token carries of them

	swap    *swap    // of a token exchange, or nil
	vouched *vouched // of a JWT bearer grant, or nil
	vouch   Vouch    // asks identity providers
	origin  identity.Origin
	auth    identity.Authentication // of a native sign-in
	refresh string                  // the refresh token to answer, or ""
	nonce   string
	changes identity.TokenChanges // what the pool's trigger wants of the tokens
	cause   string                // of the tokens, where the grant type does not tell
	begun   bool                  // the lineage is stored already
	opaque  string                // the access token, when it is no JWT: what it says is stored
}

// person is on whose behalf tokens are issued.
type person struct {
	user   identity.User
	groups []identity.Group
	grant  Grant
}

// Token answers the token endpoint, in phases that every grant type shares. Its
// error is an *Error for a request that was refused.
func (p *Provider) Token(ctx context.Context, pool identity.PoolID, in TokenRequest) (TokenResponse, error) {
	x := exchange{form: form(in.Form), now: p.Now(), vouch: in.Vouch, origin: in.Origin}
	if refused := refusal(tokenFormChecks, x.form); refused != nil {
		return TokenResponse{}, refused
	}
	// RFC 6749 §3.2.1: the client is who it says.
	who, err := p.identify(ctx, pool, in.Auth)
	if err != nil {
		return TokenResponse{}, err
	}
	x.pool, x.client, x.signed = who.pool, who.client, who.signed
	answer, err := p.exchange(ctx, &x, &in)
	// RFC 7523 §3 no. 7: what is refused before anything is redeemed uses the client's
	// assertion up, too.
	if err != nil && x.signed != nil {
		if used := p.spendAssertion(ctx, x.signed); used != nil {
			err = used
		}
	}
	return answer, err
}

func (p *Provider) exchange(ctx context.Context, x *exchange, in *TokenRequest) (TokenResponse, error) {
	// RFC 6749 §5.2: the grant is known, allowed to the client, and well formed.
	way, refused := x.way()
	if refused != nil {
		return TokenResponse{}, refused
	}
	// RFC 9449 §5, RFC 8705 §3: the client proves the keys that its tokens are bound to.
	if refused := p.bind(x, in); refused != nil {
		return TokenResponse{}, refused
	}
	if way.prepare != nil {
		if refused, err := way.prepare(p, ctx, x); err != nil || refused != nil {
			return TokenResponse{}, either(refused, err)
		}
	}
	return p.give(ctx, way, x)
}

// tokenFormChecks hold what is sent, before anybody is asked who they are.
var tokenFormChecks = []check[form]{
	{"RFC 6749 §3.2: no parameter twice, but resource (RFC 8707 §2.2) and audience (RFC 8693 §2.1)", InvalidRequest, "A parameter is given twice.", func(f form) bool {
		return !f.twice("resource", "audience")
	}},
	{"RFC 6749 Appendix B: UTF-8", InvalidRequest, "A parameter is not UTF-8 text.", form.readable},
	{"RFC 6749 §4.5: grant_type", InvalidRequest, "The grant_type is missing.", func(f form) bool { return f.get("grant_type") != "" }},
}

// way answers the grant type asked for, after its own check.
func (x *exchange) way() (grantType, *Error) {
	if x.native() {
		return nativeGrant, checkNative(x)
	}
	way, known := grantTypes[x.form.get("grant_type")]
	switch {
	case !known:
		return way, refuse(UnsupportedGrantType, "The grant_type is unknown.")
	case !x.client.MayGrant(x.form.get("grant_type")):
		return way, refuse(UnauthorizedClient, "The client may not use this grant_type.")
	}
	return way, way.check(x)
}

func (p *Provider) redeem(ctx context.Context, way grantType, x *exchange) error {
	var refused *Error
	var err error
	if way.load != nil {
		err = p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
			refused, err = way.load(p, r, x)
			return err
		})
	}
	if err == nil && refused == nil && (x.write || x.signed != nil || x.proof != nil || x.opaque != "" || p.asks(x)) {
		err = p.Identity.Transact(ctx, func(w storage.Writer) (err error) {
			refused, err = p.useUp(way, w, x)
			return err
		})
		if err == nil {
			x.signed = nil
		}
	}
	if said := triggerRefusal(err); said != nil {
		return said
	}
	if err != nil {
		return fault("token", err)
	}
	return failed(refused)
}

// useUp spends the client's assertion, the proof and what is presented, and stores
// what an opaque access token says, in one transaction.
func (p *Provider) useUp(way grantType, w storage.Writer, x *exchange) (*Error, error) {
	if x.signed != nil {
		if refused, err := useAssertion(w, x.signed); err != nil || refused != nil {
			return refused, err
		}
	}
	if x.proof != nil {
		if refused, err := useProof(w, x.pool.ID, *x.proof); err != nil || refused != nil {
			return refused, err
		}
	}
	if x.write {
		if refused, err := way.redeem(p, w, x); err != nil || refused != nil {
			return refused, err
		}
	}
	if err := p.askTokens(w, x); err != nil {
		return nil, err
	}
	return nil, p.keepToken(w, x)
}

// sign issues what the exchange gives.
func (p *Provider) sign(ctx context.Context, x *exchange) (TokenResponse, error) {
	access, err := p.accessToken(ctx, x)
	if err != nil {
		return TokenResponse{}, fault("sign", err)
	}
	answer := TokenResponse{
		AccessToken: access, RefreshToken: x.refresh, TokenType: x.confirm.tokenType(),
		ExpiresIn: int(x.accessUntil().Sub(x.now) / time.Second), Scope: joined(x.scopes), Details: x.details,
	}
	if x.swap != nil { // RFC 8693 §2.2.1: one token, and none to renew it with
		answer.Issued = typeAccess
		return answer, nil
	}
	if x.givesIDToken() {
		if answer.IDToken, err = p.idToken(ctx, x, company{access: access}); err != nil {
			return TokenResponse{}, fault("sign", err)
		}
	}
	return answer, nil
}

// checkClientCredentials: RFC 6749 §4.4: confidential clients only.
func checkClientCredentials(x *exchange) (refused *Error) {
	if x.client.Public() {
		return refuse(UnauthorizedClient, "A public client may not use client_credentials.")
	}
	if x.scopes, refused = machineScopes(&x.pool, &x.client, x.form.get("scope")); refused != nil {
		return refused
	}
	return x.aimSelf()
}
