package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/otp"
)

// Prefixes by which leak scanners know what they found.
const registrationPrefix = "rat_"

// Registration is what a client sends to register itself, or to read or change
// what it is registered as.
type Registration struct {
	Client identity.ClientID // of an existing client
	Token  string            // the initial access token, or the registration access token
	Body   []byte            // JSON
	Origin identity.Origin
}

// ClientInformation answers a registered client (RFC 7591 §3.2.1, RFC 7592 §3).
type ClientInformation map[string]any

// Register makes a client that says of itself what it is (RFC 7591 §3). Its error
// is an *Error for a registration that was refused, AccessDenied where the pool
// takes none; identity's TooManyAttempts for one too many.
func (p *Provider) Register(ctx context.Context, pool identity.PoolID, in Registration) (ClientInformation, error) {
	settings := p.settings()
	// RFC 7591 §3: whether registration is open is the server's choice.
	found, err := settings.Pool(ctx, pool)
	if err != nil {
		return nil, err
	}
	if err := p.mayRegister(ctx, &found, in); err != nil {
		return nil, err
	}
	// RFC 7591 §2, §3.2.2: what it says can be used.
	m, _, refused := readMetadata(in.Body)
	if refused != nil {
		return nil, refused
	}
	if m.AuthMethod == "" {
		m.AuthMethod = identity.AuthBasic
	}
	made, err := p.registrable(ctx, &found, &m)
	if err != nil {
		return nil, err
	}
	// It is stored, once for each use of an initial access token.
	made.Token, made.Initial = otp.NewToken(registrationPrefix), in.Token
	if needsSecret(&made.Client) {
		made.Secret = randomText(32)
	}
	c, err := settings.RegisterClient(ctx, made, in.Origin)
	if code, ok := identity.CodeOf(err); ok && code == identity.NotAllowed {
		return nil, errInitial
	}
	if err != nil {
		return nil, err
	}
	return p.inform(&c, made.Secret, made.Token)
}

var (
	errRegistrationClosed = refuse(AccessDenied, "This pool takes no registrations.")
	errInitial            = refuse(InvalidToken, "The initial access token is missing, unknown, expired or used up.")
	errManaging           = refuse(InvalidToken, "The registration access token is none of this client's.")
)

func (p *Provider) mayRegister(ctx context.Context, pool *identity.Pool, in Registration) error {
	settings := p.settings()
	switch pool.ClientRegistration.Policy {
	case identity.RegistrationOpen:
	case identity.RegistrationToken:
		if good, err := settings.InitialServes(ctx, pool.ID, in.Token); err != nil || !good {
			return errors.Join(err, failed(errInitial))
		}
	default:
		return errRegistrationClosed
	}
	return settings.MayRegister(ctx, in.Origin.Address)
}

// registrable turns metadata into what can be stored: it asks the addresses that
// registration must ask, with nothing open.
func (p *Provider) registrable(ctx context.Context, pool *identity.Pool, m *metadata) (identity.NewRegistration, error) {
	c, refused := m.client(pool)
	if refused == nil {
		refused = checkRegistered(pool, &c)
	}
	if refused != nil {
		return identity.NewRegistration{}, refused
	}
	if err := p.checkSectorOf(ctx, &c, c.CallbackURLs); err != nil {
		return identity.NewRegistration{}, &Error{Code: InvalidClientMetadata, Description: "The sector_identifier_uri does not list every redirect URI.", Err: err}
	}
	return identity.NewRegistration{Client: c, Logo: p.drawLogo(ctx, &c)}, nil
}

// inform answers a client what it is registered as.
func (p *Provider) inform(c *identity.Client, secret, token string) (ClientInformation, error) {
	out, err := told(c)
	if err != nil {
		return nil, fault("registration", err)
	}
	out["registration_access_token"] = token
	out["registration_client_uri"] = p.Issuer(c.PoolID) + "/oauth2/register/" + string(c.ID)
	if secret != "" {
		out["client_secret"], out["client_secret_expires_at"] = secret, 0
	}
	return out, nil
}

// ReadRegistration answers what a client is registered as (RFC 7592 §2.1). Its
// error is an *Error for a token that is none of the client's.
func (p *Provider) ReadRegistration(ctx context.Context, pool identity.PoolID, in Registration) (ClientInformation, error) {
	c, secret, err := p.managed(ctx, pool, in)
	if err != nil {
		return nil, err
	}
	return p.inform(&c, secret, in.Token)
}

