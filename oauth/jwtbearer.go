package oauth

import (
	"context"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
)

// The JWT bearer grant (RFC 7523 §2.1): an issuer that the client's settings name
// vouches for a person, and the client gets an access token for them.

// vouched is an assertion whose signature holds.
type vouched struct {
	jws.Claims
	kind   string // typ
	issuer string // ours
	token  string // our token endpoint
	now    time.Time
}

// vouchedChecks hold what an issuer has signed.
var vouchedChecks = []struct {
	clause, reason string
	passes         func(*vouched) bool
}{
	{"RFC 8725 §3.11: typ, where it is there", "its typ is of another purpose", func(v *vouched) bool { return v.kind == "" || v.kind == "JWT" }},
	{"RFC 7523 §3 no. 2: sub", "it has no sub", func(v *vouched) bool { return v.Subject != "" && len(v.Subject) <= maxHint }},
	{"RFC 7523 §3 no. 3: aud names us and nobody else", "its aud is not us alone", func(v *vouched) bool {
		stranger := func(name string) bool { return name != v.issuer && name != v.token }
		return len(v.Audience.Values) > 0 && !slices.ContainsFunc(v.Audience.Values, stranger)
	}},
	{"RFC 7523 §3 no. 4: exp, not passed and not far off", "its exp has passed, is missing, or is more than an hour away", func(v *vouched) bool {
		return v.Expires.Set && v.now.Before(v.Expires.Add(assertionSkew)) && v.Expires.Before(v.now.Add(assertionLife+assertionSkew))
	}},
	{"RFC 7523 §3 no. 5: nbf", "its nbf has not come", func(v *vouched) bool { return !v.NotBefore.Set || !v.NotBefore.After(v.now.Add(assertionSkew)) }},
	{"RFC 7523 §3 no. 6: iat", "its iat has not come", func(v *vouched) bool { return !v.IssuedAt.Set || !v.IssuedAt.After(v.now.Add(assertionSkew)) }},
	{"RFC 7523 §3 no. 7: jti, bounded", "it has no jti", func(v *vouched) bool { return v.ID != "" && len(v.ID) <= maxTokenID }},
}

// checkBearerForm: the client proves itself, too: an assertion alone, which may lie in
// a log, gives nothing.
func checkBearerForm(x *exchange) *Error {
	switch {
	case x.client.Public() || len(x.client.JWTBearer) == 0:
		return refuse(UnauthorizedClient, "The JWT bearer grant needs a client that proves itself and has the setting jwt_bearer_issuers.")
	case x.form.get("assertion") == "": // RFC 7523 §2.1
		return refuse(InvalidRequest, "The assertion is missing.")
	}
	return nil
}

func badAssertion(reason string, cause error) *Error {
	return &Error{Code: InvalidGrant, Description: "The assertion is refused: " + reason + ".", Err: cause}
}

// readBearer verifies the assertion with the keys of its issuer.
func (p *Provider) readBearer(ctx context.Context, x *exchange) (*Error, error) {
	token, err := jws.Parse(x.form.get("assertion"), maxAssertion, jws.Asymmetric)
	v := &vouched{issuer: p.Issuer(x.pool.ID), now: x.now}
	v.token = v.issuer + "/oauth2/token"
	if err == nil {
		err = token.Unverified(&v.Claims)
	}
	if err != nil {
		return badAssertion("it is no signed JWT that can be read", err), nil
	}
	i := slices.IndexFunc(x.client.JWTBearer, func(a identity.AssertionIssuer) bool { return a.Issuer == v.Issuer })
	if i < 0 {
		return badAssertion("the client may not bring assertions of its issuer", nil), nil
	}
	v.Claims, v.kind = jws.Claims{}, token.Type
	err = p.ClientKeys.Verify(ctx, keyset.OfIssuer(&x.client.JWTBearer[i]), token, &v.Claims)
	switch {
	case errors.Is(err, jws.ErrInvalid):
		return badAssertion("its signature is not of its issuer", err), nil
	case errors.Is(err, keyset.ErrUnavailable):
		return badAssertion("the keys of its issuer cannot be had", err), nil
	case err != nil:
		return nil, err
	}
	for _, check := range vouchedChecks {
		if !check.passes(v) {
			return badAssertion(check.reason, nil), nil
		}
	}
	x.vouched, x.write = v, true
	return nil, nil
}

// redeemBearer uses the assertion up and issues for the person it names. The lineage
// has no refresh token (RFC 7521 §4.1) and ends with its access token.
func (p *Provider) redeemBearer(w storage.Writer, x *exchange) (*Error, error) {
	v := x.vouched
	first, err := useOnce(w, v.Expires.Add(assertionSkew), "jwt_bearer", string(x.pool.ID), v.Issuer, v.ID)
	if err != nil {
		return nil, err
	}
	if !first {
		return badAssertion("it was used before", nil), p.recordBearer(w, x, "", "used before")
	}
	auth, err := p.Identity.Assert(w, identity.Asserted{Pool: x.pool.ID, Client: x.client.ID, Issuer: v.Issuer, Subject: v.Subject})
	if code, refused := identity.CodeOf(err); refused {
		// One answer, so that an issuer's client learns nothing of who has an account.
		return badAssertion("it names nobody who may be vouched for", err), p.recordBearer(w, x, "", string(code))
	}
	if err != nil {
		return nil, err
	}
	return p.openBearer(w, x, auth)
}

func (p *Provider) openBearer(w storage.Writer, x *exchange, auth identity.Authentication) (refused *Error, err error) {
	if x.scopes, refused = userScopes(&x.pool, &x.client, x.form.get("scope")); refused != nil {
		return refused, nil
	}
	grant, err := newGrant(auth, &x.client, x.scopes, x.now)
	if err != nil {
		return nil, err
	}
	grant.ExpiresAt = x.accessUntil()
	if grant.Resources, refused = readResources(&x.pool, &x.client, x.form["resource"]); refused != nil {
		return refused, nil
	}
	if grant.Details, refused = readDetails(&x.client, x.form.get("authorization_details")); refused != nil {
		return refused, nil
	}
	x.resources, x.details = grant.Resources, grant.Details
	user, groups, _, err := p.person(w, grant.PoolID, grant.UserID, grant.Epoch)
	if err != nil {
		return nil, err
	}
	x.person = &person{user: user, groups: groups, grant: grant}
	if err := p.recordBearer(w, x, user.ID, ""); err != nil {
		return nil, err
	}
	return nil, p.record(w, &grant, "grant_issued", audit.OK, identity.GrantJWTBearer, grants.Insert(w, grant))
}

// recordBearer writes to the audit log whom an issuer vouched for.
func (p *Provider) recordBearer(w storage.Writer, x *exchange, user identity.UserID, why string) error {
	e := audit.Event{
		At: p.Now(), Pool: string(x.pool.ID), Client: string(x.client.ID), User: string(user), Action: "asserted", Outcome: audit.OK, Reason: why,
		Detail: map[string]string{"issuer": x.vouched.Issuer, "subject": x.vouched.Subject, "jti": x.vouched.ID},
	}
	if why != "" {
		e.Outcome = audit.Refused
	}
	return audit.Write(w, e)
}
