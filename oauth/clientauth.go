package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// ClientAuth is what a client presented at an endpoint that it authenticates at.
type ClientAuth struct {
	ID     identity.ClientID
	Secret string
	// Method is how it says that it proves itself: AuthBasic, AuthPost,
	// AuthSecretJWT, AuthPrivateKeyJWT, or AuthNone, which a certificate may go with.
	Method    string
	Assertion string // a signed JWT (RFC 7523 §2.2), or ""
	// Certificate is what came by mutual TLS, or nil. Whoever presented it holds its
	// key; who it belongs to has not been looked at.
	Certificate *x509.Certificate
	// URL is the address of the endpoint as the client sees it, without query.
	URL string
}

// ReadClientAuth finds the one way in which a client authenticates, in the
// values of the Authorization header and the body. RFC 6749 §2.3: a client uses
// no more than one. Certificate and URL are for the caller to add.
func ReadClientAuth(authorization []string, body url.Values) (ClientAuth, error) {
	f := form(body)
	id, secret := f.get("client_id"), f.get("client_secret")
	for _, name := range []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"} {
		if len(body[name]) > 1 { // RFC 6749 §3.2
			return ClientAuth{}, refuse(InvalidRequest, "A parameter is given twice.")
		}
	}
	asserted := f.get("client_assertion") != "" || f.get("client_assertion_type") != ""
	switch {
	case len(authorization) > 1:
		return ClientAuth{}, refuse(InvalidRequest, "The Authorization header is given twice.")
	case asserted && (len(authorization) > 0 || secret != ""):
		return ClientAuth{}, errTwoWays
	case asserted:
		return readAssertion(f)
	case len(authorization) == 1:
		return readBasic(authorization[0], id, secret)
	case id == "" || !utf8.ValidString(id):
		return ClientAuth{}, refuse(InvalidClient, "The client did not say who it is.")
	case secret != "":
		return ClientAuth{ID: identity.ClientID(id), Secret: secret, Method: identity.AuthPost}, nil
	}
	return ClientAuth{ID: identity.ClientID(id), Method: identity.AuthNone}, nil
}

var errTwoWays = refuse(InvalidRequest, "The client authenticates in two ways.")

// readBasic: RFC 6749 §2.3.1: both halves are form-encoded before they are
// joined. An empty secret is none at all, which is how some libraries send a
// public client's id.
func readBasic(header, bodyID, bodySecret string) (ClientAuth, error) {
	id, secret, ok := decodeBasic(header)
	switch {
	case !ok:
		return ClientAuth{}, refuse(InvalidClient, "The Authorization header is not Basic with a client id and secret.")
	case bodySecret != "":
		return ClientAuth{}, errTwoWays
	case bodyID != "" && bodyID != id:
		return ClientAuth{}, refuse(InvalidRequest, "The client_id in header and body differ.")
	case secret == "":
		return ClientAuth{ID: identity.ClientID(id), Method: identity.AuthNone}, nil
	}
	return ClientAuth{ID: identity.ClientID(id), Secret: secret, Method: identity.AuthBasic}, nil
}

func decodeBasic(header string) (id, secret string, ok bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if !strings.EqualFold(scheme, "Basic") || err != nil {
		return "", "", false
	}
	id, secret, found := strings.Cut(string(decoded), ":")
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	return id, secret, found && idErr == nil && secretErr == nil && id != "" && utf8.ValidString(id)
}

// LogValue hides the secret from logs.
func (a ClientAuth) LogValue() slog.Value {
	return slog.GroupValue(slog.String("client_id", string(a.ID)), slog.String("method", a.Method))
}

// authenticate answers the pool and the client, whose assertion is used up, or
// InvalidClient: one answer for an unknown client, a wrong secret or assertion, and a
// wrong method. The cause is for the log.
func (p *Provider) authenticate(ctx context.Context, pool identity.PoolID, auth ClientAuth) (identity.Pool, identity.Client, error) {
	f, err := p.identify(ctx, pool, auth)
	if err == nil {
		err = p.spendAssertion(ctx, f.signed)
	}
	return f.pool, f.client, err
}

// identify is authenticate for who uses the assertion up with what it is sent for.
func (p *Provider) identify(ctx context.Context, pool identity.PoolID, auth ClientAuth) (claimant, error) {
	f := claimant{auth: auth}
	if err := p.learn(ctx, pool, auth.ID); err != nil {
		return f, err
	}
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		if f.pool, f.client, f.known, err = p.client(r, pool, auth.ID); err != nil || !f.known {
			return err
		}
		f.secrets, err = p.settings().LiveSecrets(r, f.client)
		return err
	})
	if err != nil {
		return f, err
	}
	refused, err := p.prove(ctx, &f)
	if err == nil && refused != nil {
		err = unproven(refused)
	}
	if err == nil {
		err = p.settings().NoteUse(ctx, &f.client)
	}
	return f, err
}

func unproven(cause error) *Error {
	return &Error{Code: InvalidClient, Description: "The client is unknown or did not authenticate as registered.", Err: cause}
}

// claimant is who says to be a client: what was presented, and what we know.
type claimant struct {
	auth    ClientAuth
	pool    identity.Pool
	client  identity.Client
	known   bool
	secrets []string // those that are live

	signed *signedOnce // the assertion that proved it, to be used up; nil is none
}

// clientProofs are the ways in which a client proves itself, by method. Each answers
// why it is not proven; nil is proven.
var clientProofs = map[string]func(*Provider, context.Context, *claimant) (refused, err error){
	identity.AuthNone:          func(*Provider, context.Context, *claimant) (refused, err error) { return nil, nil },
	identity.AuthBasic:         (*Provider).proveSecret,
	identity.AuthPost:          (*Provider).proveSecret,
	identity.AuthSecretJWT:     (*Provider).proveAssertion,
	identity.AuthPrivateKeyJWT: (*Provider).proveAssertion,
	identity.AuthTLS:           (*Provider).proveSubject,
	identity.AuthSelfSignedTLS: (*Provider).proveCertificate,
}

var (
	errUnknownClient = errors.New("there is no such client")
	errMethod        = errors.New("the client authenticates in another way than it is registered for")
	errSecret        = errors.New("the secret is wrong")
)

func (p *Provider) prove(ctx context.Context, f *claimant) (refused, err error) {
	method := f.method()
	if !f.known {
		// The comparison runs as for a client that is there; what an unknown one saves is
		// the reading of records, and client ids are no secret (RFC 6749 §2.2).
		_, _ = p.proveSecret(ctx, f)
		return errUnknownClient, nil
	}
	if !slices.Contains(f.client.AuthMethods(), method) {
		return errMethod, nil
	}
	return clientProofs[method](p, ctx, f)
}

// method is what the client attempts. A certificate is an attempt only of a client
// that is registered for it: others may present one to bind their tokens to.
func (f *claimant) method() string {
	registered := f.client.AuthMethod
	byTLS := registered == identity.AuthTLS || registered == identity.AuthSelfSignedTLS
	if f.auth.Method == identity.AuthNone && f.auth.Certificate != nil && byTLS {
		return registered
	}
	return f.auth.Method
}

// proveSecret compares with every live secret, in time that does not tell which.
func (p *Provider) proveSecret(_ context.Context, f *claimant) (refused, err error) {
	secrets := f.secrets
	if len(secrets) == 0 {
		secrets = []string{randomText(secretBytes)} // what no client can send
	}
	right := false
	for _, secret := range secrets {
		right = sameSecret(secret, f.auth.Secret) || right
	}
	if !right {
		return errSecret, nil
	}
	return nil, nil
}

func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