func (p *Provider) managed(ctx context.Context, pool identity.PoolID, in Registration) (identity.Client, string, error) {
	c, err := p.settings().ManageClient(ctx, pool, in.Client, in.Token)
	if code, ok := identity.CodeOf(err); ok && code != identity.PoolNotFound {
		return c, "", errManaging
	}
	if err != nil {
		return c, "", err
	}
	secret, err := p.settings().ClientSecret(c)
	return c, secret, err
}

// replacement is what a registered client sends in place of what it said before.
type replacement struct {
	members map[string]json.RawMessage
	said    *metadata
	client  identity.ClientID
	secret  string
}

// has says that one of the members is there, be it null.
func (r *replacement) has(members ...string) bool {
	return slices.ContainsFunc(members, func(name string) bool { _, there := r.members[name]; return there })
}

// replacementChecks hold it beyond what a registration is held against.
var replacementChecks = []check[*replacement]{
	{"RFC 7592 §2.2: nothing of the answer that is the server's", InvalidClientMetadata, "A member is the server's to set.", func(r *replacement) bool {
		return !r.has("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")
	}},
	{"RFC 7592 §2.2: client_id is its own", InvalidClientMetadata, "The client_id is missing, or another client's.", func(r *replacement) bool {
		return r.said.ClientID == string(r.client)
	}},
	{"RFC 7592 §2.2: client_secret, where it is there, is its own", InvalidClientMetadata, "The client_secret is another than the client has.", func(r *replacement) bool {
		return r.said.ClientSecret == "" || sameSecret(r.secret, r.said.ClientSecret)
	}},
}

// ChangeRegistration puts what a client says of itself in place of what it said
// before (RFC 7592 §2.2); what it leaves out is as in a registration. The answer
// has a new registration access token: the one before serves until the new one is
// used. Errors are Register's and ReadRegistration's.
func (p *Provider) ChangeRegistration(ctx context.Context, pool identity.PoolID, in Registration) (ClientInformation, error) {
	before, secret, err := p.managed(ctx, pool, in)
	if err != nil {
		return nil, err
	}
	found, err := p.settings().Pool(ctx, pool)
	if err != nil {
		return nil, err
	}
	if err := p.settings().MayRegister(ctx, in.Origin.Address); err != nil {
		return nil, err
	}
	m, all, refused := readMetadata(in.Body)
	if refused != nil {
		return nil, refused
	}
	if refused := refusal(replacementChecks, &replacement{all, &m, before.ID, secret}); refused != nil {
		return nil, refused
	}
	return p.change(ctx, &found, &before, &m, secret, in)
}

func (p *Provider) change(ctx context.Context, pool *identity.Pool, before *identity.Client, m *metadata, secret string, in Registration) (ClientInformation, error) {
	if m.AuthMethod == "" {
		m.AuthMethod = identity.AuthBasic
	}
	changed, err := p.registrable(ctx, pool, m)
	if err != nil {
		return nil, err
	}
	changed.Client.ID, changed.Token = before.ID, in.Token
	if !sameSubjects(before, &changed.Client) {
		return nil, refuse(InvalidClientMetadata, "The subject_type, and the sector of a pairwise one, cannot be changed: register another client.")
	}
	if needsSecret(&changed.Client) {
		if changed.Secret = secret; secret == "" {
			changed.Secret = randomText(32)
		}
	}
	next := otp.NewToken(registrationPrefix)
	c, err := p.settings().UpdateRegistered(ctx, changed, next, in.Origin)
	if code, ok := identity.CodeOf(err); ok && code == identity.SessionEnded {
		return nil, errManaging // somebody was faster
	}
	if err != nil {
		return nil, err
	}
	return p.inform(&c, changed.Secret, next)
}

// DeleteRegistration removes a client at its own wish (RFC 7592 §2.3), with what
// was issued to it. Its error is an *Error for a token that is none of the client's.
func (p *Provider) DeleteRegistration(ctx context.Context, pool identity.PoolID, in Registration) error {
	err := p.settings().DeleteRegistered(ctx, pool, in.Client, in.Token, in.Origin)
	if code, ok := identity.CodeOf(err); ok && slices.Contains([]identity.Code{identity.SessionEnded, identity.ClientNotFound}, code) {
		return errManaging
	}
	return err
}
