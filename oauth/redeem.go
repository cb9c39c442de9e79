package oauth

import (
	"errors"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

func checkCodeForm(x *exchange) *Error {
	if x.form.get("code") == "" { // RFC 6749 §4.1.3
		return refuse(InvalidRequest, "The code is missing.")
	}
	return nil
}

// codeChecks hold a code that is not yet used against the request that
// redeems it. The code is spent also when one fails.
var codeChecks = []struct {
	clause string
	passes func(*exchange, *code) bool
}{
	{"RFC 6749 §4.1.2: codes end soon", func(x *exchange, c *code) bool { return x.now.Before(c.ExpiresAt) }},
	{"RFC 6749 §4.1.3: issued to this client", func(x *exchange, c *code) bool {
		return c.Grant.PoolID == x.pool.ID && c.Grant.ClientID == x.client.ID
	}},
	{"RFC 6749 §4.1.3: the same redirect_uri", func(x *exchange, c *code) bool {
		return x.form.get("redirect_uri") == c.RedirectURI
	}},
	{"RFC 7636 §4.6: the verifier of the challenge", func(x *exchange, c *code) bool {
		return proves(c.Challenge, x.form.get("code_verifier"))
	}},
	{"RFC 9449 §10: proven with the key of the request", func(x *exchange, c *code) bool {
		return c.DPoPKey == "" || c.DPoPKey == x.confirm.JKT
	}},
	{"RFC 9700 §2.1.1: a public client has proven itself by PKCE", func(x *exchange, c *code) bool {
		return c.Challenge != "" || !x.client.Public()
	}},
}

var errCode = refuse(InvalidGrant, "The code is unknown, used, expired, or was issued for another request.")

func (p *Provider) loadCode(r storage.Reader, x *exchange) (*Error, error) {
	_, err := codes.Get(r, hashOf(x.form.get("code")))
	if errors.Is(err, storage.ErrNotFound) {
		return errCode, nil
	}
	x.write = true
	return nil, err
}

// redeemCode spends a code, once.
func (p *Provider) redeemCode(w storage.Writer, x *exchange) (*Error, error) {
	c, err := codes.Get(w, hashOf(x.form.get("code")))
	if errors.Is(err, storage.ErrNotFound) {
		return errCode, nil
	}
	if err != nil {
		return nil, err
	}
	if !c.UsedAt.IsZero() {
		return errCode, p.replayed(w, &c)
	}
	broken := brokenCheck(x, &c)
	if broken == "" {
		if refused := x.fit(&c.Grant); refused != nil {
			return refused, nil
		}
	}
	c.UsedAt = x.now
	if err := codes.Put(w, c); err != nil {
		return nil, err
	}
	if broken != "" {
		return errCode, p.record(w, &c.Grant, "code_refused", audit.Refused, broken, nil)
	}
	return p.begin(w, x, &c)
}

// brokenCheck answers the clause that a request does not hold, or "".
func brokenCheck(x *exchange, c *code) string {
	for _, check := range codeChecks {
		if !check.passes(x, c) {
			return check.clause
		}
	}
	return ""
}

// replayed: RFC 6749 §4.1.2, §10.5: a code that comes twice has leaked, and
// what it had obtained is revoked.
func (p *Provider) replayed(w storage.Writer, c *code) error {
	return p.record(w, &c.Grant, "code_replayed", audit.Refused, "", p.revokeByID(w, c.Grant.PoolID, c.Grant.ID, "code_replayed"))
}

// begin gives what the code stands for: its lineage, or where tokens of it went by
// the browser the one that is stored, which may have ended since.
func (p *Provider) begin(w storage.Writer, x *exchange, c *code) (*Error, error) {
	grant := c.Grant
	if x.nonce, x.begun = c.Nonce, c.Begun; c.Begun {
		stored, err := grants.Get(w, string(grant.PoolID), grant.ID)
		if errors.Is(err, storage.ErrNotFound) || err == nil && !stored.RevokedAt.IsZero() {
			return errCode, nil
		}
		if err != nil {
			return nil, err
		}
		stored.ExpiresAt = grant.ExpiresAt
		grant = stored
	}
	return p.open(w, x, grant, errCode, "authorization_code")
}

// fit decides what the first tokens of a lineage carry: of its scopes those that the
// client still has, for the APIs that the request names. It changes nothing in the
// store: a request that names what it may not can be made again, and better.
func (x *exchange) fit(g *Grant) (refused *Error) {
	if g.API {
		return nil
	}
	if x.scopes, refused = narrow(g.Scopes, clientScopes(&x.client), ""); refused != nil {
		return refused
	}
	return x.aim(g)
}

// open stores a lineage that a person agreed to, with its first refresh token, once
// for what is redeemed. gone refuses when the person is no longer signed in.
func (p *Provider) open(w storage.Writer, x *exchange, grant Grant, gone *Error, by string) (*Error, error) {
	who, live, err := p.behind(w, &grant)
	if err != nil {
		return nil, err
	}
	cut, err := wasCut(w, &grant)
	if err != nil || cut || !live || grant.ofBefore(&x.client) {
		return gone, err
	}
	if refused := x.fit(&grant); refused != nil {
		return refused, nil
	}
	if x.client.Public() { // RFC 9449 §5, RFC 8705 §4: a confidential client proves itself at each use
		grant.Confirmation = x.confirm
	}
	x.refresh = grant.firstRefresh(&x.client, x.now)
	who.grant = grant
	x.person = who
	store := grants.Insert
	if x.begun {
		store = grants.Put
	}
	return nil, p.record(w, &grant, "grant_issued", audit.OK, by, store(w, grant))
}
